"""Append-only files: lines whole or absent, torn ones mended, everything readable again."""

import gzip
import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.storage import json_lines
from fsm.storage.archive import Archive
from fsm.storage.disk import RealDisk
from fsm.storage.report_log import NEWEST_BYTES, ReportLog

DISK = RealDisk()


@pytest.fixture
def archive() -> Iterator[Archive]:
    archive = Archive(DISK)
    yield archive
    archive.shutdown(10)


class Colour(StrEnum):
    RED = "red"


PLAIN_FORMS = [
    (Decimal("0.00009"), '"0.00009"'),
    (Decimal("1E+3"), '"1000"'),
    (Decimal("NaN"), '"NaN"'),
    (9e-05, '"0.00009"'),
    (float("inf"), '"Infinity"'),
    (12, "12"),
    (True, "true"),
    (None, "null"),
    (Colour.RED, '"red"'),
    (Path("/a"), '"/a"'),
    ({"b", "a"}, '["a","b"]'),
    ((1, Decimal("2.50")), '[1,"2.50"]'),
    ({Colour.RED: {1: None}}, '{"red":{"1":null}}'),
    ("a\nb\u2028\ud800", '"a\\nb\\u2028\\ud800"'),
    (b"\xff", "\"b'\\\\xff'\""),
]


@pytest.mark.parametrize(("value", "form"), PLAIN_FORMS, ids=[form for _, form in PLAIN_FORMS])
def test_x20_any_value_has_a_form(value: object, form: str) -> None:
    """X20: numbers are plain decimals, never exponents, and no value keeps a line from being written."""
    assert json_lines.encode({"v": value}) == b'{"v":' + form.encode() + b"}\n"


@given(st.integers(0, 253402300799999))
def test_times_are_exact(time_ms: int) -> None:
    """A time in milliseconds is written without rounding and reads back as the same instant."""
    text = json_lines.iso(time_ms)
    assert text.endswith("Z")
    parsed = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    assert (parsed.days * 86400 + parsed.seconds) * 1000 + parsed.microseconds // 1000 == time_ms


@pytest.mark.parametrize(
    "torn",
    [b'{"a":', b"", b"\xff\xfe", b"[1]", b"12", b"null", b"\x00" * 9, b"[" * 200_000],
    ids=["half", "blank", "no text", "array", "number", "null", "zeros", "too deep"],
)
def test_lines_that_are_no_object_are_skipped(torn: bytes) -> None:
    """A torn or foreign line never hides the lines around it."""
    assert list(json_lines.decode(b'{"n":1}\n' + torn + b'\n{"n":2}\n')) == [{"n": 1}, {"n": 2}]


def test_a_line_after_a_torn_one_stands_on_its_own(tmp_path: Path) -> None:
    """What a crash cut off stays as it is; the next line begins on a new line."""
    path = tmp_path / "lines"
    path.write_bytes(b'{"n":1}\n{"n":')
    length = DISK.append_line(path, b'{"n":3}\n', durable=True)
    assert path.read_bytes() == b'{"n":1}\n{"n":\n{"n":3}\n'
    assert length == path.stat().st_size


def test_r8_a_line_that_does_not_fit_leaves_nothing(small_disk: Path) -> None:
    """R8: a full disk takes a whole line or none of it."""
    path = small_disk / "lines"
    DISK.append_line(path, b'{"n":1}\n', durable=True)
    with pytest.raises(OSError, match="No space"):
        DISK.append_line(path, b"x" * 200_000 + b"\n", durable=False)
    assert path.read_bytes() == b'{"n":1}\n'


def test_new_directories_and_files_are_private(tmp_path: Path) -> None:
    """Directories have mode 0700 and files 0600, however deep."""
    path = tmp_path / "a" / "b" / "lines"
    DISK.append_line(path, b"{}\n", durable=True)
    modes = [stat.S_IMODE(part.stat().st_mode) for part in (tmp_path / "a", tmp_path / "a" / "b", path)]
    assert modes == [0o700, 0o700, 0o600]


def test_compressed_files_hold_the_same_lines(tmp_path: Path, archive: Archive) -> None:
    """An archived file is replaced by its compressed form, private and complete."""
    path = tmp_path / "lines.jsonl"
    content = b'{"n":1}\n' * 10_000
    DISK.append_line(path, content, durable=False)
    archive.submit(path)
    archive.shutdown(10)
    packed = tmp_path / "lines.jsonl.gz"
    assert gzip.decompress(packed.read_bytes()) == content
    assert stat.S_IMODE(packed.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [packed]


def test_an_archive_that_is_there_is_added_to(tmp_path: Path) -> None:
    """Lines that came after a file was compressed never overwrite what was kept."""
    path = tmp_path / "lines.jsonl"
    for line in (b'{"n":1}\n', b'{"n":2}\n'):
        DISK.append_line(path, line, durable=False)
        DISK.compress(path)
    assert gzip.decompress((tmp_path / "lines.jsonl.gz").read_bytes()) == b'{"n":1}\n{"n":2}\n'


def test_an_archive_cut_short_is_done_again(tmp_path: Path) -> None:
    """A draft left by a crash is replaced; until the archive is complete the plain file stays."""
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"n":1}\n')
    (tmp_path / "lines.jsonl.gz.tmp").write_bytes(b"half")
    DISK.compress(path)
    assert [found.name for found in tmp_path.iterdir()] == ["lines.jsonl.gz"]


def test_a_file_that_is_archived_already_is_passed_over(tmp_path: Path) -> None:
    """Asked twice, the archive holds the lines once."""
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"n":1}\n')
    DISK.compress(path)
    DISK.compress(path)
    assert gzip.decompress((tmp_path / "lines.jsonl.gz").read_bytes()) == b'{"n":1}\n'


def test_what_cannot_be_archived_is_told(tmp_path: Path, archive: Archive, logged: list[str]) -> None:
    """A file that cannot be compressed is told in the log, and the next one is compressed all the same."""
    (tmp_path / "good").write_bytes(b"{}\n")
    (tmp_path / "a directory").mkdir()
    archive.submit(tmp_path / "a directory")
    archive.submit(tmp_path / "good")
    archive.shutdown(10)
    assert len(logged) == 1
    assert "a directory" in logged[0]
    assert (tmp_path / "good.gz").exists()


def test_reports_read_back(tmp_path: Path) -> None:
    """Trade reports come back oldest first, over restarts and past a torn line."""
    path = tmp_path / "reports" / "trades.jsonl"
    assert ReportLog(path, DISK).read() == []
    assert ReportLog(path, DISK).append({"trade_id": "a", "profit": Decimal("-0.10")}) is None
    with path.open("ab") as file:
        file.write(b'{"trade_id":"to')
    assert ReportLog(path, DISK).append({"trade_id": "b"}) is None
    assert ReportLog(path, DISK).read() == [{"trade_id": "a", "profit": "-0.10"}, {"trade_id": "b"}]


def test_the_newest_reports_are_found_in_a_long_file(tmp_path: Path) -> None:
    """What a close reads does not grow with the file, and a report of many fills is found whole."""
    log = ReportLog(tmp_path / "trades.jsonl", DISK)
    for trade_id, fills in (("old", 9 * NEWEST_BYTES // 10), ("new", NEWEST_BYTES // 2)):
        log.append({"trade_id": trade_id, "fills": "x" * fills})
    assert [log.has_newest(trade_id) for trade_id in ("new", "old", "none")] == [True, False, False]


def test_r8_a_report_that_cannot_be_stored_is_said_so(tmp_path: Path) -> None:
    """R8: the caller learns that the disk is full and can try again."""
    os.symlink("/dev/full", tmp_path / "trades.jsonl")
    assert "No space" in (ReportLog(tmp_path / "trades.jsonl", DISK).append({"trade_id": "a"}) or "")


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.lists(st.text()), min_size=1))
def test_entries_read_back(entry: dict[str, object]) -> None:
    """Every entry is one line and reads back as it was."""
    line = json_lines.encode(entry)
    assert line.count(b"\n") == 1
    assert list(json_lines.decode(line)) == [entry]
    assert json.loads(line) == entry
