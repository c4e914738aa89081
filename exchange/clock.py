"""The only module that reads a clock.

One clock serves the whole program: it is anchored once to the wall clock, then advances with the machine's
boot-time counter, so a step of the wall clock (NTP, an operator) cannot move it. `discipline` corrects it to the
venue's clock, which is the time that requests, signal ages and the record use.
"""

import time
from typing import Protocol


class Clock(Protocol):
    def now_ms(self) -> int:
        """Milliseconds since the epoch, never stepping back by itself."""

    def discipline(self, venue_ms: int) -> None:
        """Correct the clock to the venue's time."""


class SystemClock:
    def __init__(self) -> None:
        self._anchor_ms = time.time_ns() // 1_000_000 - _boot_ms()

    def now_ms(self) -> int:
        return self._anchor_ms + _boot_ms()

    def discipline(self, venue_ms: int) -> None:
        self._anchor_ms = venue_ms - _boot_ms()

    @staticmethod
    def wall_ms() -> int:
        """The wall clock itself, to tell its skew against the venue."""
        return time.time_ns() // 1_000_000


class VirtualClock:
    """A clock that moves only when told; shared with the simulated exchange in tests, replay and the sample session."""

    def __init__(self, start_ms: int) -> None:
        self._now_ms = start_ms

    def now_ms(self) -> int:
        return self._now_ms

    def advance(self, milliseconds: int) -> None:
        if milliseconds < 0:
            raise ValueError(f"a clock cannot go back by {-milliseconds} ms")
        self._now_ms += milliseconds

    def discipline(self, venue_ms: int) -> None:
        """The virtual clock is the venue's clock already."""


def _boot_ms() -> int:
    """Milliseconds since boot, suspend included (unlike the plain monotonic counter)."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
