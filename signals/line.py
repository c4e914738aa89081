"""One line of a followed file, bounded in memory however long it is in the file."""

from dataclasses import dataclass

MAX_LINE_BYTES = 64 * 1024
"""A longer line is no signal and no bar; readers keep one byte more than this of it, so that parsers refuse it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its newline, and the byte offset at which it begins."""

    offset: int
    raw: bytes
