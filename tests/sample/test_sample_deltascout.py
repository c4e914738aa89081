"""DeltaScout's files as the sample writes them: what our own readers accept, and nothing they would skip."""

from decimal import Decimal
from pathlib import Path
from random import Random

from fsm.sample.deltascout import DeltaScout
from fsm.sample.market import STEP_MS, Market, Step
from signals.bars import Bar, BarFeed
from signals.direction import Direction
from signals.peak import Peak, parse_line
from signals.timestamp import MINUTE_MS

START_MS = 1_736_798_400_000


def step(*prices: int) -> Step:
    first, high, low, last = map(Decimal, prices)
    return Step(first, high, low, last)


def test_bars_are_readable(tmp_path: Path) -> None:
    """Four hours give 240 bars without a bad row, and their prices are the market's."""
    market = Market(Random(3))
    scout = DeltaScout(tmp_path, market)
    for count, moved in enumerate(market.history()):
        scout.take(moved, START_MS + count * STEP_MS)
    scout.complete(START_MS + 240 * MINUTE_MS)
    view = BarFeed(scout.csv, 1_000).read()
    assert (len(view.bars), view.skipped, view.problem) == (240, 0, None)
    assert view.bars[-1].close == market.last
    assert min(bar.low for bar in view.bars[-180:]) == scout.lowest


def test_a_bar_is_written_when_its_minute_is_over(tmp_path: Path) -> None:
    """Not before, and with the last price and the extremes of its steps."""
    scout = DeltaScout(tmp_path, Market(Random(0)))
    scout.take(step(100, 103, 99, 102), START_MS)
    scout.take(step(102, 104, 101, 101), START_MS + STEP_MS)
    scout.complete(START_MS + MINUTE_MS - 1)
    assert BarFeed(scout.csv, 10).read().bars == ()
    scout.complete(START_MS + MINUTE_MS)
    (bar,) = BarFeed(scout.csv, 10).read().bars
    assert bar == Bar(START_MS, close=Decimal(101), high=Decimal(104), low=Decimal(99))


def test_bars_held_back_are_made_up_for(tmp_path: Path) -> None:
    """While it is silent nothing is written; afterwards nothing is missing."""
    scout = DeltaScout(tmp_path, Market(Random(0)))
    scout.silent = True
    for minute in range(3):
        scout.take(step(100, 101, 99, 100), START_MS + minute * MINUTE_MS)
    scout.complete(START_MS + 3 * MINUTE_MS)
    assert BarFeed(scout.csv, 10).read().bars == ()
    scout.silent = False
    scout.complete(START_MS + 3 * MINUTE_MS)
    assert len(BarFeed(scout.csv, 10).read().bars) == 3


def test_signals_are_readable(tmp_path: Path) -> None:
    """A written signal is read as what it was meant to be."""
    scout = DeltaScout(tmp_path, Market(Random(0)))
    scout.peak("short", Decimal("95000.10"), START_MS + 1)
    peak = parse_line(scout.log.read_bytes().splitlines()[0], strict_source=True)
    assert isinstance(peak, Peak)
    assert (peak.direction, peak.price, peak.time_ms) == (Direction.SHORT, Decimal("95000.1"), START_MS + 1)
