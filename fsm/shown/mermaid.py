"""The state diagram in Mermaid's language: each arrow has its triggers, one a line, with their conditions in brackets.

Rows that stay are written inside their state, for Mermaid draws loops over other labels. It draws no dashed transitions
either, so what only a messy world makes happen is marked with a tilde. Effects are left to the transition table and to
the other formats.
"""

from fsm.shown.arrows import PHASES, Phase
from fsm.states import PROMISES, State
from fsm.table import TABLE, Row

MESSY_MARK = "~"
_BREAK = "<br/>"


def mermaid() -> str:
    """The whole diagram as Mermaid text."""
    states = [f"    {state} : {_inside(state)}" for state in State]
    arrows = [
        f"    {source} --> {dest} : {_BREAK.join(map(_label, rows))}" for (source, dest), rows in _pairs().items()
    ]
    colours = [line for phase in PHASES for line in _colours(phase)]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {State.IDLE}", *states, *arrows, *colours]) + "\n"


def _inside(state: State) -> str:
    """Name, promise and the triggers that stay; a semicolon would end Mermaid's statement."""
    promise = PROMISES[state].replace(";", ",")
    staying = [_label(row) for row in TABLE if row.source is row.dest is state]
    again = ["<i>stays on</i>", *staying] if staying else []
    return _BREAK.join([f"<b>{state}</b>", promise, *again])


def _pairs() -> dict[tuple[State, State], list[Row]]:
    """The rows that lead to another state, by the states they connect."""
    pairs: dict[tuple[State, State], list[Row]] = {}
    for row in TABLE:
        if row.source is not row.dest:
            pairs.setdefault((row.source, row.dest), []).append(row)
    return pairs


def _colours(phase: Phase) -> list[str]:
    name = phase.title.lower()
    states = ",".join(phase.states)
    return [f"    classDef {name} fill:{phase.fill},stroke:{phase.line},color:#111827", f"    class {states} {name}"]


def _label(row: Row) -> str:
    name = f"{MESSY_MARK}{row.trigger}" if row.messy else row.trigger
    return f"{name} [{', '.join(row.conditions)}]" if row.conditions else name
