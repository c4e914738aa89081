"""What may go wrong in a world, drawn from its seed and counted; and the places at which the program can be stopped."""

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields

RECOVERING_PLACES = 40
"""So many places after a restart count as the recovery from the last stop."""
MOST_RELAPSES = 3
"""In a row: a program that is never left alone can keep no promise."""


class Stopped(BaseException):
    """The process ends here: nothing that follows runs, no handler either."""


@dataclass
class Weather:
    """Probabilities; all zero is a healthy day."""

    # by request
    lost: float = 0
    """It does not arrive."""
    answer_lost: float = 0
    silent: float = 0
    """The venue did the work, and the client waits for an answer in vain."""
    late: float = 0
    """As silence, but the request arrives only then or afterwards, and overtakes or is overtaken."""
    doubled: float = 0
    """It arrives a second time, shortly afterwards."""
    slow: float = 0
    """Seconds on the way there and back."""
    stale: float = 0
    """A read shows how things were some time ago."""
    server_error: float = 0
    """A 5xx, the work done or not."""
    limited: float = 0
    banned: float = 0
    # by place
    crash: float = 0
    relapse: float = 0
    """A stop during the recovery from the last one."""
    power_loss: float = 0
    """At a stop: what was not synced may be lost."""
    # by write
    disk_full: float = 0
    disk_broken: float = 0
    sync_fails: float = 0
    # by step
    halt: float = 0
    """The venue stops the market for a while."""
    new_rules: float = 0
    thin_book: float = 0

    @property
    def is_calm(self) -> bool:
        return not any(getattr(self, peril.name) for peril in fields(self))


@dataclass
class Fate:
    """Draws what happens next, counts it, and remembers when it was."""

    rng: random.Random
    weather: Weather
    now_ms: Callable[[], int]
    stops: frozenset[int] = frozenset()
    """Numbers of places, from 1, at which the program is stopped whatever the weather."""
    power: bool = False
    """Whether these stops are losses of power."""
    happened: Counter[str] = field(default_factory=Counter)
    moments: list[tuple[int, str]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    """Every place passed so far at which the program could have been stopped."""
    writes: int = 0
    """How many of them may have changed something outside."""
    _recovering: int = 0
    _relapses: int = 0

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
            self.note(peril)
        return struck

    def note(self, what: str) -> None:
        """It happened now."""
        self.happened[what] += 1
        self.moments.append((self.now_ms(), what))

    def struck_since(self, time_ms: int, perils: Collection[str] | None = None) -> bool:
        """Whether anything, or one of these, has happened since then."""
        return any(time >= time_ms and (perils is None or what in perils) for time, what in reversed(self.moments))

    def power_is_lost(self) -> bool:
        """Whether this stop is a loss of power."""
        return self.power or self.strikes("power_loss")

    def restarts(self) -> None:
        self._recovering = RECOVERING_PLACES if self._relapses < MOST_RELAPSES else 0

    def _maybe_stop(self, where: str) -> None:
        self.places.append(where)
        self._recovering -= self._recovering > 0
        if len(self.places) in self.stops:
            self.note("crash")
            raise Stopped(where)
        if self._recovering and self.strikes("relapse"):
            self._relapses += 1
            raise Stopped(where)
        if self.strikes("crash"):
            self._relapses = 0
            raise Stopped(where)
