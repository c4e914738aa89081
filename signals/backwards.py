"""Reading the end of a file backwards in blocks, never from its start."""

import os
from typing import BinaryIO

from signals.line import MAX_LINE_BYTES, Line

BLOCK_BYTES = 8 * 1024


def last_lines(file: BinaryIO, end: int, n: int) -> list[Line]:
    """The last `n` lines before the byte offset `end`, in the file's order; an unfinished last line counts as one."""
    found: list[Line] = []
    rest = b""  # the part already read of the line whose beginning is still to be found, cut at the line limit
    start = end - 1 if _byte_before(file, end) == b"\n" else end
    while start > 0 and len(found) < n:
        block_start = max(0, start - BLOCK_BYTES)
        block = os.pread(file.fileno(), start - block_start, block_start)
        cut = len(block)
        while len(found) < n and (newline := block.rfind(b"\n", 0, cut)) >= 0:
            found.append(Line(block_start + newline + 1, _bounded(block[newline + 1 : cut] + rest)))
            rest, cut = b"", newline
        rest = _bounded(block[:cut] + rest)
        start = block_start
    if end > 0 and start == 0 and len(found) < n:
        found.append(Line(0, rest))
    return found[::-1]


def end_of_last_line(file: BinaryIO, size: int) -> int:
    """The offset behind the last newline: where a torn last line begins, else the end."""
    if _byte_before(file, size) in (b"\n", b""):
        return size
    return last_lines(file, size, 1)[0].offset


def _byte_before(file: BinaryIO, offset: int) -> bytes:
    return os.pread(file.fileno(), 1, offset - 1) if offset > 0 else b""


def _bounded(raw: bytes) -> bytes:
    return raw[: MAX_LINE_BYTES + 1]
