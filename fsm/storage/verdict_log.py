"""What became of every signal: `signals.jsonl`, written and synced before anything is traded.

A verdict line is what the guards said; an outcome line, appended later, says what came of an accepted one. A file
that has grown past `ROTATE_BYTES` becomes `signals-000001.jsonl`, is compressed by the archive, and the oldest go
when there are more than `KEEP`.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from loguru import logger

from fsm.storage import json_lines
from fsm.storage.disk import Disk

ROTATE_BYTES = 5_000_000
KEEP = 20

Entry = dict[str, object]


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """One verdict line and, for an accepted signal, the outcome lines of its key, oldest first."""

    verdict: Entry
    outcomes: tuple[Entry, ...]


class VerdictLog:
    """Appends verdicts and outcomes; the answers to `explain` are read back from the files alone."""

    def __init__(
        self, path: Path, disk: Disk, archive: Callable[[Path], None], rotate_bytes: int = ROTATE_BYTES
    ) -> None:
        self.path = path
        self.failing: str | None = None
        """What kept the last line from being stored; None while all are."""
        self._disk = disk
        self._archive = archive
        self._rotate_bytes = rotate_bytes
        self._rotated_name = re.compile(re.escape(path.stem) + r"-(\d{6,})\.jsonl(\.gz)?")

    def record(self, verdict: Mapping[str, object]) -> str | None:
        """Store a verdict (`key`, `verdict`, …): None when it is durable, else why not; then nothing may be traded."""
        return self._append(verdict)

    def record_outcome(self, key: str, trade_id: str, outcome: str) -> str | None:
        """Store what came of the accepted signal of that key: None when durable, else why not."""
        return self._append({"key": key, "trade_id": trade_id, "outcome": outcome})

    def read_last(self, count: int) -> list[StoredVerdict]:
        """The last verdicts, newest first."""
        return list(islice(self._newest_first(), count))

    def find(self, key: str) -> list[StoredVerdict]:
        """All verdicts on the signals of that key, newest first."""
        return [stored for stored in self._newest_first() if stored.verdict.get("key") == key]

    def _append(self, entry: Mapping[str, object]) -> str | None:
        try:
            length = self._disk.append_line(self.path, json_lines.encode(entry), durable=True)
        except OSError as error:
            if self.failing is None:
                logger.error("Verdicts cannot be stored, so no signal is traded: {}", error)
            self.failing = str(error)
            return self.failing
        self.failing = None
        if length >= self._rotate_bytes:
            self._rotate()
        return None

    def _rotate(self) -> None:
        numbers = self._numbers()
        numbers.append(numbers[-1] + 1 if numbers else 1)
        try:
            self._disk.replace(self.path, self._rotated(numbers[-1]))
            self._disk.sync_directory(self.path.parent)
            for number in numbers[:-KEEP]:
                self._disk.remove(self._rotated(number))
                self._disk.remove(_packed(self._rotated(number)))
        except OSError as error:
            logger.warning("{} could not be rotated and grows on: {}", self.path, error)
            return
        for number in numbers[-KEEP:]:  # those packed already are passed over
            self._archive(self._rotated(number))

    def _rotated(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.stem}-{number:06}.jsonl")

    def _numbers(self) -> list[int]:
        """Numbers of the rotated files, oldest first."""
        names = map(self._rotated_name.fullmatch, self._disk.names(self.path.parent))
        return sorted({int(name[1]) for name in names if name})

    def _newest_first(self) -> Iterator[StoredVerdict]:
        outcomes: dict[object, list[Entry]] = {}
        for entry in self._entries_newest_first():
            key = entry.get("key")
            if "outcome" in entry:
                outcomes.setdefault(key, []).insert(0, entry)
            elif entry.get("verdict") == "accepted":
                yield StoredVerdict(entry, tuple(outcomes.pop(key, ())))
            else:
                yield StoredVerdict(entry, ())

    def _entries_newest_first(self) -> Iterator[Entry]:
        yield from _backwards(self._disk.read(self.path) or b"")
        for number in reversed(self._numbers()):
            yield from _backwards(self._rotated_content(self._rotated(number)))

    def _rotated_content(self, path: Path) -> bytes:
        """The plain file as long as it is there, since its packed form is complete before it goes."""
        content = self._disk.read(path)
        if content is not None:
            return content
        try:
            return gzip.decompress(self._disk.read(_packed(path)) or b"")
        except (OSError, EOFError, zlib.error) as error:
            logger.warning("{} is left out, it cannot be unpacked: {}", _packed(path), error)
            return b""


def _packed(path: Path) -> Path:
    return path.with_name(path.name + ".gz")


def _backwards(content: bytes) -> Iterator[Entry]:
    return reversed(list(json_lines.decode(content)))
