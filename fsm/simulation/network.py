"""A network that loses requests and answers, keeps silent, is slow, and delivers late, twice and in another order.

Every request of the program passes here, and what happens to it is drawn from the seed. What the venue itself does
wrong (errors, limits, stale reads) is armed at it, just before the request that it meets.

A request that is delivered twice is one that the venue can tell from a new one: a read, a cancel, a protective order
that rests under its id. A market order that arrived twice would be executed twice; under TLS nobody but ourselves can
send it again, and we do not.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.exceptions import ConnectionError as Lost
from requests.exceptions import ReadTimeout

from fsm.simulation.door import Door
from fsm.simulation.fate import Fate
from fsm.simulation.sent import SentOrders

LATEST_MS = 15_000
"""The longest that a request is on its way; the venue refuses it once its window has passed."""
COPY_MS = 300
SLOWEST_MS = 2_000
STALEST_MS = 3_000
DEFAULT_TIMEOUT_S = 5
SERVER_ERRORS: tuple[dict[str, object], ...] = ({"kind": "error"}, {"kind": "error_after"})
LIMITED = {"kind": "limit", "status": 429, "retry_after": 2}
BANNED = {"kind": "limit", "status": 418, "retry_after": 30}
LIMITS = (418, 429)
"""Nothing brings a request again to which the venue has answered so."""
SIGNED = re.compile(r"[?&](timestamp|recvWindow|signature)=[^&]*")
RESTS = ("type=STOP_LOSS_LIMIT", "orderList/oco")


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A request that nobody waits for any more."""

    arrival_ms: int
    request: PreparedRequest


class Network(BaseAdapter):
    """Carries the program's requests to the exchange, or not."""

    def __init__(self, door: Door, fate: Fate, sent: SentOrders, on_the_way: Callable[[], None]) -> None:
        super().__init__()
        self._door = door
        self._fate = fate
        self._sent = sent
        self._on_the_way = on_the_way
        self._late: list[OnItsWay] = []
        self._answers: dict[str, tuple[int, Response]] = {}
        """The last answer to each question, and when it was given."""

    def send(self, request: PreparedRequest, *rest: Any, **more: Any) -> Response:
        with self._fate.perilous(_name(request)):
            self._sent.sending(request, self._door.now_ms())
            answer = self._carry(request, *rest, **more)
            self._sent.answered(request, answer, self._door.now_ms())
            return answer

    def _carry(self, request: PreparedRequest, *rest: Any, **more: Any) -> Response:
        self.deliver_late()
        self._on_the_way()
        strikes = self._fate.strikes
        if strikes("lost"):
            raise _reset()
        if strikes("late"):
            self._delay(request, LATEST_MS)
            raise self._silence(more.get("timeout"))
        if strikes("slow"):
            self.pass_time(self._fate.rng.randint(1, SLOWEST_MS))
        answer = self._answer_of_before(request)
        if answer is None:
            self._arm(request)
            answer = self._door.carrier.send(request, *rest, **more)
            self._answers[_what(request)] = self._door.now_ms(), answer
        if answer.status_code not in LIMITS and _may_come_twice(request) and strikes("doubled"):
            self._delay(request, COPY_MS)
        if strikes("answer_lost"):
            raise _reset()
        if strikes("silent"):
            raise self._silence(more.get("timeout"))
        if strikes("slow"):
            self.pass_time(self._fate.rng.randint(1, SLOWEST_MS))
        return answer

    def pass_time(self, milliseconds: int) -> None:
        """Let time pass; what is on its way arrives at its moment."""
        end = self._door.now_ms() + milliseconds
        for late in sorted(self._late, key=lambda late: late.arrival_ms):
            if late.arrival_ms < end:
                self._door.advance(max(late.arrival_ms - self._door.now_ms(), 0))
                self.deliver_late()
        self._door.advance(max(end - self._door.now_ms(), 0))
        self.deliver_late()

    def deliver_late(self) -> None:
        """What was on its way arrives in the order of its arrival, whether or not anybody still waits for it."""
        now = self._door.now_ms()
        due = sorted((late for late in self._late if late.arrival_ms <= now), key=lambda late: late.arrival_ms)
        self._late = [late for late in self._late if late.arrival_ms > now]
        for late in due:
            self._fate.note("arrived_late")
            self._door.carrier.send(late.request)

    def _answer_of_before(self, request: PreparedRequest) -> Response | None:
        """A read that lags: the answer to the same question some time ago."""
        asked_ms, answer = self._answers.get(_what(request), (0, None))
        young = answer is not None and self._door.now_ms() - asked_ms <= STALEST_MS
        may_lag = young and request.method == "GET" and not _name(request).endswith("/time")
        return answer if may_lag and self._fate.strikes("stale") else None

    def _delay(self, request: PreparedRequest, longest_ms: int) -> None:
        self._late.append(OnItsWay(self._door.now_ms() + self._fate.rng.randint(1, longest_ms), request))

    def _silence(self, timeout: object) -> ReadTimeout:
        seconds = timeout if isinstance(timeout, int | float) else DEFAULT_TIMEOUT_S
        self.pass_time(int(seconds * 1000))
        return ReadTimeout("Read timed out.")

    def _arm(self, request: PreparedRequest) -> None:
        """What the venue does to this request, if anything."""
        strikes = self._fate.strikes
        fault: dict[str, object] = {}
        if strikes("server_error"):
            fault = self._fate.rng.choice(SERVER_ERRORS)
        elif strikes("limited"):
            fault = LIMITED
        elif strikes("banned"):
            fault = BANNED
        if fault:
            path = urlsplit(request.url or "").path
            self._door.script("faults", [{"route": path, "method": request.method, **fault}])

    def close(self) -> None:
        """Nothing is kept open."""


def _name(request: PreparedRequest) -> str:
    return f"{request.method} {urlsplit(request.url or '').path}"


def _what(request: PreparedRequest) -> str:
    """The question that a request asks, whenever it does."""
    return SIGNED.sub("", f"{request.method} {request.url}")


def _may_come_twice(request: PreparedRequest) -> bool:
    sent = f"{request.url} {request.body!r}"
    return request.method != "POST" or any(word in sent for word in RESTS)


def _reset() -> Lost:
    return Lost(ConnectionResetError(104, "Connection reset by peer"))
