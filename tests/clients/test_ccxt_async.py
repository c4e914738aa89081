"""ccxt's asynchronous client: the same exchange, many requests under way at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import ccxt as errors  # type: ignore[import-untyped]
import ccxt.async_support as ccxt  # type: ignore[import-untyped]
import pytest

from tests.clients.test_ccxt import LISTS, RESTING, addressed
from tests.clients.venue import KEY, SYMBOL, Venue

PAIR = "BTC/USDC"


@asynccontextmanager
async def connected(venue: Venue, **changed: str) -> AsyncIterator[Any]:
    """A client that is closed again."""
    given = {"apiKey": KEY, "secret": KEY, "urls": {"api": addressed(venue)}, "enableRateLimit": False}
    client = ccxt.binance(given | changed)
    try:
        yield client
    finally:
        await client.close()


def run(venue: Venue, flow: Callable[[Any], Awaitable[None]]) -> None:
    """One flow from its own connection to its close."""

    async def whole() -> None:
        async with connected(venue) as client:
            await flow(client)

    asyncio.run(whole())


def test_start_up_as_it_comes(venue: Venue) -> None:
    """Markets, currencies and the clock's difference."""

    async def flow(client: Any) -> None:
        await client.load_markets()
        assert abs(await client.load_time_difference()) < 1000
        assert (await client.fetch_balance())["USDC"]["free"] == 10000

    run(venue, flow)
    assert venue.refused() == []


def test_orders_of_each_resting_type_side_by_side(venue: Venue) -> None:
    """All are placed, found and canceled at the same time."""
    venue.script("symbol", {"symbol": SYMBOL, "max_algo_orders": len(RESTING)})

    async def flow(client: Any) -> None:
        await client.load_markets()
        placing = [
            client.create_order(PAIR, kind, side, 0.001, price, params) for kind, side, price, params, _, _ in RESTING
        ]
        ids = {order["id"] for order in await asyncio.gather(*placing)}
        assert len(ids) == len(RESTING)
        assert {order["id"] for order in await client.fetch_open_orders(PAIR)} == ids
        found = await asyncio.gather(*(client.fetch_order(order_id, PAIR) for order_id in ids))
        assert {order["status"] for order in found} == {"open"}
        ended = await asyncio.gather(*(client.cancel_order(order_id, PAIR) for order_id in ids))
        assert {order["status"] for order in ended} == {"canceled"}

    run(venue, flow)


def test_lists_of_each_kind_side_by_side(venue: Venue) -> None:
    """One cancel of all open orders ends them all."""

    async def flow(client: Any) -> None:
        placing = [getattr(client, method)({"symbol": SYMBOL, **params}) for method, params, _, _ in LISTS]
        ids = {placed["orderListId"] for placed in await asyncio.gather(*placing)}
        assert {row["orderListId"] for row in await client.private_get_openorderlist()} == ids
        await client.cancel_all_orders(PAIR)
        assert {row["listOrderStatus"] for row in await client.private_get_allorderlist()} == {"ALL_DONE"}

    run(venue, flow)


def test_a_whole_trade(venue: Venue) -> None:
    """Entry at market, a stop, a moved stop, the stop-out; fills and candles tell of it."""

    async def flow(client: Any) -> None:
        entry = await client.create_order(PAIR, "market", "buy", 0.01)
        assert (entry["status"], entry["average"]) == ("closed", 95000)
        stop = await client.create_order(PAIR, "limit", "sell", 0.00999, 93999, {"stopLossPrice": 94000})
        moved = await client.edit_order(
            stop["id"], PAIR, "STOP_LOSS_LIMIT", "sell", 0.00999, 94499, {"stopPrice": 94500}
        )
        venue.print("94500")
        assert (await client.fetch_order(moved["id"], PAIR))["status"] == "closed"
        assert [fill["side"] for fill in await client.fetch_my_trades(PAIR)] == ["buy", "sell"]
        assert (await client.fetch_ohlcv(PAIR, "1m"))[-1][4] == 94500

    run(venue, flow)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda client: client.create_order(PAIR, "limit", "buy", 1, 94000), errors.InsufficientFunds),
        (lambda client: client.fetch_order("99", PAIR), errors.OrderNotFound),
        (lambda client: client.cancel_order("99", PAIR), errors.OrderNotFound),
        (lambda client: client.public_get_depth({"symbol": "NOPE"}), errors.BadSymbol),
    ],
)
def test_refusals_arrive_as_the_right_errors(
    venue: Venue, call: Callable[[Any], Awaitable[Any]], error: type[Exception]
) -> None:
    """As for the synchronous client."""

    async def flow(client: Any) -> None:
        with pytest.raises(error):
            await call(client)

    run(venue, flow)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "drop"}, errors.ExchangeNotAvailable),
        ({"kind": "limit"}, errors.DDoSProtection),
        ({"kind": "error", "html": True, "status": 502}, errors.ExchangeNotAvailable),
    ],
)
def test_faults_arrive_as_the_right_errors(venue: Venue, fault: dict[str, Any], error: type[Exception]) -> None:
    """A reset connection, a limit, a gateway's page."""
    venue.script("faults", [{"route": "/api/v3/order", **fault}])

    async def flow(client: Any) -> None:
        await client.load_markets()
        with pytest.raises(error):
            await client.create_order(PAIR, "limit", "buy", 0.001, 90000)

    run(venue, flow)
