"""The journal keeps every event, by day, numbered without a break, and never stands in trading's way (V7, R8)."""

import gzip
import os
import stat
from pathlib import Path

import pytest

from fsm.storage import json_lines
from fsm.storage.archive import Archive
from fsm.storage.disk import RealDisk
from fsm.storage.journal import DAY_MS, TAIL_BYTES, WAITING_MAX, Journal

NOON = 1_736_769_600_000  # 2025-01-13T12:00:00Z
TODAY, YESTERDAY, TWO_DAYS_AGO = "journal-2025-01-13.jsonl", "journal-2025-01-12.jsonl", "journal-2025-01-11.jsonl"


def journal_in(directory: Path, archived: list[Path] | None = None) -> Journal:
    return Journal(directory, RealDisk(), (archived if archived is not None else []).append)


def entries(path: Path) -> list[dict[str, object]]:
    return list(json_lines.decode(path.read_bytes()))


def numbers(path: Path) -> list[int]:
    return [number for entry in entries(path) if isinstance(number := entry.get("seq"), int)]


def test_a_line_has_number_time_and_entry(tmp_path: Path) -> None:
    """Number and time come first and are the journal's own, whatever the entry holds."""
    journal_in(tmp_path / "j").append({"event": "bar", "seq": 99, "time": "never"}, NOON)
    path = tmp_path / "j" / TODAY
    assert path.read_bytes() == b'{"seq":1,"time":"2025-01-13T12:00:00.000Z","event":"bar"}\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("offset_ms", "name"),
    [
        (-DAY_MS // 2, TODAY),
        (DAY_MS // 2 - 1, TODAY),
        (-DAY_MS // 2 - 1, YESTERDAY),
        (DAY_MS // 2, "journal-2025-01-14.jsonl"),
    ],
)
def test_the_days_are_utc_days_of_the_event(tmp_path: Path, offset_ms: int, name: str) -> None:
    """A line goes to the file of its event's day in UTC, midnight itself to the new day."""
    journal_in(tmp_path).append({}, NOON + offset_ms)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_v7_nothing_is_ever_dropped(tmp_path: Path) -> None:
    """V7: thousands of events later the first one is still there."""
    journal = journal_in(tmp_path)
    for _ in range(3000):
        journal.append({"event": "poll"}, NOON)
    assert numbers(tmp_path / TODAY) == list(range(1, 3001))


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    """A new process continues the numbers, on the same day and on a later one."""
    for day in (0, 0, 1, 5):
        journal_in(tmp_path).append({}, NOON + day * DAY_MS)
    assert [number for path in sorted(tmp_path.iterdir()) for number in numbers(path)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "tail",
    [b'{"seq":2,"ti', b'{"seq":2}', b"\x00" * 100, b'{"seq":"9"}\n[]\n', b"x" * (TAIL_BYTES + 9)],
    ids=["torn", "no newline", "zeros", "foreign", "longer than the tail"],
)
def test_a_torn_end_is_tolerated(tmp_path: Path, tail: bytes) -> None:
    """After a crash in the middle of a line the next line is whole, and no number is given to two whole lines."""
    journal_in(tmp_path).append({}, NOON)
    with (tmp_path / TODAY).open("ab") as file:
        file.write(tail)
    journal_in(tmp_path).append({"event": "restart"}, NOON)
    given = numbers(tmp_path / TODAY)
    assert given == sorted(set(given))
    assert entries(tmp_path / TODAY)[-1]["event"] == "restart"


def test_a_torn_first_line_of_the_day_is_no_new_beginning(tmp_path: Path) -> None:
    """When today's file holds no whole line, the numbers go on from yesterday's."""
    journal_in(tmp_path).append({}, NOON - DAY_MS)
    (tmp_path / TODAY).write_bytes(b'{"se')
    assert journal_in(tmp_path).sequence == 1


def test_files_older_than_yesterday_are_archived(tmp_path: Path) -> None:
    """A new day archives what is older than yesterday, once; foreign files are left alone."""
    archived: list[Path] = []
    for name in ("journal-2025-01-10.jsonl.gz", "notes.txt", "journal-x.jsonl"):
        (tmp_path / name).write_bytes(b"")
    for day in (-2, -1, 0, 0):
        journal_in(tmp_path).append({}, NOON + day * DAY_MS)
    journal = journal_in(tmp_path, archived)
    journal.append({}, NOON)
    journal.append({}, NOON)
    assert archived == [tmp_path / TWO_DAYS_AGO]


def test_archived_days_are_compressed_in_the_background(tmp_path: Path) -> None:
    """With the real archive an old day ends up complete in its compressed file."""
    archive = Archive(RealDisk())
    journal = Journal(tmp_path, RealDisk(), archive.submit)
    for day in (-2, 0):
        journal.append({"day": day}, NOON + day * DAY_MS)
    archive.shutdown(10)
    packed = (tmp_path / (TWO_DAYS_AGO + ".gz")).read_bytes()
    assert [entry["day"] for entry in json_lines.decode(gzip.decompress(packed))] == [-2]
    assert not (tmp_path / TWO_DAYS_AGO).exists()


def test_late_events_find_their_day(tmp_path: Path) -> None:
    """An event just before midnight that arrives just after it goes to its own day and ends no day."""
    archived: list[Path] = []
    journal = journal_in(tmp_path, archived)
    for time_ms in (NOON, NOON - DAY_MS, NOON):
        journal.append({}, time_ms)
    assert [len(entries(tmp_path / name)) for name in (YESTERDAY, TODAY)] == [1, 2]
    assert archived == []


def test_r8_a_full_disk_is_told_once_and_survived(tmp_path: Path, logged: list[str]) -> None:
    """R8: while lines cannot be written nothing is raised; the failure is kept, counted, and told once."""
    journal = journal_in(tmp_path)
    os.symlink("/dev/full", tmp_path / TODAY)
    for _ in range(3):
        journal.append({}, NOON)
    assert journal.failing is not None
    assert "No space" in journal.failing
    assert journal.failures == 3
    assert len(logged) == 1


def test_r8_lines_of_a_full_disk_are_written_later(tmp_path: Path, logged: list[str]) -> None:
    """R8: once there is room the lines that waited are written in order, and the end of the failure is told."""
    path = tmp_path / TODAY
    journal = journal_in(tmp_path)
    os.symlink("/dev/full", path)
    journal.append({"n": 1}, NOON)
    journal.append({"n": 2}, NOON)
    path.unlink()
    journal.append({"n": 3}, NOON)
    assert [(entry["seq"], entry["n"]) for entry in entries(path)] == [(1, 1), (2, 2), (3, 3)]
    assert journal.failing is None
    assert len(logged) == 2


def test_r8_what_memory_could_not_keep_is_counted(tmp_path: Path) -> None:
    """R8: memory is bounded; the lines it gave up, oldest first, are counted in the journal itself."""
    path = tmp_path / TODAY
    journal = journal_in(tmp_path)
    os.symlink("/dev/full", path)
    for _ in range(WAITING_MAX + 10):
        journal.append({}, NOON)
    path.unlink()
    journal.append({}, NOON)
    assert numbers(path) == list(range(11, WAITING_MAX + 12))
    assert entries(path)[-1]["lost"] == 10
    journal.append({}, NOON)
    assert "lost" not in entries(path)[-1]


def test_r8_really_full_disk(small_disk: Path) -> None:
    """R8: on a disk without a free byte appending goes on, and what was written before stays whole."""
    journal = journal_in(small_disk / "j")
    for _ in range(1000):
        journal.append({"filling": "x" * 1000}, NOON)
    assert journal.failing is not None
    found = numbers(small_disk / "j" / TODAY)
    assert found == list(range(1, len(found) + 1))
    assert (small_disk / "j" / TODAY).read_bytes().endswith(b"\n")


def test_r9_numbers_go_on_after_a_step_back_to_an_earlier_day(tmp_path: Path) -> None:
    """The clock went back by days: later lines stand in the file of an earlier day, and none is numbered twice."""
    first = journal_in(tmp_path)
    for now_ms in (NOON + 2 * DAY_MS, NOON):
        first.append({"event": "transition", "at": now_ms}, now_ms)
    again = journal_in(tmp_path)
    assert again.sequence == 2
    assert again.last("transition") == first.last("transition")
    assert (again.last("transition") or {})["at"] == NOON
