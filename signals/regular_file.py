"""Opening what DeltaScout writes: for reading only, and only regular files."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_BUFFER_BYTES = 64 * 1024


def open_regular(path: Path) -> BinaryIO:
    """The file opened for reading; OSError if it is missing, unreadable or not a regular file (a pipe would block)."""
    file = open(path, "rb", buffering=_BUFFER_BYTES, opener=_without_waiting)  # noqa: SIM115 - the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


def size_of(file: BinaryIO) -> int:
    """How many bytes the file has now."""
    return os.fstat(file.fileno()).st_size


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)
