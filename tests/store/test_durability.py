"""What is asked of the operating system, and in which order: a file is only durable after its fsync (R2)."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from fsm.storage.disk import RealDisk
from fsm.storage.store import Store
from fsm.storage.verdict_log import VerdictLog

WATCHED = {os.write, os.fsync, os.link, os.replace}


def calls_of(work: Callable[[], object]) -> list[str]:
    """The watched calls that the work makes, in order, as the interpreter reports them."""
    calls: list[str] = []

    def note(frame: FrameType, event: str, called: object) -> None:
        if event == "c_call" and called in WATCHED:
            calls.append(getattr(called, "__name__", ""))

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def test_r2_a_save_is_synced_before_and_after_it_takes_its_name(tmp_path: Path) -> None:
    """R2: content, fsync, then the names, then fsync of the directory; the previous name comes before the new one.

    The witness is written when all that is durable, and nobody waits for it.
    """
    store = Store(tmp_path / "s.json", tmp_path / "newest", {}, 1, RealDisk())
    assert calls_of(lambda: store.save({})) == ["write", "fsync", "link", "replace", "fsync", "write"]
    assert calls_of(lambda: store.save({})) == ["write", "fsync", "link", "replace", "replace", "fsync", "write"]


def test_r2_new_directories_are_synced_too(tmp_path: Path) -> None:
    """R2: the entry of each new directory is made durable in the one above it."""
    store = Store(tmp_path / "a" / "b" / "s.json", tmp_path / "newest", {}, 1, RealDisk())
    assert calls_of(lambda: store.save({})).count("fsync") == 4


def test_a_verdict_is_synced_before_it_is_answered_for(tmp_path: Path) -> None:
    """The first line also makes the file's name durable; further ones cost one fsync."""
    disk = RealDisk()
    log = VerdictLog(tmp_path / "signals.jsonl", disk, disk.compress)
    assert calls_of(lambda: log.record({"key": "a"})) == ["write", "fsync", "fsync"]
    assert calls_of(lambda: log.record({"key": "b"})) == ["write", "fsync"]


@pytest.mark.parametrize(("durable", "calls"), [(True, ["write", "fsync"]), (False, ["write"])])
def test_a_journal_line_costs_one_write(tmp_path: Path, durable: bool, calls: list[str]) -> None:  # noqa: FBT001
    """A line that need not be durable is one write and no wait for the disk."""
    disk = RealDisk()
    disk.append_line(tmp_path / "lines", b"{}\n", durable=durable)
    assert calls_of(lambda: disk.append_line(tmp_path / "lines", b"{}\n", durable=durable)) == calls


def test_an_archive_is_synced_before_its_file_goes(tmp_path: Path) -> None:
    """The compressed form and its name are durable before the plain file is removed."""
    (tmp_path / "lines").write_bytes(b"{}\n")
    assert calls_of(lambda: RealDisk().compress(tmp_path / "lines")) == ["fsync", "replace", "fsync"]
