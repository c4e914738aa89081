"""A real disk that at times is full or broken, and that forgets what was not synced when the program is stopped.

Files are the real ones, so that the checkers can read them, and the disk's own code runs: only its system calls fail.
What was not durable is remembered: at a loss of power a file loses a part of its unsynced end, and names that were not
synced may go back to what they were.
"""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fsm.simulation.fate import Fate
from fsm.storage.disk import RealDisk

PERILS = ("disk_full", "disk_broken", "sync_fails")


class FailingDisk(RealDisk):
    """Refuses writes, and is stopped at them, as fate has it."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate
        self._durable: dict[Path, int] = {}
        """Durable length of files that have an unsynced end."""
        self._undo: list[tuple[Path, Callable[[], None]]] = []
        """How to take back names that are not synced, with their directory."""
        self._overwritten: dict[Path, bytes | None] = {}
        """What files held before anything was put over it, which is never synced."""

    def write(self, path: Path, content: bytes) -> None:
        with self._fate.perilous(f"write {path.name}"):
            super().write(path, content)

    def overwrite(self, path: Path, content: bytes) -> None:
        """Not refused, and no place to stop at: the places before and after it leave the same behind."""
        self._overwritten.setdefault(path, self.read(path))
        RealDisk().overwrite(path, content)

    def append_line(self, path: Path, line: bytes, *, durable: bool) -> int:
        with self._fate.perilous(f"append {path.name}"):
            before = path.stat().st_size if path.exists() else 0
            self._durable.setdefault(path, before)
            length = super().append_line(path, line, durable=durable)
            if durable:
                self._durable.pop(path)
            return length

    def link(self, source: Path, target: Path) -> None:
        with self._fate.perilous(f"link {target.name}"):
            super().link(source, target)
            self._undo.append((target.parent, lambda: target.unlink(missing_ok=True)))

    def replace(self, source: Path, target: Path) -> None:
        self._maybe_break()
        with self._fate.perilous(f"replace {target.name}"):
            was = self.read(target)
            super().replace(source, target)
            self._undo.append((target.parent, lambda: _put_back(target, was)))

    def sync_directory(self, directory: Path) -> None:
        super().sync_directory(directory)
        self._undo = [(place, undo) for place, undo in self._undo if place != directory]

    def put(self, descriptor: int, content: bytes) -> None:
        self._maybe_break()
        if self._fate.strikes("disk_full"):
            super().put(descriptor, content[: self._fate.rng.randint(0, len(content) - 1)])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().put(descriptor, content)

    def sync(self, descriptor: int) -> None:
        with self._fate.perilous("sync"):
            if self._fate.strikes("sync_fails"):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            super().sync(descriptor)

    def lose_unsynced(self) -> None:
        """Power is gone: each unsynced end is cut somewhere, and the last unsynced names may be lost."""
        for path, durable in self._durable.items():
            with suppress(FileNotFoundError):
                self._cut(path, durable)
        for path, was in self._overwritten.items():
            _put_back(path, was)
        for _ in range(self._fate.rng.randint(0, len(self._undo))):
            _, undo = self._undo.pop()
            undo()
            self._fate.note("name_lost")

    def _cut(self, path: Path, durable: int) -> None:
        length = path.stat().st_size
        kept = self._fate.rng.randint(min(durable, length), length)
        if kept < length:
            self._fate.note("unsynced_lost")
            with path.open("r+b") as file:
                file.truncate(kept)

    def _maybe_break(self) -> None:
        if self._fate.strikes("disk_broken"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))


def _put_back(target: Path, content: bytes | None) -> None:
    target.unlink(missing_ok=True)
    if content is not None:
        target.write_bytes(content)
