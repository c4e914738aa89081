"""The program is stopped at every save and every request of a whole trade, and started again: the end is the same.

What a stopped program leaves behind changes only with what it wrote and what it asked the venue to do. So it is stopped
before each of these, and before the first read that follows one: that is every state of the outside that there is.
"""

from functools import cache

import pytest

from fsm.due import due
from fsm.reconcile import fold_absence
from fsm.states import State
from tests.scenarios.whole_trades import POLL_S, SCRIPTS, WAYS, WITHOUT_REMAINDER, Ending, ending, set_up

FIRST_SENT = {"": "POST /api/v3/order E0-0", "bracket": "POST /api/v3/orderList/otoco L1-0"}
REMAINDER_SENT = {"": "POST /api/v3/order E0-1", "bracket": "POST /api/v3/order E0-0"}
"""The requests between whose intent and their leaving a stop costs something: the order is proven absent and given up.
Of the first, nothing is entered; of a remainder for the market, the smaller position stays."""
PARTS = ("request", "save", "append")
"""Requests to the venue, generations of the state file, lines of journal, verdicts and reports."""
CASES = [(way, part) for way in WAYS for part in PARTS if way in ("long", "long bracket") or part == "request"]
"""The orders of a SHORT differ from those of a LONG in nothing but their sides and prices."""
LEAST_POINTS = {"request": 20, "save": 15, "append": 20}
RESTART_MS = 15_000
"""A restart may have to wait until an order that was perhaps sent can no longer arrive: recvWindow and 10 s more."""


@cache
def undisturbed(script: str, way: str) -> tuple[tuple[str, ...], Ending]:
    """The events of a trade that is not stopped, and its ending."""
    with set_up(way) as scene:
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


def explore(script: str, way: str, number: int) -> Ending:
    """The whole trade, stopped before event `number` and started again at once."""
    with set_up(way) as scene:
        stage = scene.stage
        stage.stop.names.clear()
        stage.stop.at = number
        stage.watch.reaction_ms = RESTART_MS
        SCRIPTS[script](scene)
        assert len(stage.stopped) == 1
        stage.watch.reaction_ms = POLL_S * 1000 + 500
        stage.watch.check()
        return ending(scene)


def complaint(found: Ending, wanted: Ending, script: str, way: str, stopped_before: str) -> str | None:
    """What differs, if anything does."""
    if found.state is not State.IDLE:
        return f"ends in {found.state}"
    protection = way.partition(" ")[2]
    not_sent = {
        f"request {FIRST_SENT[protection]}": (),
        f"request {REMAINDER_SENT[protection]}": WITHOUT_REMAINDER[script],
    }
    entered = not_sent.get(stopped_before, wanted.entered)
    reasons = wanted.reasons if entered else ()
    if (found.reasons, found.entered) != (reasons, entered):
        return f"ends with {found.reasons} of {found.entered} instead of {reasons} of {entered}"
    return None


@pytest.mark.parametrize(("way", "part"), CASES)
@pytest.mark.parametrize("script", SCRIPTS)
def test_stopped_at_each_event(script: str, way: str, part: str) -> None:
    """Wherever the program is stopped, after a restart the promises hold and the trade ends as it does without it."""
    events, wanted = undisturbed(script, way)
    explored = points(events, part)
    complaints = []
    for number in explored:
        try:
            wrong = complaint(explore(script, way, number), wanted, script, way, events[number - 1])
        except AssertionError as broken:
            wrong = str(broken)
        if wrong is not None:
            complaints.append(f"stopped before event {number} ({events[number - 1]}): {wrong}")
    assert not complaints, "\n".join(complaints)
    assert len(explored) >= LEAST_POINTS[part]


def test_lists_that_are_settled_one_by_one_are_not_in_the_book() -> None:
    """Stopped with the intents of all lists on disk: while one is in doubt nothing works; then it is given up."""
    events, _ = undisturbed("to_the_trailing_stop", "long bracket")
    with set_up("long bracket") as scene:
        scene.stage.stop.names.clear()
        scene.stage.stop.at = next(at for at, name in enumerate(events, start=1) if name.startswith("request POST"))
        scene.prints(2)
        scene.stage.signal(scene.kind, 95000.0)
        position = scene.stage.position
        absent = fold_absence(position, position.entries[1].client_id, scene.stage.clock.now_ms() + RESTART_MS)
        assert [order.unsettled for order in absent.entries] == [True, False, True]
        assert due(scene.stage.record.with_position(absent), scene.stage.executor.world()) is None
        scene.live(RESTART_MS / 1000)
        assert scene.stage.transitions() == ["signal_accepted", "entry_failed", "closed", "reset"]


def test_lists_in_doubt_are_asked_for_by_one_order_each() -> None:
    """All three lists of an entry are in doubt after a stop; a row of restarts must not use up the request weight."""
    events, _ = undisturbed("past_the_stop", "long bracket")
    first_sent = next(number for number, name in enumerate(events, start=1) if name.startswith("request POST"))
    with set_up("long bracket") as scene:
        stage = scene.stage
        stage.stop.names.clear()
        stage.stop.at = first_sent
        scene.prints(2)
        stage.signal(scene.kind, 95000.0, turn=False)
        scene.live(0.5)
        assert len(stage.stopped) == 1
        sent = stage.carrier.sent
    looks = sent.count("GET /api/v3/openOrders")
    assert looks > 20
    assert sent.count("GET /api/v3/order") < 3 * looks
