"""Past orders, fills and lists; cancel restrictions; the finest grid."""

from decimal import Decimal

import pytest

from tests.paper.paper_door import SYMBOL, Door, order_params
from tests.paper.test_paper_lists import SELL_OCO, WORKING, kinds

HOUR_MS = 3_600_000


@pytest.fixture
def traded(door: Door) -> Door:
    """Three orders an hour apart: two filled, the middle one open."""
    door.order("BUY", "MARKET", "0.001")
    door.clock.advance(HOUR_MS)
    door.order("BUY", "LIMIT", "0.001", price="94000")
    door.clock.advance(HOUR_MS)
    door.order("BUY", "MARKET", "0.002")
    return door


def ids(door: Door, path: str, **given: object) -> list[int]:
    return [row["orderId"] for row in door.ok("GET", f"/api/v3/{path}", symbol=SYMBOL, **given)]


def test_all_orders_from_an_id_or_within_a_span(traded: Door) -> None:
    now_ms = traded.clock.now_ms()
    assert ids(traded, "allOrders") == [1, 2, 3]
    assert ids(traded, "allOrders", orderId=2) == [2, 3]
    assert ids(traded, "allOrders", limit=2) == [2, 3]
    assert ids(traded, "allOrders", startTime=now_ms - HOUR_MS) == [2, 3]
    assert ids(traded, "allOrders", startTime=now_ms - 2 * HOUR_MS, endTime=now_ms - HOUR_MS) == [1, 2]
    assert ids(traded, "allOrders", startTime=now_ms - 2 * HOUR_MS, limit=1) == [1]


def test_fills_of_one_order_or_from_an_id_on(traded: Door) -> None:
    fills = traded.ok("GET", "/api/v3/myTrades", symbol=SYMBOL)
    assert [(row["orderId"], row["qty"]) for row in fills] == [(1, "0.00100000"), (3, "0.00200000")]
    assert ids(traded, "myTrades", orderId=3) == [3]
    assert ids(traded, "myTrades", fromId=fills[1]["id"]) == [3]
    assert ids(traded, "myTrades", endTime=traded.clock.now_ms() - HOUR_MS) == [1]


@pytest.mark.parametrize("given", [("orderId", "startTime"), ("fromId", "startTime"), ("fromId", "endTime")])
def test_some_combinations_of_fill_parameters_are_refused(traded: Door, given: tuple[str, str]) -> None:
    refusal = traded.refusal("GET", "/api/v3/myTrades", symbol=SYMBOL, **dict.fromkeys(given, 1))
    assert refusal == (-1128, "Combination of optional parameters invalid.")


@pytest.mark.parametrize("path", ["allOrders", "myTrades", "allOrderList"])
def test_a_span_is_at_most_24_hours(door: Door, path: str) -> None:
    now_ms = door.clock.now_ms()
    door.ok("GET", f"/api/v3/{path}", symbol=SYMBOL, startTime=now_ms - 24 * HOUR_MS, endTime=now_ms)
    refusal = door.refusal("GET", f"/api/v3/{path}", symbol=SYMBOL, startTime=now_ms - 24 * HOUR_MS - 1, endTime=now_ms)
    assert refusal == (-1127, "More than 24 hours between startTime and endTime.")


def test_my_filters_are_those_of_the_symbol(door: Door) -> None:
    shown = door.ok("GET", "/api/v3/myFilters", symbol=SYMBOL)["symbolFilters"]
    assert shown == door.ok("GET", "/api/v3/exchangeInfo", symbol=SYMBOL)["symbols"][0]["filters"]


@pytest.mark.parametrize(
    ("restriction", "filled", "refused"),
    [
        ("ONLY_NEW", None, False),
        ("ONLY_NEW", "0.0004", True),
        ("ONLY_PARTIALLY_FILLED", None, True),
        ("ONLY_PARTIALLY_FILLED", "0.0004", False),
    ],
)
def test_a_cancel_may_depend_on_what_was_filled(
    door: Door, restriction: str, filled: str | None, *, refused: bool
) -> None:
    door.order("BUY", "LIMIT", "0.001", price="94000", newClientOrderId="mine")
    if filled is not None:
        door.print("94000", filled)
    given = {"symbol": SYMBOL, "origClientOrderId": "mine", "cancelRestrictions": restriction}
    if refused:
        text = "Order was not canceled due to cancel restrictions."
        assert door.refusal("DELETE", "/api/v3/order", **given) == (-2011, text)
    else:
        door.ok("DELETE", "/api/v3/order", **given)


def test_unknown_restrictions_are_refused(door: Door) -> None:
    door.order("BUY", "LIMIT", "0.001", price="94000")
    given = {"symbol": SYMBOL, "orderId": 1, "cancelRestrictions": "NEVER"}
    assert door.refusal("DELETE", "/api/v3/order", **given)[0] == -1145


def test_notional_equal_to_the_minimum_is_enough(door: Door) -> None:
    door.script("symbol", {"symbol": SYMBOL, "min_notional": "94"})
    assert door.order("BUY", "LIMIT", "0.001", price="94000")["status"] == "NEW"
    assert door.refusal("POST", "/api/v3/order", **order_params("BUY", "LIMIT", "0.001", price="93999"))[0] == -1013


def test_the_finest_grid_keeps_eight_decimals(door: Door) -> None:
    """0.00100001 at 94999.99 is 95.00093... and ten decimals; what is paid has eight."""
    door.script("symbol", {"symbol": SYMBOL, "step_size": "0.00000001"})
    door.deposit("BTC", "0.01")
    reply = door.order("SELL", "MARKET", "0.00100001")
    exact = Decimal("0.00100001") * Decimal("94999.99")
    assert Decimal(reply["cummulativeQuoteQty"]) == exact.quantize(Decimal("0.00000001"), rounding="ROUND_DOWN") < exact
    assert door.exchange.venue.total("USDC") == 10000
    assert -door.exchange.venue.counterparty.free("USDC") == Decimal(reply["cummulativeQuoteQty"])


@pytest.mark.parametrize(
    "pending",
    [
        {"pendingType": "STOP_LOSS_LIMIT", "pendingStopPrice": "94400", "pendingPrice": "94000"},
        {"pendingType": "LIMIT_MAKER", "pendingPrice": "93000"},
    ],
)
def test_a_pending_order_that_would_act_at_once_expires_rejected(door: Door, pending: dict[str, str]) -> None:
    """The working order fills on a fall below the pending order's price."""
    if pending["pendingType"] != "LIMIT_MAKER":
        pending = {**pending, "pendingTimeInForce": "GTC"}
    given = {"pendingSide": "SELL", "pendingQuantity": "0.00999", "pendingClientOrderId": "exit", **pending}
    door.ok("POST", "/api/v3/orderList/oto", **WORKING, **given)
    door.print("94300")
    assert kinds(door, "entry", "exit") == ["FILLED", "EXPIRED"]
    assert door.find("exit")["expiryReason"] == "REJECTED"


def test_a_lagging_read_shows_what_was_valid_at_that_very_moment(door: Door) -> None:
    door.script("faults", [{"kind": "stale", "ms": 1000}])
    door.clock.advance(1000)
    door.deposit("BTC", "1")
    door.clock.advance(1000)
    assert door.balance("BTC") == ("1", "0")


def test_a_list_shows_its_members_in_history(door: Door) -> None:
    door.deposit("BTC", "0.01")
    door.ok("POST", "/api/v3/orderList/oco", **SELL_OCO)
    door.print("96000")
    row = door.ok("GET", "/api/v3/allOrderList", fromId=1)[0]
    assert (row["listOrderStatus"], len(row["orders"])) == ("ALL_DONE", 2)
