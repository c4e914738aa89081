"""The journal: one line per event for ever, in one file a day (UTC), beside the capped log.

Files older than yesterday are handed to the archive; today's and yesterday's stay plain, for late events.

Writing never raises into trading. Lines that a full disk refuses wait in memory, up to a bound, and are written with
the first line that succeeds again; what the bound pushed out is counted in that line as `lost`.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from loguru import logger

from fsm.storage import json_lines
from fsm.storage.disk import Disk

WAITING_MAX = 500
TAIL_BYTES = 65_536
DAY_MS = 86_400_000
_DAY_FILE = re.compile(r"journal-\d{4}-\d\d-\d\d\.jsonl")


class Journal:
    """Appends to `<directory>/journal-YYYY-MM-DD.jsonl`; `archive` is given each file that gets no more lines."""

    def __init__(self, directory: Path, disk: Disk, archive: Callable[[Path], None]) -> None:
        self._directory = directory
        self._disk = disk
        self._archive = archive
        self._waiting: deque[bytes] = deque()
        self._lost = 0
        self._day_file = ""
        self.sequence = self._last_sequence()
        """Number of the last line, continued across restarts."""
        self.failing: str | None = None
        """What keeps lines from being written; None while all are."""
        self.failures = 0
        """Attempts to write that failed since the start."""

    def append(self, entry: Mapping[str, object], now_ms: int) -> None:
        """Add a line with the next sequence number and the event's time."""
        self.sequence += 1
        head: dict[str, object] = {"seq": self.sequence, "time": json_lines.iso(now_ms)}
        if self._lost:
            head["lost"] = self._lost
        self._waiting.append(json_lines.encode(head | dict(entry) | head))
        self._write(now_ms)

    def last(self, event: str) -> dict[str, object] | None:
        """The newest line of this event among the plain day files, None without one.

        By its number: after a step of the clock an earlier day may have later lines (R9).
        """
        return max(self.newest_first(event), key=_number, default=None)

    def newest_first(self, event: str) -> Iterator[dict[str, object]]:
        """The lines of this event in the plain day files."""
        for name in reversed(self._day_files()):
            lines = json_lines.decode(self._disk.read(self._directory / name) or b"")
            yield from (line for line in reversed(list(lines)) if line.get("event") == event)

    def catch_up(self, now_ms: int) -> None:
        """Write the lines that wait for a disk that refused them, without waiting for the next event."""
        if self._waiting:
            self._write(now_ms)

    def _write(self, now_ms: int) -> None:
        day_file = _day_file(now_ms)
        try:
            self._disk.append_line(self._directory / day_file, b"".join(self._waiting), durable=False)
        except OSError as error:
            self._note_failure(error)
            return
        if self.failing is not None:
            logger.info("The journal is written again after {} failures", self.failures)
        self.failing = None
        self._lost = 0
        self._waiting.clear()
        if day_file != self._day_file:
            self._day_file = day_file
            self._archive_days_before(_day_file(now_ms - DAY_MS))

    def _note_failure(self, error: OSError) -> None:
        self.failures += 1
        if self.failing is None:
            logger.error("The journal cannot be written, lines wait in memory: {}", error)
        self.failing = str(error)
        while len(self._waiting) > WAITING_MAX:
            self._waiting.popleft()
            self._lost += 1

    def _day_files(self) -> list[str]:
        return [name for name in self._disk.names(self._directory) if _DAY_FILE.fullmatch(name)]

    def _archive_days_before(self, yesterday: str) -> None:
        for name in self._day_files():
            if name < yesterday:
                self._archive(self._directory / name)

    def _last_sequence(self) -> int:
        return max(map(self._last_sequence_of, self._day_files()), default=0)

    def _last_sequence_of(self, name: str) -> int:
        path = self._directory / name
        tail = self._disk.read(path, last=TAIL_BYTES) or b""
        return _highest_sequence(tail) or _highest_sequence(self._disk.read(path) or b"")


def _day_file(time_ms: int) -> str:
    return f"journal-{json_lines.utc(time_ms):%Y-%m-%d}.jsonl"


def _highest_sequence(content: bytes) -> int:
    return max(map(_number, json_lines.decode(content)), default=0)


def _number(entry: Mapping[str, object]) -> int:
    number = entry.get("seq")
    return number if isinstance(number, int) else 0
