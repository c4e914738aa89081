"""Answers of the simulated exchange that are lost, late or a refusal for their number: nothing happens twice."""

import pytest

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.errors import RateLimited, Unavailable
from exchange.ids import Role
from exchange.types import (
    Confirmed,
    Denied,
    InDoubt,
    Rejected,
)
from tests.exchange.documented import START_MS
from tests.exchange.paper_venue import BUY, OCO, ORDER, STOP, TARGET, Paper, confirmed, name, runner

LOST = ["error", "error_after", "drop", "drop_after", "timeout", "timeout_after"]


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_is_settled_by_asking(trader: BinanceClient, paper: Paper, kind: str) -> None:
    """E2, E3: whether it was done or not, the outcome is in doubt, sent once, and the id tells the truth."""
    paper.fault(ORDER, kind, method="POST")
    outcome = trader.place(BUY)
    assert isinstance(outcome, InDoubt)
    assert outcome.settled_after_ms == START_MS + trader.doubt_ms
    found = trader.order(BUY.client_id)
    assert (found is not None) == kind.endswith("_after")
    assert len(trader.open_orders()) == paper.sent("POST", ORDER) - (found is None)
    assert paper.sent("POST", ORDER) == 1


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_cancel_is_sent_again(trader: BinanceClient, paper: Paper, kind: str) -> None:
    """Whichever of the two worked, the order is gone afterwards."""
    confirmed(trader.place(BUY))
    paper.fault(ORDER, kind, method="DELETE")
    outcome = trader.cancel(BUY.client_id)
    assert isinstance(outcome, Rejected if kind.endswith("_after") else Confirmed)
    assert trader.open_orders() == ()
    assert paper.sent("DELETE", ORDER) == 2


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_move_is_in_doubt_on_both_sides(trader: BinanceClient, paper: Paper, kind: str) -> None:
    """X13: after it, exactly one stop works, and asking for both ids tells which."""
    confirmed(trader.place(runner(0, "94000")))
    paper.fault("/api/v3/order/cancelReplace", kind)
    moved = trader.replace(name(Role.STOP, 3, 0), runner(1, "94500"))
    assert isinstance(moved.canceled, InDoubt)
    assert isinstance(moved.placed, InDoubt)
    (working,) = trader.open_orders()
    assert working.client_id == name(Role.STOP, 3, int(kind.endswith("_after")))


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_list_is_settled_by_its_members(trader: BinanceClient, paper: Paper, kind: str) -> None:
    paper.fault("/api/v3/orderList/oco", kind)
    assert isinstance(trader.place_oco(OCO), InDoubt)
    found = [trader.order(member.client_id) is not None for member in (TARGET, STOP)]
    assert found == [kind.endswith("_after")] * 2


def test_an_order_that_came_too_late_did_not_happen(trader: BinanceClient, paper: Paper) -> None:
    """V2: -1021 on the only request ever sent is final; nothing is re-sent by the client."""
    paper.fault(ORDER, "delay", method="POST", ms=2_001)
    assert isinstance(trader.place(BUY), Denied)
    assert paper.sent("POST", ORDER) == 1
    assert trader.order(BUY.client_id) is None


def test_a_limit_is_kept_to(trader: BinanceClient, paper: Paper, clock: VirtualClock) -> None:
    """V1: nothing is asked again before the named time."""
    paper.fault("/api/v3/openOrders", "limit", retry_after=3)
    with pytest.raises(RateLimited) as told:
        trader.open_orders()
    with pytest.raises(RateLimited):
        trader.open_orders()
    assert paper.sent("GET", "/api/v3/openOrders") == 1
    clock.advance(told.value.retry_after_ms)
    assert trader.open_orders() == ()


def test_reads_survive_what_is_transient(trader: BinanceClient, paper: Paper) -> None:
    paper.fault("/api/v3/account", "drop", count=2)
    assert trader.balances()["USDC"].free == 10000
    paper.fault("/api/v3/account", "error", count=3, status=503)
    with pytest.raises(Unavailable):
        trader.balances()
