"""How far a followed file has been read, and how that file is found again after it was rotated or replaced.

A file is recognised by its device and inode together with a fingerprint of what was read of it: its first bytes and
the bytes just before the offset. A reused inode or a file that was truncated and written anew has another
fingerprint; a copy has the same one, and following goes on in it.
"""

import hashlib
import os
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict, Field

from signals.regular_file import size_of

SAMPLE_BYTES = 256


class LogPosition(BaseModel):
    """A durable place in a followed file: everything before `offset` (bytes) has been read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: int
    inode: int
    offset: int = Field(ge=0)
    fingerprint: str
    inside_long_line: bool = False
    """The line at `offset` was already returned cut; its rest is to be skipped."""


def position_at(file: BinaryIO, offset: int, *, inside_long_line: bool = False) -> LogPosition:
    """The place `offset` of this file."""
    status = os.fstat(file.fileno())
    return LogPosition(
        device=status.st_dev,
        inode=status.st_ino,
        offset=offset,
        fingerprint=_fingerprint(file, offset),
        inside_long_line=inside_long_line,
    )


def continues(position: LogPosition, file: BinaryIO) -> bool:
    """True if this is the file that was read, or a copy of it, and it still begins with all that was read."""
    if size_of(file) < position.offset:
        return False
    known = is_same_file(position, file) or position.offset > 0
    return known and _fingerprint(file, position.offset) == position.fingerprint


def is_same_file(position: LogPosition, file: BinaryIO) -> bool:
    """True if it has the device and the inode of the file that was read."""
    status = os.fstat(file.fileno())
    return (status.st_dev, status.st_ino) == (position.device, position.inode)


def _fingerprint(file: BinaryIO, offset: int) -> str:
    length = min(SAMPLE_BYTES, offset)
    first = os.pread(file.fileno(), length, 0)
    last = os.pread(file.fileno(), length, offset - length)
    return hashlib.sha256(first + last).hexdigest()
