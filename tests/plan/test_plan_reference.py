"""Thousands of random signals through the program and through an independent implementation in exact fractions."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from exchange.instrument import Instrument, plain
from exchange.types import CommissionRates
from fsm.planning.plan import Plan, PlanRefused, make_plan
from fsm.settings import FsmSettings
from signals.bars import Bar
from signals.direction import Direction
from tests.plan import reference
from tests.plan.plan_cases import bar, fraction, instrument, near, number, settings

SEEDS = range(8)
CASES = 500
TICKS = ("0.01", "0.05", "0.25", "1", "0.1", "0.00001", "10")
STEPS = ("0.00001", "0.001", "0.25", "1", "0.00000001")
MULTIPLES = (("1", "2"), ("0.5", "1.5"), ("0.1", "0.2"), ("1.37", "4.11"))


@dataclass(frozen=True)
class PlanCase:
    """One random signal, venue and configuration."""

    direction: Direction
    close: Decimal
    window: tuple[Bar, ...]
    rules: Instrument
    configured: FsmSettings
    rates: CommissionRates
    ratio: Decimal | None


@pytest.mark.parametrize("seed", SEEDS)
def test_plans_agree(seed: int) -> None:
    """Prices, quantity and legs, or the code of the refusal, are the same; every kind of answer occurs."""
    random = Random(seed)
    seen: set[str | int] = set()
    for _ in range(CASES):
        case = draw_case(random)
        ours, theirs = plan_of(case), reference_plan(case)
        if isinstance(ours, Plan):
            assert not isinstance(theirs, str), (case, ours, theirs)
            assert numbers_of(ours) == [*theirs.prices(), theirs.quantity, *theirs.legs], case
            seen.add(len(ours.legs))
        else:
            assert ours.code == theirs, (case, ours)
            seen.add(ours.code)
    assert seen == {1, 2, 3, "bad_plan", "quantity_too_small", "no_bars"}


def numbers_of(plan: Plan) -> list[Fraction]:
    """The plan as the reference has it."""
    assert plan.r == abs(plan.entry - plan.stop)
    prices = (plan.entry, plan.stop, plan.stop_limit, *plan.targets)
    return [Fraction(value) for value in (*prices, plan.quantity, *plan.legs)]


def draw_case(random: Random) -> PlanCase:
    tick, step = Decimal(random.choice(TICKS)), Decimal(random.choice(STEPS))
    close = number(random, "1", random.choice(("5", "200", "100000")), random.choice((0, 2, 3, 7)))
    bars = (bar(close, near(random, close), near(random, close)) for _ in range(random.choice((0, 1, 5, 20, 20))))
    return PlanCase(
        direction=random.choice((Direction.LONG, Direction.SHORT)),
        close=close,
        window=tuple(bars),
        rules=instrument(
            tick=plain(tick),
            step=plain(step),
            min_quantity=plain(step * random.choice((0, 1, 1, 10, 30))),
            min_notional=plain(close * step * random.choice((0, 3, 10, 40))),
            max_quantity=plain(step * random.choice((0, 0, 250, 10**6))),
        ),
        configured=draw_settings(random, close, tick, step),
        rates=CommissionRates(Decimal("0.001"), random.choice((Decimal(0), Decimal("0.00075"), Decimal("0.01")))),
        ratio=random.choice((None, None, Decimal(1), number(random, "0.9", "1.1", 6))),
    )


def draw_settings(random: Random, close: Decimal, tick: Decimal, step: Decimal) -> FsmSettings:
    values: dict[str, object] = {
        "quantity_quote": close * step * number(random, "0.5", "300", 2),
        "entry_offset": random.choice((Decimal(0), tick / 2, tick * 7, close * Decimal("0.0001"), Decimal("0.5"))),
        "stop_fraction": random.choice((Decimal("0.002"), Decimal("0.00001"), number(random, "0.0001", "0.4", 4))),
        "target_r": random.choice(MULTIPLES),
        "stop_limit_gap_ticks": random.choice((1, 2, 5)),
    }
    if random.random() < 0.3:
        values["least_tick"] = tick * random.choice((1, 2, 5))
        values["least_step"] = step * random.choice((1, 3, 10))
        values["least_quantity"] = step * random.randint(1, 20)
        values["least_notional"] = close * step * random.randint(1, 20)
    return settings(**values)


def plan_of(case: PlanCase) -> Plan | PlanRefused:
    return make_plan(
        case.close,
        case.direction,
        case.window,
        instrument=case.rules,
        rates=case.rates,
        settings=case.configured,
        ratio=case.ratio,
    )


def reference_plan(case: PlanCase) -> reference.Result | str:
    rules, configured = case.rules, case.configured
    market = reference.Market(
        tick=Fraction(rules.tick_size),
        step=Fraction(rules.step_size),
        min_quantity=Fraction(rules.min_quantity),
        min_notional=Fraction(rules.min_notional),
        max_quantity=Fraction(rules.max_quantity),
        commission=max(Fraction(case.rates.maker), Fraction(case.rates.taker)),
    )
    wishes = reference.Wishes(
        spend=Fraction(configured.quantity_quote),
        offset=Fraction(configured.entry_offset),
        stop_fraction=Fraction(configured.stop_fraction),
        multiples=(Fraction(configured.target_r[0]), Fraction(configured.target_r[1])),
        gap=configured.stop_limit_gap_ticks,
        tick=fraction(configured.least_tick),
        step=fraction(configured.least_step),
        min_quantity=fraction(configured.least_quantity),
        min_notional=fraction(configured.least_notional),
    )
    return reference.plan(
        case.direction.value,
        Fraction(case.close),
        lows=[Fraction(one.low) for one in case.window],
        highs=[Fraction(one.high) for one in case.window],
        market=market,
        wishes=wishes,
        ratio=fraction(case.ratio),
    )
