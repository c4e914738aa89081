"""The eight states. A state is a promise about the venue: entering it means making the venue look like that."""

from enum import StrEnum


class State(StrEnum):
    IDLE = "IDLE"
    PENDING = "PENDING"
    OPEN = "OPEN"
    OPEN_FILLED = "OPEN_FILLED"
    TRAILING = "TRAILING"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"
    COOLDOWN = "COOLDOWN"


PROMISES: dict[State, str] = {
    State.IDLE: "no order of ours works",
    State.PENDING: "the entry intent is on disk; the entry order is at the venue or provably is not",
    State.OPEN: "the entry works, perhaps partly filled; what is filled has a stop",
    State.OPEN_FILLED: "the position is complete; each leg has its target and its stop working",
    State.TRAILING: "only the runner is left; one stop works for all of it, at the best level reached",
    State.CLOSING: "cancel, sell, repay until nothing of ours works, is held or is owed",
    State.CLOSED: "verified: flat, no orders, no debt; the trade report is written",
    State.COOLDOWN: "no order of ours works; waiting until the cooldown ends",
}

ENTERING = frozenset({State.PENDING, State.OPEN})
"""The entry may still fill."""

PROTECTED = frozenset({State.OPEN_FILLED, State.TRAILING})
"""The entry is over; every leg is covered."""

WITH_POSITION = ENTERING | PROTECTED | {State.CLOSING, State.CLOSED}
"""The record holds a position."""
