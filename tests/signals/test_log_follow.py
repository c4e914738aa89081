"""Following a log returns every line once, in order, whatever happens to the file (S6, S10)."""

import os
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from signals.line import MAX_LINE_BYTES, Line
from signals.peak import Malformed, parse_line
from signals.tail import NOWHERE, Batch
from tests.signals.log_follower import MEGABYTE, Follower


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "deltascout.log"


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


BEGUN = 1_736_798_400
"""In seconds."""


def following(log: Path, content: bytes) -> Follower:
    """A follower that has read this content."""
    log.write_bytes(content)
    follower = Follower(log)
    follower.lines()
    return follower


def test_lines_are_returned_once_with_their_offsets(log: Path) -> None:
    follower = Follower(log)
    append(log, b"a\nbb\n")
    assert follower.lines() == [Line(0, b"a"), Line(2, b"bb")]
    append(log, b"\nccc\n")
    assert follower.lines() == [Line(5, b""), Line(6, b"ccc")]
    assert follower.lines() == []
    assert follower.notes == []


def test_s10_a_torn_last_line_waits_for_its_newline(log: Path) -> None:
    follower = Follower(log)
    for torn in (b'{"action"', b":", b'"PEAK"}'):
        append(log, torn)
        assert follower.lines() == []
    append(log, b"\nnext")
    assert follower.lines() == [Line(0, b'{"action":"PEAK"}')]


@pytest.mark.parametrize("limit_bytes", [1, 1_000, 64 * MEGABYTE])
def test_s6_a_burst_of_any_length_loses_nothing(log: Path, limit_bytes: int) -> None:
    burst = [b"line %d" % number for number in range(5_000)]
    log.write_bytes(b"\n".join(burst) + b"\n")
    assert Follower(log, limit_bytes).raw() == burst


def test_a_batch_is_bounded_by_the_limit(log: Path) -> None:
    log.write_bytes((b"x" * 99 + b"\n") * 100)
    assert len(Follower(log, limit_bytes=1_000).once().lines) == 10


def test_s2_a_line_of_100_mb_is_returned_once_cut_and_needs_no_memory(log: Path) -> None:
    append(log, b"before\nlong")
    with log.open("r+b") as file:
        file.truncate(100_000_000)
    follower = Follower(log)
    tracemalloc.start()
    before, long = follower.lines()
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    append(log, bytes(5_000_000))
    assert follower.lines() == []
    append(log, b"\nafter\n")
    assert follower.lines() == [Line(105_000_001, b"after")]
    assert before == Line(0, b"before")
    assert (long.offset, len(long.raw)) == (7, MAX_LINE_BYTES + 1)
    assert isinstance(parse_line(long.raw, strict_source=True), Malformed)
    assert peak_bytes < MEGABYTE


@pytest.mark.parametrize("length", [MAX_LINE_BYTES - 1, MAX_LINE_BYTES, MAX_LINE_BYTES + 1, MAX_LINE_BYTES + 2])
@pytest.mark.parametrize("cut", [0, 1, MAX_LINE_BYTES, MAX_LINE_BYTES + 1])
def test_lines_around_the_length_limit_are_one_line_each(log: Path, length: int, cut: int) -> None:
    content = b"x" * length + b"\n"
    append(log, content[:cut])
    follower = Follower(log)
    lines = follower.lines()
    append(log, content[cut:] + b"next\n")
    assert lines + follower.lines() == [Line(0, content[:-1][: MAX_LINE_BYTES + 1]), Line(length + 1, b"next")]


def truncated(log: Path) -> None:
    os.truncate(log, 0)


def deleted(log: Path) -> None:
    log.unlink()


def replaced(log: Path) -> None:
    fresh = log.with_name("fresh")
    fresh.touch()
    os.replace(fresh, log)


def rewritten_longer(log: Path) -> None:
    """Truncated and grown past the old offset between two looks: only the content tells."""
    log.write_bytes(b"".join(b"another %d\n" % number for number in range(500)))


@pytest.mark.parametrize("happens", [truncated, deleted, replaced, rewritten_longer])
@pytest.mark.parametrize("looked_between", [False, True])
def test_s10_after_the_old_content_is_gone_the_new_file_is_read_from_its_beginning(
    log: Path, happens: Callable[[Path], None], *, looked_between: bool
) -> None:
    follower = following(log, b"".join(b"old %d\n" % number for number in range(100)))
    happens(log)
    early = follower.raw() if looked_between else []
    append(log, b"new 1\nnew 2\n")
    assert early + follower.raw() == log.read_bytes().splitlines()
    (note,) = follower.notes
    assert note.startswith("log replaced or truncated: what was read up to byte 690 is no longer")


BEGINNING, END = b"begins\n" * 100, b"ends\n" * 100


@pytest.mark.parametrize(
    ("old", "new"),
    [(BEGINNING + b"old\n", BEGINNING + b"new\n"), (b"old\n" + END, b"new\n" + END), (b"old\n", b"old")],
)
def test_s10_a_file_that_only_begins_or_ends_like_the_old_one_is_another_file(
    log: Path, old: bytes, new: bytes
) -> None:
    follower = following(log, old)
    log.write_bytes(new)
    assert follower.raw() == new.splitlines()[: new.count(b"\n")]
    assert len(follower.notes) == 1


def test_an_archive_is_not_read_when_a_file_of_which_nothing_was_read_is_deleted(log: Path) -> None:
    log.with_name("deltascout.log.1").write_bytes(b"archived\n")
    follower = following(log, b"torn")
    log.unlink()
    assert follower.raw() == []
    append(log, b"a\n")
    assert follower.raw() == [b"a"]


def test_s10_the_renamed_file_is_preferred_to_an_older_copy_of_it(log: Path) -> None:
    follower = following(log, b"a\n")
    shutil.copy(log, log.with_name("deltascout.log.0"))
    append(log, b"b\n")
    log.rename(log.with_name("deltascout.log.1"))
    append(log, b"c\n")
    assert follower.raw() == [b"b", b"c"]


@pytest.mark.parametrize("suffix", [".1", "-20250113", ".old"])
def test_s10_what_was_unread_in_a_renamed_file_comes_first(log: Path, suffix: str) -> None:
    follower = following(log, b"a\nb\n")
    append(log, b"c\nd\n")
    rotated = log.rename(log.with_name(log.name + suffix))
    log.write_bytes(b"e\n")
    append(rotated, b"late\n")
    assert follower.raw() == [b"c", b"d", b"late", b"e"]
    assert follower.notes == [f"log rotated: {rotated} is read to its end, following {log} from its beginning"]


def test_s10_a_new_log_that_begins_as_the_old_one_did_is_no_copy_while_the_old_one_is_there(log: Path) -> None:
    follower = following(log, b"a\n")
    log.rename(log.with_name("deltascout.log.1"))
    append(log, b"a\nb\n")
    assert follower.raw() == [b"a", b"b"]


def test_s10_the_renamed_file_is_followed_until_the_new_one_is_written_to(log: Path) -> None:
    """After a rename the writer keeps its open file until it opens the new one."""
    follower = following(log, b"a\n")
    rotated = log.rename(log.with_name("deltascout.log.1"))
    append(rotated, b"b\n")
    assert follower.raw() == [b"b"]
    log.touch()
    append(rotated, b"c\ntorn")
    assert follower.raw() == [b"c"]
    append(log, b"d\n")
    assert follower.raw() == [b"torn", b"d"]


def test_s10_copytruncate_loses_nothing_of_the_copy(log: Path) -> None:
    follower = following(log, b"a\n")
    append(log, b"b\n")
    shutil.copy(log, log.with_name("deltascout.log.1"))
    os.truncate(log, 0)
    assert follower.raw() == [b"b"]
    append(log, b"c\n")
    assert follower.raw() == [b"c"]


def test_s10_a_rotation_while_the_executor_was_down_is_caught_up(log: Path) -> None:
    follower = following(log, b"a\n")
    append(log, b"b\n")
    log.rename(log.with_name("deltascout.log.1"))
    assert Follower(log, stored=follower.stored).raw() == [b"b"]


@pytest.mark.parametrize(
    "names", [(".2", ".1"), ("-20250113", "-20250114"), (".2025-01-13_10-00", ".2025-01-14_10-00")]
)
def test_s10_a_log_that_was_rotated_twice_while_the_executor_was_down(log: Path, names: tuple[str, str]) -> None:
    """All rotated files are read in the order in which they were written; none that only begins the same."""
    follower = following(log, b"a\n")
    log.with_name("deltascout.log.9").write_bytes(b"old\n")
    os.utime(log.with_name("deltascout.log.9"), (1, 1))
    append(log, b"b\n")
    first, second = (log.with_name(log.name + name) for name in names)
    for number, (rotated, line) in enumerate(((first, b"c\ntorn"), (second, b"d\n"))):
        log.rename(rotated)
        os.utime(rotated, (BEGUN + number, BEGUN + number))
        append(log, line)
    for another in ("deltascout2.log", "deltascout-2.log", "deltascout.log.1.gz", "deltascout.log.bak"):
        log.with_name(another).write_bytes(b"not ours\n")
    log.with_name("deltascout.log.8").symlink_to("nowhere")
    assert Follower(log, stored=follower.stored).raw() == [b"b", b"c", b"torn", b"d"]


def test_s10_a_log_that_is_rewritten_as_a_whole_with_each_line_is_read_on(log: Path) -> None:
    follower = following(log, b"a\n")
    fresh = log.with_name("writing")
    fresh.write_bytes(b"a\nb\n")
    os.replace(fresh, log)
    assert follower.raw() == [b"b"]


def test_an_old_archive_beside_the_log_is_not_taken_for_it(log: Path) -> None:
    log.with_name("deltascout.log.1").write_bytes(b"old\n")
    log.with_name("deltascout.log.2").mkdir()
    follower = following(log, b"a\n")
    replaced(log)
    append(log, b"b\n")
    assert follower.raw() == [b"b"]


def test_a_log_that_is_not_there_yet_is_waited_for_and_then_read_whole(log: Path) -> None:
    follower = Follower(log.parent / "later" / log.name)
    assert follower.once() == Batch((), NOWHERE)
    follower.path.parent.mkdir()
    assert follower.raw() == []
    follower.path.write_bytes(b"a\n")
    assert follower.raw() == [b"a"]
    assert follower.notes == []


def test_s10_what_cannot_be_read_is_said_and_the_position_is_kept(log: Path) -> None:
    follower = following(log, b"a\n")
    log.rename(log.with_name("aside"))
    log.mkdir()
    batch = follower.once()
    assert batch.unreadable is not None
    assert (batch.unreadable.path, batch.lines) == (log, ())
    assert batch.unreadable.reason == f"Is a directory ({log})"
    log.rmdir()
    log.with_name("aside").rename(log)
    append(log, b"b\n")
    assert follower.raw() == [b"b"]


def test_following_never_writes_to_the_log(log: Path) -> None:
    follower = following(log, b"a\ntorn")
    os.chmod(log, 0o400)
    before = log.stat()
    follower.lines()
    after = log.stat()
    assert (before.st_mtime_ns, before.st_ctime_ns, before.st_size) == (after.st_mtime_ns, after.st_ctime_ns, 6)
