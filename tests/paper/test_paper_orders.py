"""Single orders against hand-worked books: last 95000, bid 94999.99, ask 95000, commission 0.1 %."""

import pytest

from tests.paper.paper_door import SYMBOL, Door, order_params

ORDER = "/api/v3/order"


def test_market_buy_fills_at_the_ask_and_pays_in_base(door: Door) -> None:
    reply = door.order("BUY", "MARKET", "0.01")
    assert (reply["status"], reply["cummulativeQuoteQty"]) == ("FILLED", "950.00000000")
    assert reply["fills"] == [
        {
            "price": "95000.00000000",
            "qty": "0.01000000",
            "commission": "0.00001000",
            "commissionAsset": "BTC",
            "tradeId": reply["fills"][0]["tradeId"],
        }
    ]
    assert door.balance("BTC") == ("0.00999", "0")
    assert door.balance("USDC") == ("9050", "0")


def test_market_sell_fills_at_the_bid_and_pays_in_quote(door: Door) -> None:
    door.deposit("BTC", "0.01")
    reply = door.order("SELL", "MARKET", "0.01")
    assert reply["cummulativeQuoteQty"] == "949.99990000"
    assert reply["fills"][0]["commission"] == "0.94999990"
    assert door.balance("USDC") == ("10949.0499001", "0")


@pytest.mark.parametrize(
    ("side", "quote", "executed"),
    [("BUY", "100", "0.00105"), ("BUY", "95", "0.001"), ("SELL", "100", "0.00105"), ("BUY", "5.7", "0.00006")],
)
def test_quote_quantity_is_never_exceeded(door: Door, side: str, quote: str, executed: str) -> None:
    """The largest quantity on the step grid whose notional stays within quoteOrderQty."""
    door.deposit("BTC", "1")
    reply = door.order(side, "MARKET", quoteOrderQty=quote)
    assert reply["executedQty"].rstrip("0") == executed
    assert reply["status"] == "FILLED"


def test_limit_order_locks_at_its_limit_and_returns_the_improvement(door: Door) -> None:
    reply = door.order("BUY", "LIMIT", "0.01", price="95100")
    assert reply["status"] == "FILLED"
    assert door.balance("USDC") == ("9050", "0")


def test_resting_buy_locks_quote_until_it_is_canceled(door: Door) -> None:
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="rest")
    assert door.balance("USDC") == ("9060", "940")
    reply = door.ok("DELETE", ORDER, symbol=SYMBOL, origClientOrderId="rest", newClientOrderId="stop-it")
    assert (reply["origClientOrderId"], reply["clientOrderId"], reply["status"]) == ("rest", "stop-it", "CANCELED")
    assert door.balance("USDC") == ("10000", "0")


@pytest.mark.parametrize(
    ("price", "state"),
    [("94000.01", ("NEW", "0")), ("94000", ("FILLED", "0.01")), ("93999", ("FILLED", "0.01"))],
)
def test_a_print_that_touches_the_limit_fills_it_at_the_limit(door: Door, price: str, state: tuple[str, str]) -> None:
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="rest")
    door.print(price)
    assert door.state("rest") == state
    if state[0] == "FILLED":
        assert door.find("rest")["cummulativeQuoteQty"] == "940.00000000"


def test_a_print_of_some_quantity_fills_in_price_time_priority(door: Door) -> None:
    for name, price in (("low", "93000"), ("first", "94000"), ("second", "94000"), ("best", "94500")):
        door.order("BUY", "LIMIT", "0.01", price=price, newClientOrderId=name)
    door.print("93000", "0.025")
    assert [door.state(name) for name in ("best", "first", "second", "low")] == [
        ("FILLED", "0.01"),
        ("FILLED", "0.01"),
        ("PARTIALLY_FILLED", "0.005"),
        ("NEW", "0"),
    ]
    assert door.balance("USDC") == ("6245", "1400")


def test_a_partly_filled_order_keeps_its_place(door: Door) -> None:
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="first")
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="second")
    door.print("94000", "0.004")
    door.print("94000", "0.006")
    assert (door.state("first"), door.state("second")) == (("FILLED", "0.01"), ("NEW", "0"))


def test_sell_stop_triggers_on_the_last_price_and_fills_at_the_bid(door: Door) -> None:
    door.deposit("BTC", "0.01")
    stop = {"stopPrice": "94000", "price": "93999.98"}
    reply = door.order("SELL", "STOP_LOSS_LIMIT", "0.01", newClientOrderId="stop", newOrderRespType="RESULT", **stop)
    assert (reply["status"], reply["workingTime"], reply["stopPrice"]) == ("NEW", -1, "94000.00000000")
    assert door.balance("BTC") == ("0", "0.01")
    assert door.find("stop")["isWorking"] is False
    door.print("94000.01")
    assert door.state("stop") == ("NEW", "0")
    door.print("94000")
    assert door.find("stop")["cummulativeQuoteQty"] == "939.99990000"
    assert door.find("stop")["isWorking"] is True


def test_a_stop_whose_limit_was_jumped_rests_until_the_price_returns(door: Door) -> None:
    door.deposit("BTC", "0.01")
    door.order("SELL", "STOP_LOSS_LIMIT", "0.01", newClientOrderId="stop", stopPrice="94000", price="93999.98")
    door.print("93000")
    assert door.state("stop") == ("NEW", "0")
    assert door.find("stop")["isWorking"] is True
    assert door.balance("BTC") == ("0", "0.01")
    door.print("93999.98")
    assert door.state("stop") == ("FILLED", "0.01")


def test_a_triggered_stop_is_not_filled_by_the_print_that_triggered_it(door: Door) -> None:
    """Its limit equals the print, but it began to rest only afterwards."""
    door.deposit("BTC", "0.01")
    door.order("SELL", "STOP_LOSS_LIMIT", "0.01", newClientOrderId="stop", stopPrice="94000", price="94000")
    door.print("94000")
    assert door.state("stop") == ("NEW", "0")
    door.print("94000")
    assert door.state("stop") == ("FILLED", "0.01")


def test_stops_trigger_in_the_order_of_their_arrival(door: Door) -> None:
    door.deposit("BTC", "0.03")
    for name, price in (("one", "93000"), ("two", "94000"), ("three", "93500")):
        door.order("SELL", "STOP_LOSS", "0.01", stopPrice=price, newClientOrderId=name)
    door.print("92000")
    fills = door.ok("GET", "/api/v3/myTrades", symbol=SYMBOL)
    assert [fill["orderId"] for fill in fills] == [1, 2, 3]


@pytest.mark.parametrize(
    ("side", "kind", "stop_price", "silent", "trigger"),
    [
        ("SELL", "STOP_LOSS", "94000", "94000.01", "94000"),
        ("BUY", "STOP_LOSS", "96000", "95999.99", "96000"),
        ("SELL", "TAKE_PROFIT", "96000", "95999.99", "96000"),
        ("BUY", "TAKE_PROFIT", "94000", "94000.01", "94000"),
    ],
)
def test_each_stop_type_triggers_on_its_side(
    door: Door, side: str, kind: str, stop_price: str, silent: str, trigger: str
) -> None:
    door.deposit("BTC", "0.02")
    door.deposit("USDC", "1000")
    door.order(side, kind, "0.01", stopPrice=stop_price, newClientOrderId="stop")
    door.print(silent)
    assert door.state("stop") == ("NEW", "0")
    door.print(trigger)
    assert door.state("stop") == ("FILLED", "0.01")


@pytest.mark.parametrize(
    ("side", "kind", "stop_price"),
    [
        ("SELL", "STOP_LOSS", "95000"),
        ("SELL", "STOP_LOSS", "95000.01"),
        ("BUY", "STOP_LOSS", "95000"),
        ("SELL", "TAKE_PROFIT", "94999.99"),
        ("BUY", "TAKE_PROFIT", "95000.01"),
    ],
)
def test_a_stop_on_the_wrong_side_would_trigger_immediately(door: Door, side: str, kind: str, stop_price: str) -> None:
    door.deposit("BTC", "0.02")
    params = order_params(side, kind, "0.01", stopPrice=stop_price)
    assert door.refusal("POST", ORDER, **params) == (-2010, "Order would trigger immediately.")
    assert door.balance("BTC") == ("0.02", "0")


def test_market_buy_stop_expires_when_its_estimate_no_longer_suffices(door: Door) -> None:
    """The lock is an estimate at the price of placement; a dearer trigger tops it up or ends the order."""
    door.order("BUY", "STOP_LOSS", "0.1", stopPrice="96000", newClientOrderId="dear")
    assert door.balance("USDC") == ("500", "9500")
    door.print("106000")
    assert door.state("dear") == ("EXPIRED", "0")
    assert door.find("dear")["expiryReason"] == "REJECTED"
    assert door.balance("USDC") == ("10000", "0")


def test_limit_maker_that_would_take_is_refused(door: Door) -> None:
    params = order_params("BUY", "LIMIT_MAKER", "0.01", price="95000")
    assert door.refusal("POST", ORDER, **params) == (-2010, "Order would immediately match and take.")
    assert door.order("BUY", "LIMIT_MAKER", "0.01", price="94999.99", newOrderRespType="FULL")["status"] == "NEW"


@pytest.mark.parametrize(
    ("time_in_force", "state", "reason"),
    [
        ("IOC", ("EXPIRED", "0.02"), "UNFILLED_IOC_QUANTITY_EXPIRED"),
        ("FOK", ("EXPIRED", "0"), "UNFILLED_FOK_ORDER_EXPIRED"),
        ("GTC", ("PARTIALLY_FILLED", "0.02"), None),
    ],
)
def test_time_in_force_decides_about_what_the_book_does_not_give(
    door: Door, time_in_force: str, state: tuple[str, str], reason: str | None
) -> None:
    """Levels of 0.01 at 95000, 95000.01 and so on; the limit reaches two of them."""
    door.script("book", {"symbol": SYMBOL, "level_qty": "0.01"})
    limit = {"price": "95000.01", "timeInForce": time_in_force, "newClientOrderId": "order"}
    door.order("BUY", "LIMIT", "0.05", **limit)
    assert door.state("order") == state
    assert door.find("order").get("expiryReason") == reason


def test_market_order_walks_the_book_and_the_rest_expires(door: Door) -> None:
    door.script("book", {"symbol": SYMBOL, "level_qty": "0.01", "levels": 2, "level_step_ticks": 100})
    reply = door.order("BUY", "MARKET", "0.03")
    assert (reply["status"], reply["expiryReason"]) == ("EXPIRED", "INSUFFICIENT_LIQUIDITY")
    assert [fill["price"] for fill in reply["fills"]] == ["95000.00000000", "95001.00000000"]
    assert door.balance("USDC") == ("8099.99", "0")


@pytest.mark.parametrize(
    ("side", "quantity", "price"), [("BUY", "0.2", "94000"), ("SELL", "0.001", "96000"), ("SELL", "0.001", None)]
)
def test_missing_funds_refuse_the_order_before_it_exists(
    door: Door, side: str, quantity: str, price: str | None
) -> None:
    kind = "MARKET" if price is None else "LIMIT"
    given = {} if price is None else {"price": price}
    code, text = door.refusal("POST", ORDER, **order_params(side, kind, quantity, **given))
    assert (code, text) == (-2010, "Account has insufficient balance for requested action.")
    assert door.ok("GET", "/api/v3/allOrders", symbol=SYMBOL) == []


def test_a_client_order_id_is_unique_among_open_orders_only(door: Door) -> None:
    """The id of a filled order is accepted again: an id finds an order, it never permits re-sending."""
    door.order("BUY", "LIMIT", "0.001", price="94000", newClientOrderId="same")
    again = order_params("BUY", "MARKET", "0.001", newClientOrderId="same")
    assert door.refusal("POST", ORDER, **again) == (-2010, "Duplicate order sent.")
    door.print("94000")
    assert door.ok("POST", ORDER, **again)["orderId"] == 2
    assert door.find("same")["orderId"] == 2


@pytest.mark.parametrize(
    ("order_type", "form", "has", "lacks"),
    [
        ("LIMIT", None, {"fills", "status"}, set()),
        ("MARKET", None, {"fills", "status"}, set()),
        ("LIMIT_MAKER", None, {"transactTime"}, {"status", "fills"}),
        ("LIMIT_MAKER", "RESULT", {"status", "workingTime"}, {"fills"}),
        ("MARKET", "ACK", {"orderId"}, {"status", "fills"}),
    ],
)
def test_reply_form(door: Door, order_type: str, form: str | None, has: set[str], lacks: set[str]) -> None:
    given = {} if form is None else {"newOrderRespType": form}
    if order_type != "MARKET":
        given["price"] = "94000"
    reply = door.order("BUY", order_type, "0.001", **given)
    assert has <= reply.keys()
    assert not lacks & reply.keys()


def test_order_ids_rise_per_symbol_and_are_shared_by_two_symbols(door: Door) -> None:
    first = door.order("BUY", "LIMIT", "0.001", price="94000")
    params = {**order_params("BUY", "LIMIT", "0.001", price="94000"), "symbol": "BTCUSDT"}
    other = door.ok("POST", ORDER, **params)
    assert (first["orderId"], other["orderId"]) == (1, 1)
    assert door.refusal("GET", ORDER, symbol="ETHUSDT", orderId=1) == (-2013, "Order does not exist.")


@pytest.mark.parametrize("symbol", ["BTCUSDC", None])
def test_open_orders_of_one_symbol_or_all(door: Door, symbol: str | None) -> None:
    door.order("BUY", "LIMIT", "0.001", price="94000")
    given = {} if symbol is None else {"symbol": symbol}
    assert [row["orderId"] for row in door.ok("GET", "/api/v3/openOrders", **given)] == [1]


def test_cancel_of_what_is_not_open_is_unknown(door: Door) -> None:
    door.order("BUY", "MARKET", "0.001", newClientOrderId="done")
    for given in ({"origClientOrderId": "done"}, {"orderId": 77}):
        assert door.refusal("DELETE", ORDER, symbol=SYMBOL, **given) == (-2011, "Unknown order sent.")


def test_both_ids_must_agree(door: Door) -> None:
    door.order("BUY", "LIMIT", "0.001", price="94000", newClientOrderId="mine")
    given = {"symbol": SYMBOL, "orderId": 1, "origClientOrderId": "other"}
    code, _ = door.refusal("GET", ORDER, **given)
    assert code == -2039


def test_an_iceberg_order_loses_its_place_with_each_visible_part(door: Door) -> None:
    """0.03 in parts of 0.01, another order behind it: part, other order, part, part (Binance docs: iceberg orders)."""
    door.order("BUY", "LIMIT", "0.03", price="94000", icebergQty="0.01", newClientOrderId="ice")
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="other")
    states = []
    for qty in ("0.004", "0.006", "0.005", "0.005", "0.01", "0.01"):
        door.print("94000", qty)
        states.append((door.state("ice")[1], door.state("other")[1]))
    assert states == [
        ("0.004", "0"),
        ("0.01", "0"),
        ("0.01", "0.005"),
        ("0.01", "0.01"),
        ("0.02", "0.01"),
        ("0.03", "0.01"),
    ]


def test_a_large_print_takes_one_visible_part_after_the_other(door: Door) -> None:
    """Each is a fill of its own, and what another order offers comes in between."""
    door.order("BUY", "LIMIT", "0.025", price="94000", icebergQty="0.01", newClientOrderId="ice")
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="other")
    door.print("94000")
    fills = door.ok("GET", "/api/v3/myTrades", symbol=SYMBOL)
    ice = door.find("ice")["orderId"]
    assert [(fill["orderId"] == ice, fill["qty"]) for fill in fills] == [
        (True, "0.01000000"),
        (False, "0.01000000"),
        (True, "0.01000000"),
        (True, "0.00500000"),
    ]
    assert door.balance("USDC")[1] == "0"
