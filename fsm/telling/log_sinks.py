"""Where log lines end: a file that never has more than so many lines, and the terminal, which may go away."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from fsm.storage.disk import Disk


class LogFile:
    """Appends lines; when the file is full its oldest quarter goes at once, so most lines cost one append."""

    def __init__(self, path: Path, lines_max: int, disk: Disk, on_failure: Callable[[OSError], None]) -> None:
        self._path = path
        self._lines_max = lines_max
        self._disk = disk
        self._on_failure = on_failure
        self._count: int | None = None
        self._failing = False

    def write(self, line: str) -> bool:
        """Append a line (given with its newline); False when the disk refuses, which is told once an episode."""
        try:
            self._append(line.encode("utf-8", "backslashreplace"))
        except OSError as error:
            if not self._failing:
                self._on_failure(error)
            self._failing = True
            return False
        self._failing = False
        return True

    def _append(self, line: bytes) -> None:
        count = self._count_lines() if self._count is None else self._count
        if count >= self._lines_max:
            count = self._drop_oldest()
        self._disk.append_line(self._path, line, durable=False)
        self._count = count + 1

    def _count_lines(self) -> int:
        return len((self._disk.read(self._path) or b"").splitlines())

    def _drop_oldest(self) -> int:
        keep = self._lines_max - max(1, self._lines_max // 4)
        lines = (self._disk.read(self._path) or b"").splitlines(keepends=True)
        kept = lines[len(lines) - min(keep, len(lines)) :]
        draft = self._path.with_name(self._path.name + ".tmp")
        self._disk.write(draft, b"".join(kept))
        self._disk.replace(draft, self._path)
        return len(kept)


class Terminal:
    """Writes to the stream's descriptor until nobody is there; what others still print then goes to the null device.

    It writes past Python's buffered stream, since a thread stuck in one would abort the interpreter at its end, and to
    a duplicate of the descriptor, since a number that was closed and given away could be the state file's.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._shared = None if stream is None or stream.closed else stream.fileno()
        self._own = os.open(os.devnull, os.O_WRONLY) if self._shared is None else os.dup(self._shared)
        self._gone = False
        self.in_colour = os.isatty(self._own)
        """True when a person looks at it."""

    def write(self, line: str) -> bool:
        """Write a line (given with its newline); False when nobody can see it."""
        if self._gone:
            return False
        try:
            self._write_all(line.encode("utf-8", "backslashreplace"))
        except BlockingIOError:
            return False
        except OSError:
            self._gone = True
            self._divert()
            return False
        return True

    def _write_all(self, rest: bytes) -> None:
        while rest:
            rest = rest[os.write(self._own, rest) :]

    def _divert(self) -> None:
        with contextlib.suppress(OSError), open(os.devnull, "wb") as null:  # OSError: the stream was closed meanwhile
            if self._shared is not None and os.path.sameopenfile(self._shared, self._own):
                os.dup2(null.fileno(), self._shared)
