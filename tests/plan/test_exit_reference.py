"""Breakeven, trailing, price rule and buy-back against the independent implementation in exact fractions."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from exchange.types import Quote
from fsm.planning.breakeven import Mode, level
from fsm.planning.legs import buy_back
from fsm.planning.trailing import TrailDecision, next_stop
from fsm.settings import FsmSettings
from guards.entry_price import PriceRule, executable
from signals.bars import Bar
from signals.direction import Direction
from tests.plan import reference
from tests.plan.plan_cases import bar, fraction, instrument, near, number, settings

SEEDS = range(4)
CASES = 500
TICKS = ("0.01", "0.05", "0.25", "1", "0.1")
STEPS = ("0.00001", "0.001", "0.25", "1", "0.00000001")
SIDES = (Direction.LONG, Direction.SHORT)
MODES: tuple[Mode, ...] = ("fees", "entry", "off")


@pytest.mark.parametrize("seed", SEEDS)
def test_breakeven_levels_agree(seed: int) -> None:
    """The level is the same for every mode, tick, R and pair of commission rates."""
    random = Random(seed)
    for _ in range(CASES):
        direction, mode, tick = random.choice(SIDES), random.choice(MODES), random.choice(TICKS)
        average, r = number(random, "20", "100000", 8), number(random, "0.01", "500", 4)
        paid, taker = number(random, "0", "0.002", 5), number(random, "0", "0.002", 5)
        ours = level(
            direction,
            average_entry=average,
            r=r,
            paid_rate=paid,
            taker_rate=taker,
            mode=mode,
            instrument=instrument(tick=tick),
        )
        theirs = reference.breakeven(
            direction.value,
            Fraction(average),
            r=Fraction(r),
            rates=(Fraction(paid), Fraction(taker)),
            mode=mode,
            t=Fraction(tick),
        )
        assert fraction(ours) == theirs, (direction, average, r, paid, taker, mode, tick)


@dataclass(frozen=True)
class TrailCase:
    """One random market around a runner, and how to trail it."""

    direction: Direction
    tick: str
    current: Decimal
    reference: Decimal | None
    bars: tuple[Bar, ...]
    quote: Quote | None
    configured: FsmSettings
    ratio: Decimal


@pytest.mark.parametrize("seed", SEEDS)
def test_trailing_stops_agree(seed: int) -> None:
    """Both say the same of every market: move, to where, and which reference to remember; every answer occurs."""
    random = Random(seed)
    seen = set()
    for _ in range(CASES):
        case = draw_trail_case(random)
        ours = trail_of(case)
        assert (fraction(ours.stop), fraction(ours.reference)) == reference_trail(case), (case, ours)
        seen.add(ours.why.split()[0])
    assert seen == {"moved", "no", "not", "better"}


def draw_trail_case(random: Random) -> TrailCase:
    direction = random.choice(SIDES)
    sign = 1 if direction is Direction.LONG else -1
    centre = number(random, "300", "1000", 1)
    bars = (
        bar(centre + random.randint(-30, 30), centre + random.randint(0, 40), centre - random.randint(0, 40))
        for _ in range(random.choice((0, 4, 12, 40)))
    )
    bid = near(random, centre)
    return TrailCase(
        direction=direction,
        tick=random.choice(TICKS),
        current=centre - sign * random.randint(-20, 90),
        reference=random.choice((None, centre + random.randint(-30, 30))),
        bars=tuple(bars),
        quote=random.choice((None, Quote(bid, bid + 1, bid, 0), Quote(Decimal(0), bid, bid, 0))),
        configured=settings(
            trail_source=random.choice(("AGG", "BINANCE")),
            trail_lookback=random.choice((7, 10, 240)),
            trail_side_bars=random.choice((1, 2, 3)),
            trail_buffer=random.choice(("0", "2.5", "15")),
            trail_step=random.choice(("0", "0.3", "20")),
            trail_wait_confirm=random.choice((True, False)),
            trail_confirm_buffer=random.choice(("0", "3")),
        ),
        ratio=random.choice((Decimal(1), number(random, "0.98", "1.02", 5))),
    )


def trail_of(case: TrailCase) -> TrailDecision:
    return next_stop(
        case.direction,
        current=case.current,
        reference=case.reference,
        bars=case.bars,
        quote=case.quote,
        instrument=instrument(tick=case.tick),
        settings=case.configured,
        ratio=case.ratio,
    )


def reference_trail(case: TrailCase) -> tuple[Fraction | None, Fraction | None]:
    configured, quote = case.configured, case.quote
    rule = reference.Trail(
        source=configured.trail_source,
        lookback=configured.trail_lookback,
        lr=configured.trail_side_bars,
        buffer=Fraction(configured.trail_buffer),
        step=Fraction(configured.trail_step),
        wait=configured.trail_wait_confirm,
        confirm=Fraction(configured.trail_confirm_buffer),
    )
    return reference.trail(
        case.direction.value,
        current=Fraction(case.current),
        reference=fraction(case.reference),
        bars=[(Fraction(one.close), Fraction(one.high), Fraction(one.low)) for one in case.bars],
        mid=None if quote is None or not quote.bid else (Fraction(quote.bid) + Fraction(quote.ask)) / 2,
        rule=rule,
        t=Fraction(case.tick),
        ratio=Fraction(case.ratio),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_price_rules_agree(seed: int) -> None:
    """Both let the same prices go to market, and stop the same; every refusal occurs."""
    random = Random(seed)
    seen = set()
    for _ in range(CASES):
        direction = random.choice(SIDES)
        sign = 1 if direction is Direction.LONG else -1
        entry, r = number(random, "100", "200", 2), number(random, "1", "20", 2)
        stop, tp1 = entry - sign * r, entry + sign * r
        price = random.choice((None, Decimal(0), stop, tp1, entry + sign * r * number(random, "-1.2", "1.2", 1)))
        multiple, distance = number(random, "0", "1.5", 2), number(random, "0", "9", 1)
        past_tp1, no_price = random.random() < 0.5, random.random() < 0.5
        refused = executable(
            direction,
            entry=entry,
            stop=stop,
            tp1=tp1,
            r=r,
            quote_bid=None if sign == 1 else price,
            quote_ask=None if sign == -1 else price,
            settings=PriceRule(multiple, distance, past_tp1, no_price),
        )
        allowed = reference.may_go_to_market(
            direction.value,
            (Fraction(entry), Fraction(stop), Fraction(tp1), Fraction(r)),
            fraction(price) or None,
            (Fraction(multiple), Fraction(distance)),
            (past_tp1, no_price),
        )
        assert (refused is None) is allowed, (direction, entry, r, price, multiple, distance, refused)
        seen.add(refused.code if refused else "allowed")
    assert seen == {"allowed", "no_price", "past_stop", "past_tp1", "too_far"}


@pytest.mark.parametrize("seed", SEEDS)
def test_buy_backs_agree(seed: int) -> None:
    """The buy-back is the smallest whole number of steps that leaves what is owed."""
    random = Random(seed)
    for _ in range(CASES):
        step, owed = random.choice(STEPS), number(random, "0.00001", "50", 8)
        rate = number(random, "0", "0.01", 5)
        steps = -(-Fraction(owed) // (Fraction(step) * (1 - Fraction(rate))))
        assert Fraction(buy_back(owed, rate, instrument(step=step))) == steps * Fraction(step), (owed, rate, step)
