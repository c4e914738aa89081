"""A generated price: a Markov chain over named regimes, each with its own pace, swing, drift, gaps and spikes.

A regime lasts a drawn time, then another one follows by the weights of its row. While it lasts, each print moves the
price by the sum of three draws from -swing to +swing, so that its standard deviation is the swing, plus the drift. Now
and then a gap moves it at once and for good, or a spike at once and for a few prints. Everything is drawn from integers
and kept in decimals, so a seed means the same market everywhere.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange.paper.numbers import ONE, ZERO

MILLION = Decimal(1_000_000)
# how far gaps and spikes go, in millionths of the price, and how many prints a spike lasts
GAP_PPM = (1_500, 8_000)
SPIKE_PPM = (2_000, 10_000)
SPIKE_PRINTS = (2, 8)
# a move beyond these levels is not made
LOWEST, HIGHEST = Decimal("0.2"), Decimal(5)


@dataclass(frozen=True, slots=True)
class Regime:
    """Moves are millionths of the price (ppm), per print; drawn times lie between one unit and twice the mean."""

    pause_ms: int
    """Mean time between two prints."""
    swing_ppm: int
    drift_ppm: int
    gap_one_in: int
    """One print in so many is a gap; zero means none, as for spikes."""
    spike_one_in: int
    turnover: int
    """The most that one print trades, in quote."""
    lasts_s: int
    """Mean time until another regime follows."""
    followed_by: Mapping[str, int]
    """The weights of those that may follow."""


REGIMES: Mapping[str, Regime] = {
    "flat": Regime(20_000, 0, 0, 0, 0, 500, 1_200, {"calm": 3, "lively": 1}),
    "calm": Regime(2_000, 40, 0, 5_000, 8_000, 5_000, 2_400, {"lively": 4, "rising": 2, "falling": 2, "flat": 3}),
    "lively": Regime(1_000, 80, 0, 4_000, 4_000, 20_000, 1_800, {"calm": 4, "rising": 2, "falling": 2, "wild": 1}),
    "rising": Regime(1_000, 70, 3, 4_000, 6_000, 15_000, 1_500, {"calm": 3, "lively": 2, "falling": 1, "wild": 1}),
    "falling": Regime(1_000, 70, -3, 4_000, 6_000, 15_000, 1_500, {"calm": 3, "lively": 2, "rising": 1, "wild": 1}),
    "wild": Regime(400, 200, 0, 1_200, 600, 60_000, 420, {"lively": 4, "falling": 2, "rising": 1, "calm": 1}),
}
FIRST = "calm"


@dataclass(frozen=True, slots=True)
class PathStep:
    """One print: the price relative to the first one, what it trades in quote; a jump leaves out the prices between."""

    time_ms: int
    regime: str
    level: Decimal
    turnover: int
    is_jump: bool


def seeded_path(chance: random.Random, start_ms: int) -> Iterator[PathStep]:
    """Prints without end, from `start_ms` on; the first comes after a pause, at a level near one."""
    name, time_ms, level = FIRST, start_ms, ONE
    ends_ms = start_ms + _about(chance, REGIMES[name].lasts_s * 1000)
    spike, spike_left = ZERO, 0
    while True:
        regime = REGIMES[name]
        time_ms += _about(chance, regime.pause_ms)
        gap = _rarely(chance, regime.gap_one_in, GAP_PPM)
        level = _moved(level, _usual_move(chance, regime) + gap)
        spike_left = max(spike_left - 1, 0)
        spike_ends = spike != ZERO and spike_left == 0
        if spike_left == 0:
            spike = _rarely(chance, regime.spike_one_in, SPIKE_PPM)
            spike_left = chance.randint(*SPIKE_PRINTS) if spike else 0
        is_jump = gap != ZERO or spike_ends or (spike != ZERO and spike_left > 0)
        yield PathStep(time_ms, name, _moved(level, spike), chance.randint(1, regime.turnover), is_jump)
        if time_ms >= ends_ms:
            name = _follower(chance, regime)
            ends_ms = time_ms + _about(chance, REGIMES[name].lasts_s * 1000)


def _about(chance: random.Random, mean: int) -> int:
    return chance.randint(1, 2 * mean)


def _usual_move(chance: random.Random, regime: Regime) -> Decimal:
    swing = regime.swing_ppm
    return Decimal(regime.drift_ppm + sum(chance.randint(-swing, swing) for _ in range(3)))


def _rarely(chance: random.Random, one_in: int, reach_ppm: tuple[int, int]) -> Decimal:
    """Mostly zero; one time in so many a move of that reach, up or down."""
    if one_in == 0 or chance.randrange(one_in):
        return ZERO
    return Decimal(chance.choice((-1, 1)) * chance.randint(*reach_ppm))


def _moved(level: Decimal, ppm: Decimal) -> Decimal:
    moved = level * (ONE + ppm / MILLION)
    return moved if LOWEST < moved < HIGHEST else level


def _follower(chance: random.Random, regime: Regime) -> str:
    names, weights = tuple(regime.followed_by), tuple(regime.followed_by.values())
    return chance.choices(names, weights)[0]
