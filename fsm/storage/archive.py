"""Compresses files that are no longer written, on a thread of its own, away from trading."""

import queue
import threading
from pathlib import Path

from loguru import logger

from fsm.storage.disk import Disk


class Archive:
    """Takes finished files one at a time; a file that cannot be compressed stays as it is and is told."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._paths: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)
        self._thread.start()

    def submit(self, path: Path) -> None:
        """Have the file compressed to `<path>.gz`; returns at once."""
        self._paths.put(path)

    def shutdown(self, timeout_s: float) -> None:
        """Finish what was submitted, for at most this long; what is left is compressed after the next start."""
        self._paths.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (path := self._paths.get()) is not None:
            try:
                self._disk.compress(path)
            except OSError as error:
                logger.warning("{} stays uncompressed: {}", path, error)
