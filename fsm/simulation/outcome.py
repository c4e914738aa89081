"""What became of one world."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fsm.simulation.wish import Wish
from fsm.storage import json_lines
from fsm.storage.places import Places
from fsm.telling.notify import Notification


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts of one world; `fault` is the promise that was broken, or None."""

    wish: Wish
    fault: str | None
    signals: int
    turns: int
    places: tuple[str, ...]
    """Where the program could have been stopped, in order."""
    checks: int
    happened: Mapping[str, int]
    reasons: tuple[str, ...]
    """Why each of its trades ended."""
    gaps: Mapping[str, int]
    """Longest time without a stop, in ms, by its cause."""
    most_weight: int
    """The largest request weight of a minute."""
    alarms: tuple[str, ...]
    """What the program's own invariants found."""
    calm: bool
    digest: str
    """SHA-256 of journal, verdicts and reports: equal seeds give equal bytes."""


@dataclass(slots=True)
class Ears:
    """A notifier that keeps what the owner was told."""

    heard: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    def send(self, notification: Notification) -> None:
        self.heard.append(f"{notification.event}: {notification.text}")
        if notification.event == "INVARIANT_FAIL":
            self.alarms.append(f"{notification.severity} {notification.text}")


def reason_of(report: Mapping[str, object]) -> str:
    return str(report["exit_reason"]).partition(":")[0]


def read_reports(places: Places) -> list[dict[str, object]]:
    path = places.trades
    return list(json_lines.decode(path.read_bytes())) if path.exists() else []


def digest(places: Places, folder: Path) -> str:
    """Of all that was written; the folder, which has another name in each run, is left out."""
    files = [*sorted(places.journal.glob("*.jsonl")), places.verdicts, places.trades]
    written = b"".join(file.read_bytes() for file in files if file.exists())
    return hashlib.sha256(written.replace(str(folder).encode(), b"")).hexdigest()
