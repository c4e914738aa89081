"""The signed conversation with the venue that every account kind shares.

A read is repeated within its policy; a write is one request, sent once. A refused timestamp means that our clock is
off: it is corrected before anything else is signed.
"""

from collections.abc import Callable
from typing import Any

from exchange import wire
from exchange.budget import Urgency
from exchange.clock import Clock
from exchange.errors import Unavailable, VenueError
from exchange.outcome import VENUE_DEADLINE_MS, WRONG_TIME, read_result
from exchange.retry import Policies, Policy, Sleep, reading
from exchange.routes import TIME, Route
from exchange.settings import ExchangeSettings
from exchange.transport import Answer, Reply, Transport
from exchange.wire import Parsed

_GOOD_ROUND_TRIP_MS = 200
_CLOCK_TRIES = 3
_STEP_MS = 10_000
"""Nothing that our clock or the network does in five minutes comes near it."""


class Session:
    """Reads, writes and the venue's time over one transport; for one thread."""

    def __init__(self, settings: ExchangeSettings, clock: Clock, sleep: Sleep) -> None:
        self.clock = clock
        self.sleep = sleep
        self.window_ms = settings.order_recv_window_ms
        """How long a write stays valid at the venue."""
        self.policies = Policies.within(settings.request_timeout_s)
        self.transport = Transport(settings.rest_url, settings.credentials, settings.recv_window_ms, clock)
        self.skew_ms = 0
        self._corrected = False
        """True once our clock has been right: it runs evenly from then on."""

    @property
    def doubt_ms(self) -> int:
        """How long after its timestamp a write may still be executed."""
        return self.window_ms + VENUE_DEADLINE_MS

    def read(
        self,
        route: Route,
        params: dict[str, str],
        parse: Callable[[Any], Parsed],
        policy: Policy | None = None,
        urgency: Urgency = Urgency.ROUTINE,
    ) -> Parsed:
        """What `parse` makes of the answer; raises a `VenueError`."""
        policy = policy or self.policies.read

        def ask() -> Parsed:
            reply = self.transport.send(route, params, urgency, policy.timeout_s)
            self._heed_the_time(reply)
            return read_result(reply, parse)

        return reading(policy, self.clock, self.sleep)(ask)

    def write(self, route: Route, params: dict[str, str], urgency: Urgency, policy: Policy) -> Reply:
        """Send one request once, valid for the small window."""
        windowed = {**params, "recvWindow": str(self.window_ms)}
        reply = self.transport.send(route, windowed, urgency, policy.timeout_s)
        self._heed_the_time(reply)
        return reply

    def check_clock(self) -> int:
        """Correct our clock to the venue's time plus half the round trip, and return how far it was behind.

        A step of a clock that was right before has to be said as often as we ask, or nothing is corrected.
        """
        samples = [self._time_sample()]
        while (samples[-1][0] > _GOOD_ROUND_TRIP_MS or self._is_step(samples)) and len(samples) < _CLOCK_TRIES:
            samples.append(self._time_sample())
        skews = [skew_ms for _, skew_ms in samples]
        if self._is_step(samples) and max(skews) - min(skews) > _STEP_MS:
            raise Unavailable(f"the venue's time contradicts itself: ahead of ours by {skews} ms; ask again")
        self._corrected = True
        _, self.skew_ms = min(samples)
        self.clock.discipline(self.clock.now_ms() + self.skew_ms)
        return self.skew_ms

    def _is_step(self, samples: list[tuple[int, int]]) -> bool:
        return self._corrected and any(abs(skew_ms) > _STEP_MS for _, skew_ms in samples)

    def _time_sample(self) -> tuple[int, int]:
        """Round trip, and how far our clock is behind the venue's, both in ms."""
        asked_ms = self.clock.now_ms()
        reply = self.transport.send(TIME, {}, Urgency.SETTLING, self.policies.settle.timeout_s)
        venue_ms = read_result(reply, wire.server_time)
        round_trip_ms = self.clock.now_ms() - asked_ms
        return round_trip_ms, venue_ms - (asked_ms + round_trip_ms // 2)

    def _heed_the_time(self, reply: Reply) -> None:
        if isinstance(reply, Answer) and reply.code == WRONG_TIME:
            try:
                self.check_clock()
            except VenueError:
                return  # the refused request is told to the caller; the next one finds out again
