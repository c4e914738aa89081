"""Real WebSocket connections: frames in and out, pings, and the end of a connection."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from aiohttp import WSMsgType, web

from exchange.paper.exchange import PaperExchange
from exchange.paper.sockets.connections import Session
from exchange.paper.sockets.paths import is_socket_path, open_session

MAX_FRAME_BYTES = 2**20
# how long the other side may take to close
CLOSE_S = 1
# how many of the latest messages are looked at for their pace
MOST_MESSAGES = 100


class SocketCarrier:
    """Frames on their way to a real socket; None ends the row."""

    def __init__(self, reset: Callable[[], None]) -> None:
        self.frames: asyncio.Queue[str | None] = asyncio.Queue()
        self._reset = reset

    def send(self, text: str) -> None:
        """Take one frame."""
        self.frames.put_nowait(text)

    def end(self, *, abruptly: bool) -> None:
        """Close after what was taken has left, or reset at once."""
        if abruptly:
            self._reset()
        self.frames.put_nowait(None)


def is_socket_request(request: web.BaseRequest) -> bool:
    """Whether a request asks for a WebSocket on a path that has one."""
    return request.headers.get("Upgrade", "").lower() == "websocket" and is_socket_path(request.path)


class Conversation:
    """One real connection and the session behind it."""

    def __init__(self, exchange: PaperExchange, request: web.BaseRequest, wake_when_due: Callable[[], None]) -> None:
        self._exchange = exchange
        self._request = request
        self._wake_when_due = wake_when_due
        self._socket = web.WebSocketResponse(timeout=CLOSE_S, autoping=False, max_msg_size=MAX_FRAME_BYTES)
        self._carrier = SocketCarrier(self._reset)
        self._unanswered_since: float | None = None
        self._heard_s: deque[float] = deque(maxlen=MOST_MESSAGES)

    async def hold(self) -> web.WebSocketResponse:
        """Talk until one side ends the connection, or leaves pings unanswered."""
        await self._socket.prepare(self._request)
        session = open_session(self._exchange, self._request.path, self._request.query_string, self._carrier)
        self._wake_when_due()
        working = [asyncio.create_task(work) for work in (self._read(session), self._write(), self._ping())]
        try:
            await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._exchange.sockets.lost(session)
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
        await self._socket.close()
        return self._socket

    def _reset(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()

    async def _read(self, session: Session) -> None:
        async for message in self._socket:
            if not self._keeps_pace(session):
                return
            if message.type is WSMsgType.TEXT:
                session.receive(message.data)
                self._wake_when_due()
            elif message.type is WSMsgType.PING:
                await self._socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                self._unanswered_since = None

    def _keeps_pace(self, session: Session) -> bool:
        """Whether no more messages than allowed, pings and pongs included, came within a second."""
        now_s = asyncio.get_running_loop().time()
        self._heard_s.append(now_s)
        if session.messages_per_s is None:
            return True
        return sum(heard_s > now_s - 1 for heard_s in self._heard_s) <= session.messages_per_s

    async def _write(self) -> None:
        with suppress(ConnectionError):
            while (text := await self._carrier.frames.get()) is not None:
                await self._socket.send_str(text)

    async def _ping(self) -> None:
        """A ping every 20 s; the pong is due within a minute (Binance docs: WebSocket API, general information)."""
        settings, loop = self._exchange.settings, asyncio.get_running_loop()
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(settings.ping_s)
                now_s = loop.time()
                if self._unanswered_since is None:
                    self._unanswered_since = now_s
                elif now_s - self._unanswered_since >= settings.pong_s:
                    return
                await self._socket.ping(str(self._exchange.clock.now_ms()).encode())
