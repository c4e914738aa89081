"""Writes lines on a thread of its own, so that a slow disk or a stopped terminal never delays who logs."""

import queue
import threading
from collections.abc import Callable

WAITING_MAX = 10_000


class LineWriter:
    """Hands each line to `write`, which answers whether it was written; lines lost are told by a line of `notice`."""

    def __init__(
        self,
        name: str,
        write: Callable[[str], bool],
        notice: Callable[[int], str],
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._write = write
        self._notice = notice
        self._lines: queue.Queue[str | None] = queue.Queue(waiting_max)
        self._dropped = 0
        self._unwritten = 0
        self._told = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """Lines that were never written, since the start."""
        return self._dropped + self._unwritten

    def put(self, line: str) -> None:
        """Take the line and return at once; when too many wait already, it is lost."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def shutdown(self, timeout_s: float) -> None:
        """Write what waits, for at most twice this long."""
        try:
            self._lines.put(None, timeout=timeout_s)
        except queue.Full:
            return
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            if not self._write(line):
                self._unwritten += 1
                continue
            untold = self.lost - self._told
            if untold and self._write(self._notice(untold)):
                self._told += untold
