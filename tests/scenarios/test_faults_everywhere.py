"""One fault at each request of a whole trade: the promises hold, and the trade ends closed and flat, as without it.

Explored are every request that changes something, and the first read of each kind after it, for every kind of fault.
The defined other endings: an entry that never arrived is proven absent and given up, so there is no trade; the same of
the remainder that goes to market, or its refusal by the venue's request limit, leaves the smaller position.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from fsm.states import State
from tests.scenarios.whole_trades import (
    SCRIPTS,
    WAYS,
    WITHOUT_REMAINDER,
    Ending,
    ending,
    set_up,
    undisturbed,
    worth_exploring,
)

BLIND_MS = {"timeout": 6_000, "timeout_after": 6_000, "limit": 3_000, "stale": 3_000}
"""How much later the executor can know what happened: it waited for an answer, or was told to wait."""
FAULTS: dict[str, Mapping[str, Any]] = {
    "error": {"kind": "error"},
    "error_after": {"kind": "error_after"},
    "timeout": {"kind": "timeout"},
    "timeout_after": {"kind": "timeout_after"},
    "drop": {"kind": "drop"},
    "drop_after": {"kind": "drop_after"},
    "limit": {"kind": "limit", "retry_after": 2},
    "stale": {"kind": "stale", "ms": 3_000},
}
OF_READS = ("error", "timeout", "drop", "limit", "stale")
"""A read that did its work and one that did not leave the same behind."""
FIRST_SENT = {"": ("E0-0",), "bracket": ()}
REMAINDER_SENT = {"": "E0-1", "bracket": "E0-0"}
NOT_ARRIVED = ("error", "timeout", "drop")
"""Faults after which an entry order is not at the venue: of lists, the legs that lack go to market at the timeout."""
FAULTS_OF = {
    "short": ("error_after", "limit"),
    "long bracket": ("error", "timeout_after", "limit", "stale"),
    "short bracket": ("error_after",),
}
"""The orders of a SHORT differ from those of a LONG in nothing but their sides and prices. What is not here never came
to the venue, or came and was not answered, as one that is."""
CASES = [(way, fault) for way in WAYS for fault in FAULTS_OF.get(way, FAULTS)]
LEAST_POINTS = {"to_the_trailing_stop": 35, "past_the_stop": 30}


@cache
def expected(script: str, way: str) -> Ending:
    return undisturbed(script, way)


def points(script: str, way: str, fault: str) -> list[int]:
    """The requests at which this fault makes a difference of its own."""
    requests = expected(script, way).requests
    reads = [number for number in worth_exploring(requests) if requests[number - 1].startswith("GET")]
    writes = [number for number in worth_exploring(requests) if number not in reads]
    return sorted((reads if fault in OF_READS else []) + (writes if fault != "stale" else []))


def explore(script: str, way: str, fault: str, number: int) -> Ending:
    """The whole trade with one fault at one request."""
    with set_up(way) as scene:
        scene.stage.carrier.fault = FAULTS[fault]
        scene.stage.carrier.fault_at = number
        reaction_ms = scene.stage.watch.reaction_ms
        scene.stage.watch.reaction_ms += BLIND_MS.get(fault, 0)
        SCRIPTS[script](scene)
        scene.stage.watch.reaction_ms = reaction_ms
        scene.stage.watch.check()
        return ending(scene)


def complaint(found: Ending, script: str, way: str, fault: str, number: int) -> str | None:
    """What is wrong with the ending, if anything is."""
    wanted = expected(script, way)
    if found.state is not State.IDLE:
        return f"ends in {found.state}"
    entered = entered_after(script, way, fault, wanted.requests[number - 1].rpartition(" ")[2]) or (wanted.entered,)
    reasons = wanted.reasons if entered != ((),) else ()
    if found.entered not in entered or found.reasons != reasons:
        return f"ends with {found.reasons} of {found.entered} instead of {reasons} of {entered}"
    return None


def entered_after(script: str, way: str, fault: str, placed: str) -> tuple[tuple[str, ...], ...]:
    """What may be entered when this fault meets the request, where that is another quantity than without it.

    A remainder is judged by a quote of its moment: while the venue answers nothing there is none.
    """
    protection = way.partition(" ")[2]
    if fault in NOT_ARRIVED and placed in FIRST_SENT[protection]:
        return ((),)
    if fault in (*NOT_ARRIVED, "limit") and placed == REMAINDER_SENT[protection]:
        return (WITHOUT_REMAINDER[script],)
    if fault == "limit" and protection:
        return expected(script, way).entered, WITHOUT_REMAINDER[script]
    return ()


@pytest.mark.parametrize(("way", "fault"), CASES)
@pytest.mark.parametrize("script", SCRIPTS)
def test_one_fault_at_each_request(script: str, way: str, fault: str) -> None:
    """Whichever request meets the fault, the promises hold and the trade ends as it does without it."""
    complaints = []
    for number in points(script, way, fault):
        name = expected(script, way).requests[number - 1]
        try:
            wrong = complaint(explore(script, way, fault, number), script, way, fault, number)
        except AssertionError as broken:
            wrong = str(broken)
        if wrong is not None:
            complaints.append(f"{fault} at request {number} ({name}): {wrong}")
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_sweep_is_not_empty(script: str, way: str) -> None:
    """The explored requests include entry, lists, stops, replacements, cancels and every read."""
    requests = expected(script, way).requests
    numbers = worth_exploring(requests)
    assert len(numbers) >= LEAST_POINTS[script]
    writes = {requests[number - 1] for number in numbers if not requests[number - 1].startswith("GET")}
    first = "POST /api/v3/orderList/otoco L1-0" if "bracket" in way else "POST /api/v3/orderList/oco L1-0"
    assert {"POST /api/v3/order E0-0", first, "DELETE /api/v3/order"} <= writes
