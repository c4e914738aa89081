"""What the program wrote during the session, read back from its files alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from fsm.numbers import ZERO
from fsm.storage import json_lines
from fsm.storage.places import Places

Entry = dict[str, object]


@dataclass(frozen=True, slots=True)
class Stay:
    """How often and how long the machine was in a state."""

    times: int = 0
    seconds: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Books:
    """Trades, verdicts with what came of them, and transitions, each oldest first."""

    trades: tuple[Entry, ...]
    signals: tuple[Entry, ...]
    transitions: tuple[Entry, ...]

    def verdicts(self) -> tuple[str, ...]:
        return tuple(str(entry["verdict"]) for entry in self.signals if "verdict" in entry)

    def outcome(self, key: object) -> str:
        """What came of an accepted signal; empty as long as nothing did."""
        return next((str(entry["outcome"]) for entry in self.signals if "outcome" in entry and entry["key"] == key), "")

    def unfilled(self) -> int:
        """Accepted signals that brought no position."""
        return self.verdicts().count("accepted") - len(self.trades)

    def left_at_cost(self) -> Decimal:
        """What is left of all trades, too little to be traded, at what it cost in quote."""
        return sum((Decimal(str(trade["left_at_cost"])) for trade in self.trades), ZERO)

    def profit(self) -> Decimal:
        return sum((Decimal(str(trade["realized_profit"])) for trade in self.trades), ZERO)

    def fees(self) -> Decimal:
        return sum((Decimal(str(trade["commission_quote"])) for trade in self.trades), ZERO)

    def seconds_in(self) -> dict[str, Stay]:
        """Every state that was entered, between the first transition and the last."""
        stays: dict[str, Stay] = {}
        for entry, following in zip(self.transitions, (*self.transitions[1:], None), strict=True):
            state = str(entry["to"])
            before = stays.get(state, Stay())
            again = entry["from"] == entry["to"]
            seconds = _seconds(entry, following) if following is not None else ZERO
            stays[state] = Stay(before.times + (0 if again else 1), before.seconds + seconds)
        return stays


def read_books(places: Places) -> Books:
    """Everything that was written under DATA_DIR."""
    journal = [entry for path in sorted(places.journal.glob("*.jsonl")) for entry in _entries(path)]
    transitions = tuple(entry for entry in journal if entry.get("event") == "transition")
    return Books(tuple(_entries(places.trades)), tuple(_entries(places.verdicts)), transitions)


def _entries(path: Path) -> list[Entry]:
    return list(json_lines.decode(path.read_bytes())) if path.exists() else []


def _seconds(entry: Entry, following: Entry) -> Decimal:
    first, second = (datetime.fromisoformat(str(each["time"])) for each in (entry, following))
    return Decimal((second - first) // timedelta(milliseconds=1)) / 1000
