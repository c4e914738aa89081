"""Connections as they are on the wire: pings, pace, closing, and what is no connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from exchange.paper.server import served
from exchange.paper.settings import PaperSettings

WAIT_S = 5

Talk = Callable[["Near"], Awaitable[None]]


class Near:
    """The client's end: a server of its own, and connections to it."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.http = http

    async def connect(self, path: str, *, autoping: bool = True) -> ClientWebSocketResponse:
        return await self.http.ws_connect(f"{self.url}{path}", autoping=autoping)

    async def script(self, path: str, given: object) -> None:
        async with self.http.post(f"{self.url}/paper/{path}", json=given) as reply:
            assert reply.status == 200, await reply.text()


@asynccontextmanager
async def near(settings: PaperSettings) -> AsyncIterator[Near]:
    async with served(settings) as exchange, aiohttp.ClientSession() as http:
        yield Near(exchange.url, http)


def run(talk: Talk, settings: PaperSettings | None = None) -> None:
    async def talk_in_time() -> None:
        async with asyncio.timeout(WAIT_S), near(settings or PaperSettings()) as end:
            await talk(end)

    asyncio.run(talk_in_time())


@pytest.mark.parametrize("path", ["/ws-api/v3", "/ws", "/ws/0", "/stream", "/stream/ws/1"])
def test_the_server_pings_and_answers_pings_with_their_payload(path: str) -> None:
    async def talk(end: Near) -> None:
        socket = await end.connect(path, autoping=False)
        ping = await socket.receive()
        assert (ping.type, ping.data.isdigit()) == (WSMsgType.PING, True)
        await socket.ping(b"mine")
        while (message := await socket.receive()).type is WSMsgType.PING:
            pass
        assert (message.type, bytes(message.data)) == (WSMsgType.PONG, b"mine")

    run(talk, PaperSettings(ping_s=0.2))


def test_pongs_keep_a_connection() -> None:
    """Two pings are answered and the third still comes, long after the first pong was due."""

    async def talk(end: Near) -> None:
        socket = await end.connect("/ws-api/v3", autoping=False)
        for _ in range(4):
            ping = await socket.receive()
            assert ping.type is WSMsgType.PING
            await socket.pong(ping.data)

    run(talk, PaperSettings(ping_s=0.03, pong_s=0.05))


@pytest.mark.parametrize(("path", "survives"), [("/ws", False), ("/stream", False), ("/ws-api/v3", True)])
def test_five_messages_a_second_on_market_streams(path: str, survives: bool) -> None:  # noqa: FBT001
    """Pings count; requests are limited by weight instead."""

    async def talk(end: Near) -> None:
        socket = await end.connect(path)
        for number in range(3):
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": number})
            await socket.ping()
        replies = [await socket.receive() for _ in range(3)]
        last = replies[-1].type
        assert [reply.type for reply in replies[:2]] == [WSMsgType.TEXT] * 2
        assert (last is WSMsgType.TEXT) or not survives
        if not survives:
            assert (await socket.receive()).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)

    run(talk)


def test_frames_come_one_by_one_in_order() -> None:
    async def talk(end: Near) -> None:
        socket = await end.connect("/ws/btcusdc@trade")
        for price in range(95000, 95020):
            await end.script("trade", {"symbol": "BTCUSDC", "price": str(price)})
        prices = [(await socket.receive_json())["p"] for _ in range(20)]
        assert prices == [f"{price}.00000000" for price in range(95000, 95020)]

    run(talk)


def test_timers_run_without_requests() -> None:
    """On running time a stream speaks although nobody asks anything; ten times as fast here."""

    async def talk(end: Near) -> None:
        socket = await end.connect("/ws/btcusdc@miniTicker")
        first, second = [(await socket.receive_json())["E"] for _ in range(2)]
        assert (first % 1000, second - first) == (0, 1000)

    run(talk, PaperSettings(speed=10))


def test_a_delayed_reply_comes_late_and_others_pass_it() -> None:
    async def talk(end: Near) -> None:
        socket = await end.connect("/ws-api/v3")
        await end.script("faults", {"kind": "delay", "ms": 200, "route": "/ws-api/v3", "method": "ping"})
        await socket.send_json({"id": "late", "method": "ping"})
        await socket.send_json({"id": "early", "method": "ping"})
        assert [(await socket.receive_json())["id"] for _ in range(2)] == ["early", "late"]

    run(talk)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "drop", "count": 2}, aiohttp.ServerDisconnectedError),
        ({"kind": "error", "status": 503}, aiohttp.WSServerHandshakeError),
        ({"kind": "limit"}, aiohttp.WSServerHandshakeError),
    ],
)
def test_opening_a_connection_meets_faults(fault: dict[str, object], error: type[Exception]) -> None:
    """The client tries a dropped GET a second time by itself."""

    async def talk(end: Near) -> None:
        await end.script("faults", {"route": "/ws-api/v3", "method": "GET", **fault})
        with pytest.raises(error):
            await end.connect("/ws-api/v3")
        socket = await end.connect("/ws-api/v3")
        await socket.send_json({"id": 1, "method": "ping"})
        assert (await socket.receive_json())["status"] == 200

    run(talk)


def test_a_dropped_connection_is_reset() -> None:
    async def talk(end: Near) -> None:
        socket = await end.connect("/ws/btcusdc@trade")
        await end.script("faults", {"kind": "drop_stream"})
        assert (await socket.receive()).type is WSMsgType.CLOSED
        assert socket.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE

    run(talk)


def test_closing_is_answered_at_once() -> None:
    async def talk(end: Near) -> None:
        socket = await end.connect("/ws/btcusdc@trade")
        await socket.close()
        assert socket.close_code == aiohttp.WSCloseCode.OK

    run(talk)


@pytest.mark.parametrize("path", ["/ws-api/v2", "/streams", "/wsx", "/api/v3/ping"])
def test_other_paths_are_no_connections(path: str) -> None:
    async def talk(end: Near) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await end.connect(path)

    run(talk)


@pytest.mark.parametrize("path", ["/ws-api/v3", "/ws", "/stream"])
def test_a_plain_request_opens_nothing(path: str) -> None:
    async def talk(end: Near) -> None:
        async with end.http.get(f"{end.url}{path}") as reply:
            assert reply.status == 404

    run(talk)


def test_three_hundred_attempts_in_five_minutes() -> None:
    async def talk(end: Near) -> None:
        for _ in range(300):
            await (await end.connect("/ws")).close()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await end.connect("/ws")
        assert refused.value.status == 429
        assert refused.value.headers is not None
        assert 0 < int(refused.value.headers["Retry-After"]) <= 300

    run(talk, PaperSettings(manual=True))
