"""Where following begins after a start, and which lines are then known without being judged (S6, S7)."""

import os
from pathlib import Path

import pytest

from signals.line import Line
from signals.position import LogPosition
from signals.tail import LINES_AT_START, NOWHERE, LogUnreadable, StartUp, start_up
from tests.signals.log_follower import Follower


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "deltascout.log"


def numbered(first: int, last: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(first, last))


def started(log: Path, stored: LogPosition | None, *, from_end: bool = False) -> StartUp:
    start = start_up(log, stored, from_end=from_end)
    assert isinstance(start, StartUp), start
    return start


def read_to_end(log: Path) -> LogPosition:
    follower = Follower(log)
    follower.lines()
    return follower.once().position


def raw(lines: tuple[Line, ...]) -> list[bytes]:
    return [line.raw for line in lines]


def after(log: Path, start: StartUp) -> list[bytes]:
    return Follower(log, stored=start.position.model_dump_json()).raw()


def test_with_a_stored_position_what_was_written_meanwhile_is_judged_and_300_lines_before_are_remembered(
    log: Path,
) -> None:
    log.write_bytes(numbered(0, 1_000))
    stored = read_to_end(log)
    log.write_bytes(numbered(0, 1_400))
    start = started(log, stored)
    assert raw(start.remembered) == numbered(1_000 - LINES_AT_START, 1_000).splitlines()
    assert start.seen_at_start == ()
    assert after(log, start) == numbered(1_000, 1_400).splitlines()


def test_without_a_stored_position_the_last_300_lines_are_seen_at_start_and_a_torn_one_is_still_to_come(
    log: Path,
) -> None:
    log.write_bytes(numbered(0, 400) + b"torn")
    start = started(log, None)
    assert raw(start.seen_at_start) == numbered(100, 400).splitlines()
    assert start.remembered == ()
    assert after(log, start) == []
    with log.open("ab") as file:
        file.write(b" no more\n")
    assert after(log, start) == [b"torn no more"]


def test_start_from_end_marks_what_is_unread_as_seen(log: Path) -> None:
    log.write_bytes(numbered(0, 10))
    stored = read_to_end(log)
    log.write_bytes(numbered(0, 15))
    start = started(log, stored, from_end=True)
    assert raw(start.remembered) == numbered(0, 10).splitlines()
    assert raw(start.seen_at_start) == numbered(10, 15).splitlines()
    assert after(log, start) == []


def test_s10_after_a_rotation_the_lines_before_the_offset_are_those_of_the_old_file(log: Path) -> None:
    """The new file's first lines lie before the stored offset too, but nobody has judged them."""
    log.write_bytes(numbered(0, 5))
    stored = read_to_end(log)
    log.rename(log.with_name("deltascout.log.1"))
    log.write_bytes(numbered(5, 9))
    start = started(log, stored)
    assert raw(start.remembered) == numbered(0, 5).splitlines()
    assert after(log, start) == numbered(5, 9).splitlines()
    assert raw(started(log, stored, from_end=True).seen_at_start) == numbered(5, 9).splitlines()


def test_s10_when_the_old_file_is_gone_nothing_is_remembered_and_the_new_one_is_judged(log: Path) -> None:
    log.write_bytes(numbered(0, 5))
    stored = read_to_end(log)
    log.write_bytes(numbered(5, 9))
    assert started(log, stored) == StartUp(stored)
    assert after(log, started(log, stored)) == numbered(5, 9).splitlines()


@pytest.mark.parametrize("from_end", [False, True])
def test_a_log_that_appears_after_the_start_is_judged_from_its_first_line(log: Path, *, from_end: bool) -> None:
    start = started(log, None, from_end=from_end)
    assert start == StartUp(NOWHERE)
    log.write_bytes(numbered(0, 3))
    assert after(log, start) == numbered(0, 3).splitlines()
    assert started(log, start.position) == StartUp(NOWHERE)


def test_an_empty_log_has_nothing_to_remember(log: Path) -> None:
    log.touch()
    start = started(log, None)
    assert (start.remembered, start.seen_at_start, start.position.offset) == ((), (), 0)
    assert start.position.inode == os.stat(log).st_ino


def test_an_unreadable_log_is_said_not_raised(log: Path) -> None:
    log.mkdir()
    assert start_up(log, None, from_end=False) == LogUnreadable(log, f"Is a directory ({log})")


@pytest.mark.parametrize("damage", [{"offset": -1}, {"offset": "x"}, {"extra": 1}])
def test_a_damaged_stored_position_is_refused(log: Path, damage: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(damage))):
        LogPosition.model_validate(NOWHERE.model_dump() | damage)
