"""python-binance, its clients given no more than another host."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from binance import AsyncClient, Client  # type: ignore[import-untyped]
from binance.exceptions import BinanceAPIException  # type: ignore[import-untyped]

from tests.clients.venue import KEY, SYMBOL, Venue, plain


def moved(kind: Any, venue: Venue) -> Any:
    """A client's class with the exchange's addresses, which are attributes of the class."""
    addresses = {"API_URL": "https://api.binance.com/api", "MARGIN_API_URL": "https://api.binance.com/sapi"}
    return type(kind.__name__, (kind,), {name: venue.address(real) for name, real in addresses.items()})


@pytest.fixture
def client(venue: Venue) -> Iterator[Any]:
    connected = moved(Client, venue)(KEY, KEY)
    yield connected
    connected.close_connection()


def test_start_up_and_market_reading(venue: Venue, client: Any) -> None:
    """It pings when it is made; symbols, depth, tickers, candles and public trades."""
    assert venue.requests()[0] == ("GET", "/api/v3/ping")
    venue.print("95500")
    assert client.get_symbol_info(SYMBOL)["baseAsset"] == "BTC"
    assert len(client.get_exchange_info()["symbols"]) == 5
    assert client.get_order_book(symbol=SYMBOL, limit=5)["asks"][0][0] == "95500.00000000"
    assert client.get_symbol_ticker(symbol=SYMBOL)["price"] == "95500.00000000"
    assert client.get_orderbook_ticker(symbol=SYMBOL)["bidPrice"] == "95499.99000000"
    assert client.get_ticker(symbol=SYMBOL)["lastPrice"] == "95500.00000000"
    assert client.get_avg_price(symbol=SYMBOL)["mins"] == 5
    assert client.get_klines(symbol=SYMBOL, interval=client.KLINE_INTERVAL_1MINUTE, limit=2)[-1][4] == "95500.00000000"
    assert client.get_recent_trades(symbol=SYMBOL)[-1]["price"] == "95500.00000000"
    assert client.get_aggregate_trades(symbol=SYMBOL)[-1]["p"] == "95500.00000000"
    assert client.get_system_status() == {"status": 0, "msg": "normal"}
    assert venue.refused() == []


def test_historical_candles_are_paged(client: Any) -> None:
    """It asks again from the last candle until no more come."""
    minutes = 1500
    end_ms = client.get_server_time()["serverTime"] // 60_000 * 60_000
    rows = client.get_historical_klines(SYMBOL, "1m", end_ms - minutes * 60_000, end_ms - 1)
    assert [row[0] for row in rows] == list(range(end_ms - minutes * 60_000, end_ms, 60_000))


def test_account_reading(client: Any) -> None:
    """Balances, fees, key restrictions, order counts."""
    assert client.get_asset_balance("USDC") == {"asset": "USDC", "free": "10000.00000000", "locked": "0.00000000"}
    assert client.get_account()["accountType"] == "SPOT"
    assert client.get_trade_fee(symbol=SYMBOL)[0]["takerCommission"] == "0.00100000"
    assert client.get_account_api_permissions()["enableSpotAndMarginTrading"] is True
    assert client.v3_get_account_commission(symbol=SYMBOL)["symbol"] == SYMBOL
    assert [row["interval"] for row in client.get_current_order_count()] == ["SECOND", "DAY"]


GTC = {"timeInForce": "GTC"}
RESTING: list[dict[str, Any]] = [
    {"side": "BUY", "type": "LIMIT", "price": "90000", **GTC},
    {"side": "SELL", "type": "LIMIT_MAKER", "price": "99000"},
    {"side": "SELL", "type": "STOP_LOSS", "stopPrice": "94000"},
    {"side": "SELL", "type": "STOP_LOSS_LIMIT", "stopPrice": "94000", "price": "93990", **GTC},
    {"side": "SELL", "type": "TAKE_PROFIT", "stopPrice": "96000"},
    {"side": "BUY", "type": "TAKE_PROFIT_LIMIT", "stopPrice": "94000", "price": "94010", **GTC},
    {"side": "BUY", "type": "LIMIT", "price": "90000", "icebergQty": "0.0005", **GTC},
    {"side": "SELL", "type": "STOP_LOSS_LIMIT", "trailingDelta": 100, "price": "93990", **GTC},
]


@pytest.mark.parametrize("params", RESTING, ids=lambda params: params["type"])
def test_an_order_of_each_resting_type_is_placed_queried_and_canceled(client: Any, params: dict[str, Any]) -> None:
    """DELETE carries its parameters in the body."""
    placed = client.create_order(symbol=SYMBOL, quantity="0.001", newOrderRespType="RESULT", **params)
    assert (placed["type"], placed["status"]) == (params["type"], "NEW")
    found = client.get_order(symbol=SYMBOL, orderId=placed["orderId"])
    assert found["clientOrderId"].startswith("x-HNA2TXFJ")
    assert client.get_open_orders(symbol=SYMBOL) == [found]
    canceled = client.cancel_order(symbol=SYMBOL, origClientOrderId=found["clientOrderId"])
    assert (canceled["orderId"], canceled["status"]) == (placed["orderId"], "CANCELED")
    assert [row["status"] for row in client.get_all_orders(symbol=SYMBOL)] == ["CANCELED"]


def test_market_orders_and_their_fills(client: Any) -> None:
    """By quantity and by the quote asset; commission is in what was received."""
    bought = client.order_market_buy(symbol=SYMBOL, quantity="0.01")
    assert [plain(fill["commission"]) for fill in bought["fills"]] == ["0.00001"]
    spent = client.order_market_sell(symbol=SYMBOL, quoteOrderQty="190")
    assert (spent["status"], spent["fills"][0]["commissionAsset"]) == ("FILLED", "USDC")
    assert [row["isBuyer"] for row in client.get_my_trades(symbol=SYMBOL)] == [True, False]


def test_floats_are_accepted_as_it_writes_them(client: Any) -> None:
    """Python's own float texts; an exponent is refused as by the venue."""
    assert client.order_limit_buy(symbol=SYMBOL, quantity=0.001, price=90000.5)["price"] == "90000.50000000"
    with pytest.raises(BinanceAPIException) as refused:
        client.order_limit_buy(symbol=SYMBOL, quantity=0.00001, price=90000.5)
    assert (refused.value.code, refused.value.message[:40]) == (-1100, "Illegal characters found in parameter 'q")


OCO = {
    "side": "SELL",
    "quantity": "0.001",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "96000",
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "94000",
    "belowPrice": "93990",
    "belowTimeInForce": "GTC",
}
WORKING = {
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "94500",
    "workingQuantity": "0.002",
    "workingTimeInForce": "GTC",
    "pendingSide": "SELL",
    "pendingQuantity": "0.001",
}
LISTS: dict[str, dict[str, str]] = {
    "create_oco_order": OCO,
    "v3_post_order_list_oto": WORKING | {"pendingType": "LIMIT_MAKER", "pendingPrice": "96000"},
    "v3_post_order_list_otoco": WORKING
    | {"pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": "96000"}
    | {"pendingBelowType": "STOP_LOSS", "pendingBelowStopPrice": "94000"},
}


@pytest.mark.parametrize("method", LISTS)
def test_an_order_list_of_each_kind_is_placed_queried_and_canceled(client: Any, method: str) -> None:
    """By its named methods."""
    placed = getattr(client, method)(symbol=SYMBOL, **LISTS[method])
    list_id = placed["orderListId"]
    assert client.v3_get_order_list(orderListId=list_id)["listOrderStatus"] == "EXECUTING"
    assert [row["orderListId"] for row in client.get_open_oco_orders()] == [list_id]
    ended = client.v3_delete_order_list(symbol=SYMBOL, orderListId=list_id)
    assert ended["listStatusType"] == "ALL_DONE"
    assert [row["orderListId"] for row in client.v3_get_all_order_list()] == [list_id]


def test_an_order_is_replaced(client: Any) -> None:
    """cancelReplace, which the library has no right path for, by its signed request."""
    first = client.order_limit_sell(symbol=SYMBOL, quantity="0.001", price="99000")
    params = {"symbol": SYMBOL, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.001"}
    change = {"price": "98000", "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": first["orderId"]}
    replaced = client._post("order/cancelReplace", True, data=params | change)
    assert (replaced["cancelResult"], replaced["newOrderResponse"]["price"]) == ("SUCCESS", "98000.00000000")
    with pytest.raises(BinanceAPIException) as failed:
        client._post("order/cancelReplace", True, data=params | change)
    assert (failed.value.status_code, failed.value.code) == (400, -2022)


ERRORS = [
    (lambda c: c.order_limit_buy(symbol=SYMBOL, quantity="1", price="94000"), 400, -2010),
    (lambda c: c.order_limit_buy(symbol=SYMBOL, quantity="0.001", price="0.01"), 400, -1013),
    (lambda c: c.order_limit_buy(symbol="NOPE", quantity="1", price="1"), 400, -1121),
    (lambda c: c.get_order(symbol=SYMBOL, orderId=99), 400, -2013),
    (lambda c: c.cancel_order(symbol=SYMBOL, orderId=99), 400, -2011),
    (lambda c: c.get_klines(symbol=SYMBOL, interval="7m"), 400, -1120),
    (lambda c: c.create_order(symbol=SYMBOL, side="BUY", type="LIMIT"), 400, -1102),
    (lambda c: c.create_order(symbol=SYMBOL, side="BUY", type="LOAN", quantity="1"), 400, -1116),
]


@pytest.mark.parametrize(("call", "status", "code"), ERRORS)
def test_refusals_carry_status_and_code(client: Any, call: Callable[[Any], Any], status: int, code: int) -> None:
    """Its exception reads both from the reply."""
    with pytest.raises(BinanceAPIException) as refused:
        call(client)
    assert (refused.value.status_code, refused.value.code) == (status, code)


@pytest.mark.parametrize(("key", "secret", "answer"), [("x", KEY, (401, -2015)), (KEY, "x", (400, -1022))])
def test_wrong_credentials(venue: Venue, key: str, secret: str, answer: tuple[int, int]) -> None:
    """A key or a signature that the venue does not know."""
    with pytest.raises(BinanceAPIException) as refused:
        moved(Client, venue)(key, secret).get_account()
    assert (refused.value.status_code, refused.value.code) == answer


def test_a_path_that_does_not_exist(client: Any) -> None:
    """Its own wrong path for cancelReplace is a 404, as at the venue."""
    with pytest.raises(BinanceAPIException) as refused:
        client.v3_post_cancel_replace(symbol=SYMBOL)
    assert refused.value.status_code == 404


def run_async(venue: Venue, flow: Callable[[Any], Awaitable[None]]) -> None:
    """One flow of the asynchronous client, which pings and reads the time at its start."""

    async def whole() -> None:
        connected = await moved(AsyncClient, venue).create(KEY, KEY)
        try:
            await flow(connected)
        finally:
            await connected.close_connection()

    asyncio.run(whole())


def test_asynchronous_orders_side_by_side(venue: Venue) -> None:
    """All types of resting orders placed at once, and canceled at once."""

    async def flow(client: Any) -> None:
        placing = [client.create_order(symbol=SYMBOL, quantity="0.001", **params) for params in RESTING]
        placed = await asyncio.gather(*placing)
        assert len(await client.get_open_orders(symbol=SYMBOL)) == len(RESTING)
        await asyncio.gather(*(client.cancel_order(symbol=SYMBOL, orderId=row["orderId"]) for row in placed))
        assert await client.get_open_orders(symbol=SYMBOL) == []
        assert (await client.get_asset_balance("USDC"))["locked"] == "0.00000000"

    run_async(venue, flow)
    assert venue.refused() == []


def test_an_asynchronous_trade_with_its_exits(venue: Venue) -> None:
    """A filled entry's exits begin; one ends the other; the fills are told."""

    async def flow(client: Any) -> None:
        await client.v3_post_order_list_otoco(symbol=SYMBOL, **LISTS["v3_post_order_list_otoco"])
        venue.print("94500")
        venue.print("96000")
        statuses = {row["type"]: row["status"] for row in await client.get_all_orders(symbol=SYMBOL)}
        assert statuses == {"LIMIT": "FILLED", "LIMIT_MAKER": "FILLED", "STOP_LOSS": "EXPIRED"}
        assert [row["price"] for row in await client.get_my_trades(symbol=SYMBOL)] == [
            "94500.00000000",
            "96000.00000000",
        ]
        with pytest.raises(BinanceAPIException) as refused:
            await client.get_order(symbol=SYMBOL, orderId=99)
        assert refused.value.code == -2013

    run_async(venue, flow)
