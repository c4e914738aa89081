"""What rotations leave beside a log: `x.log` becomes `x.log.1`, `x.log-20250113` or the like.

A file that was read in part is known by its content, whatever its name begins with. One of which nothing was read is
taken for a rotated log only by its whole name: `x2.log` or `x-2.log` may be the living log of another writer.
"""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from signals.regular_file import open_regular, size_of

NUMBERED = re.compile(r"[._-]\d[\d._T:-]*")
"""What a rotation adds to the whole name: a number, a date, a time."""


def beside(path: Path, inode: int, *, copies: bool) -> list[Path]:
    """The files that are named like the log and have this inode; then, where copies will do, all others."""
    alike = sorted(_alike(path), key=lambda entry: (entry.inode() != inode, entry.name))
    return [Path(entry.path) for entry in alike if copies or entry.inode() == inode]


def next_rotated(path: Path, file: BinaryIO, files: ExitStack) -> BinaryIO | None:
    """The rotated log that was written next after this one, if one has content; compressed ones are none."""
    younger = [
        rotated for rotated in _rotated(path, files) if size_of(rotated) > 0 and _written(rotated) > _written(file)
    ]
    return min(younger, key=_written, default=None)


def _rotated(path: Path, files: ExitStack) -> Iterator[BinaryIO]:
    for entry in _alike(path):
        if NUMBERED.fullmatch(entry.name.removeprefix(path.name)):
            try:
                yield files.enter_context(open_regular(Path(entry.path)))
            except OSError:  # moved on meanwhile, or nothing that can be read
                continue


def _alike(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path.parent) as entries:
            return [entry for entry in entries if entry.name.startswith(path.stem) and entry.name != path.name]
    except FileNotFoundError:
        return []


def _written(file: BinaryIO) -> int:
    """When it was last written, in nanoseconds."""
    return os.fstat(file.fileno()).st_mtime_ns
