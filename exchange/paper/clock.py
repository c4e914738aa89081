"""The venue's time in milliseconds: the wall clock, a multiple of it, or stepped by the caller."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

# 2025-01-13T20:00:00Z, where a stepped clock begins unless told otherwise.
STEPPED_START_MS = 1_736_798_400_000
_LONG_NS = 100_000_000
"""Work that takes longer than this holds the clock up."""


class Clock(Protocol):
    """Anything that tells the time."""

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        ...


@runtime_checkable
class SteppedClock(Protocol):
    """A clock that stands still until it is advanced."""

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        ...

    def advance(self, ms: int) -> None:
        """Move time forward."""
        ...


class WallClock:
    """Real time, shifted to `start_ms` if given and running `speed` times as fast."""

    def __init__(self, *, speed: float = 1, start_ms: int | None = None) -> None:
        self._speed = speed
        self._started_ns = time.monotonic_ns()
        self._start_ms = time.time_ns() // 1_000_000 if start_ms is None else start_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970; goes back only by what held it up."""
        return self._start_ms + int((time.monotonic_ns() - self._started_ns) * self._speed) // 1_000_000

    @contextmanager
    def holding_up(self) -> Iterator[None]:
        """Do what is due: a market that is too much work for the speed slows the clock, and never falls behind it."""
        began_ns = time.monotonic_ns()
        yield
        took_ns = time.monotonic_ns() - began_ns
        if took_ns > _LONG_NS:
            self._started_ns += took_ns

    def wall_s(self, ms: int) -> float:
        """Real seconds that `ms` of this clock take."""
        return ms / 1000 / self._speed


class ManualClock:
    """Time that moves only when told to."""

    def __init__(self, start_ms: int = STEPPED_START_MS) -> None:
        self._now_ms = start_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return self._now_ms

    def advance(self, ms: int) -> None:
        """Move time forward by `ms`, which may be zero."""
        if ms < 0:
            raise ValueError(f"time cannot go back by {-ms} ms; advance by zero or more")
        self._now_ms += ms
