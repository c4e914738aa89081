"""The user data stream, as a wake-up only: it says when to look, REST says what is there.

Events may be lost, doubled or late, and nothing is replayed after a reconnect (Binance docs: user data stream), so no
quantity is ever taken from here. While the stream is not `alive`, the loop's polling is what notices things (V10).
"""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import aiohttp

from exchange.clock import Clock
from exchange.settings import ExchangeSettings
from exchange.signature_redaction import SignatureRedactor
from exchange.subscription import SubscriptionRefused, subscription

SUBSCRIBED = "userStreamSubscribed"
"""Our own event type: events before this moment may have been missed, look once."""
_ENDING = ("eventStreamTerminated", "serverShutdown")

Event = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StreamTiming:
    """Seconds: a ping this often (a missing pong ends the connection), first and longest pause between attempts."""

    ping_s: float = 15
    first_pause_s: float = 0.5
    longest_pause_s: float = 60
    connect_s: float = 10


class UserStream:
    """Calls `wake` from its own thread for every event; never raises into the program."""

    def __init__(
        self,
        settings: ExchangeSettings,
        clock: Clock,
        wake: Callable[[Event], None],
        timing: StreamTiming | None = None,
    ) -> None:
        self._url = settings.stream_url
        self._subscription = subscription(settings, clock)
        self._clock = clock
        self._wake = wake
        self._timing = timing or StreamTiming()
        self._redact = SignatureRedactor(*settings.credentials)
        self._thread = threading.Thread(target=self._run, name="user-stream", daemon=True)
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self.alive = False
        """True while subscribed over a connection that answers pings."""
        self.last_seen_ms: int | None = None
        """Venue time of the last frame."""
        self.fault: str | None = None
        """Why it was not alive the last time."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the connection and wait for the thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(timeout=self._timing.connect_s)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        listening = asyncio.create_task(self._keep_listening())
        await self._stopping.wait()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    async def _keep_listening(self) -> None:
        timing = self._timing
        pause_s = timing.first_pause_s
        async with aiohttp.ClientSession() as session:
            while True:
                began_ms = self._clock.now_ms()
                try:
                    await self._listen(session)
                    self.fault = "the connection ended"
                except (aiohttp.ClientError, OSError, ValueError, SubscriptionRefused) as fault:
                    self.fault = self._redact(f"{type(fault).__name__} {fault}")
                finally:
                    self.alive = False
                await asyncio.sleep(pause_s)
                lasted = self._clock.now_ms() - began_ms > timing.longest_pause_s * 1000
                pause_s = timing.first_pause_s if lasted else min(pause_s * 2, timing.longest_pause_s)

    async def _listen(self, session: aiohttp.ClientSession) -> None:
        """One connection, from subscribing to its end."""
        timing = self._timing
        async with asyncio.timeout(timing.connect_s):
            socket = await session.ws_connect(self._url, heartbeat=timing.ping_s)
        async with socket:
            async with asyncio.timeout(timing.connect_s):
                await self._subscribe(session, socket)
            self.alive, self.fault = True, None
            self._wake({"e": SUBSCRIBED})
            async for message in socket:
                event = self._event(message)
                if event.get("e") in _ENDING:
                    return
                if event:
                    self._wake(event)

    async def _subscribe(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        request = await self._subscription.request(session)
        await socket.send_json({"id": "user-stream", **request})
        reply = self._frame(await socket.receive())
        if reply.get("status") != 200:
            raise SubscriptionRefused(f"{request['method']} was answered {json.dumps(reply)}")

    def _event(self, message: aiohttp.WSMessage) -> Event:
        """The event inside a frame, empty for anything else."""
        event = self._frame(message).get("event")
        return event if isinstance(event, dict) else {}

    def _frame(self, message: aiohttp.WSMessage) -> Mapping[str, object]:
        if message.type is not aiohttp.WSMsgType.TEXT:
            return {}
        self.last_seen_ms = self._clock.now_ms()
        frame = json.loads(message.data)
        return frame if isinstance(frame, dict) else {}
