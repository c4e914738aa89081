"""The simulated exchange over HTTP, on loopback unless told otherwise."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web

from exchange.paper.clock import Clock, WallClock
from exchange.paper.exchange import Arrival, PaperExchange
from exchange.paper.http.response import Response
from exchange.paper.settings import PaperSettings
from exchange.paper.sockets.server import Conversation, is_socket_request

# how long a request that is never to be answered is held open
SILENCE_S = 600

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RunningExchange:
    """A server that answers; the exchange behind it belongs to the server's thread."""

    url: str
    exchange: PaperExchange


class PaperServer:
    """Enacts on real connections what the exchange decides."""

    def __init__(self, exchange: PaperExchange) -> None:
        self.exchange = exchange
        self.closing = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Any request to any path."""
        _, _, query = request.raw_path.partition("?")
        body = (await request.read()).decode("utf-8", errors="replace")
        arrival = self.exchange.arrive(request.method, request.path, query, body, request.headers)
        await self._sleep(arrival.delay_before_ms)
        if arrival.fault is None and is_socket_request(request):
            return await self._converse(request, arrival)
        response = self.exchange.answer(arrival)
        self.wake_when_due()
        await self._sleep(response.delay_after_ms)
        return await self._enact(request, response)

    async def _converse(self, request: web.BaseRequest, arrival: Arrival) -> web.StreamResponse:
        refusal = self.exchange.check_connection(arrival)
        if refusal is not None:
            return await self._enact(request, refusal)
        return await Conversation(self.exchange, request, self.wake_when_due).hold()

    async def _enact(self, request: web.BaseRequest, response: Response) -> web.StreamResponse:
        if response.transport == "ok":
            return web.Response(status=response.status, headers=response.headers, body=response.body)
        if response.transport == "timeout":
            await self._stay_silent()
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    async def _stay_silent(self) -> None:
        """Hold the request open until the server ends or the caller has surely given up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.closing.wait(), SILENCE_S)

    async def _sleep(self, ms: int) -> None:
        if ms:
            await asyncio.sleep(self._wall_s(ms))

    def _wall_s(self, ms: int) -> float:
        clock = self.exchange.clock
        return clock.wall_s(ms) if isinstance(clock, WallClock) else ms / 1000

    def wake_when_due(self) -> None:
        """On running time, see to it that what is due happens without a request."""
        clock = self.exchange.clock
        due_ms = self.exchange.next_due_ms()
        if self._timer is not None:
            self._timer.cancel()
        if isinstance(clock, WallClock) and due_ms is not None:
            wait_s = max(clock.wall_s(due_ms - clock.now_ms()), 0.001)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._on_time)

    def let_go(self) -> None:
        """Let held requests and connections go and nothing more happen by itself."""
        self.closing.set()
        self.exchange.sockets.shut_down()
        if self._timer is not None:
            self._timer.cancel()

    def _on_time(self) -> None:
        self.exchange.catch_up()
        self.wake_when_due()


@asynccontextmanager
async def served(settings: PaperSettings, clock: Clock | None = None) -> AsyncIterator[RunningExchange]:
    """Serve on the running loop until the block is left."""
    server = PaperServer(PaperExchange(settings, clock))
    # no application around it: all paths lead to the one door
    runner = web.ServerRunner(web.Server(server.answer, access_log=None, auto_decompress=False), shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        host, port = runner.addresses[0][:2]
        server.wake_when_due()
        yield RunningExchange(f"http://{host}:{port}", server.exchange)
    finally:
        server.let_go()
        await runner.cleanup()


async def serve(settings: PaperSettings, ready: Callable[[str], None], until: asyncio.Event) -> None:
    """Serve until the event is set; `ready` gets the URL once requests are answered."""
    async with served(settings) as running:
        ready(running.url)
        await until.wait()


@contextmanager
def running(settings: PaperSettings, clock: Clock | None = None) -> Iterator[RunningExchange]:
    """Serve from a thread of its own until the block is left; what fails there is raised here."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="paper-exchange", daemon=True)
    thread.start()
    block = AsyncExitStack()
    try:
        yield _done_by(loop, block.enter_async_context(served(settings, clock)))
    finally:
        _done_by(loop, block.aclose())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _done_by(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Result]) -> Result:
    """What comes of a coroutine that runs on a loop of another thread."""
    return asyncio.run_coroutine_threadsafe(work, loop).result()
