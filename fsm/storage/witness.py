"""The number of the newest generation of the state, kept away from the state file: it tells when an older one is back.

It is written after each save and not synced. After a stop between the two, and after a loss of power, it names an older
generation than the file holds, never a newer one: no healthy state is refused for it.
"""

import contextlib
from pathlib import Path

from fsm.storage.disk import Disk

_DIGITS = 20


class Witness:
    """Remembers one number; what it cannot read or write it does not know."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk

    def newest(self) -> int:
        """The highest number noted; 0 where none is known."""
        try:
            content = self._disk.read(self.path) or b""
        except OSError:
            return 0
        first, _, second = content.strip().partition(b" ")
        return int(first) if first == second and first.isdigit() and len(first) == _DIGITS else 0

    def note(self, generation: int) -> None:
        """Remember the number, twice in one line, so that a damaged one is no number."""
        number = f"{generation:0{_DIGITS}d}"
        with contextlib.suppress(OSError):  # a witness that stays behind refuses nothing
            self._disk.overwrite(self.path, f"{number} {number}\n".encode("ascii"))
