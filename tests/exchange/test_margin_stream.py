"""The user stream of a margin account: asked for with a token, woken by its own events only (V10)."""

import asyncio
import queue
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.settings import ExchangeSettings
from exchange.stream import SUBSCRIBED, StreamTiming, UserStream
from exchange.subscription import MarginSubscription, SubscriptionRefused
from exchange.types import OrderRequest, OrderType, Side
from tests.exchange.documented import ENTRY_ID
from tests.exchange.paper_venue import Paper

WAIT_S = 10
TOKEN = "/sapi/v1/userListenToken"
QUICK = StreamTiming(ping_s=1, first_pause_s=0.01, longest_pause_s=0.05, connect_s=5)
BUY = OrderRequest(ENTRY_ID, Side.BUY, OrderType.MARKET, Decimal("0.00105"))
KINDS: list[tuple[str, dict[str, Any]]] = [("cross", {}), ("isolated:BTCUSDC", {"margin_isolated": True})]
Wakes = queue.Queue[Mapping[str, object]]


def kinds(wakes: Wakes, count: int) -> list[object]:
    return [wakes.get(timeout=WAIT_S)["e"] for _ in range(count)]


@contextmanager
def following(settings: ExchangeSettings, clock: VirtualClock, wakes: Wakes) -> Iterator[UserStream]:
    stream = UserStream(settings, clock, wakes.put, QUICK)
    stream.start()
    try:
        yield stream
    finally:
        stream.stop()


@pytest.mark.parametrize(("account", "more"), KINDS)
def test_a_fill_on_margin_wakes(
    paper: Paper, clock: VirtualClock, trader: BinanceClient, account: str, more: dict[str, Any]
) -> None:
    """Events of this account arrive; what happens on spot meanwhile does not."""
    paper.script("deposit", {"asset": "USDC", "amount": "1000", "account": account})
    settings = ExchangeSettings(base_url=paper.url, trade_mode="margin", **more)
    client = BinanceClient(settings, clock, lambda _: None)
    wakes: Wakes = queue.Queue()
    with following(settings, clock, wakes) as stream:
        assert kinds(wakes, 1) == [SUBSCRIBED]
        assert stream.alive
        trader.place(BUY)
        client.place(BUY)
        first = wakes.get(timeout=WAIT_S)
        assert (first["e"], first["c"], first["x"]) == ("executionReport", ENTRY_ID, "NEW")
        assert wakes.get(timeout=WAIT_S)["x"] == "TRADE"
        assert kinds(wakes, 1) == ["outboundAccountPosition"]
        assert wakes.empty()
    client.close()


def test_a_lost_connection_comes_back_with_a_new_token(paper: Paper, clock: VirtualClock) -> None:
    settings = ExchangeSettings(base_url=paper.url, trade_mode="margin")
    paper.script("deposit", {"asset": "USDC", "amount": "1", "account": "cross"})
    wakes: Wakes = queue.Queue()
    with following(settings, clock, wakes):
        assert kinds(wakes, 1) == [SUBSCRIBED]
        paper.fault("/ws-api/v3", "drop_event")
        paper.script("deposit", {"asset": "USDC", "amount": "1", "account": "cross"})
        assert kinds(wakes, 1) == [SUBSCRIBED]
    assert paper.sent("POST", TOKEN) == 2


def test_a_refused_token_is_told_and_asked_for_again(paper: Paper, clock: VirtualClock) -> None:
    """The stream never raises: it says why it is silent, polling goes on, and a later try succeeds."""
    paper.fault(TOKEN, "error", status=400, code=-1000, msg="not now", count=2)
    settings = ExchangeSettings(base_url=paper.url, trade_mode="margin")
    wakes: Wakes = queue.Queue()
    with following(settings, clock, wakes) as stream:
        assert kinds(wakes, 1) == [SUBSCRIBED]
        assert stream.alive
    assert paper.sent("POST", TOKEN) == 3


def test_a_missing_account_is_named(paper: Paper, clock: VirtualClock) -> None:
    """M8: an isolated account that was never opened has no token; what the venue said is told."""
    settings = ExchangeSettings(base_url=paper.url, trade_mode="margin", margin_isolated=True)

    async def ask() -> object:
        async with aiohttp.ClientSession() as session:
            return await MarginSubscription(settings, clock).request(session)

    with pytest.raises(SubscriptionRefused, match=r"userListenToken was answered HTTP 400 .*-11001"):
        asyncio.run(ask())
