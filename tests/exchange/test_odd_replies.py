"""Well-formed replies that cannot be right: a read is asked again, a write is in doubt, no value of them is used."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.errors import Unavailable
from exchange.types import InDoubt, OrderRequest, OrderType, Side
from tests.exchange.documented import (
    ENTRY_ID,
    START_MS,
    STOP_ID,
    canceled,
    exchange_rules,
    filled,
    own_fill,
    placed,
    queried,
)
from tests.exchange.scripted_venue import Say, ScriptedVenue

ORDER = "/api/v3/order"
HOUR_MS = 3_600_000
ENTRY = OrderRequest(ENTRY_ID, Side.BUY, OrderType.LIMIT, Decimal("0.00105"), Decimal("95000.5"))

OF_ORDERS: dict[str, Mapping[str, Any]] = {
    "another symbol": {"symbol": "ETHUSDC"},
    "another order": {"clientOrderId": STOP_ID, "origClientOrderId": STOP_ID},
    "a number of no market": {"price": "1e400"},
    "a negative quantity": {"executedQty": "-0.00100000"},
    "more executed than ordered": {"executedQty": "0.00205000", "status": "CANCELED"},
    "filled with nothing executed": {"status": "FILLED"},
    "new with something executed": {"status": "NEW", "executedQty": "0.00100000"},
    "a type of no order of ours": {"type": "TAKE_PROFIT"},
    "an id that is none": {"orderId": True},
    "a list that is none": {"orderListId": 10**25},
    "a time of no clock": {"transactTime": 10**25, "updateTime": 10**25},
}


OF_WORKING = ("filled with nothing executed", "new with something executed")
"""What these change, a cancel says otherwise."""


@pytest.mark.parametrize("odd", OF_ORDERS)
def test_an_odd_order_is_not_believed(venue: ScriptedVenue, client: BinanceClient, odd: str) -> None:
    """Whether it was asked for, placed or cancelled."""
    changes = OF_ORDERS[odd]
    venue.on("GET", ORDER, Say(queried(ENTRY_ID, **changes)))
    venue.on("POST", ORDER, Say(placed(**changes)))
    venue.on("DELETE", ORDER, Say({**canceled(ENTRY_ID), **changes}))
    with pytest.raises(Unavailable, match="unreadable"):
        client.order(ENTRY_ID)
    assert isinstance(client.place(ENTRY), InDoubt)
    if odd not in OF_WORKING:
        assert isinstance(client.cancel(ENTRY_ID), InDoubt)


@pytest.mark.parametrize("changes", [{"side": "SELL"}, {"origQty": "0.00205000"}], ids=["side", "quantity"])
def test_an_order_that_is_not_as_it_was_sent_is_in_doubt(
    venue: ScriptedVenue, client: BinanceClient, changes: Mapping[str, Any]
) -> None:
    venue.on("POST", ORDER, Say(placed(**changes)))
    assert isinstance(client.place(ENTRY), InDoubt)


def test_executions_that_do_not_add_up_are_in_doubt(venue: ScriptedVenue, client: BinanceClient) -> None:
    odd = filled()
    odd["fills"][0]["qty"] = "0.00200000"
    venue.on("POST", ORDER, Say(odd))
    assert isinstance(client.place(ENTRY), InDoubt)


@pytest.mark.parametrize(
    "changes",
    [
        {"symbol": "ETHUSDC"},
        {"orderId": 29},
        {"price": "-95000.00000000"},
        {"qty": "0"},
        {"qty": "0.00200000"},
        {"commission": "-0.00000100"},
        {"commissionAsset": ""},
        {"isBuyer": "no"},
        {"time": -7},
    ],
    ids=str,
)
def test_an_odd_execution_is_not_believed(
    venue: ScriptedVenue, client: BinanceClient, changes: Mapping[str, Any]
) -> None:
    venue.on("GET", "/api/v3/myTrades", Say([own_fill(1, **changes)]))
    with pytest.raises(Unavailable, match="unreadable"):
        client.fills(28)


@pytest.mark.parametrize("changes", [{"baseAsset": "ETH"}, {"baseAsset": None}, {"filters": {}}, {"otoAllowed": 7}])
def test_odd_rules_are_not_believed(venue: ScriptedVenue, client: BinanceClient, changes: Mapping[str, Any]) -> None:
    venue.on("GET", "/api/v3/exchangeInfo", Say(exchange_rules(**changes)))
    with pytest.raises(Unavailable, match="unreadable"):
        client.refresh_instrument()


def test_a_weight_limit_that_would_end_all_looks_is_not_believed(venue: ScriptedVenue, client: BinanceClient) -> None:
    rules = exchange_rules()
    rules["rateLimits"][0]["limit"] = 0
    venue.on("GET", "/api/v3/exchangeInfo", Say(rules))
    with pytest.raises(Unavailable, match="weight limit"):
        client.refresh_instrument()


def _times(venue: ScriptedVenue, *times_ms: int) -> None:
    venue.on("GET", "/api/v3/time", *(Say({"serverTime": time_ms}) for time_ms in times_ms))


def test_a_time_that_is_said_once_moves_no_clock(
    venue: ScriptedVenue, client: BinanceClient, clock: VirtualClock
) -> None:
    """R9: a clock that was right steps only as far as the venue says again and again."""
    del clock
    _times(venue, START_MS)
    client.check_clock()
    _times(venue, START_MS + 3 * HOUR_MS, START_MS)
    with pytest.raises(Unavailable, match="contradicts itself"):
        client.check_clock()
    assert client.skew_ms == 0
    _times(venue, START_MS + 3 * HOUR_MS)
    assert client.check_clock() == 3 * HOUR_MS
