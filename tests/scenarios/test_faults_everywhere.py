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
    DIRECTIONS,
    SCRIPTS,
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
SMALLER = ("0.0006",)
NOT_ENTERED: dict[tuple[str, str], tuple[str, ...]] = {
    ("error", "E0-0"): (),
    ("timeout", "E0-0"): (),
    ("drop", "E0-0"): (),
    ("error", "E0-1"): SMALLER,
    ("timeout", "E0-1"): SMALLER,
    ("drop", "E0-1"): SMALLER,
    ("limit", "E0-1"): SMALLER,
}
"""What is entered when an entry order does not reach the venue."""
LEAST_POINTS = {"to_the_trailing_stop": 35, "past_the_stop": 30}


@cache
def expected(script: str, kind: str) -> Ending:
    return undisturbed(script, kind)


def points(script: str, kind: str, fault: str) -> list[int]:
    """The requests at which this fault makes a difference of its own."""
    requests = expected(script, kind).requests
    reads = [number for number in worth_exploring(requests) if requests[number - 1].startswith("GET")]
    writes = [number for number in worth_exploring(requests) if number not in reads]
    return sorted((reads if fault in OF_READS else []) + (writes if fault != "stale" else []))


def explore(script: str, kind: str, fault: str, number: int) -> Ending:
    """The whole trade with one fault at one request."""
    with set_up(kind) as scene:
        scene.stage.carrier.fault = FAULTS[fault]
        scene.stage.carrier.fault_at = number
        reaction_ms = scene.stage.watch.reaction_ms
        scene.stage.watch.reaction_ms += BLIND_MS.get(fault, 0)
        SCRIPTS[script](scene)
        scene.stage.watch.reaction_ms = reaction_ms
        scene.stage.watch.check()
        return ending(scene)


def complaint(found: Ending, script: str, kind: str, fault: str, number: int) -> str | None:
    """What is wrong with the ending, if anything is."""
    wanted = expected(script, kind)
    if found.state is not State.IDLE:
        return f"ends in {found.state}"
    placed = wanted.requests[number - 1].rpartition(" ")[2]
    entered = NOT_ENTERED.get((fault, placed), wanted.entered)
    reasons = wanted.reasons if entered else ()
    if (found.reasons, found.entered) != (reasons, entered):
        return f"ends with {found.reasons} of {found.entered} instead of {reasons} of {entered}"
    return None


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", DIRECTIONS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_one_fault_at_each_request(script: str, kind: str, fault: str) -> None:
    """Whichever request meets the fault, the promises hold and the trade ends as it does without it."""
    complaints = []
    for number in points(script, kind, fault):
        name = expected(script, kind).requests[number - 1]
        try:
            wrong = complaint(explore(script, kind, fault, number), script, kind, fault, number)
        except AssertionError as broken:
            wrong = str(broken)
        if wrong is not None:
            complaints.append(f"{fault} at request {number} ({name}): {wrong}")
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("kind", DIRECTIONS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_sweep_is_not_empty(script: str, kind: str) -> None:
    """The explored requests include entry, lists, stops, replacements, cancels and every read."""
    requests = expected(script, kind).requests
    numbers = worth_exploring(requests)
    assert len(numbers) >= LEAST_POINTS[script]
    writes = {requests[number - 1] for number in numbers if not requests[number - 1].startswith("GET")}
    assert {"POST /api/v3/order E0-0", "POST /api/v3/orderList/oco L1-0", "DELETE /api/v3/order"} <= writes
