"""ccxt with nothing changed but the host in its own table of addresses."""

from collections.abc import Callable
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

from tests.clients.venue import KEY, SYMBOL, Venue, plain

PAIR = "BTC/USDC"


def addressed(venue: Venue) -> dict[str, Any]:
    """ccxt's own addresses, each on the simulated exchange."""
    return {name: venue.address(real) for name, real in ccxt.binance().urls["api"].items() if isinstance(real, str)}


@pytest.fixture
def client(venue: Venue) -> Any:
    return ccxt.binance({"apiKey": KEY, "secret": KEY, "urls": {"api": addressed(venue)}, "enableRateLimit": False})


def test_start_up_as_it_comes(venue: Venue) -> None:
    """All kinds of markets, currencies and margin pairs are asked for, paced by ccxt; nothing is refused."""
    client = ccxt.binance({"apiKey": KEY, "secret": KEY, "urls": {"api": addressed(venue)}})
    markets = client.load_markets()
    assert set(markets) == {"BTC/USDC", "BTC/USDT", "ETH/USDT", "BNB/USDC", "BNB/USDT"}
    assert client.fetch_status()["status"] == "ok"
    assert abs(client.fetch_time() - client.milliseconds()) < 1000
    assert ("GET", "/sapi/v1/capital/config/getall") in venue.requests()
    assert venue.refused() == []


def test_markets_carry_the_symbol_rules(client: Any) -> None:
    """Tick size, step size, smallest notional and what may be traded how."""
    market = client.load_markets()[PAIR]
    precision = {name: market["precision"][name] for name in ("amount", "price", "base", "quote")}
    assert precision == {"amount": 1e-05, "price": 0.01, "base": 1e-08, "quote": 1e-08}
    assert market["limits"]["cost"]["min"] == 5
    assert (market["active"], market["spot"], market["contract"]) == (True, True, False)


def test_balances(client: Any) -> None:
    """Free, used and total of each asset; an order's funds are used."""
    client.create_order(PAIR, "limit", "buy", 0.01, 90000)
    found = client.fetch_balance()
    assert found["USDC"] == {"free": 9100, "used": 900, "total": 10000}
    assert found["BTC"] == {"free": 1, "used": 0, "total": 1}


# type and side as given to ccxt, price, further parameters; then the venue's type and the trigger price
RESTING = [
    ("limit", "buy", 90000, {}, "LIMIT", None),
    ("limit", "sell", 99000, {}, "LIMIT", None),
    ("limit", "sell", 99000, {"postOnly": True}, "LIMIT_MAKER", None),
    ("limit", "sell", 93999, {"stopLossPrice": 94000}, "STOP_LOSS_LIMIT", 94000),
    ("limit", "buy", 96001, {"triggerPrice": 96000}, "STOP_LOSS_LIMIT", 96000),
    ("limit", "sell", 95999, {"takeProfitPrice": 96000}, "TAKE_PROFIT_LIMIT", 96000),
    ("market", "sell", None, {"stopLossPrice": 94000}, "STOP_LOSS", 94000),
    ("market", "sell", None, {"takeProfitPrice": 96000}, "TAKE_PROFIT", 96000),
    ("limit", "sell", 93999, {"trailingDelta": 100, "stopLossOrTakeProfit": "stopLoss"}, "STOP_LOSS_LIMIT", None),
]


@pytest.mark.parametrize(("kind", "side", "price", "params", "venue_type", "trigger"), RESTING)
def test_an_order_of_each_resting_type_is_placed_queried_and_canceled(
    client: Any, kind: str, side: str, price: float | None, params: dict[str, Any], venue_type: str, trigger: int | None
) -> None:
    """The same order is seen by its id, among the open ones, and as canceled."""
    placed = client.create_order(PAIR, kind, side, 0.001, price, {"clientOrderId": "mine-1", **params})
    assert (placed["status"], placed["clientOrderId"], placed["amount"]) == ("open", "mine-1", 0.001)
    assert placed["info"]["type"] == venue_type
    found = client.fetch_order(placed["id"], PAIR)
    assert (found["status"], found["triggerPrice"], found["filled"]) == ("open", trigger, 0)
    assert [order["id"] for order in client.fetch_open_orders(PAIR)] == [placed["id"]]
    canceled = client.cancel_order(placed["id"], PAIR)
    assert (canceled["id"], canceled["status"]) == (placed["id"], "canceled")
    assert client.fetch_open_orders(PAIR) == []


def test_orders_are_found_by_client_order_id(client: Any) -> None:
    """Queried and canceled without an order id."""
    client.create_order(PAIR, "limit", "buy", 0.001, 90000, {"clientOrderId": "mine-1"})
    assert client.fetch_order(None, PAIR, {"clientOrderId": "mine-1"})["clientOrderId"] == "mine-1"
    assert client.cancel_order(None, PAIR, {"clientOrderId": "mine-1"})["status"] == "canceled"


@pytest.mark.parametrize(
    ("params", "status", "filled"),
    [({"timeInForce": "IOC"}, "expired", 0.4), ({"timeInForce": "FOK"}, "expired", 0), ({}, "open", 0.4)],
)
def test_what_the_book_cannot_fill(
    venue: Venue, client: Any, params: dict[str, Any], status: str, filled: float
) -> None:
    """Each time in force, against a book of 0.4 bitcoin."""
    venue.script("book", {"symbol": SYMBOL, "level_qty": "0.4", "levels": 1})
    placed = client.create_order(PAIR, "limit", "sell", 1, 90000, params)
    assert (placed["status"], placed["filled"]) == (status, filled)


def test_market_orders_by_quantity_and_by_cost(client: Any) -> None:
    """ccxt turns a price into quoteOrderQty; commission is told per fill."""
    bought = client.create_order(PAIR, "market", "buy", 0.01)
    assert (bought["status"], bought["average"], bought["cost"]) == ("closed", 95000, 950)
    assert bought["fees"] == [{"currency": "BTC", "cost": 1e-05}]
    spent = client.create_market_buy_order_with_cost(PAIR, 190)
    assert (spent["status"], spent["filled"]) == ("closed", 0.002)
    fills = client.fetch_my_trades(PAIR)
    assert [(fill["order"], fill["amount"], fill["takerOrMaker"]) for fill in fills] == [
        (bought["id"], 0.01, "taker"),
        (spent["id"], 0.002, "taker"),
    ]
    assert [order["id"] for order in client.fetch_orders(PAIR)] == [bought["id"], spent["id"]]
    assert [fill["cost"] for fill in client.fetch_order_trades(bought["id"], PAIR)] == [950]


def test_a_resting_order_is_filled_by_a_print(venue: Venue, client: Any) -> None:
    """It fills as a maker at its own price."""
    placed = client.create_order(PAIR, "limit", "buy", 0.01, 94000)
    venue.print("93999")
    assert client.fetch_order(placed["id"], PAIR)["status"] == "closed"
    (fill,) = client.fetch_my_trades(PAIR)
    assert (fill["price"], fill["takerOrMaker"]) == (94000, "maker")
    assert [order["id"] for order in client.fetch_closed_orders(PAIR)] == [placed["id"]]


def test_an_edited_order_is_replaced(client: Any) -> None:
    """edit_order cancels and places in one request."""
    first = client.create_order(PAIR, "limit", "sell", 0.001, 99000)
    second = client.edit_order(first["id"], PAIR, "limit", "sell", 0.002, 98000)
    assert (second["price"], second["amount"], second["status"]) == (98000, 0.002, "open")
    assert client.fetch_order(first["id"], PAIR)["status"] == "canceled"


LIMIT_ABOVE = {"aboveType": "LIMIT_MAKER", "abovePrice": "96000"}
STOP_BELOW = {
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "94000",
    "belowPrice": "93990",
    "belowTimeInForce": "GTC",
}
WORKING = {
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingTimeInForce": "GTC",
    "workingPrice": "94500",
    "workingQuantity": "0.002",
}
PAIR_PENDING = {f"pending{name[0].upper()}{name[1:]}": value for name, value in (LIMIT_ABOVE | STOP_BELOW).items()}
ONE_PENDING = {"pendingType": "LIMIT_MAKER", "pendingSide": "SELL", "pendingPrice": "96000"}
OLD_OCO = {"price": "96000", "stopPrice": "94000", "stopLimitPrice": "93990", "stopLimitTimeInForce": "GTC"}

LISTS = [
    ("private_post_orderlist_oco", {"side": "SELL", "quantity": "0.001"} | LIMIT_ABOVE | STOP_BELOW, "OCO", 2),
    ("private_post_order_oco", {"side": "SELL", "quantity": "0.001"} | OLD_OCO, "OCO", 2),
    ("private_post_orderlist_oto", WORKING | ONE_PENDING | {"pendingQuantity": "0.001"}, "OTO", 2),
    (
        "private_post_orderlist_otoco",
        WORKING | PAIR_PENDING | {"pendingSide": "SELL", "pendingQuantity": "0.001"},
        "OTO",
        3,
    ),
    ("private_post_orderlist_opo", WORKING | ONE_PENDING, "OTO", 2),
    ("private_post_orderlist_opoco", WORKING | PAIR_PENDING | {"pendingSide": "SELL"}, "OTO", 3),
]


@pytest.mark.parametrize(("method", "params", "contingency", "count"), LISTS)
def test_an_order_list_of_each_kind_is_placed_queried_and_canceled(
    client: Any, method: str, params: dict[str, str], contingency: str, count: int
) -> None:
    """By ccxt's implicit methods; the whole list ends with its cancel."""
    call: Callable[[dict[str, Any]], Any] = getattr(client, method)
    placed = call({"symbol": SYMBOL, "listClientOrderId": "list-1", **params})
    assert (placed["contingencyType"], len(placed["orderReports"])) == (contingency, count)
    found = client.private_get_orderlist({"orderListId": placed["orderListId"]})
    assert (found["listOrderStatus"], len(found["orders"])) == ("EXECUTING", count)
    assert [row["listClientOrderId"] for row in client.private_get_openorderlist()] == ["list-1"]
    ended = client.private_delete_orderlist({"symbol": SYMBOL, "listClientOrderId": "list-1"})
    assert ended["listOrderStatus"] == "ALL_DONE"
    assert {report["status"] for report in ended["orderReports"]} == {"CANCELED"}
    assert [row["listClientOrderId"] for row in client.private_get_allorderlist()] == ["list-1"]


def test_an_entry_with_its_exits_runs_to_its_stop(venue: Venue, client: Any) -> None:
    """The pending pair begins when the working order is full; one leg's fill ends the other."""
    params = WORKING | PAIR_PENDING | {"pendingSide": "SELL", "pendingQuantity": "0.001"}
    placed = client.private_post_orderlist_otoco({"symbol": SYMBOL, **params})
    venue.print("94500")
    assert sorted(order["info"]["type"] for order in client.fetch_open_orders(PAIR)) == [
        "LIMIT_MAKER",
        "STOP_LOSS_LIMIT",
    ]
    venue.print("94000")
    orders = {row["info"]["type"]: row["status"] for row in client.fetch_orders(PAIR)}
    assert orders == {"LIMIT": "closed", "STOP_LOSS_LIMIT": "closed", "LIMIT_MAKER": "expired"}
    assert client.private_get_orderlist({"orderListId": placed["orderListId"]})["listOrderStatus"] == "ALL_DONE"


def test_all_open_orders_are_canceled_at_once(client: Any) -> None:
    """Single orders and lists alike."""
    client.create_order(PAIR, "limit", "buy", 0.001, 90000)
    client.private_post_orderlist_oco(
        {"symbol": SYMBOL, "side": "SELL", "quantity": "0.001"} | LIMIT_ABOVE | STOP_BELOW
    )
    assert len(client.cancel_all_orders(PAIR)) == 2
    assert client.fetch_open_orders(PAIR) == []


def test_market_reading(venue: Venue, client: Any) -> None:
    """Order book, tickers, candles and public trades agree about a print."""
    venue.print("95500")
    book = client.fetch_order_book(PAIR, 5)
    assert (book["bids"][0][0], book["asks"][0][0], len(book["asks"])) == (95499.99, 95500, 5)
    ticker = client.fetch_ticker(PAIR)
    assert (ticker["last"], ticker["bid"], ticker["ask"]) == (95500, 95499.99, 95500)
    assert set(client.fetch_tickers()) == {"BTC/USDC", "BTC/USDT", "ETH/USDT", "BNB/USDC", "BNB/USDT"}
    assert client.fetch_bids_asks([PAIR])[PAIR]["ask"] == 95500
    assert client.fetch_last_prices([PAIR])[PAIR]["price"] == 95500
    candles = client.fetch_ohlcv(PAIR, "1m", limit=3)
    assert (len(candles), candles[-1][4]) == (3, 95500)
    assert client.fetch_trades(PAIR)[-1]["price"] == 95500


def test_fees_and_limits_of_the_account(client: Any) -> None:
    """Trading fee, commission rates and order counts."""
    fee = client.fetch_trading_fee(PAIR)
    assert (fee["maker"], fee["taker"]) == (0.001, 0.001)
    assert set(client.fetch_trading_fees()) == {"BTC/USDC", "BTC/USDT", "ETH/USDT", "BNB/USDC", "BNB/USDT"}
    rates = client.private_get_account_commission({"symbol": SYMBOL})
    assert plain(rates["standardCommission"]["taker"]) == "0.001"
    client.create_order(PAIR, "limit", "buy", 0.001, 90000)
    assert [row["count"] for row in client.private_get_ratelimit_order()] == [1, 1]


def test_an_order_that_is_only_tested_leaves_no_trace(client: Any) -> None:
    """ccxt's test parameter leads to order/test."""
    assert client.create_order(PAIR, "limit", "buy", 0.001, 90000, {"test": True})["id"] is None
    assert client.fetch_open_orders(PAIR) == []


Fails = Callable[[Any], Any]
ERRORS: list[tuple[Fails, type[Exception], str]] = [
    (lambda c: c.create_order(PAIR, "limit", "buy", 1, 94000), ccxt.InsufficientFunds, "insufficient balance"),
    (lambda c: c.create_order(PAIR, "limit", "buy", 6, 1), ccxt.InvalidOrder, "PERCENT_PRICE_BY_SIDE"),
    (lambda c: c.create_order(PAIR, "limit", "buy", 0.00001, 94000), ccxt.BadRequest, "NOTIONAL"),
    (
        lambda c: c.create_order(PAIR, "limit", "sell", 0.001, 90000, {"postOnly": True}),
        ccxt.OrderImmediatelyFillable,
        "immediately match",
    ),
    (
        lambda c: c.create_order(PAIR, "limit", "sell", 0.001, 90000, {"stopLossPrice": 95000}),
        ccxt.OrderImmediatelyFillable,
        "trigger immediately",
    ),
    (lambda c: c.fetch_order("99", PAIR), ccxt.OrderNotFound, "Order does not exist"),
    (lambda c: c.cancel_order("99", PAIR), ccxt.OrderNotFound, "Unknown order sent"),
    (lambda c: c.cancel_all_orders(PAIR), ccxt.OrderNotFound, "Unknown order sent"),
    (lambda c: c.public_get_depth({"symbol": "NOPE"}), ccxt.BadSymbol, "Invalid symbol"),
    (lambda c: c.public_get_klines({"symbol": SYMBOL, "interval": "7m"}), ccxt.BadRequest, "Invalid interval"),
    (lambda c: c.private_get_order({"symbol": SYMBOL}), ccxt.BadRequest, "must be sent"),
    (lambda c: c.private_get_mytrades({"symbol": SYMBOL, "fromId": 1, "startTime": 1}), ccxt.BadRequest, "optional"),
    (lambda c: c.private_get_account({"recvWindow": 70000}), ccxt.ExchangeError, "recvWindow"),
    (lambda c: c.public_get_referenceprice({"symbol": SYMBOL}), ccxt.ExchangeError, "reference price"),
]


@pytest.mark.parametrize(("call", "error", "text"), ERRORS, ids=[text for _, _, text in ERRORS])
def test_refusals_arrive_as_the_right_errors(client: Any, call: Fails, error: type[Exception], text: str) -> None:
    """ccxt tells them apart by code and literal text."""
    client.load_markets()
    with pytest.raises(error, match=text):
        call(client)


@pytest.mark.parametrize(
    ("changed", "error"),
    [({"secret": "wrong"}, ccxt.AuthenticationError), ({"apiKey": "stranger"}, ccxt.AuthenticationError)],
)
def test_wrong_credentials(venue: Venue, changed: dict[str, str], error: type[Exception]) -> None:
    """A signature or key that the venue does not know."""
    given = {"apiKey": KEY, "secret": KEY, "urls": {"api": addressed(venue)}}
    client = ccxt.binance(given | changed)
    with pytest.raises(error):
        client.private_get_account()


def test_a_replacement_that_half_succeeds(client: Any) -> None:
    """409: the old order is gone, the new one was refused; both halves stand in the body (cancelReplace)."""
    first = client.create_order(PAIR, "limit", "sell", 0.001, 99000)
    params = {"symbol": SYMBOL, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "5"}
    halves = {"price": "98000", "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": first["id"]}
    with pytest.raises(ccxt.ExchangeError, match='"cancelResult":"SUCCESS","newOrderResult":"FAILURE"'):
        client.private_post_order_cancelreplace(params | halves)
    assert client.fetch_order(first["id"], PAIR)["status"] == "canceled"
