"""python-binance and the venue's own client on the simulated exchange, with nothing changed but their addresses."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from binance.exceptions import BinanceAPIException  # type: ignore[import-untyped]

from exchange.paper.settings import PaperSettings
from tests.paper.ws_clients import Venue, after, official_sdk, python_binance, run

SYMBOL = "BTCUSDC"
MOVING = PaperSettings(seed=1, speed=20)
"""A market that never stands still; python-binance leaves a stream only after its next frame."""

# python-binance's socket, the event type and the stream it names
SOCKETS: list[tuple[str, dict[str, object], str]] = [
    ("kline_socket", {}, "kline"),
    ("trade_socket", {}, "trade"),
    ("aggtrade_socket", {}, "aggTrade"),
    ("symbol_miniticker_socket", {}, "24hrMiniTicker"),
    ("symbol_ticker_socket", {}, "24hrTicker"),
    ("depth_socket", {"interval": 100}, "depthUpdate"),
]


@pytest.mark.parametrize(("name", "given", "kind"), SOCKETS)
def test_sockets_of_python_binance(name: str, given: dict[str, object], kind: str) -> None:
    async def talk(venue: Venue) -> None:
        async with python_binance(venue) as (_, manager), getattr(manager, name)(SYMBOL, **given) as socket:
            event = await socket.recv()
        assert (event["e"], event["s"]) == (kind, SYMBOL)

    run(talk, MOVING)


def test_streams_without_an_event_type_of_python_binance() -> None:
    async def talk(venue: Venue) -> None:
        async with python_binance(venue) as (_, manager):
            async with manager.symbol_book_ticker_socket(SYMBOL) as socket:
                assert list(await socket.recv()) == ["u", "s", "b", "B", "a", "A"]
            async with manager.depth_socket(SYMBOL, depth="5", interval=100) as socket:
                assert len((await socket.recv())["bids"]) == 5
            async with manager.multiplex_socket(["btcusdc@trade", "btcusdt@trade"]) as socket:
                streams = {(await socket.recv())["stream"] for _ in range(2)}
            assert streams == {"btcusdc@trade", "btcusdt@trade"}
            async with manager.miniticker_socket() as socket:
                assert {row["e"] for row in await socket.recv()} == {"24hrMiniTicker"}

    run(talk, MOVING)


def test_the_user_socket_of_python_binance() -> None:
    """It subscribes with a UUID as id, and unsubscribes when it leaves."""

    async def talk(venue: Venue) -> None:
        async with python_binance(venue) as (client, manager):
            async with manager.user_socket() as socket:
                order = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.01"}
                first = await after(socket.recv(), client.create_order(**order))
                events = [first, await socket.recv(), await socket.recv()]
            assert [event.get("x", event["e"]) for event in events] == ["NEW", "TRADE", "outboundAccountPosition"]
        async with venue.http.get(f"{venue.url}/paper/ledger") as reply:
            methods = [row["method"] for row in (await reply.json())["requests"]]
        assert "userDataStream.unsubscribe" in methods

    run(talk)


@pytest.mark.parametrize("account", ["cross", "isolated"])
def test_the_margin_sockets_of_python_binance(account: str) -> None:
    """Followed by a listenToken; only that account's events come."""

    async def talk(venue: Venue) -> None:
        async with python_binance(venue) as (_, manager):
            name = account if account == "cross" else f"isolated:{SYMBOL}"
            await venue.script("deposit", asset="USDC", amount="5", account=name)
            opened = manager.margin_socket() if account == "cross" else manager.isolated_margin_socket(SYMBOL)
            async with opened as socket:
                await venue.script("deposit", asset="USDC", amount="7")
                await venue.script("deposit", asset="USDC", amount="9", account=name)
                event = await socket.recv()
        assert (event["e"], event["a"], event["d"]) == ("balanceUpdate", "USDC", "9.00000000")

    run(talk)


def test_orders_over_the_socket_of_python_binance() -> None:
    async def talk(venue: Venue) -> None:
        async with python_binance(venue) as (client, _):
            order = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
            assert await client.ws_create_test_order(**order, price="90000") == {}
            placed = await client.ws_create_order(**order, price="90000")
            found = await client.ws_get_order(symbol=SYMBOL, orderId=placed["orderId"])
            assert (found["status"], found["price"]) == ("NEW", "90000.00000000")
            canceled = await client.ws_cancel_order(symbol=SYMBOL, orderId=placed["orderId"])
            assert canceled["status"] == "CANCELED"
            assert (await client.ws_get_account())["accountType"] == "SPOT"
            with pytest.raises(BinanceAPIException) as refused:
                await client.ws_create_order(**{**order, "quantity": "100"}, price="90000")
            assert refused.value.code == -2010

    run(talk)


# The venue's own client ------------------------------------------------------------------------

Call = Callable[[Any], Awaitable[Any]]

# what can be asked without an order, by the client's name for it
QUESTIONS: dict[str, Call] = {
    "ping": lambda api: api.ping(),
    "time": lambda api: api.time(),
    "exchange_info": lambda api: api.exchange_info(),
    "account_status": lambda api: api.account_status(),
    "account_commission": lambda api: api.account_commission(symbol=SYMBOL),
    "account_rate_limits_orders": lambda api: api.account_rate_limits_orders(),
    "all_orders": lambda api: api.all_orders(symbol=SYMBOL),
    "all_order_lists": lambda api: api.all_order_lists(),
    "my_trades": lambda api: api.my_trades(symbol=SYMBOL),
    "my_filters": lambda api: api.my_filters(symbol=SYMBOL),
    "my_prevented_matches": lambda api: api.my_prevented_matches(symbol=SYMBOL, order_id=1),
    "open_orders_status": lambda api: api.open_orders_status(),
    "open_order_lists_status": lambda api: api.open_order_lists_status(),
    "session_status": lambda api: api.session_status(),
    "session_subscriptions": lambda api: api.session_subscriptions(),
    "depth": lambda api: api.depth(symbol=SYMBOL),
    "trades_recent": lambda api: api.trades_recent(symbol=SYMBOL),
    "trades_historical": lambda api: api.trades_historical(symbol=SYMBOL),
    "trades_aggregate": lambda api: api.trades_aggregate(symbol=SYMBOL),
    "klines": lambda api: api.klines(symbol=SYMBOL, interval="1m"),
    "ui_klines": lambda api: api.ui_klines(symbol=SYMBOL, interval="1m"),
    "avg_price": lambda api: api.avg_price(symbol=SYMBOL),
    "ticker24hr": lambda api: api.ticker24hr(symbol=SYMBOL),
    "ticker_price": lambda api: api.ticker_price(symbol=SYMBOL),
    "ticker_book": lambda api: api.ticker_book(symbol=SYMBOL),
}
# replies whose result the client's model leaves out
MISREAD = ("exchange_info", "my_filters")


async def connected(venue: Venue) -> Any:
    api: Any = official_sdk(venue).websocket_api
    await api.create_connection()
    return api


def test_the_venues_client_reads_every_reply() -> None:
    """Its models take no wrong type and know every field; a reply without rateLimits would end the connection."""

    async def talk(venue: Venue) -> None:
        api = await connected(venue)
        for name, question in QUESTIONS.items():
            reply = await question(api)
            data = reply.data()
            data = getattr(data, "actual_instance", None) or data
            assert name in MISREAD or set(data.additional_properties) <= {"rateLimits"}, name
        await api.close_connection(close_session=True)

    run(talk)


def test_the_venues_client_trades_and_follows() -> None:
    """Every field of every event is one that the client knows."""

    async def talk(venue: Venue) -> None:
        api = await connected(venue)
        subscription = await api.user_data_stream_subscribe_signature()
        events: asyncio.Queue[Any] = asyncio.Queue()
        subscription.stream.on("message", events.put_nowait)
        bought = (await api.order_place(symbol=SYMBOL, side="BUY", type="MARKET", quantity=0.01)).data().result
        assert (bought.status, bought.fills[0].commission_asset) == ("FILLED", "BTC")
        bracket = await api.order_list_place_oco(
            symbol=SYMBOL,
            side="SELL",
            quantity=0.00999,
            above_type="LIMIT_MAKER",
            above_price=96000,
            below_type="STOP_LOSS_LIMIT",
            below_stop_price=94000,
            below_price=93900,
            below_time_in_force="GTC",
        )
        listed = bracket.data().result
        await api.order_list_cancel(symbol=SYMBOL, order_list_id=listed.order_list_id)
        heard: list[Any] = []
        while not (heard and getattr(heard[-1], "l", "") == "ALL_DONE"):
            heard.append((await events.get()).actual_instance)
        kinds = [type(event).__name__ for event in heard]
        assert kinds[:3] == ["ExecutionReport", "ExecutionReport", "OutboundAccountPosition"]
        assert {"ListStatus", "ExecutionReport"} <= set(kinds[3:])
        for event in heard:
            assert set(event.additional_properties) <= {"e"}, event
        await api.user_data_stream_unsubscribe()
        await api.close_connection(close_session=True)

    run(talk)


# the client's name for a stream, with what it wants to know besides the symbol
STREAMS: list[tuple[str, dict[str, object]]] = [
    ("trade", {}),
    ("agg_trade", {}),
    ("book_ticker", {}),
    ("kline", {"interval": "1m"}),
    ("kline_offset", {"interval": "1d"}),
    ("mini_ticker", {}),
    ("ticker", {}),
    ("rolling_window_ticker", {"window_size": "1h"}),
    ("avg_price", {}),
    ("diff_book_depth", {"update_speed": "100ms"}),
    ("partial_book_depth", {"levels": "5", "update_speed": "100ms"}),
]


@pytest.mark.parametrize(("name", "given"), STREAMS)
def test_the_venues_client_follows_markets(name: str, given: dict[str, object]) -> None:
    """It subscribes with UUIDs and wants combined frames; no field is unknown to it."""

    async def talk(venue: Venue) -> None:
        streams: Any = official_sdk(venue).websocket_streams
        await streams.create_connection()
        followed = await getattr(streams, name)(symbol="btcusdc", **given)
        events: asyncio.Queue[Any] = asyncio.Queue()
        followed.on("message", events.put_nowait)
        event = await events.get()
        assert event.additional_properties == {}
        assert None not in event.model_dump(exclude={"additional_properties"}).values()
        await streams.close_connection(close_session=True)

    run(talk, MOVING)
