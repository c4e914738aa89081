"""Past orders and fills are packed: whatever is asked about them is answered as if they were not."""

from dataclasses import fields, replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from exchange.paper.engine.orders import (
    ExpiryReason,
    Fill,
    Order,
    OrderStatus,
    OrderType,
    SelfTradeMode,
    Side,
    TimeInForce,
)
from exchange.paper.engine.packing import (
    FILL_FIELDS,
    ORDER_FIELDS,
    can_be_packed,
    pack_fill,
    pack_order,
    unpack_fill,
    unpack_order,
)
from exchange.paper.wire.orders import order_query
from tests.paper.paper_door import SYMBOL, Door

numbers = st.decimals(0, 10**12, places=8)
counts = st.none() | st.integers(0, 2**40)
past_orders = st.builds(
    Order,
    account=st.just("spot"),
    symbol=st.just(SYMBOL),
    side=st.sampled_from(Side),
    order_type=st.sampled_from(OrderType),
    quantity=numbers,
    client_order_id=st.text(max_size=36),
    limit_price=numbers,
    stop_price=numbers,
    time_in_force=st.sampled_from(TimeInForce),
    trailing_delta=counts,
    strategy_id=counts,
    strategy_type=counts,
    self_trade_mode=st.sampled_from(SelfTradeMode),
    order_id=st.integers(1, 2**40),
    status=st.sampled_from([OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED]),
    executed_quantity=numbers,
    executed_quote=numbers,
    created_ms=st.integers(0, 2**42),
    updated_ms=st.integers(0, 2**42),
    working_since_ms=st.integers(-1, 2**42),
    is_working=st.booleans(),
    expiry_reason=st.none() | st.sampled_from(ExpiryReason),
)


@given(past_orders)
def test_a_packed_order_comes_back_as_it_was(order: Order) -> None:
    """Every field that is packed, and so all that the venue shows."""
    assert can_be_packed(order)
    back = unpack_order(pack_order(order), order.account, order.symbol)
    assert {name: getattr(back, name) for name in ORDER_FIELDS} == {name: getattr(order, name) for name in ORDER_FIELDS}
    assert order_query(back) == order_query(order)


def test_what_is_not_packed_is_not_shown_of_past_orders() -> None:
    """A field that is added to orders is packed, or is of no use once they are over."""
    left = {field.name for field in fields(Order)} - set(ORDER_FIELDS)
    only_while_open = {"order_list", "trailing_extreme", "place", "hold", "estimated_cost", "fills", "margin"}
    keeps_it_unpacked = {"prevented_match_id", "prevented_quantity", "amendments"}
    assert left == {"account", "symbol", "shown_quantity"} | only_while_open | keeps_it_unpacked
    assert set(FILL_FIELDS) == {field.name for field in fields(Fill)}


@given(st.builds(Fill, st.integers(1), numbers, numbers, numbers, numbers, st.text(), st.integers(0), st.booleans()))
def test_a_packed_fill_comes_back_as_it_was(fill: Fill) -> None:
    small = replace(fill, fill_id=fill.fill_id % 2**60, time_ms=fill.time_ms % 2**60)
    assert unpack_fill(pack_fill(small)) == small


def filled(door: Door, count: int) -> list[int]:
    """Market orders, a second apart; when each was sent."""
    times = []
    for number in range(count):
        side = "BUY" if number % 2 == 0 else "SELL"
        times.append(door.clock.now_ms())
        door.order(side, "MARKET", "0.001" if side == "BUY" else "0.0009", newClientOrderId=f"c{number}")
        door.clock.advance(1000)
    return times


def test_past_orders_are_found_by_id_by_client_id_and_in_time(door: Door) -> None:
    """A range begins and ends where it says, and holds the newest rows unless it says where to begin."""
    times = filled(door, 8)
    rows = door.ok("GET", "/api/v3/allOrders", symbol=SYMBOL)
    assert [row["clientOrderId"] for row in rows] == [f"c{number}" for number in range(8)]
    assert [door.find(f"c{number}") for number in range(8)] == rows
    assert door.ok("GET", "/api/v3/order", symbol=SYMBOL, orderId=rows[3]["orderId"]) == rows[3]

    def asked(**given: int) -> list[int]:
        found = door.ok("GET", "/api/v3/allOrders", symbol=SYMBOL, **given)
        return [row["orderId"] - rows[0]["orderId"] for row in found]

    assert asked(limit=3) == [5, 6, 7]
    assert asked(orderId=rows[2]["orderId"], limit=3) == [2, 3, 4]
    assert asked(startTime=times[2], limit=2) == [2, 3]
    assert asked(startTime=times[2] + 1, endTime=times[5]) == [3, 4, 5]
    assert asked(endTime=times[5], limit=2) == [4, 5]
    assert asked(endTime=times[0] - 1) == []
    assert asked(startTime=times[7] + 1) == []


def test_past_fills_are_found_by_order_and_in_time(door: Door) -> None:
    times = filled(door, 6)
    rows = door.ok("GET", "/api/v3/myTrades", symbol=SYMBOL)
    assert [row["time"] for row in rows] == times
    assert door.ok("GET", "/api/v3/myTrades", symbol=SYMBOL, orderId=rows[4]["orderId"]) == [rows[4]]
    assert door.ok("GET", "/api/v3/myTrades", symbol=SYMBOL, fromId=rows[3]["id"]) == rows[3:]
    assert door.ok("GET", "/api/v3/myTrades", symbol=SYMBOL, startTime=times[1], endTime=times[3]) == rows[1:4]
    assert door.ok("GET", "/api/v3/myTrades", symbol=SYMBOL, orderId=999) == []
    assert [row["commission"] for row in rows[:2]] == ["0.00000100", "0.08549999"]


def test_a_client_id_that_was_used_before_names_the_newest_order(door: Door) -> None:
    """Past ids may be used again."""
    for _ in range(2):
        door.order("BUY", "MARKET", "0.001", newClientOrderId="again")
    first, second = door.ok("GET", "/api/v3/allOrders", symbol=SYMBOL)
    assert door.find("again") == second
    assert (first["clientOrderId"], second["orderId"] - first["orderId"]) == ("again", 1)


def test_the_ledger_shows_past_orders_and_fills_in_order_of_time(door: Door) -> None:
    filled(door, 4)
    ledger = door.script("ledger", method="GET")
    assert [row["clientOrderId"] for row in ledger["orders"]] == ["c0", "c1", "c2", "c3"]
    assert [row["orderId"] for row in ledger["trades"]] == [row["orderId"] for row in ledger["orders"]]
    assert sum(Decimal(row["executedQty"]) for row in ledger["orders"]) == Decimal("0.0038")
