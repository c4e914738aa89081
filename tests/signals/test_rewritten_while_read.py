"""A file that its writer truncates and writes anew in the middle of a read is read anew, never lost (S10, S12)."""

import os
from pathlib import Path
from typing import BinaryIO

import pytest

from signals.position import continues, position_at
from signals.regular_file import open_regular
from signals.tail import read_lines

OLD = b"".join(b"old line %03d\n" % number for number in range(100))
PLENTY = 1024 * 1024


def rewritten_at_its_end(path: Path, anew: bytes) -> BinaryIO:
    """The open file; as soon as its last line was read, its writer truncates it in place and writes it anew."""
    file = open_regular(path)
    read_line = file.readline

    def readline(size: int = -1) -> bytes:
        line = read_line(size)
        if line == OLD.splitlines(keepends=True)[-1]:
            path.write_bytes(anew)
        return line

    file.readline = readline  # type: ignore[method-assign]
    return file


@pytest.mark.parametrize("anew", [b"new line\n", b"new\n" * 1_000], ids=["shorter", "longer"])
@pytest.mark.parametrize("start", [0, 130, 1_170])
def test_the_position_is_one_of_the_new_file_or_none_of_it(tmp_path: Path, start: int, anew: bytes) -> None:
    """What was read is returned, and what follows is found: the new file is read from its beginning."""
    path = tmp_path / "deltascout.log"
    path.write_bytes(OLD)
    with rewritten_at_its_end(path, anew) as file:
        lines, end = read_lines(file, position_at(file, start), PLENTY)
    assert b"old line 099" in [line.raw for line in lines]
    with open_regular(path) as file:
        assert end.offset == 0 or not continues(end, file)


def test_no_file_continues_beyond_its_end(tmp_path: Path) -> None:
    """A place behind the end, taken while the file shrank, is found out."""
    path = tmp_path / "aggregated.csv"
    path.write_bytes(b"short\n")
    with open_regular(path) as file:
        behind = position_at(file, 12_000)
        assert not continues(behind, file)
    assert os.stat(path).st_size < behind.offset
