"""Verdicts are on disk before anything is traded, and can be explained for ever after."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fsm.storage.archive import Archive
from fsm.storage.disk import RealDisk
from fsm.storage.verdict_log import KEEP, VerdictLog

ROOT = Path(__file__).resolve().parents[2]
KEY = "PEAK|2025-01-13T20:00|long|95000.0"
ACCEPTED = {"key": KEY, "verdict": "accepted", "measured": {"age_s": "3"}}


def log_in(directory: Path, rotate_bytes: int = 5_000_000) -> VerdictLog:
    disk = RealDisk()
    return VerdictLog(directory / "signals.jsonl", disk, disk.compress, rotate_bytes)


def test_a_stored_verdict_is_found_by_its_key(tmp_path: Path) -> None:
    """What was recorded comes back by key, from another process as well."""
    assert log_in(tmp_path / "logs").record(ACCEPTED) is None
    found = log_in(tmp_path / "logs").find(KEY)
    assert [stored.verdict for stored in found] == [ACCEPTED]
    assert log_in(tmp_path / "logs").find("another") == []
    assert stat.S_IMODE((tmp_path / "logs" / "signals.jsonl").stat().st_mode) == 0o600


def test_no_log_yet_explains_nothing(tmp_path: Path) -> None:
    """Before the first signal there is nothing to explain, and that is no failure."""
    assert log_in(tmp_path / "logs").read_last(5) == []


def test_outcomes_belong_to_the_accepted_signal(tmp_path: Path) -> None:
    """Outcome lines are shown with the accepted verdict of their key, not with its later duplicates."""
    log = log_in(tmp_path)
    log.record(ACCEPTED)
    log.record({"key": KEY, "verdict": "duplicate"})
    log.record_outcome(KEY, "T1", "entry_filled")
    log.record({"key": "other", "verdict": "accepted"})
    log.record_outcome(KEY, "T1", "stop_loss")
    shown = [(stored.verdict["verdict"], [line["outcome"] for line in stored.outcomes]) for stored in log.find(KEY)]
    assert shown == [("duplicate", []), ("accepted", ["entry_filled", "stop_loss"])]
    assert log.find(KEY)[1].outcomes[0]["trade_id"] == "T1"


def test_the_last_verdicts_come_newest_first(tmp_path: Path) -> None:
    """Outcome lines are no verdicts of their own; a signal without key is one."""
    log = log_in(tmp_path)
    for key in ("a", "b", "c"):
        log.record({"key": key, "verdict": "accepted"})
        log.record_outcome(key, "T", "flat")
    log.record({"verdict": "malformed"})
    assert [stored.verdict.get("key") for stored in log.read_last(3)] == [None, "c", "b"]


def test_torn_lines_are_passed_over(tmp_path: Path) -> None:
    """A line cut by a crash hides neither the verdicts before it nor those after it."""
    log = log_in(tmp_path)
    log.record({"key": "a", "verdict": "stale"})
    with log.path.open("ab") as file:
        file.write(b'{"key":"torn","ver')
    log.record({"key": "b", "verdict": "stale"})
    assert [stored.verdict["key"] for stored in log.read_last(9)] == ["b", "a"]


def test_r8_a_verdict_that_is_not_stored_is_said_so(tmp_path: Path, logged: list[str]) -> None:
    """R8: on a full disk the answer is why, each time, so that nothing is traded; the log tells it once."""
    log = log_in(tmp_path)
    os.symlink("/dev/full", log.path)
    answers = [log.record(ACCEPTED), log.record_outcome(KEY, "T", "x")]
    assert all(answer and "No space" in answer for answer in answers)
    assert log.failing == answers[1]
    assert len(logged) == 1
    log.path.unlink()
    assert log.record(ACCEPTED) is None
    assert log.failing is None


def test_a_grown_log_is_rotated_and_still_explained(tmp_path: Path) -> None:
    """Verdicts and outcomes are found across rotated files, plain or compressed, in order."""
    log = log_in(tmp_path, rotate_bytes=200)
    log.record(ACCEPTED)
    for number in range(30):
        log.record({"key": f"k{number}", "verdict": "stale"})
    log.record_outcome(KEY, "T1", "stop_loss")
    assert len(list(tmp_path.glob("signals-*.jsonl.gz"))) > 3
    assert log.find(KEY)[0].outcomes[0]["outcome"] == "stop_loss"
    assert [stored.verdict["key"] for stored in log.read_last(30)] == [f"k{number}" for number in reversed(range(30))]


def test_the_log_is_bounded(tmp_path: Path) -> None:
    """No more than the stated number of rotated files is kept, and the oldest go first."""
    log = log_in(tmp_path, rotate_bytes=1)
    for number in range(KEEP + 5):
        log.record({"key": f"k{number}", "verdict": "stale"})
    assert len(list(tmp_path.iterdir())) == KEEP
    assert [stored.verdict["key"] for stored in log.read_last(99)] == [f"k{n}" for n in reversed(range(5, KEEP + 5))]


def test_numbers_of_rotated_files_go_on_after_a_restart(tmp_path: Path) -> None:
    """A restart never rotates onto a file that is there."""
    for number in range(4):
        log_in(tmp_path, rotate_bytes=1).record({"key": f"k{number}", "verdict": "stale"})
    assert len(log_in(tmp_path).read_last(9)) == 4


def test_the_background_archive_keeps_verdicts_readable(tmp_path: Path) -> None:
    """While a rotated file is being compressed elsewhere, it is found in one form or the other."""
    disk = RealDisk()
    archive = Archive(disk)
    log = VerdictLog(tmp_path / "signals.jsonl", disk, archive.submit, rotate_bytes=100)
    for number in range(20):
        log.record({"key": f"k{number}", "verdict": "stale"})
        assert log.find(f"k{number}")
    archive.shutdown(10)
    assert len(log.read_last(99)) == 20


def test_a_file_found_plain_and_packed_counts_once(tmp_path: Path) -> None:
    """A crash between packing a file and removing it shows no verdict twice; the next rotation packs what is left."""
    log = log_in(tmp_path, rotate_bytes=100)
    plain = tmp_path / "signals-000001.jsonl"
    line = b'{"key":"a","verdict":"stale"}\n'
    plain.write_bytes(line)
    RealDisk().compress(plain)
    plain.write_bytes(line)
    assert len(log.read_last(9)) == 1
    log.record({"key": "b" * 100, "verdict": "stale"})
    assert not plain.exists()


@pytest.mark.parametrize("content", [b"", b"no gzip", b"\x1f\x8b\x08\x00 cut"], ids=["empty", "foreign", "cut"])
def test_an_unreadable_archive_hides_nothing_else(tmp_path: Path, content: bytes) -> None:
    """A damaged rotated file costs its own lines only."""
    (tmp_path / "signals-000001.jsonl.gz").write_bytes(content)
    log = log_in(tmp_path)
    log.record(ACCEPTED)
    assert len(log.read_last(9)) == 1


RECORDER = """
import sys
from pathlib import Path
from fsm.storage.disk import RealDisk
from fsm.storage.verdict_log import VerdictLog
disk = RealDisk()
log = VerdictLog(Path(sys.argv[1]), disk, disk.compress, rotate_bytes=400)
number = 0
while True:
    assert log.record({"key": f"k{number}", "verdict": "accepted"}) is None
    print(number, flush=True)
    number += 1
"""


def test_a_verdict_reported_as_stored_survives_a_kill(tmp_path: Path) -> None:
    """After kill -9 every verdict that was answered with None is there, rotation or not."""
    path = tmp_path / "signals.jsonl"
    with subprocess.Popen([sys.executable, "-c", RECORDER, str(path)], stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(40)]
        child.kill()
        lines += child.stdout.readlines()
    stored = {verdict.verdict["key"] for verdict in log_in(tmp_path).read_last(10_000)}
    reported = [f"k{int(line)}" for line in lines if line.endswith(b"\n")]
    assert set(reported[-KEEP * 5 :]) <= stored
