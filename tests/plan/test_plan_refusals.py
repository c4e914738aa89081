"""Every way in which there is no plan, with what was measured and the threshold that decided."""

from decimal import Decimal
from typing import Any

import pytest

from fsm.planning.plan import Plan, PlanRefused, check_grid, make_plan
from signals.direction import Direction
from tests.plan.plan_cases import TENTH_PERCENT, bar, instrument, settings

LONG, SHORT = Direction.LONG, Direction.SHORT


def refused(
    direction: Direction, close: str, venue: dict[str, str], values: dict[str, Any], extreme: str | None = None
) -> PlanRefused:
    answer = make_plan(
        Decimal(close),
        direction,
        (bar(close, high=extreme, low=extreme),),
        instrument=instrument(**venue),
        rates=TENTH_PERCENT,
        settings=settings(**values),
    )
    assert isinstance(answer, PlanRefused), answer
    return answer


def test_without_bars_there_is_no_plan() -> None:
    """The stop needs the swing of at least one bar."""
    answer = make_plan(Decimal(95000), LONG, (), instrument=instrument(), rates=TENTH_PERCENT, settings=settings())
    assert isinstance(answer, PlanRefused)
    assert (answer.code, answer.measured, answer.threshold) == ("no_bars", Decimal(0), Decimal(1))


@pytest.mark.parametrize(
    ("direction", "close", "venue", "values", "measured", "threshold"),
    [
        # R is one tick: TP1 and TP2 at 0.2 and 0.4 of it floor to the entry
        (LONG, "10", {"tick": "1"}, {"target_r": "0.2,0.4"}, "0", "1"),
        # R is one tick: TP1 at 1 R, TP2 at 1.5 R floors to TP1
        (LONG, "10", {"tick": "1"}, {"target_r": "1,1.5"}, "0", "1"),
        # a short of 3 with a stop at 3: entry 2, TP1 1, TP2 0
        (SHORT, "3", {"tick": "1"}, {}, "0", "0"),
        # stop 1, its limit price two ticks below is no price
        (LONG, "1", {"tick": "1"}, {}, "-1", "0"),
        # more than one order may hold
        (LONG, "95000", {"max_quantity": "0.001"}, {}, "0.00105", "0.001"),
    ],
)
def test_prices_out_of_order_are_a_bad_plan(
    *, direction: Direction, close: str, venue: dict[str, str], values: dict[str, Any], measured: str, threshold: str
) -> None:
    """sl < entry < tp1 < tp2, mirrored for SHORT, at least a tick apart, all of them prices that exist."""
    answer = refused(direction, close, venue, values)
    assert (answer.code, answer.measured, answer.threshold) == ("bad_plan", Decimal(measured), Decimal(threshold))


@pytest.mark.parametrize(
    ("close", "extreme"), [("1e300", None), ("0", None), ("-5", None), ("95000", "1e300"), ("95000", "0")]
)
@pytest.mark.parametrize("direction", [LONG, SHORT])
def test_numbers_that_are_no_price_are_a_bad_plan(direction: Direction, close: str, extreme: str | None) -> None:
    """No number of the feed, however absurd, does more than refuse the signal."""
    assert refused(direction, close, {}, {}, extreme).code == "bad_plan"


@pytest.mark.parametrize(
    ("venue", "values", "measured", "threshold"),
    [
        # the quantity itself: 0.5 buys nothing at 95000.50
        ({}, {"quantity_quote": "0.5"}, "0", "0.00001"),
        ({"min_quantity": "0.0011"}, {}, "0.00105", "0.0011"),
        ({}, {"least_quantity": "0.0011"}, "0.00105", "0.0011"),
        # its worth at the entry: 0.00105 * 95000.50
        ({"min_notional": "99.8"}, {}, "99.750525", "99.8"),
        ({}, {"least_notional": "99.8"}, "99.750525", "99.8"),
        # X17: one leg alone, after 0.1 % commission 0.00104 at the stop's limit of 94810.47
        ({"min_notional": "99"}, {}, "98.6028888", "99"),
        ({"min_quantity": "0.00105"}, {}, "0.00104", "0.00105"),
    ],
)
def test_x17_what_cannot_be_exited_is_not_entered(
    venue: dict[str, str], values: dict[str, Any], measured: str, threshold: str
) -> None:
    """X17: the quantity is refused below the minimums, and when not even one leg could be sold again."""
    answer = refused(LONG, "95000", venue, values)
    assert (answer.code, answer.measured, answer.threshold) == (
        "quantity_too_small",
        Decimal(measured),
        Decimal(threshold),
    )


@pytest.mark.parametrize(
    ("venue", "values"),
    [
        ({}, {"least_notional": "99.750525"}),
        ({}, {"least_quantity": "0.00105"}),
        ({"min_quantity": "0.00104"}, {}),
        ({"min_notional": "98.6028888"}, {}),
        ({"max_quantity": "0.00105"}, {}),
        ({"max_quantity": "0"}, {}),
    ],
)
def test_exactly_the_minimum_is_enough(venue: dict[str, str], values: dict[str, Any]) -> None:
    """A quantity of 0.00105, worth 99.750525, of which 0.00104 worth 98.6028888 can be sold again; 0 means no limit."""
    plan = make_plan(
        Decimal(95000),
        LONG,
        (bar("95000"),),
        instrument=instrument(**venue),
        rates=TENTH_PERCENT,
        settings=settings(**values),
    )
    assert isinstance(plan, Plan), plan
    assert plan.quantity == Decimal("0.00105")


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({}, None),
        ({"least_tick": "0.25"}, None),
        ({"least_tick": "0.01"}, None),
        ({"least_tick": "0.03"}, "TICK_SIZE=0.03 does not fit"),
        ({"least_tick": "0.07"}, "TICK_SIZE=0.07 does not fit"),
        ({"least_step": "0.00015"}, "QTY_STEP=0.00015 does not fit"),
        ({"least_step": "0.0002"}, None),
    ],
)
def test_a_grid_of_ours_must_fit_the_venues(values: dict[str, Any], fault: str | None) -> None:
    """A grid on which no price is valid for both is a settings fault, and makes a bad plan when it appears later."""
    rules = instrument(tick="0.05", step="0.0001")
    found = check_grid(settings(**values), rules)
    assert (found is None) if fault is None else (found or "").startswith(fault)
    if fault:
        answer = refused(LONG, "95000", {"tick": "0.05", "step": "0.0001"}, values)
        assert (answer.code, answer.text) == ("bad_plan", found)
