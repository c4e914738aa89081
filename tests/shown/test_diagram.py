"""The diagram and the table say what `fsm.table` says, in every form."""

import io
import re
from xml.etree import ElementTree

import pygraphviz
import pytest
from rich.console import Console

from fsm.shown.arrows import PHASES, arrows
from fsm.shown.diagram import diagram
from fsm.shown.transitions import transitions, transitions_shown
from fsm.states import PROMISES, State
from fsm.table import TABLE, TRIGGERS
from guards.chain import GUARD_NAMES

MOVING = {(row.source, row.dest) for row in TABLE if row.source is not row.dest}
NAMES = {*TRIGGERS, *(name for row in TABLE for name in row.conditions), *GUARD_NAMES}


def _text(form: str) -> str:
    return diagram(form).decode()  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["mermaid", "dot", "svg"])
def test_every_name_is_in_the_picture(form: str) -> None:
    """All states, triggers and conditions are written in it."""
    text = _text(form)
    assert {name for name in (*State, *NAMES) if name not in text} == set()


def test_mermaid_draws_every_arrow_once() -> None:
    """Each pair of different states that a row connects has one arrow, and no other pair has."""
    drawn = re.findall(r"^    (\w+) --> (\w+) : ", _text("mermaid"), re.MULTILINE)
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == {(str(source), str(dest)) for source, dest in MOVING}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.trigger}-{row.source}")
def test_mermaid_puts_each_row_in_its_place(row: "object") -> None:
    """A row that moves stands on its arrow, a row that stays inside its state; messy rows have their mark."""
    found = next(r for r in TABLE if r is row)
    start = f"    {found.source} : " if found.source is found.dest else f"    {found.source} --> {found.dest} : "
    line = next(line for line in _text("mermaid").splitlines() if line.startswith(start))
    label = f"~{found.trigger}" if found.messy else found.trigger
    assert label in re.split(r"<br/>| \[| : ", line)


def test_mermaid_ends_no_statement_early() -> None:
    """A semicolon or a second colon-free line would break Mermaid's grammar."""
    assert ";" not in _text("mermaid")


def test_dot_draws_the_same_graph() -> None:
    """Graphviz reads the states as nodes and each bundle of rows as an edge; messy ones are dashed."""
    graph = pygraphviz.AGraph(string=_text("dot"))
    assert set(graph.nodes()) == set(State)
    drawn = []
    for edge in graph.edges():
        source, dest = edge if edge.attr["dir"] != "back" else reversed(edge)
        drawn.append((source, dest, edge.attr["style"] == "dashed"))
    assert sorted(drawn) == sorted((arrow.source, arrow.dest, arrow.messy) for arrow in arrows())


def test_dot_groups_the_phases_and_tells_the_promises() -> None:
    """Every state belongs to one phase, and its promise is its tooltip."""
    assert sorted(state for phase in PHASES for state in phase.states) == sorted(State)
    graph = pygraphviz.AGraph(string=_text("dot"))
    assert {node: node.attr["tooltip"] for node in graph.nodes()} == {str(s): PROMISES[s] for s in State}


def test_the_pictures_are_pictures() -> None:
    """SVG is XML, PNG has its signature and a size that can be read."""
    assert ElementTree.fromstring(diagram("svg")).tag.endswith("svg")
    png = diagram("png")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(png[16:20]) > 1000


def test_the_table_as_json_has_every_row() -> None:
    """One object a row, in order, with exactly the documented fields."""
    assert [(row["trigger"], row["source"], row["dest"]) for row in transitions()] == [
        (row.trigger, row.source.value, row.dest.value) for row in TABLE
    ]
    assert {tuple(row) for row in transitions()} == {
        ("trigger", "source", "dest", "conditions", "effects", "remark", "messy")
    }


def test_the_table_for_a_terminal_has_every_row() -> None:
    """Every trigger and every effect can be read in it."""
    screen = Console(file=io.StringIO(), width=200)
    screen.print(transitions_shown())
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert {name for name in (*TRIGGERS, *(e for row in TABLE for e in row.effects)) if name not in shown} == set()
