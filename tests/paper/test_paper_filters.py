"""The symbol's filters and what a script changes about them (Binance docs: filters)."""

import pytest

from tests.paper.paper_door import SYMBOL, Door, order_params

ORDER = "/api/v3/order"


def failure(name: str, code: int = -1013) -> tuple[int, str]:
    return code, f"Filter failure: {name}"


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (("LIMIT", "0.001", {"price": "94000.005"}), failure("PRICE_FILTER")),
        (("LIMIT", "0.001", {"price": "1000000.01"}), failure("PRICE_FILTER")),
        (("STOP_LOSS_LIMIT", "0.001", {"price": "96000", "stopPrice": "96000.001"}), failure("PRICE_FILTER")),
        (("LIMIT", "0.001005", {"price": "94000"}), failure("LOT_SIZE")),
        (("LIMIT", "9000.00001", {"price": "94000"}), failure("LOT_SIZE")),
        (("MARKET", "0.001005", {}), failure("LOT_SIZE")),
        (("MARKET", "97.1", {}), failure("MARKET_LOT_SIZE")),
        (("LIMIT", "0.00005", {"price": "94000"}), failure("NOTIONAL")),
        (("MARKET", "0.00005", {}), failure("NOTIONAL")),
        (("LIMIT", "100", {"price": "94000"}), failure("NOTIONAL")),
        (("LIMIT", "0.001", {"price": "18999.99"}), failure("PERCENT_PRICE_BY_SIDE")),
        (("LIMIT", "0.001", {"price": "475000.01"}), failure("PERCENT_PRICE_BY_SIDE")),
        (("STOP_LOSS", "0.001", {"trailingDelta": "9"}), failure("TRAILING_DELTA")),
        (("LIMIT", "0.2", {"price": "20000", "icebergQty": "0.001"}), failure("ICEBERG_PARTS")),
        (("LIMIT", "0.1", {"price": "20000", "icebergQty": "0.2"}), (-1013, "IcebergQty exceeds QTY.")),
    ],
)
def test_orders_off_the_rules_are_refused(
    door: Door, order: tuple[str, str, dict[str, str]], refusal: tuple[int, str]
) -> None:
    order_type, quantity, given = order
    assert door.refusal("POST", ORDER, **order_params("BUY", order_type, quantity, **given)) == refusal


def test_reference_price_is_the_average_of_the_last_minutes(door: Door) -> None:
    """A price jump moves the reference only as far as its volume reaches."""
    door.print("190000", "0.00001")
    assert door.ok("GET", "/api/v3/avgPrice", symbol=SYMBOL)["price"] == "142500.00000000"
    door.clock.advance(10 * 60_000)
    assert door.ok("GET", "/api/v3/avgPrice", symbol=SYMBOL)["price"] == "190000.00000000"


@pytest.mark.parametrize(
    ("change", "order", "refusal"),
    [
        ({"status": "BREAK"}, ("LIMIT", "0.001", "94000"), (-2010, "Market is closed.")),
        ({"status": "CANCEL_ONLY"}, ("LIMIT", "0.001", "94000"), (-2010, "Market is closed.")),
        ({"tick_size": "0.05"}, ("LIMIT", "0.001", "94000.01"), failure("PRICE_FILTER")),
        ({"step_size": "0.01"}, ("LIMIT", "0.001", "94000"), failure("LOT_SIZE")),
        ({"min_notional": "100"}, ("LIMIT", "0.001", "94000"), failure("NOTIONAL")),
        ({"max_orders": 0}, ("LIMIT", "0.001", "94000"), failure("MAX_NUM_ORDERS", -2010)),
        ({"max_position": "0.0005"}, ("LIMIT", "0.001", "94000"), failure("MAX_POSITION", -2010)),
    ],
)
def test_a_script_changes_rules_while_running(
    door: Door, change: dict[str, object], order: tuple[str, str, str], refusal: tuple[int, str]
) -> None:
    order_type, quantity, price = order
    door.script("symbol", {"symbol": SYMBOL, **change})
    assert door.refusal("POST", ORDER, **order_params("BUY", order_type, quantity, price=price)) == refusal


def test_open_orders_can_be_canceled_while_the_symbol_is_closed(door: Door) -> None:
    door.order("BUY", "LIMIT", "0.001", price="94000", newClientOrderId="mine")
    door.script("symbol", {"symbol": SYMBOL, "status": "CANCEL_ONLY"})
    door.ok("DELETE", ORDER, symbol=SYMBOL, origClientOrderId="mine")
    info = door.ok("GET", "/api/v3/exchangeInfo", symbol=SYMBOL)
    assert info["symbols"][0]["status"] == "CANCEL_ONLY"


def test_a_sixth_stop_is_one_too_many(door: Door) -> None:
    door.deposit("BTC", "1")
    stop = order_params("SELL", "STOP_LOSS_LIMIT", "0.01", stopPrice="94000", price="93999.98")
    for _ in range(5):
        door.ok("POST", ORDER, **stop)
    assert door.refusal("POST", ORDER, **stop) == failure("MAX_NUM_ALGO_ORDERS", -2010)


def test_types_that_a_symbol_does_not_list_are_refused(door: Door) -> None:
    rules = door.exchange.venue.rules[SYMBOL]
    rules.order_types = tuple(kind for kind in rules.order_types if kind != "STOP_LOSS")
    params = order_params("SELL", "STOP_LOSS", "0.01", stopPrice="94000")
    assert door.refusal("POST", ORDER, **params) == (-2010, "Stop loss orders are not supported for this symbol.")


def test_exchange_info_shows_the_recorded_filters(door: Door) -> None:
    found = door.ok("GET", "/api/v3/exchangeInfo", symbol="BTCUSDT")["symbols"][0]
    filters = {row.pop("filterType"): row for row in found["filters"]}
    assert filters["PRICE_FILTER"] == {
        "minPrice": "0.01000000",
        "maxPrice": "1000000.00000000",
        "tickSize": "0.01000000",
    }
    assert filters["LOT_SIZE"] == {"minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"}
    assert filters["NOTIONAL"]["minNotional"] == "5.00000000"
    assert filters["MAX_NUM_ALGO_ORDERS"] == {"maxNumAlgoOrders": 5}
    assert found["permissionSets"] == [["SPOT", "MARGIN"]]


@pytest.mark.parametrize(
    ("given", "symbols"),
    [
        ({}, {"BTCUSDC", "BTCUSDT", "ETHUSDT", "BNBUSDC", "BNBUSDT"}),
        ({"symbol": "ETHUSDT"}, {"ETHUSDT"}),
        ({"symbols": '["BTCUSDC","BNBUSDT"]'}, {"BTCUSDC", "BNBUSDT"}),
    ],
)
def test_exchange_info_lists_what_is_asked_for(door: Door, given: dict[str, str], symbols: set[str]) -> None:
    assert {row["symbol"] for row in door.ok("GET", "/api/v3/exchangeInfo", **given)["symbols"]} == symbols


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"symbol": SYMBOL, "tick": "1"}, "tick"),
        ({"symbol": SYMBOL, "status": "ODD"}, "status"),
        ({"symbol": "NOPE"}, "Invalid symbol."),
        ([], "JSON object"),
    ],
)
def test_a_script_is_told_what_is_wrong(door: Door, given: object, text: str) -> None:
    with pytest.raises(AssertionError, match=text):
        door.script("symbol", given)


@pytest.mark.parametrize("given", [("LIMIT", "94000"), ("MARKET", None), ("LIMIT_MAKER", "94000")])
def test_a_quantity_of_zero_is_below_the_smallest(door: Door, given: tuple[str, str | None]) -> None:
    """No order without anything to trade ever rests."""
    order_type, price = given
    params = order_params("BUY", order_type, "0", **({} if price is None else {"price": price}))
    assert door.refusal("POST", "/api/v3/order", **params) == (-1013, "Filter failure: LOT_SIZE")
