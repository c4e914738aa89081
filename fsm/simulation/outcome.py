"""What became of one world."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fsm.storage.places import Places
from fsm.telling.notify import Notification


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts of one world; `fault` is the promise that was broken, or None."""

    seed: int
    stopped_at: int | None
    """The place at which a calm world was stopped on purpose."""
    fault: str | None
    signals: int
    turns: int
    places: int
    """Places at which the program could have been stopped."""
    checks: int
    happened: Mapping[str, int]
    reasons: tuple[str, ...]
    """Why each of its trades ended."""
    worst_naked: Mapping[str, int]
    """Longest time without a stop, in ms, by the reason for which the trade ended."""
    alarms: tuple[str, ...]
    """What the program's own invariants found."""
    calm: bool
    digest: str
    """SHA-256 of journal, verdicts and reports: equal seeds give equal bytes."""


@dataclass(slots=True)
class Ears:
    """A notifier that counts what the owner was told."""

    events: Counter[str] = field(default_factory=Counter)
    alarms: list[str] = field(default_factory=list)

    def send(self, notification: Notification) -> None:
        self.events[notification.event] += 1
        if notification.event == "INVARIANT_FAIL":
            self.alarms.append(f"{notification.severity} {notification.text}")


def reason_of(report: Mapping[str, object]) -> str:
    return str(report["exit_reason"]).partition(":")[0]


def worst_naked(reports: Iterable[Mapping[str, object]]) -> dict[str, int]:
    """The longest gap of all trades that ended for the same reason."""
    worst: dict[str, int] = {}
    for report in reports:
        reason = reason_of(report)
        worst[reason] = max(worst.get(reason, 0), int(str(report["naked_worst_ms"])))
    return worst


def digest(places: Places) -> str:
    files = [*sorted(places.journal.glob("*.jsonl")), places.verdicts, places.trades]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.exists())).hexdigest()
