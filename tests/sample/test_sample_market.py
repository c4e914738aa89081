"""The sample's market: the seed decides how it goes, the course decides where."""

from decimal import Decimal
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fsm.sample.market import HISTORY_MINUTES, STEPS_A_MINUTE, Market, Step

seeds = st.integers(0, 2**32)
minutes = st.integers(1, 12)
distances = st.decimals(-3000, 3000, places=2).filter(lambda distance: abs(distance) >= 20)


def by_minute(steps: list[Step]) -> list[list[Step]]:
    return [steps[first : first + STEPS_A_MINUTE] for first in range(0, len(steps), STEPS_A_MINUTE)]


@given(seeds, minutes, distances)
def test_a_leg_arrives(seed: int, length: int, distance: Decimal) -> None:
    """A leg takes its time, ends at its goal, and each step begins where the one before ended."""
    market = Market(Random(seed))
    goal = market.last + distance
    steps = list(market.leg(goal, Decimal(length)))
    assert len(steps) == length * STEPS_A_MINUTE
    assert steps[-1].last == goal == market.last
    assert all(before.last == after.first for before, after in pairwise(steps))


@given(seeds, st.sampled_from(("0.25", "0.75", "1", "3")), distances)
def test_a_leg_stays_between_its_ends(seed: int, length: str, distance: Decimal) -> None:
    """What lies behind the start is never touched, and what lies beyond the goal only by the last step."""
    market = Market(Random(seed))
    start, goal = market.last, market.last + distance
    steps = list(market.leg(goal, Decimal(length)))
    for step in steps[:-1]:
        assert min(start, goal) <= step.low <= step.high <= max(start, goal)
    behind = steps[-1].low - start if distance > 0 else start - steps[-1].high
    assert behind >= 0 or len(steps) == 1


@given(seeds, st.integers(2, 12), distances)
def test_no_minute_of_a_leg_turns_back(seed: int, length: int, distance: Decimal) -> None:
    """Lows and highs of the minutes all move towards the goal, so there is no swing inside a leg."""
    market = Market(Random(seed))
    bars = by_minute(list(market.leg(market.last + distance, Decimal(length))))
    lows, highs = [min(s.low for s in bar) for bar in bars], [max(s.high for s in bar) for bar in bars]
    sign = 1 if distance > 0 else -1
    assert all((after - before) * sign > 0 for series in (lows, highs) for before, after in pairwise(series))


@given(seeds, distances, distances)
def test_a_turn_is_one_swing(seed: int, down: Decimal, up: Decimal) -> None:
    """Where a falling leg meets a rising one, exactly one minute has the lowest price."""
    market = Market(Random(seed))
    steps = list(market.leg(market.last - abs(down), Decimal(3)))
    steps += market.leg(market.last + abs(up), Decimal(3))
    lows = [min(s.low for s in bar) for bar in by_minute(steps)]
    assert lows.count(min(lows)) == 1


@given(seeds, minutes, st.integers(1, 500))
def test_calm_stays_near(seed: int, length: int, reach: int) -> None:
    """A calm market ends where it began and is never further away than its reach."""
    market = Market(Random(seed))
    begun = market.last
    steps = list(market.calm(Decimal(length), Decimal(reach)))
    assert market.last == begun
    assert all(abs(price - begun) <= reach for step in steps for price in (step.high, step.low))


@settings(max_examples=20)
@given(seeds)
def test_every_step_is_a_bar(seed: int) -> None:
    """The extremes of a step enclose its ends, in whole cents: the exchange accepts nothing else."""
    history = list(Market(Random(seed)).history())
    assert len(history) == HISTORY_MINUTES * STEPS_A_MINUTE
    for step in history:
        assert step.low <= min(step.first, step.last) <= max(step.first, step.last) <= step.high
        assert all(price == price.quantize(Decimal("0.01")) for price in (step.first, step.high, step.low, step.last))


@settings(max_examples=20)
@given(seeds)
def test_the_history_has_its_dip_an_hour_before(seed: int) -> None:
    """The lowest price of the last three hours is well below the end, and stays in view for the whole session."""
    market = Market(Random(seed))
    steps = list(market.history())
    lows = [step.low for step in steps]
    assert Decimal(500) < market.last - min(lows) < Decimal(1_200)
    assert len(steps) - lows.index(min(lows)) < 100 * STEPS_A_MINUTE


def test_the_seed_decides() -> None:
    """The same seed goes the same way, another seed another."""
    first, again, other = (list(Market(Random(seed)).history()) for seed in (7, 7, 8))
    assert first == again != other
