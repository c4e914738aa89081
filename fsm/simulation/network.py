"""A network that loses, delays and delivers late, and the places at which the program can be stopped.

Every request of the program passes here. What happens to it is drawn from the seed: lost on its way, its answer lost,
silence until the client gives up, silence and a delivery afterwards, or nothing at all.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.exceptions import ConnectionError as Lost
from requests.exceptions import ReadTimeout

from exchange.clock import VirtualClock
from fsm.storage.disk import RealDisk

LATEST_MS = 15_000
"""The longest that a request is on its way; the venue refuses it once its window has passed."""


class Stopped(BaseException):
    """The process ends here: nothing that follows runs, no handler either."""


@dataclass
class Weather:
    """Probabilities of this world; all zero is a healthy day."""

    lost: float = 0
    answer_lost: float = 0
    silent: float = 0
    late: float = 0
    crash: float = 0
    disk_fails: float = 0

    @property
    def is_calm(self) -> bool:
        return not any((self.lost, self.answer_lost, self.silent, self.late, self.crash, self.disk_fails))


@dataclass
class Fate:
    """Draws what happens next, and counts it."""

    rng: random.Random
    weather: Weather
    happened: Counter[str] = field(default_factory=Counter)
    stops_seen: int = 0
    """Places at which the program could have been stopped so far."""

    @contextmanager
    def perilous(self, name: str) -> Iterator[None]:
        """The program may be stopped before this, or after it."""
        self._maybe_stop(f"before {name}")
        yield
        self._maybe_stop(f"after {name}")

    def strikes(self, what: str, probability: float) -> bool:
        struck = probability > 0 and self.rng.random() < probability
        if struck:
            self.happened[what] += 1
        return struck

    def _maybe_stop(self, where: str) -> None:
        self.stops_seen += 1
        if self.strikes("crash", self.weather.crash):
            raise Stopped(where)


class Network(BaseAdapter):
    """Carries the program's requests to the exchange, or not."""

    def __init__(self, inner: BaseAdapter, clock: VirtualClock, fate: Fate) -> None:
        super().__init__()
        self._inner = inner
        self._clock = clock
        self._fate = fate
        self._late: list[tuple[int, PreparedRequest]] = []

    def send(self, request: PreparedRequest, *rest: Any, **more: Any) -> Response:
        self.deliver_late()
        weather = self._fate.weather
        with self._fate.perilous("request"):
            if self._fate.strikes("lost", weather.lost):
                raise Lost(ConnectionResetError(104, "Connection reset by peer"))
            if self._fate.strikes("late", weather.late):
                arrival_ms = self._clock.now_ms() + self._fate.rng.randint(1, LATEST_MS)
                self._late.append((arrival_ms, request))
                raise self._silence(more.get("timeout"))
            answer = self._inner.send(request, *rest, **more)
            if self._fate.strikes("answer_lost", weather.answer_lost):
                raise Lost(ConnectionResetError(104, "Connection reset by peer"))
            if self._fate.strikes("silent", weather.silent):
                raise self._silence(more.get("timeout"))
            return answer

    def deliver_late(self) -> None:
        """What was on its way arrives in the order of its arrival, whether or not anybody still waits for it."""
        now = self._clock.now_ms()
        due = sorted((entry for entry in self._late if entry[0] <= now), key=lambda entry: entry[0])
        self._late = [entry for entry in self._late if entry[0] > now]
        for _, request in due:
            self._inner.send(request)

    def _silence(self, timeout: object) -> ReadTimeout:
        seconds = timeout if isinstance(timeout, int | float) else 5
        self._clock.advance(int(seconds * 1000))
        return ReadTimeout("Read timed out.")

    def close(self) -> None:
        """Nothing is kept open."""


class FailingDisk(RealDisk):
    """A real disk that at times refuses to write, and at which the program can be stopped."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate

    def replace(self, source: Path, target: Path) -> None:
        with self._fate.perilous(f"replace {target.name}"):
            super().replace(source, target)

    def write(self, path: Path, content: bytes) -> None:
        self._maybe_fail(path)
        with self._fate.perilous(f"write {path.name}"):
            super().write(path, content)

    def append_line(self, path: Path, line: bytes, *, durable: bool) -> int:
        self._maybe_fail(path)
        with self._fate.perilous(f"append {path.name}"):
            return super().append_line(path, line, durable=durable)

    def _maybe_fail(self, path: Path) -> None:
        if self._fate.strikes("disk_full", self._fate.weather.disk_fails):
            raise OSError(28, "No space left on device", str(path))
