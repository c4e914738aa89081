"""What may go wrong in a world, drawn from its seed and counted; and the places at which the program can be stopped."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields


class Stopped(BaseException):
    """The process ends here: nothing that follows runs, no handler either."""


@dataclass
class Weather:
    """Probabilities, by request or by write; all zero is a healthy day."""

    lost: float = 0
    """The request does not arrive."""
    answer_lost: float = 0
    silent: float = 0
    """The venue did the work, and the client waits for an answer in vain."""
    late: float = 0
    """As silence, but the request arrives only then or afterwards."""
    server_error: float = 0
    """A 5xx, the work done or not, or a 429."""
    crash: float = 0
    power_loss: float = 0
    """At a crash: what was not synced may be lost."""
    disk_full: float = 0
    disk_broken: float = 0

    @property
    def is_calm(self) -> bool:
        return not any(getattr(self, peril.name) for peril in fields(self))

    @property
    def disk_fails(self) -> bool:
        return bool(self.disk_full or self.disk_broken)


@dataclass
class Fate:
    """Draws what happens next, and counts it."""

    rng: random.Random
    weather: Weather
    crash_at: frozenset[int] = frozenset()
    """Numbers of places, from 1, at which the program is stopped whatever the weather."""
    happened: Counter[str] = field(default_factory=Counter)
    places: list[str] = field(default_factory=list)
    """Every place passed so far at which the program could have been stopped."""

    writes: int = 0
    """How many of them may have changed something outside."""

    @contextmanager
    def perilous(self, name: str) -> Iterator[None]:
        """The program may be stopped before this, or after it."""
        self._maybe_stop(f"before {name}")
        self.writes += not name.startswith("GET")
        yield
        self._maybe_stop(f"after {name}")

    def strikes(self, peril: str) -> bool:
        probability: float = getattr(self.weather, peril)
        struck = probability > 0 and self.rng.random() < probability
        if struck:
            self.happened[peril] += 1
        return struck

    def power_is_lost(self) -> bool:
        """Whether this stop is a loss of power; of those that were wished for, every second one is."""
        return any(place % 2 == 0 for place in self.crash_at) or self.strikes("power_loss")

    def _maybe_stop(self, where: str) -> None:
        self.places.append(where)
        if len(self.places) in self.crash_at:
            self.happened["crash"] += 1
            raise Stopped(where)
        if self.strikes("crash"):
            raise Stopped(where)
