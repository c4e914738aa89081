"""Other people's asynchronous clients, told of nothing but the simulated exchange's address."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import ccxt.pro  # type: ignore[import-untyped]
from binance.async_client import AsyncClient  # type: ignore[import-untyped]
from binance.ws.streams import BinanceSocketManager  # type: ignore[import-untyped]
from binance_common.configuration import ConfigurationWebSocketAPI, ConfigurationWebSocketStreams
from binance_sdk_spot.spot import Spot

from exchange.paper.server import served
from exchange.paper.settings import PaperSettings
from tests.paper.paper_clients import ccxt_options

WAIT_S = 10


@dataclass(frozen=True, slots=True)
class Venue:
    """A served exchange and its script's door."""

    url: str
    http: aiohttp.ClientSession

    @property
    def ws(self) -> str:
        """The base of every socket."""
        return self.url.replace("http", "ws", 1)

    async def script(self, path: str, **given: object) -> None:
        """A call under /paper/ that must succeed."""
        async with self.http.post(f"{self.url}/paper/{path}", json=given) as reply:
            assert reply.status == 200, await reply.text()

    async def print(self, price: str, qty: str | None = None) -> None:
        """A public trade in BTCUSDC."""
        await self.script("trade", symbol="BTCUSDC", price=price, qty=qty)


def run(talk: Callable[[Venue], Awaitable[None]], settings: PaperSettings | None = None) -> None:
    """Let a client talk to an exchange of its own, but not for ever."""

    async def talk_in_time() -> None:
        async with (
            asyncio.timeout(WAIT_S),
            served(settings or PaperSettings()) as exchange,
            aiohttp.ClientSession() as http,
        ):
            await talk(Venue(exchange.url, http))

    asyncio.run(talk_in_time())


async def after(coming: Awaitable[Any], *steps: Awaitable[Any]) -> Any:
    """What comes while the steps are taken, one after the other."""
    waiting = asyncio.ensure_future(coming)
    for step in steps:
        await step
    return await waiting


class OnlyLoopback(ccxt.pro.binance):  # type: ignore[misc] # ccxt has no types
    """ccxt.pro that refuses to talk to anything else."""

    async def fetch(self, url: str, *given: Any, **named: Any) -> Any:
        assert url.startswith("http://127.0.0.1:"), url
        return await super().fetch(url, *given, **named)

    def client(self, url: str) -> Any:
        assert url.startswith("ws://127.0.0.1:"), url
        return super().client(url)


@asynccontextmanager
async def ccxt_pro(venue: Venue, **options: object) -> AsyncIterator[Any]:
    """ccxt.pro with its markets loaded."""
    configuration = ccxt_options(venue.url, **options)
    streams = f"{venue.ws}/stream/ws"
    sockets = {"spot": streams, "margin": streams, "ws-api": {"spot": f"{venue.ws}/ws-api/v3"}}
    configuration["urls"]["api"]["ws"] = sockets
    client = OnlyLoopback(configuration)
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def python_binance(venue: Venue) -> AsyncIterator[tuple[Any, Any]]:
    """python-binance and its socket manager."""

    class Client(AsyncClient):  # type: ignore[misc] # python-binance has no types
        API_URL = f"{venue.url}/api"
        MARGIN_API_URL = f"{venue.url}/sapi"
        WS_API_URL = f"{venue.ws}/ws-api/v3"

    class Manager(BinanceSocketManager):  # type: ignore[misc]
        STREAM_URL = f"{venue.ws}/"

    client = await Client.create("paper", "paper")
    try:
        yield client, Manager(client)
    finally:
        closing = asyncio.ensure_future(client.close_connection())
        while not closing.done():  # it leaves a connection only after the next frame, or ten seconds
            await venue.script("faults", kind="shutdown", ms=60_000)
            await asyncio.sleep(0.005)


def official_sdk(venue: Venue) -> Spot:
    """The venue's own client; its types mirror the documentation, strictly."""
    return Spot(
        config_ws_api=ConfigurationWebSocketAPI("paper", "paper", stream_url=f"{venue.ws}/ws-api/v3"),
        config_ws_streams=ConfigurationWebSocketStreams(stream_url=venue.ws),
    )
