"""The PEAK lines of a signal log and of the logs that rotations left beside it, as a checker reads them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]
Mark = tuple[int, Decimal | None]
"""What a line and its verdict have in common: the byte at which it begins, and its price if it has one."""


@dataclass(slots=True)
class SignalLines:
    """`marked` counts the complete PEAK lines by their mark; a file that is as it was is not read again."""

    log: Path
    _read: dict[Path, tuple[tuple[int, int], list[Mark]]] = field(default_factory=dict)

    def marked(self) -> Counter[Mark]:
        return Counter(mark for path in self._logs() for mark in self._marks(path))

    def _logs(self) -> list[Path]:
        rotated = self.log.parent.glob(f"{self.log.name}.[0-9]*")
        return [path for path in rotated if path.suffix[1:].isdigit()] + [self.log] * self.log.exists()

    def _marks(self, path: Path) -> list[Mark]:
        status = path.stat()
        seen = status.st_ino, status.st_size
        if path not in self._read or self._read[path][0] != seen:
            self._read[path] = seen, list(_peaks(path.read_bytes()))
        return self._read[path][1]


def without_verdict(lines: Counter[Mark], verdicts: Iterable[Json]) -> Iterator[Mark]:
    """Lines to which no verdict belongs, each one verdict to one line; one on a malformed line names no price."""
    given = Counter(_mark_of(verdict) for verdict in verdicts)
    for offset, price in (lines - given).elements():
        if given[offset, None] > lines[offset, None]:
            given[offset, None] -= 1
        else:
            yield offset, price


def _mark_of(verdict: Json) -> Mark:
    signal = verdict["signal"]
    return verdict["offset"], _price(signal) if isinstance(signal, dict) else None


def _peaks(content: bytes) -> Iterator[Mark]:
    offset = 0
    for line in content.split(b"\n")[:-1]:
        found = _parsed(line)
        if isinstance(found, dict) and found.get("action") == "PEAK":
            yield offset, _price(found)
        offset += len(line) + 1


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _price(signal: Json) -> Decimal | None:
    try:
        price = Decimal(str(signal["price"]))
    except (KeyError, InvalidOperation):
        return None
    return price if price.is_finite() else None
