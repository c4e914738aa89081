"""The program is stopped at every save and every request of a whole trade, and started again: the end is the same.

What a stopped program leaves behind changes only with what it wrote and what it asked the venue to do. So it is stopped
before each of these, and before the first read that follows one: that is every state of the outside that there is.
"""

from functools import cache

import pytest

from fsm.states import State
from tests.scenarios.whole_trades import DIRECTIONS, POLL_S, SCRIPTS, Ending, ending, set_up

NOT_SENT: dict[str, tuple[str, ...]] = {
    "request POST /api/v3/order E0-0": (),
    "request POST /api/v3/order E0-1": ("0.0006",),
}
"""What is entered when the program is stopped between the intent and the entry order: the order is proven absent and
given up; of a remainder for the market, the smaller position stays."""
PARTS = ("request", "save", "append")
"""Requests to the venue, generations of the state file, lines of journal, verdicts and reports."""
LEAST_POINTS = {"request": 20, "save": 15, "append": 20}
RESTART_MS = 15_000
"""A restart may have to wait until an order that was perhaps sent can no longer arrive: recvWindow and 10 s more."""


@cache
def undisturbed(script: str, kind: str) -> tuple[tuple[str, ...], Ending]:
    """The events of a trade that is not stopped, and its ending."""
    with set_up(kind) as scene:
        scene.stage.stop.names.clear()
        SCRIPTS[script](scene)
        return tuple(scene.stage.stop.names), ending(scene)


def points(events: tuple[str, ...], part: str) -> list[int]:
    """Numbers of the events of this part before which the outside differs from what it was before the last point."""
    found = []
    changed = True
    for number, name in enumerate(events, start=1):
        is_read = name.startswith("request GET")
        if name.startswith(part) and (changed or not is_read):
            found.append(number)
        changed = not is_read
    return found


def explore(script: str, kind: str, number: int) -> Ending:
    """The whole trade, stopped before event `number` and started again at once."""
    with set_up(kind) as scene:
        stage = scene.stage
        stage.stop.names.clear()
        stage.stop.at = number
        stage.watch.reaction_ms = RESTART_MS
        SCRIPTS[script](scene)
        assert len(stage.stopped) == 1
        stage.watch.reaction_ms = POLL_S * 1000 + 500
        stage.watch.check()
        return ending(scene)


def complaint(found: Ending, wanted: Ending, stopped_before: str) -> str | None:
    """What differs, if anything does."""
    if found.state is not State.IDLE:
        return f"ends in {found.state}"
    entered = NOT_SENT.get(stopped_before, wanted.entered)
    reasons = wanted.reasons if entered else ()
    if (found.reasons, found.entered) != (reasons, entered):
        return f"ends with {found.reasons} of {found.entered} instead of {reasons} of {entered}"
    return None


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", DIRECTIONS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_stopped_at_each_event(script: str, kind: str, part: str) -> None:
    """Wherever the program is stopped, after a restart the promises hold and the trade ends as it does without it."""
    events, wanted = undisturbed(script, kind)
    explored = points(events, part)
    complaints = []
    for number in explored:
        try:
            wrong = complaint(explore(script, kind, number), wanted, events[number - 1])
        except AssertionError as broken:
            wrong = str(broken)
        if wrong is not None:
            complaints.append(f"stopped before event {number} ({events[number - 1]}): {wrong}")
    assert not complaints, "\n".join(complaints)
    assert len(explored) >= LEAST_POINTS[part]
