"""A network that loses requests and answers, keeps silent, and delivers late and in another order.

Every request of the program passes here, and what happens to it is drawn from the seed.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.exceptions import ConnectionError as Lost
from requests.exceptions import ReadTimeout

from fsm.simulation.door import Door
from fsm.simulation.fate import Fate

LATEST_MS = 15_000
"""The longest that a request is on its way; the venue refuses it once its window has passed."""
DEFAULT_TIMEOUT_S = 5
SERVER_ERRORS: tuple[dict[str, object], ...] = (
    {"kind": "error"},
    {"kind": "error_after"},
    {"kind": "limit", "retry_after": 2},
)


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A request that nobody waits for any more."""

    arrival_ms: int
    request: PreparedRequest


class Network(BaseAdapter):
    """Carries the program's requests to the exchange, or not."""

    def __init__(self, door: Door, fate: Fate) -> None:
        super().__init__()
        self._door = door
        self._fate = fate
        self._late: list[OnItsWay] = []

    def send(self, request: PreparedRequest, *rest: Any, **more: Any) -> Response:
        with self._fate.perilous(_name(request)):
            return self._carry(request, *rest, **more)

    def _carry(self, request: PreparedRequest, *rest: Any, **more: Any) -> Response:
        self.deliver_late()
        if self._fate.strikes("lost"):
            raise _reset()
        if self._fate.strikes("late"):
            arrival_ms = self._door.now_ms() + self._fate.rng.randint(1, LATEST_MS)
            self._late.append(OnItsWay(arrival_ms, request))
            raise self._silence(more.get("timeout"))
        if self._fate.strikes("server_error"):
            self._arm(request)
        answer = self._door.carrier.send(request, *rest, **more)
        if self._fate.strikes("answer_lost"):
            raise _reset()
        if self._fate.strikes("silent"):
            raise self._silence(more.get("timeout"))
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
            self._fate.happened["arrived_late"] += 1
            self._door.carrier.send(late.request)

    def _silence(self, timeout: object) -> ReadTimeout:
        seconds = timeout if isinstance(timeout, int | float) else DEFAULT_TIMEOUT_S
        self.pass_time(int(seconds * 1000))
        return ReadTimeout("Read timed out.")

    def _arm(self, request: PreparedRequest) -> None:
        fault = self._fate.rng.choice(SERVER_ERRORS)
        self._door.script("faults", [{"route": urlsplit(request.url or "").path, "method": request.method, **fault}])

    def close(self) -> None:
        """Nothing is kept open."""


def _name(request: PreparedRequest) -> str:
    return f"{request.method} {urlsplit(request.url or '').path}"


def _reset() -> Lost:
    return Lost(ConnectionResetError(104, "Connection reset by peer"))
