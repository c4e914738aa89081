"""The user stream wakes, notices its own death, comes back, and never raises (V10)."""

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from exchange.clock import VirtualClock
from exchange.settings import ExchangeSettings
from exchange.signing import signature
from exchange.stream import SUBSCRIBED, StreamTiming, UserStream
from tests.exchange.documented import START_MS
from tests.exchange.scripted_venue import ScriptedVenue

KEY, SECRET = "the-key", "the-secret"
QUICK = StreamTiming(ping_s=0.2, first_pause_s=0.01, longest_pause_s=0.05, connect_s=1)
WAIT_S = 5

Talk = Callable[[web.WebSocketResponse, int], Awaitable[None]]


async def granted(socket: web.WebSocketResponse) -> dict[str, Any]:
    """Read the subscription and grant it in the documented frame."""
    frame: dict[str, Any] = await socket.receive_json()
    await socket.send_json({"id": frame["id"], "status": 200, "result": {"subscriptionId": 0}, "rateLimits": []})
    return frame


async def send_event(socket: web.WebSocketResponse, **event: object) -> None:
    await socket.send_json({"subscriptionId": 0, "event": event})


@contextmanager
def speaking(talk: Talk, *, autoping: bool = True) -> Iterator[str]:
    """A WebSocket server whose n-th connection is held by `talk(socket, n)`."""
    connections = 0

    async def connected(request: web.Request) -> web.WebSocketResponse:
        nonlocal connections
        connections += 1
        socket = web.WebSocketResponse(autoping=autoping)
        await socket.prepare(request)
        await talk(socket, connections)
        return socket

    loop = asyncio.new_event_loop()
    application = web.Application()
    application.router.add_get("/ws-api/v3", connected)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port: int = runner.addresses[0][1]
        return port

    try:
        yield f"http://127.0.0.1:{asyncio.run_coroutine_threadsafe(listen(), loop).result(WAIT_S)}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(WAIT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT_S)
        loop.close()


class Wakes(queue.Queue[Mapping[str, object]]):
    def kinds(self, count: int) -> list[object]:
        return [self.get(timeout=WAIT_S)["e"] for _ in range(count)]


@contextmanager
def following(url: str, wakes: Wakes, timing: StreamTiming = QUICK) -> Iterator[UserStream]:
    settings = ExchangeSettings(base_url=url, api_key=SecretStr(KEY), api_secret=SecretStr(SECRET))
    stream = UserStream(settings, VirtualClock(START_MS), wakes.put, timing)
    stream.start()
    try:
        yield stream
    finally:
        stream.stop()


def test_events_wake_in_their_order() -> None:
    """The subscription is signed over its sorted parameters; every event reaches `wake` unwrapped."""
    frames: list[dict[str, Any]] = []

    async def talk(socket: web.WebSocketResponse, _: int) -> None:
        frames.append(await granted(socket))
        await send_event(socket, e="executionReport", c="EX-1")
        await socket.send_str("[1, 2]")
        await send_event(socket, e="outboundAccountPosition")
        await socket.receive()

    wakes = Wakes()
    with speaking(talk) as url, following(url, wakes) as stream:
        assert wakes.kinds(3) == [SUBSCRIBED, "executionReport", "outboundAccountPosition"]
        assert stream.alive
        assert (stream.fault, stream.last_seen_ms) == (None, START_MS)
    assert not stream.alive
    params = frames[0]["params"]
    assert frames[0]["method"] == "userDataStream.subscribe.signature"
    payload = f"apiKey={KEY}&recvWindow=5000&timestamp={START_MS}"
    assert params.pop("signature") == signature(payload, SECRET)
    assert params == {"apiKey": KEY, "recvWindow": 5000, "timestamp": START_MS}


@pytest.mark.parametrize("ending", ["eventStreamTerminated", "serverShutdown", "drop", "not json"])
def test_a_lost_stream_comes_back_and_says_that_something_may_be_missing(ending: str) -> None:
    async def talk(socket: web.WebSocketResponse, number: int) -> None:
        await granted(socket)
        if number > 1:
            await socket.receive()
        elif ending == "not json":
            await socket.send_str("{")
        elif ending != "drop":
            await send_event(socket, e=ending)
            await socket.receive()

    wakes = Wakes()
    with speaking(talk) as url, following(url, wakes) as stream:
        assert wakes.kinds(2) == [SUBSCRIBED, SUBSCRIBED]
        assert stream.alive


def test_a_silent_connection_is_given_up() -> None:
    """V10: an open connection that answers no ping is dead; the stream says so and connects anew."""
    silent = threading.Event()

    async def talk(socket: web.WebSocketResponse, number: int) -> None:
        await granted(socket)
        while number == 1 and not silent.is_set():
            await asyncio.sleep(0.01)  # reads nothing, so pings stay unanswered
        await socket.receive()

    wakes = Wakes()
    with speaking(talk, autoping=False) as url, following(url, wakes):
        assert wakes.kinds(2) == [SUBSCRIBED, SUBSCRIBED]
        silent.set()


def test_a_refused_subscription_is_told_without_secrets() -> None:
    """The stream stays dead and polling goes on; the reason is kept for whoever asks."""
    refused = threading.Event()

    async def talk(socket: web.WebSocketResponse, number: int) -> None:
        frame = await socket.receive_json()
        error = {"code": -2015, "msg": f"Invalid API-key {frame['params']}"}
        await socket.send_json({"id": frame["id"], "status": 401, "error": error})
        if number > 1:
            refused.set()

    wakes = Wakes()
    with speaking(talk) as url, following(url, wakes) as stream:
        assert refused.wait(WAIT_S)
        fault = stream.fault or ""
    assert "-2015" in fault
    assert not [secret for secret in (KEY, SECRET) if secret in fault]
    assert wakes.empty()


def test_a_venue_without_stream_leaves_it_quietly_dead(venue: ScriptedVenue) -> None:
    """A 404 is no error of the program: it is asked again now and then, and polling goes on."""
    wakes = Wakes()
    with following(venue.url, wakes) as stream:
        for _ in range(2):
            assert venue.arrived.acquire(timeout=WAIT_S)
        assert not stream.alive
        assert "404" in (stream.fault or "")
    assert wakes.empty()
