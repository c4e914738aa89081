"""The project's own user stream on the simulated exchange, over real connections."""

import queue
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests

from exchange.clock import SystemClock
from exchange.paper.server import RunningExchange, running
from exchange.paper.settings import PaperSettings
from exchange.settings import ExchangeSettings
from exchange.stream import SUBSCRIBED, StreamTiming, UserStream
from tests.paper.paper_clients import http_client

WAIT_S = 5
QUICK = StreamTiming(ping_s=0.5, first_pause_s=0.01, longest_pause_s=0.05, connect_s=1)
PAIR = "BTC/USDC"


class Wakes(queue.Queue[Mapping[str, object]]):
    """Events as they wake the program."""

    def kinds(self, count: int) -> list[object]:
        return [self.get(timeout=WAIT_S)["e"] for _ in range(count)]


@contextmanager
def following(url: str, wakes: Wakes, **settings: Any) -> Iterator[UserStream]:
    stream = UserStream(ExchangeSettings(base_url=url, **settings), SystemClock(), wakes.put, QUICK)
    stream.start()
    try:
        yield stream
    finally:
        stream.stop()


@pytest.fixture
def served() -> Iterator[RunningExchange]:
    with running(PaperSettings()) as exchange:
        yield exchange


def wait_until(condition: Callable[[], bool]) -> None:
    """Look until it holds; a condition that never does fails the test."""
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def script(served: RunningExchange, path: str, given: Any) -> None:
    requests.post(f"{served.url}/paper/{path}", json=given, timeout=WAIT_S).raise_for_status()


def test_a_fill_wakes_the_program(served: RunningExchange) -> None:
    wakes = Wakes()
    with following(served.url, wakes) as stream:
        assert wakes.kinds(1) == [SUBSCRIBED]
        assert stream.alive
        client = http_client(served.url)
        client.create_order(PAIR, "limit", "buy", 0.01, 94000)
        assert wakes.kinds(2) == ["executionReport", "outboundAccountPosition"]
        script(served, "trade", {"symbol": "BTCUSDC", "price": "94000"})
        filled = wakes.get(timeout=WAIT_S)
        assert (filled["x"], filled["X"], filled["z"]) == ("TRADE", "FILLED", "0.01000000")


@pytest.mark.parametrize(("account", "isolated"), [("cross", False), ("isolated:BTCUSDC", True)])
def test_a_margin_account_wakes_the_program(served: RunningExchange, account: str, isolated: bool) -> None:  # noqa: FBT001
    """Another account's events do not."""
    wakes = Wakes()
    script(served, "deposit", {"asset": "USDC", "amount": "5", "account": account})
    with following(served.url, wakes, trade_mode="margin", margin_isolated=isolated):
        assert wakes.kinds(1) == [SUBSCRIBED]
        script(served, "deposit", {"asset": "USDC", "amount": "7"})
        script(served, "deposit", {"asset": "USDC", "amount": "9", "account": account})
        assert wakes.get(timeout=WAIT_S)["d"] == "9.00000000"


def test_after_a_lost_connection_nothing_is_replayed(served: RunningExchange) -> None:
    """What happened in between is for REST to tell."""
    wakes = Wakes()
    with following(served.url, wakes):
        assert wakes.kinds(1) == [SUBSCRIBED]
        script(served, "faults", {"kind": "drop_event"})
        script(served, "deposit", {"asset": "BTC", "amount": "1"})
        assert wakes.kinds(1) == [SUBSCRIBED]
        script(served, "deposit", {"asset": "BTC", "amount": "2"})
        assert wakes.get(timeout=WAIT_S)["d"] == "2.00000000"


def test_a_wrong_key_is_refused(served: RunningExchange) -> None:
    wakes = Wakes()
    with following(served.url, wakes, api_key="paper", api_secret="another") as stream:
        wait_until(lambda: stream.fault is not None)
        assert "-1022" in (stream.fault or "")
        assert wakes.empty()


def test_the_end_of_the_server_ends_the_stream() -> None:
    wakes = Wakes()
    with ExitStack() as stack:
        with running(PaperSettings()) as served:
            stream = stack.enter_context(following(served.url, wakes))
            assert wakes.kinds(1) == [SUBSCRIBED]
        wait_until(lambda: not stream.alive)
        assert wakes.empty()


def test_a_ping_that_is_not_answered_ends_the_connection() -> None:
    """The pong is due within a minute; here within a moment."""
    upgrade = "GET /ws-api/v3 HTTP/1.1\r\nHost: paper\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    upgrade += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    with running(PaperSettings(ping_s=0.02, pong_s=0.05)) as served:
        host, _, port = served.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=WAIT_S) as connection:
            connection.sendall(upgrade.encode())
            heard = b"".join(iter(lambda: connection.recv(4096), b""))
    assert heard.startswith(b"HTTP/1.1 101")
    ping, close = b"\x89", b"\x88"
    assert ping in heard
    assert heard.rindex(close) > heard.index(ping)
