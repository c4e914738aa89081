"""The transition table as a person or a program reads it."""

from rich import box
from rich.table import Table

from fsm.table import TABLE, Row
from guards.chain import GUARD_NAMES

GUARDS = "all guards, in their order"


def transitions() -> list[dict[str, object]]:
    """One object a row, in the order of the table: the stable form of `table --json`."""
    return [
        {
            "trigger": row.trigger,
            "source": row.source.value,
            "dest": row.dest.value,
            "conditions": list(row.conditions),
            "effects": list(row.effects),
            "remark": row.remark,
            "messy": row.messy,
        }
        for row in TABLE
    ]


def transitions_shown() -> Table:
    """The table for a terminal; rows that only a messy world makes happen are in italics."""
    table = Table(box=box.SIMPLE_HEAD, caption=f"italic: messy rows · guards: {', '.join(GUARD_NAMES)}")
    for column in ("trigger", "source", "→ dest", "conditions", "effects", "remark"):
        table.add_column(column, overflow="fold")
    for row in TABLE:
        table.add_row(
            row.trigger,
            row.source.value,
            "stays" if row.source is row.dest else row.dest.value,
            conditions_shown(row),
            ", ".join(row.effects),
            row.remark,
            style="italic bright_black" if row.messy else None,
        )
    return table


def conditions_shown(row: Row) -> str:
    """The conditions as text, the guards in one word."""
    return GUARDS if row.conditions == GUARD_NAMES else ", ".join(row.conditions)
