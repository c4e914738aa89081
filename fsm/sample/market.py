"""The sample's market: seeded noise around a course of waypoints, so that every seed looks different and ends alike.

A script says where the market goes; the seed decides how it gets there. The noise stays so far under what the course
moves in a minute that lows and highs of the minutes follow the course, and a swing is where the course turns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random

STEP_MS = 15_000
STEPS_A_MINUTE = 4
HISTORY_MINUTES = 240
_TICKS = 100
"""Ticks of 0.01 in one unit of the quote."""
_HISTORY_START = 95_000 * _TICKS
_HISTORY_REACH = 250 * _TICKS
_HISTORY_DIP = 800 * _TICKS
"""One dip, an hour before the session, is deeper than all else: the first stop loss goes behind it."""
_CALM_TICKS = 10 * _TICKS


@dataclass(frozen=True, slots=True)
class Step:
    """What the market did in one step, in quote per base; it begins where the one before ended."""

    first: Decimal
    high: Decimal
    low: Decimal
    last: Decimal


class Market:
    """Makes steps; `last` is where the last one ended."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._ticks = _HISTORY_START

    @property
    def last(self) -> Decimal:
        return _quote(self._ticks)

    def leg(self, goal: Decimal, minutes: Decimal) -> Iterator[Step]:
        """To the goal in this time: no minute turns back, and only the last step goes beyond either end."""
        steps = max(int(minutes * STEPS_A_MINUTE), 1)
        start, end = self._ticks, int(goal * _TICKS)
        share = abs(end - start) * min(STEPS_A_MINUTE, steps) // steps
        for count in range(1, steps):
            course = start + (end - start) * count // steps
            yield self._step(course + self._noise(share // 8), 0 if count == 1 else share // 8)
        yield self._step(end, max(share // 8, 1), 1)

    def calm(self, minutes: Decimal, reach: Decimal | None = None) -> Iterator[Step]:
        """About where it is now, never further away than `reach`; it ends where it began."""
        steps = max(int(minutes * STEPS_A_MINUTE), 1)
        middle = self._ticks
        noise = _CALM_TICKS if reach is None else int(reach * _TICKS)
        for count in range(1, steps + 1):
            yield self._step(middle if count == steps else middle + self._noise(noise * 3 // 4), noise // 4)

    def history(self) -> Iterator[Step]:
        """The hours before the session."""
        before_dip = self._chance.randint(10, 14)
        for count in range(16):
            depth = -_HISTORY_DIP - abs(self._noise(100 * _TICKS)) if count == before_dip else None
            offset = self._noise(_HISTORY_REACH) if depth is None else depth
            yield from self.leg(_quote(_HISTORY_START + offset), Decimal(HISTORY_MINUTES // 16))

    def quantity(self) -> Decimal:
        """What was traded in a minute, in base."""
        return Decimal(self._chance.randint(2_000, 40_000)) / 1_000

    def count(self) -> int:
        """How many trades a minute had."""
        return self._chance.randint(80, 900)

    def _step(self, goal: int, most: int, least: int = 0) -> Step:
        """A step that goes beyond both its ends by at least and at most so many ticks."""
        first, self._ticks = self._ticks, goal
        high = max(first, goal) + self._chance.randint(least, most)
        low = min(first, goal) - self._chance.randint(least, most)
        return Step(_quote(first), _quote(high), _quote(low), _quote(goal))

    def _noise(self, reach: int) -> int:
        return self._chance.randint(-reach, reach)


def _quote(ticks: int) -> Decimal:
    return Decimal(ticks) / _TICKS
