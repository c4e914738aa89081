"""Request weight and pauses: polling never starves protection, and a ban is never provoked (V1)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.budget import LONGEST_PAUSE_MS, MINUTE_MS, Urgency, WeightBudget
from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.errors import RateLimited
from exchange.types import Confirmed, Denied, OrderRequest, OrderType, Side
from tests.exchange.documented import ENTRY_ID, RUNNER_ID, START_MS, canceled, placed, queried
from tests.exchange.scripted_venue import Say, ScriptedVenue

OPEN_ORDERS, ORDER = "/api/v3/openOrders", "/api/v3/order"
ENTRY = OrderRequest(ENTRY_ID, Side.BUY, OrderType.LIMIT, Decimal("0.00105"), Decimal(95000))
STOP = OrderRequest(RUNNER_ID, Side.SELL, OrderType.STOP_LOSS_LIMIT, Decimal("0.00105"), Decimal(94000), Decimal(94001))
USED = "X-MBX-USED-WEIGHT-1M"


@pytest.fixture
def trading(venue: ScriptedVenue) -> ScriptedVenue:
    venue.on("GET", OPEN_ORDERS, Say([]))
    venue.on("GET", ORDER, Say(queried()))
    venue.on("POST", ORDER, Say(placed(RUNNER_ID, side="SELL")))
    venue.on("DELETE", ORDER, Say(canceled()))
    return venue


def limited(status: int, seconds: int) -> Say:
    return Say({"code": -1003, "msg": "Too much request weight used."}, status, {"Retry-After": str(seconds)})


def test_reads_stop_at_the_reserve_and_protection_does_not(
    trading: ScriptedVenue, client: BinanceClient, clock: VirtualClock
) -> None:
    """Near the venue's limit only stops, cancels and the settling of a doubt are still sent."""
    trading.on("GET", OPEN_ORDERS, Say([], headers={USED: "4995"}))
    client.open_orders()
    with pytest.raises(RateLimited) as told:
        client.open_orders()
    assert told.value.retry_after_ms == MINUTE_MS - START_MS % MINUTE_MS
    assert len(trading.asked) == 1
    assert isinstance(client.place(STOP), Confirmed)
    assert isinstance(client.cancel(ENTRY_ID), Confirmed)
    assert client.order(ENTRY_ID) is not None
    clock.advance(told.value.retry_after_ms)
    client.open_orders()


def test_after_a_429_only_protection_is_sent(
    trading: ScriptedVenue, client: BinanceClient, clock: VirtualClock
) -> None:
    """Reads and entries wait for the named time; the stop of a position does not."""
    trading.on("GET", OPEN_ORDERS, limited(429, 7), Say([]))
    with pytest.raises(RateLimited):
        client.open_orders()
    for _ in range(3):
        with pytest.raises(RateLimited):
            client.open_orders()
    with pytest.raises(RateLimited):
        client.order(ENTRY_ID)
    assert client.place(ENTRY) == Denied(
        "private_post_order: held back for 7000 ms by the venue's request limit", 7_000
    )
    assert len(trading.asked) == 1
    assert isinstance(client.place(STOP), Confirmed)
    clock.advance(7_000)
    assert client.open_orders() == ()


@pytest.mark.parametrize("status", [418, 429])
def test_limited_protection_holds_everything(
    trading: ScriptedVenue, client: BinanceClient, clock: VirtualClock, status: int
) -> None:
    """Going on after that is what turns a limit into a ban."""
    trading.on("DELETE", ORDER, limited(status, 5), Say(canceled()))
    assert isinstance(client.cancel(ENTRY_ID), Denied)
    asked = len(trading.asked)
    assert isinstance(client.cancel(ENTRY_ID), Denied)
    assert isinstance(client.place(STOP), Denied)
    with pytest.raises(RateLimited):
        client.open_orders()
    assert len(trading.asked) == asked
    clock.advance(5_000)
    assert isinstance(client.cancel(ENTRY_ID), Confirmed)


def test_a_ban_met_by_polling_holds_protection_too(trading: ScriptedVenue, client: BinanceClient) -> None:
    trading.on("GET", OPEN_ORDERS, limited(418, 120))
    with pytest.raises(RateLimited):
        client.open_orders()
    outcome = client.place(STOP)
    assert isinstance(outcome, Denied)
    assert outcome.retry_after_ms == 120_000


@given(st.lists(st.tuples(st.integers(1, 80), st.integers(0, 20_000)), max_size=300))
def test_routine_requests_never_reach_into_the_reserve(steps: list[tuple[int, int]]) -> None:
    """Whatever is asked, and when: the sum of a minute stays below the limit less the reserve."""
    budget, now_ms, sums = WeightBudget(limit=600, reserve=100), START_MS, dict[int, int]()
    for weight, later_ms in steps:
        now_ms += later_ms
        if not budget.wait_ms(weight, Urgency.ROUTINE, now_ms):
            budget.sent(weight, now_ms)
            sums[now_ms // MINUTE_MS] = sums.get(now_ms // MINUTE_MS, 0) + weight
    assert max(sums.values(), default=0) <= 500


def test_a_pause_ends_when_the_clock_is_set_back() -> None:
    """R9: a clock that was a year ahead when the venue said "wait" does not wait for a year."""
    budget = WeightBudget()
    ahead_ms = START_MS + 365 * 86_400_000
    budget.limited(418, 120_000, Urgency.ROUTINE, ahead_ms)
    assert budget.wait_ms(1, Urgency.ROUTINE, ahead_ms + 1) == 119_999
    assert budget.wait_ms(1, Urgency.ROUTINE, START_MS) == 0


def test_no_pause_is_longer_than_the_venues_longest_ban() -> None:
    budget = WeightBudget()
    budget.limited(429, 10**12, Urgency.ROUTINE, START_MS)
    assert budget.wait_ms(1, Urgency.ROUTINE, START_MS) == LONGEST_PAUSE_MS
