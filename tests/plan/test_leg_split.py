"""Legs: which part of a position leaves where, and how small a leg may be."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.types import CommissionRates
from fsm.planning.legs import buy_back, lowest_prices, split, stop_limit, with_buy_back, worst_commission
from signals.direction import Direction
from tests.plan.plan_cases import decimals, instrument, on_grid

LONG, SHORT = Direction.LONG, Direction.SHORT
FREE = Decimal(0)
TENTH_PERCENT = Decimal("0.001")
AT_50000 = (Decimal(50000), Decimal(50000), Decimal(50000))


def quantities(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=low, max_value=high, places=places, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("quantity", "legs"),
    [
        # thirds of 0.00030 are worth 5 at 50000, exactly the minimum
        ("0.00030", "0.00010 0.00010 0.00010"),
        ("0.00032", "0.00010 0.00010 0.00012"),
        # n//3 is 9 steps, worth 4.50: no runner
        ("0.00029", "0.00014 0.00015"),
        ("0.00020", "0.00010 0.00010"),
        # n//2 is 9 steps: a single leg
        ("0.00019", "0.00019"),
        ("0.00010", "0.00010"),
        # X17: less cannot be sold at all
        ("0.00009", None),
        ("0.00000", None),
        # what is below the step is dust, not part of a leg
        ("0.0003199999", "0.00010 0.00010 0.00011"),
    ],
)
def test_x17_legs_become_fewer_before_they_become_too_small(quantity: str, legs: str | None) -> None:
    """X17: thirds, else halves without a runner, else one leg, else none."""
    found = split(Decimal(quantity), AT_50000, instrument(min_notional="5"), FREE)
    assert found == (None if legs is None else decimals(legs))


@pytest.mark.parametrize(
    ("quantity", "commission", "legs"),
    [
        # 0.00011 less 0.1 % is 0.00010989, of which 0.00010 can be sold, worth 5
        ("0.00033", "0.001", "0.00011 0.00011 0.00011"),
        # 0.00010 less 0.1 % leaves 0.00009, worth 4.50
        ("0.00032", "0.001", "0.00016 0.00016"),
        ("0.00032", "0", "0.00010 0.00010 0.00012"),
        ("0.00010", "0.001", None),
    ],
)
def test_x2_each_leg_must_be_sellable_after_commission(quantity: str, commission: str, legs: str | None) -> None:
    """X2: commission that will be taken in base counts before the venue's minimums; the legs stay gross."""
    found = split(Decimal(quantity), AT_50000, instrument(min_notional="5"), Decimal(commission))
    assert found == (None if legs is None else decimals(legs))


@pytest.mark.parametrize(
    ("lowest", "count"),
    [
        (("50000", "50000", "50000"), 3),
        (("50000", "50000", "49999"), 2),
        (("50000", "30000", "50000"), 1),
        (("10000", "50000", "50000"), None),
    ],
)
def test_each_leg_is_weighed_at_its_own_lowest_price(lowest: tuple[str, str, str], count: int | None) -> None:
    """A single leg leaves at the first price, the second of two at the second."""
    legs = split(Decimal("0.00030"), tuple(map(Decimal, lowest)), instrument(min_notional="5"), FREE)
    assert (legs and len(legs)) == count


def test_lowest_prices_are_the_stops_limit_or_the_targets() -> None:
    """LONG exits go down to the stop's limit price; SHORT exits are cheapest at their target, the runner at TP2."""
    limit, targets = Decimal(90), (Decimal(80), Decimal(70))
    assert lowest_prices(LONG, limit, targets) == (Decimal(90), Decimal(90), Decimal(90))
    assert lowest_prices(SHORT, limit, targets) == (Decimal(80), Decimal(70), Decimal(70))


@pytest.mark.parametrize(
    ("direction", "gap", "limit"), [(LONG, 2, "99.90"), (SHORT, 2, "100.10"), (LONG, 1, "99.95"), (LONG, 0, "99.95")]
)
def test_a_stop_has_room_below_its_trigger(direction: Direction, gap: int, limit: str) -> None:
    """The limit price is at least one tick beyond the stop price, on the losing side."""
    assert stop_limit(Decimal("100.00"), direction, instrument(tick="0.05"), gap) == Decimal(limit)


@pytest.mark.parametrize(("maker", "taker", "worst"), [("0.001", "0.002", "0.002"), ("0.002", "0.001", "0.002")])
def test_the_worst_commission_is_the_larger_rate(maker: str, taker: str, worst: str) -> None:
    """Which of the two an order will pay is not known before it fills."""
    assert worst_commission(CommissionRates(Decimal(maker), Decimal(taker))) == Decimal(worst)


@pytest.mark.parametrize(
    ("owed", "commission", "bought"),
    [
        ("0.00105", "0.001", "0.00106"),
        ("0.00999", "0.001", "0.01000"),
        ("0.009990001", "0.001", "0.01001"),
        ("0.00105", "0", "0.00105"),
    ],
)
def test_m1_a_buy_back_covers_the_commission_it_pays(owed: str, commission: str, bought: str) -> None:
    """M1: owed / (1 - rate), up to a whole step; paid in BNB nothing is added."""
    assert buy_back(Decimal(owed), Decimal(commission), instrument()) == Decimal(bought)


def test_m1_the_last_leg_buys_back_the_commission_of_all() -> None:
    """M1: the other legs keep their quantity, so that their targets stay what was planned."""
    legs = with_buy_back(decimals("0.00333 0.00333 0.00333"), Decimal("0.00999"), TENTH_PERCENT, instrument())
    assert legs == decimals("0.00333 0.00333 0.00334")


@given(
    quantity=quantities("0", "2", 8),
    step=st.sampled_from(["0.00001", "0.001", "0.1"]),
    min_notional=st.sampled_from(["0", "5", "200"]),
    commission=quantities("0", "0.01", 5),
    prices=st.tuples(*(quantities("1", "100000", 2),) * 3),
)
def test_x7_legs_add_up_and_each_can_be_sold(
    quantity: Decimal,
    step: str,
    min_notional: str,
    commission: Decimal,
    prices: tuple[Decimal, Decimal, Decimal],
) -> None:
    """X7: legs are whole steps that sum to the quantity, never more, ascending, each accepted by the venue."""
    rules = instrument(step=step, min_notional=min_notional)
    legs = split(quantity, prices, rules, commission)
    if legs is None:
        assert not rules.sellable(rules.quantity_down(quantity) * (1 - commission), prices[0])
        return
    assert sum(legs) == rules.quantity_down(quantity)
    assert all(on_grid(leg, rules.step_size) for leg in legs)
    assert all(before <= after for before, after in pairwise(legs))
    assert all(rules.sellable(leg * (1 - commission), price) for leg, price in zip(legs, prices, strict=False))


@given(
    sold=quantities("0.00001", "5", 5),
    commission=quantities("0", "0.01", 5),
    count=st.integers(1, 3),
)
def test_m1_what_is_bought_back_pays_what_was_sold(sold: Decimal, commission: Decimal, count: int) -> None:
    """M1: after commission at least what was sold is there, and less than a step more would have been too little."""
    rules = instrument(min_notional="0")
    part = rules.quantity_down(sold / count)
    legs = (*(part for _ in range(count - 1)), sold - part * (count - 1))
    bought = sum(with_buy_back(legs, sold, commission, rules))
    assert bought * (1 - commission) >= sold
    assert (bought - rules.step_size) * (1 - commission) < sold
