"""The state diagram in Graphviz's language; triggers bold, conditions in brackets, effects behind a slash.

A row that stays is written inside its state; what only a messy world makes happen is dashed or in grey italics.
"""

from dataclasses import replace
from html import escape
from textwrap import wrap

from fsm.shown.arrows import PHASES, Arrow, Phase, arrows, phase_of
from fsm.states import PROMISES, State
from fsm.table import TABLE, Row

_INK, _GREY, _MESSY = "#111827", "#6b7280", "#9ca3af"
_CONDITION = "#7c3aed"
_PROMISE_WIDTH, _CONDITIONS_WIDTH = 36, 44
_LINE = "<BR ALIGN='LEFT'/>"


def dot() -> str:
    """The whole diagram as dot text."""
    parts = [
        "digraph lifecycle {",
        '  graph [rankdir=TB, nodesep=0.5, ranksep=0.5, pad=0.3, fontname="Helvetica", bgcolor=white];',
        f'  node [shape=plain, fontname="Helvetica", fontsize=12, fontcolor="{_INK}"];',
        f'  edge [fontname="Helvetica", fontsize=10, fontcolor="{_INK}", arrowsize=0.8, penwidth=1.3];',
        *(line for phase in PHASES for line in _phase(phase)),
        *(_arrow(arrow) for arrow in arrows()),
        f"  {{ rank=source; {State.IDLE}; }}",
        "}",
    ]
    return "\n".join(parts) + "\n"


def _phase(phase: Phase) -> list[str]:
    states = [f"    {_state(state, phase)}" for state in phase.states]
    if phase.title == "Waiting":
        return [line[2:] for line in states]
    head = f'label="{phase.title}", labeljust=l, fontsize=13, fontcolor="{phase.line}", style="rounded,filled", '
    colours = f'color="{phase.line}55", fillcolor="{phase.fill}", margin=16'
    return [f"  subgraph cluster_{phase.title.lower()} {{", f"    graph [{head}{colours}];", *states, "  }"]


def _state(state: State, phase: Phase) -> str:
    promise = _LINE.join(escape(line) for line in wrap(PROMISES[state], _PROMISE_WIDTH))
    rows = [
        f"<TR><TD BGCOLOR='{phase.line}'><FONT COLOR='white' POINT-SIZE='14'><B>{state}</B></FONT></TD></TR>",
        f"<TR><TD ALIGN='LEFT' BALIGN='LEFT'><FONT POINT-SIZE='10'>{promise}</FONT></TD></TR>",
    ]
    staying = [row for row in TABLE if row.source is row.dest is state]
    if staying:
        rows.append(f"<HR/><TR><TD ALIGN='LEFT'>{_small('stays on')}</TD></TR>")
        rows += [
            f"<TR><TD ALIGN='LEFT' CELLPADDING='2'><FONT POINT-SIZE='10'>{_label(row)}</FONT></TD></TR>"
            for row in staying
        ]
        rows.append("<TR><TD HEIGHT='4' FIXEDSIZE='FALSE' CELLPADDING='0'></TD></TR>")
    table = f"<TABLE BORDER='1' CELLBORDER='0' CELLSPACING='0' CELLPADDING='5' COLOR='{phase.line}' BGCOLOR='white'"
    return f'{state} [label=<{table} STYLE="ROUNDED">{"".join(rows)}</TABLE>>, tooltip="{escape(PROMISES[state])}"];'


def _arrow(arrow: Arrow) -> str:
    colour = _MESSY if arrow.messy else phase_of(arrow.dest).line
    style = "dashed" if arrow.messy else "solid"
    lines = "".join(f"<TR><TD> </TD><TD ALIGN='LEFT' BALIGN='LEFT'>{line}</TD></TR>" for line in _lines(arrow))
    label = f"<TABLE BORDER='0' CELLPADDING='1' CELLSPACING='0'>{lines}</TABLE>"
    tip = escape("; ".join(filter(None, (row.remark for row in arrow.rows)))) or str(arrow.rows[0].trigger)
    attributes = f'color="{colour}", style={style}, tooltip="{tip}", labeltooltip="{tip}"'
    if arrow.dest is State.IDLE:  # drawn backwards, so that IDLE stays on top
        return f"  {arrow.dest} -> {arrow.source} [label=<{label}>, {attributes}, dir=back];"
    return f"  {arrow.source} -> {arrow.dest} [label=<{label}>, {attributes}];"


def _lines(arrow: Arrow) -> list[str]:
    """One line a row; effects that all rows share stand below them once."""
    if len(arrow.rows) == 1:
        row = arrow.rows[0]
        return [_label(row)] if _is_short(row) else [_label(replace(row, conditions=())), _many(row.conditions)]
    if len({row.effects for row in arrow.rows}) > 1:
        return [_label(row) for row in arrow.rows]
    return [*(_label(replace(row, effects=())) for row in arrow.rows), _effects(arrow.rows[0]).strip()]


def _is_short(row: Row) -> bool:
    return len(row.conditions) <= 2


def _small(text: str) -> str:
    return f"<FONT POINT-SIZE='9' COLOR='{_GREY}'>{text}</FONT>"


def _label(row: Row) -> str:
    name = f"<FONT COLOR='{_GREY}'><I>{row.trigger}</I></FONT>" if row.messy else f"<B>{row.trigger}</B>"
    conditions = f" <FONT COLOR='{_CONDITION}'>[{', '.join(row.conditions)}]</FONT>" if row.conditions else ""
    return f"{name}{conditions}{_effects(row)}"


def _many(conditions: tuple[str, ...]) -> str:
    lines = _LINE.join(wrap(", ".join(conditions), _CONDITIONS_WIDTH))
    return f"<FONT POINT-SIZE='9' COLOR='{_CONDITION}'>[{lines}]</FONT>"


def _effects(row: Row) -> str:
    return f" <FONT COLOR='{_GREY}'>/ {', '.join(row.effects)}</FONT>" if row.effects else ""
