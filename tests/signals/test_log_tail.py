"""The last lines of a file are read backwards from its end, whatever the file holds."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.backwards import BLOCK_BYTES, last_lines
from signals.line import MAX_LINE_BYTES, Line
from signals.regular_file import open_regular
from signals.tail import LogUnreadable, lines_before, read_tail_lines


def naive_lines(content: bytes) -> list[Line]:
    """All lines of a content, by splitting the whole of it."""
    *finished, torn = content.split(b"\n")
    lines, offset = [], 0
    for raw in [*finished, torn] if torn else finished:
        lines.append(Line(offset, raw))
        offset += len(raw) + 1
    return lines


def written(folder: Path, content: bytes) -> Path:
    path = folder / "deltascout.log"
    path.write_bytes(content)
    return path


LINE = st.binary(max_size=20).map(lambda raw: raw.replace(b"\n", b""))
LONG_LINE = st.sampled_from([BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES]).map(lambda n: b"x" * n)


@given(lines=st.lists(LINE | LONG_LINE, max_size=12), torn=LINE | LONG_LINE, n=st.integers(-1, 14), data=st.data())
def test_reading_backwards_equals_splitting_the_whole_file(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], torn: bytes, n: int, data: st.DataObject
) -> None:
    content = b"".join(line + b"\n" for line in lines) + torn
    path = written(tmp_path_factory.mktemp("log"), content)
    expected = naive_lines(content)
    assert read_tail_lines(path, n) == ([line.raw for line in expected[-n:]] if n > 0 else [])
    offset = data.draw(st.integers(0, len(content) + 5))
    assert lines_before(path, offset, 300) == naive_lines(content[:offset])


@pytest.mark.parametrize(
    ("content", "n", "tail"),
    [
        (b"", 3, []),
        (b"\n", 3, [b""]),
        (b"a", 3, [b"a"]),
        (b"a\nb\nc\n", 2, [b"b", b"c"]),
        (b"a\nb\nc", 2, [b"b", b"c"]),
        (b"a\n\n\n", 2, [b"", b""]),
        (b"a\r\nb\r\n", 1, [b"b\r"]),
        (b"\xff\x00\n\x80", 5, [b"\xff\x00", b"\x80"]),
        (b"a\n", 0, []),
    ],
)
def test_an_unfinished_last_line_counts_and_bytes_are_not_interpreted(
    tmp_path: Path, content: bytes, n: int, tail: list[bytes]
) -> None:
    assert read_tail_lines(written(tmp_path, content), n) == tail


def test_s3_a_malformed_first_line_of_the_tail_is_a_line_like_any_other(tmp_path: Path) -> None:
    assert read_tail_lines(written(tmp_path, b'GHT"}\n{}\n'), 300) == [b'GHT"}', b"{}"]


def test_only_the_blocks_that_hold_the_wanted_lines_are_read(tmp_path: Path) -> None:
    """The beginning of the file is a hole of a terabyte: reading it would take minutes."""
    path = tmp_path / "deltascout.log"
    with path.open("wb") as file:
        file.seek(2**40)
        file.write(b"\nlast but one\nlast\n")
    assert read_tail_lines(path, 2) == [b"last but one", b"last"]


def test_a_line_of_100_mb_is_cut_behind_the_line_limit(tmp_path: Path) -> None:
    path = written(tmp_path, b"before\n")
    with path.open("ab") as file:
        file.write(b"begins")
        file.truncate(100_000_000)
        file.seek(0, os.SEEK_END)
        file.write(b"\nafter\n")
    long = (b"begins" + bytes(MAX_LINE_BYTES))[: MAX_LINE_BYTES + 1]
    assert lines_before(path, None, 3) == [Line(0, b"before"), Line(7, long), Line(100_000_001, b"after")]


def test_a_file_that_shrinks_while_it_is_read_gives_what_is_left(tmp_path: Path) -> None:
    path = written(tmp_path, b"a\nb\nc\n")
    with open_regular(path) as file:
        os.truncate(path, 3)
        assert [line.raw for line in last_lines(file, 6, 9)] == [b"a", b"b"]


def test_a_missing_file_has_no_lines(tmp_path: Path) -> None:
    assert read_tail_lines(tmp_path / "none.log", 3) == []
    assert lines_before(tmp_path / "none" / "none.log", 5, 3) == []


def test_what_cannot_be_read_is_said_not_raised(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, because in ((tmp_path, "Is a directory"), (tmp_path / "pipe", "not a regular file")):
        unreadable = read_tail_lines(path, 3)
        assert isinstance(unreadable, LogUnreadable)
        assert because in unreadable.reason
