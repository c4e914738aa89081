"""ccxt.pro follows and trades on the simulated exchange with nothing changed but its addresses."""

import asyncio
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

from exchange.paper.settings import PaperSettings
from tests.paper.ws_clients import Venue, after, ccxt_pro, run

PAIR, SYMBOL = "BTC/USDC", "BTCUSDC"
FAST = PaperSettings(speed=20)
"""For public streams, whose updates come every second or two; signed requests want the wall clock."""


async def subscribed(venue: Venue, method: str = "userDataStream.subscribe.signature", times: int = 1) -> None:
    """Wait until the venue has granted so many user data subscriptions."""
    granted = 0
    while granted < times:
        async with venue.http.get(f"{venue.url}/paper/ledger") as reply:
            rows = (await reply.json())["requests"]
        granted = sum(row["method"] == method and row["status"] == 200 for row in rows)


def test_orders_are_followed_from_placement_to_fill() -> None:
    async def talk(venue: Venue) -> None:
        async with ccxt_pro(venue) as client:
            watching = asyncio.ensure_future(client.watch_orders(PAIR))
            await subscribed(venue)
            placed = await client.create_order(PAIR, "limit", "buy", 0.01, 94000)
            [order] = await watching
            assert (order["id"], order["status"], order["amount"]) == (placed["id"], "open", 0.01)
            [order] = await after(client.watch_orders(PAIR), venue.print("94000", "0.004"))
            assert (order["status"], order["filled"], order["remaining"]) == ("open", 0.004, 0.006)
            [order] = await after(client.watch_orders(PAIR), venue.print("94000"))
            assert (order["status"], order["filled"], order["average"]) == ("closed", 0.01, 94000)

    run(talk)


def test_a_canceled_order_keeps_its_client_id() -> None:
    """The event carries the cancel's id as `c` and the order's as `C`."""

    async def talk(venue: Venue) -> None:
        async with ccxt_pro(venue) as client:
            watching = asyncio.ensure_future(client.watch_orders(PAIR))
            await subscribed(venue)
            placed = await client.create_order(PAIR, "limit", "buy", 0.01, 94000, {"clientOrderId": "mine"})
            await watching
            [order] = await after(client.watch_orders(PAIR), client.cancel_order(placed["id"], PAIR))
            assert (order["status"], order["clientOrderId"]) == ("canceled", "mine")

    run(talk)


def test_own_trades_and_balances() -> None:
    async def talk(venue: Venue) -> None:
        async with ccxt_pro(venue) as client:
            watching = asyncio.ensure_future(client.watch_my_trades(PAIR))
            await subscribed(venue)
            await client.create_order(PAIR, "market", "buy", 0.01)
            [fill] = await watching
            assert (fill["price"], fill["amount"], fill["takerOrMaker"]) == (95000, 0.01, "taker")
            assert (fill["fee"]["cost"], fill["fee"]["currency"]) == (1e-05, "BTC")
            balance = await after(client.watch_balance(), client.create_order(PAIR, "market", "buy", 0.01))
            assert balance["BTC"]["free"] == 0.01998
            assert balance["USDC"]["free"] == 8100

    run(talk)


@pytest.mark.parametrize("account", ["cross", f"isolated:{SYMBOL}"])
def test_orders_on_margin_are_followed(account: str) -> None:
    """By a listenToken; a spot order of the same symbol is not told."""

    async def talk(venue: Venue) -> None:
        mode = account.partition(":")[0]
        await venue.script("deposit", asset="USDC", amount="2000", account=account)
        async with ccxt_pro(venue, defaultType="margin", fetchMargins=True) as client:
            watching = asyncio.ensure_future(client.watch_orders(PAIR, params={"type": "margin", "marginMode": mode}))
            await subscribed(venue, "userDataStream.subscribe.listenToken")
            await client.create_order(PAIR, "limit", "buy", 0.01, 93000, {"type": "spot", "clientOrderId": "spot"})
            margin = {"marginMode": mode, "clientOrderId": "margin"}
            await client.create_order(PAIR, "limit", "buy", 0.01, 94000, margin)
            assert [order["clientOrderId"] for order in await watching] == ["margin"]

    run(talk)


def test_a_lost_user_stream_is_told_and_comes_back() -> None:
    """A pending watch fails with a network error; the next one connects anew, and nothing is replayed."""

    async def talk(venue: Venue) -> None:
        async with ccxt_pro(venue) as client:
            watching = asyncio.ensure_future(client.watch_orders(PAIR))
            await subscribed(venue)
            await venue.script("faults", kind="drop_stream")
            with pytest.raises(ccxt.NetworkError):
                await watching
            await client.create_order(PAIR, "limit", "buy", 0.01, 94000, {"clientOrderId": "unseen"})
            watching = asyncio.ensure_future(client.watch_orders(PAIR))
            await subscribed(venue, times=2)
            await client.create_order(PAIR, "limit", "buy", 0.01, 93000, {"clientOrderId": "seen"})
            assert [order["clientOrderId"] for order in await watching] == ["seen"]

    run(talk)


def test_orders_over_the_socket() -> None:
    async def talk(venue: Venue) -> None:
        async with ccxt_pro(venue) as client:
            placed = await client.create_order_ws(PAIR, "limit", "buy", 0.01, 93000)
            assert (placed["status"], placed["price"]) == ("open", 93000)
            edited = await client.edit_order_ws(placed["id"], PAIR, "limit", "buy", 0.01, 92000)
            [left] = await client.fetch_open_orders_ws(PAIR)
            assert (left["id"], left["price"]) == (edited["id"], 92000)
            assert (await client.fetch_order_ws(placed["id"], PAIR))["status"] == "canceled"
            await client.cancel_order_ws(left["id"], PAIR)
            await client.create_order_ws(PAIR, "limit", "buy", 0.01, 91000)
            await client.cancel_all_orders_ws(PAIR)
            assert await client.fetch_open_orders_ws(PAIR) == []
            await client.create_order_ws(PAIR, "market", "buy", 0.01)
            assert [fill["amount"] for fill in await client.fetch_my_trades_ws(PAIR)] == [0.01]
            shown = (await client.fetch_balance_ws())["info"]["balances"]
            assert {"asset": "BTC", "free": "0.00999000", "locked": "0.00000000"} in shown
            assert len(await client.fetch_orders_ws(PAIR)) == 4

    run(talk)


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (("limit", "buy", 1, 94000), ccxt.InsufficientFunds),
        (("limit", "buy", 0.00001, 94000), ccxt.BadRequest),
    ],
)
def test_refusals_over_the_socket(order: tuple[Any, ...], error: type[Exception]) -> None:
    async def talk(venue: Venue) -> None:
        async with ccxt_pro(venue) as client:
            with pytest.raises(error):
                await client.create_order_ws(PAIR, *order)

    run(talk)


def test_public_trades_and_quotes() -> None:
    async def talk(venue: Venue) -> None:
        async with ccxt_pro(venue) as client:
            watching = asyncio.ensure_future(client.watch_trades(PAIR))
            await asyncio.sleep(0)
            while not watching.done():
                await venue.print("95001", "0.5")
                await asyncio.sleep(0.01)
            assert (watching.result()[0]["price"], watching.result()[0]["side"]) == (95001, "buy")
            quoting = asyncio.ensure_future(client.watch_bids_asks([PAIR]))
            price = 95001
            while not quoting.done():
                price += 1
                await venue.print(str(price))
                await asyncio.sleep(0.01)
            quote = quoting.result()[PAIR]
            assert quote["ask"] - quote["bid"] == pytest.approx(0.01)

    run(talk)


def test_tickers_and_candles() -> None:
    async def talk(venue: Venue) -> None:
        async with ccxt_pro(venue) as client:
            await venue.print("95100", "1")
            ticker = await client.watch_ticker(PAIR)
            assert (ticker["open"], ticker["last"], ticker["baseVolume"]) == (95000, 95100, 1.00001)
            assert (await client.watch_tickers([PAIR]))[PAIR]["last"] == 95100
            candle = (await client.watch_ohlcv(PAIR, "1m"))[-1]
            assert candle[4] == 95100

    run(talk, FAST)


def test_an_order_book_is_kept() -> None:
    """Snapshot and differences agree, or ccxt would say that they are out of step."""

    async def talk(venue: Venue) -> None:
        async with ccxt_pro(venue) as client:
            book = await client.watch_order_book(PAIR)
            assert book["bids"][0] == [94999.99, 10000]
            for price in ("95010", "95005", "95300"):
                book = await after(client.watch_order_book(PAIR), venue.print(price))
                assert (book["asks"][0], len(book["asks"])) == ([float(price), 10000], 20)

    run(talk, FAST)
