"""The transition table as a drawing needs it: phases, and rows between the same two states bundled into one arrow."""

from dataclasses import dataclass
from itertools import groupby

from fsm.states import State
from fsm.table import TABLE, Row


@dataclass(frozen=True, slots=True)
class Phase:
    """States that are drawn together, with their background and line colours."""

    title: str
    states: tuple[State, ...]
    fill: str
    line: str


PHASES: tuple[Phase, ...] = (
    Phase("Waiting", (State.IDLE, State.COOLDOWN), "#f3f4f6", "#6b7280"),
    Phase("Entering", (State.PENDING, State.OPEN), "#eff6ff", "#2563eb"),
    Phase("Holding", (State.OPEN_FILLED, State.TRAILING), "#ecfdf5", "#059669"),
    Phase("Leaving", (State.CLOSING, State.CLOSED), "#fff7ed", "#d97706"),
)


@dataclass(frozen=True, slots=True)
class Arrow:
    """All rows from one state to another that are alike in being messy or not."""

    source: State
    dest: State
    messy: bool
    rows: tuple[Row, ...]


def arrows() -> tuple[Arrow, ...]:
    """Every arrow that leads to another state, in the order of the states."""
    order = list(State)

    def pair(row: Row) -> tuple[int, int, bool]:
        return order.index(row.source), order.index(row.dest), row.messy

    moving = sorted((row for row in TABLE if row.source is not row.dest), key=pair)
    groups = groupby(moving, key=pair)
    return tuple(Arrow(order[source], order[dest], messy, tuple(group)) for (source, dest, messy), group in groups)


def phase_of(state: State) -> Phase:
    return next(phase for phase in PHASES if state in phase.states)
