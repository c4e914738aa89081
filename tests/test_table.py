"""The transition table: every cell state × trigger is decided, the graph is sound, and the machine runs the table."""

import ast
import inspect
import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from transitions import MachineError

from fsm import due, effects, entering, leaving
from fsm.lifecycle import Lifecycle, Promises, Transition
from fsm.memory import Memory
from fsm.record import SCHEMA, Record
from fsm.settings import FsmSettings
from fsm.states import PROMISES, State
from fsm.storage.disk import RealDisk
from fsm.storage.store import Store
from fsm.table import TABLE, TRIGGERS, row_of
from fsm.telling.announcement import Announcement
from guards.chain import GUARD_NAMES
from guards.verdict import Refusal, Verdict
from tests import table_cases as cases

CELLS = """
                     IDLE     PENDING      OPEN         OPEN_FILLED  TRAILING  CLOSING  CLOSED    COOLDOWN
signal_accepted      PENDING  -            -            -            -         -        -         -
entry_working        -        OPEN         -            -            -         -        -         -
entry_failed         -        CLOSING      -            -            -         -        -         -
entry_filled         -        OPEN_FILLED  OPEN_FILLED  -            -         -        -         -
entry_grew           -        -            stays        -            -         -        -         -
entry_timed_out      -        -            stays        -            -         -        -         -
remainder_to_market  -        -            stays        -            -         -        -         -
entry_ended_partial  -        OPEN_FILLED  OPEN_FILLED  -            -         -        -         -
entry_ended_empty    -        -            CLOSING      -            -         -        -         -
leg_closed           -        -            -            stays        -         -        -         -
runner_left          -        -            -            TRAILING     -         -        -         -
stop_moved           -        -            -            -            stays     -        -         -
exit_at_market       -        -            -            stays        stays     -        -         -
changed_by_owner     -        -            stays        stays        stays     stays    -         -
position_flat        -        -            CLOSING      CLOSING      CLOSING   -        -         -
protection_failed    -        -            CLOSING      CLOSING      CLOSING   -        -         -
abort                -        CLOSING      CLOSING      CLOSING      CLOSING   -        -         -
late_fill            -        -            -            -            -         stays    -         -
closed               -        -            -            -            -         CLOSED   -         -
reopened             -        -            -            -            -         -        CLOSING   -
cool_down            -        -            -            -            -         -        COOLDOWN  -
reset                -        -            -            -            -         -        IDLE      -
cooldown_over        -        -            -            -            -         -        -         IDLE
"""
"""What is meant to happen, written without a look at `fsm.table`: `-` is illegal, `stays` enters the state again."""


def _matrix() -> dict[tuple[State, str], State | None]:
    """Every cell: the state it leads to, or None where the trigger is illegal."""
    head, *lines = (line.split() for line in CELLS.strip().splitlines())
    matrix: dict[tuple[State, str], State | None] = {}
    for trigger, *outcomes in lines:
        for name, outcome in zip(head, outcomes, strict=True):
            state = State(name)
            matrix[state, trigger] = state if outcome == "stays" else None if outcome == "-" else State(outcome)
    return matrix


MATRIX = _matrix()
LEGAL = {pair: dest for pair, dest in MATRIX.items() if dest is not None}
ILLEGAL = [pair for pair, dest in MATRIX.items() if dest is None]


# --- the cells
def test_every_state_and_trigger_has_a_cell() -> None:
    """The matrix leaves no pair undecided and knows no trigger that the table does not have."""
    assert set(MATRIX) == {(state, trigger) for state in State for trigger in TRIGGERS}


@pytest.mark.parametrize(("state", "trigger"), MATRIX, ids="-".join)
def test_the_table_says_what_the_cell_says(state: State, trigger: str) -> None:
    """A legal cell has the row that leads where the cell says; an illegal one has none."""
    row = row_of(state, trigger)
    assert (row.dest if row else None) is MATRIX[state, trigger]


def test_no_pair_has_two_rows() -> None:
    """Of two rows for one pair the machine would silently take the first."""
    pairs = [(row.source, row.trigger) for row in TABLE]
    assert len(pairs) == len(set(pairs))


# --- the graph
def _reachable(start: State) -> set[State]:
    found, todo = {start}, [start]
    while todo:
        state = todo.pop()
        new = {row.dest for row in TABLE if row.source is state} - found
        found |= new
        todo += new
    return found


def test_every_state_is_reachable() -> None:
    """From IDLE every state can be entered."""
    assert _reachable(State.IDLE) == set(State)


@pytest.mark.parametrize("state", State)
def test_no_state_is_a_trap(state: State) -> None:
    """From every state there is a way back to IDLE."""
    assert State.IDLE in _reachable(state)


def test_the_ways_back_to_idle() -> None:
    """IDLE is entered only from a verified close or at the end of a cooldown."""
    assert {row.source for row in TABLE if row.dest is State.IDLE} == {State.CLOSED, State.COOLDOWN}


def test_closed_is_entered_verified() -> None:
    """CLOSED is entered from CLOSING alone, and only when the venue shows that nothing is left."""
    ways = [row for row in TABLE if row.dest is State.CLOSED]
    assert [(row.source, row.conditions) for row in ways] == [(State.CLOSING, ("venue_shows_flat",))]


def test_the_only_way_in_asks_every_guard_in_order() -> None:
    """PENDING is entered from IDLE alone, under all guards."""
    ways = [row for row in TABLE if row.dest is State.PENDING]
    assert [(row.source, row.conditions) for row in ways] == [(State.IDLE, GUARD_NAMES)]


def test_every_state_has_a_promise() -> None:
    """A state without a promise about the venue would mean nothing."""
    assert set(PROMISES) == set(State)


# --- the names
def test_every_condition_resolves_and_is_used() -> None:
    """A condition is a guard or a question that the lifecycle answers; it answers no question that no row asks."""
    asked = {name for row in TABLE for name in row.conditions} - set(GUARD_NAMES)
    answered = set(vars(Lifecycle)) - {"accept", "advance", "enter_again"}
    assert asked == {name for name in answered if callable(vars(Lifecycle)[name]) and not name.startswith("_")}


def test_every_effect_resolves_and_is_used() -> None:
    """The table names the effects that there are, all of them."""
    assert {name for row in TABLE for name in row.effects} == set(effects.EFFECTS)


def test_due_names_the_triggers_of_the_table() -> None:
    """Every trigger but the signal's is fired by `due`, and `due` can name no other."""
    trees = (ast.parse(inspect.getsource(module)) for module in (due, entering, leaving))
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    named = {
        call.args[0].value
        for call in nodes
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "Due"
        and isinstance(call.args[0], ast.Constant)
    }
    assert named <= set(TRIGGERS)
    assert set(TRIGGERS) - {"signal_accepted"} <= texts


def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text()


# --- the machine, running
@dataclass
class Running:
    """The real lifecycle over a real state file; what keeping a promise found on disk is noted."""

    lifecycle: Lifecycle
    memory: Memory
    journal: list[Transition]
    found: list[str]

    def fire(self, trigger: str, **changed: object) -> bool:
        details = {"cause": "test", **cases.DETAILS.get(trigger, {}), **changed}
        return bool(getattr(self.lifecycle, trigger)(**details))


def _running(folder: Path, record: Record, settings: FsmSettings | None = None) -> Running:
    path = folder / "state.json"
    found: list[str] = []
    journal: list[Transition] = []

    def look() -> None:
        found.append(json.loads(path.read_text())["state"])

    def ensure() -> int:
        look()
        return 0

    def tell(_announcement: Announcement) -> None:
        """Nobody listens."""

    memory = Memory(record, Store(path, folder / "newest", {}, SCHEMA, RealDisk()), tell)
    promises = Promises(intend=lambda: None, ensure=ensure, report=look, world=lambda: cases.world(settings))
    return Running(Lifecycle(memory, promises, journal.append), memory, journal, found)


def _ready(state: State, trigger: str) -> Record:
    """A record in which the conditions of the row are met."""
    return cases.record(state, **({"fills": ()} if trigger == "reset" else {}))


@pytest.mark.parametrize(("state", "trigger"), LEGAL, ids="-".join)
def test_a_legal_trigger_lands_where_it_should(tmp_path: Path, state: State, trigger: str) -> None:
    """The new state is in the record and on disk before its promise is kept, once."""
    running = _running(tmp_path, _ready(state, trigger))
    assert running.fire(trigger)
    dest = LEGAL[state, trigger]
    assert running.lifecycle.state is running.memory.record.state is dest
    assert running.found == [dest]


@pytest.mark.parametrize(("state", "trigger"), ILLEGAL, ids="-".join)
def test_an_illegal_trigger_raises_and_changes_nothing(tmp_path: Path, state: State, trigger: str) -> None:
    """The record, the file and the venue stay as they are."""
    record = cases.record(state)
    running = _running(tmp_path, record)
    with pytest.raises(MachineError):
        running.fire(trigger)
    assert running.memory.record is record
    assert running.lifecycle.state is state
    assert running.found == []


REFUSED: dict[str, tuple[State, str, dict[str, object], FsmSettings]] = {
    "market_entry_allowed": (State.OPEN, "remainder_to_market", {"entry_withdrawn": False}, FsmSettings()),
    "trailing_enabled": (State.OPEN_FILLED, "runner_left", {}, FsmSettings(trail_after_tp2=False)),
    "stop_improves": (State.TRAILING, "stop_moved", {"stop": cases.PLAN.entry}, FsmSettings()),
    "flatten_allowed": (State.OPEN, "protection_failed", {}, FsmSettings(flatten_unprotected=False)),
    "venue_shows_flat": (State.CLOSING, "closed", {"verified_ms": None}, FsmSettings()),
    "something_filled": (State.CLOSED, "cool_down", {"fills": ()}, FsmSettings()),
    "nothing_filled": (State.CLOSED, "reset", {}, FsmSettings()),
}


@pytest.mark.parametrize("condition", REFUSED)
def test_a_condition_that_does_not_hold_refuses(tmp_path: Path, condition: str) -> None:
    """Nothing changes, nothing is asked of the venue, and the lifecycle says which condition refused."""
    state, trigger, changes, settings = REFUSED[condition]
    record = cases.record(state, **changes)
    running = _running(tmp_path, record, settings)
    assert not running.fire(trigger)
    assert running.lifecycle.refused == condition
    assert running.memory.record is record
    assert running.found == []


def test_a_running_cooldown_is_not_over(tmp_path: Path) -> None:
    """COOLDOWN is left only when its time has come."""
    record = cases.record(State.COOLDOWN).model_copy(update={"cooldown_until": cases.NOW_MS + 1})
    running = _running(tmp_path, record)
    assert not running.fire("cooldown_over")
    assert running.lifecycle.refused == "cooldown_elapsed"


@pytest.mark.parametrize("number", range(len(GUARD_NAMES)), ids=GUARD_NAMES)
def test_each_guard_keeps_a_signal_out(tmp_path: Path, number: int) -> None:
    """A verdict in which one guard refused does not open a position, whatever its details."""
    verdict = Verdict(Refusal(GUARD_NAMES[number], "refused"), GUARD_NAMES[:number])
    running = _running(tmp_path, cases.record(State.IDLE))
    assert not running.fire("signal_accepted", verdict=verdict)
    assert running.lifecycle.refused == GUARD_NAMES[number]
    assert running.lifecycle.state is State.IDLE


def test_every_condition_has_a_case_that_refuses() -> None:
    """A condition that is never seen to refuse might as well be absent."""
    asked = {name for row in TABLE for name in row.conditions}
    assert asked == set(REFUSED) | set(GUARD_NAMES) | {"cooldown_elapsed"}


def test_a_transition_is_journaled_with_its_cause(tmp_path: Path) -> None:
    """`advance` writes down trigger, both states and the cause of what it fired."""
    running = _running(tmp_path, cases.record(State.COOLDOWN))
    assert running.lifecycle.advance() == 1
    assert running.journal == [Transition("cooldown_over", State.COOLDOWN, State.IDLE, "the cooldown is over")]
