"""The only place that rounds: always onto the grid, always in the stated direction, always in plain decimals."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.instrument import plain
from tests.plan.plan_cases import instrument, on_grid

TICKS = st.sampled_from(["0.01", "0.05", "0.25", "1", "0.1", "0.00000001", "10", "0.01000000", "2.5"])
VALUES = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, allow_infinity=False, places=10)


@pytest.mark.parametrize(
    ("tick", "price", "down", "up"),
    [
        ("0.05", "95000.03", "95000.00", "95000.05"),
        ("0.05", "95000.05", "95000.05", "95000.05"),
        ("0.05", "95000.0500000001", "95000.05", "95000.10"),
        ("0.25", "0.24", "0.00", "0.25"),
        ("1", "95000.5", "95000", "95001"),
        ("10", "95004", "95000", "95010"),
        ("2.5", "6", "5.0", "7.5"),
        ("0.01", "-0.005", "-0.01", "0.00"),
    ],
)
def test_x19_a_price_is_snapped_to_the_grid_not_to_a_number_of_decimals(
    tick: str, price: str, down: str, up: str
) -> None:
    """X19: floor and ceiling are multiples of the tick size, also where the tick is no power of ten."""
    rules = instrument(tick=tick)
    assert (rules.price_down(Decimal(price)), rules.price_up(Decimal(price))) == (Decimal(down), Decimal(up))


@given(tick=TICKS, value=VALUES)
def test_rounding_reaches_the_nearest_grid_point_of_its_side(tick: str, value: Decimal) -> None:
    """The floor is at most the value and less than a step below it; the ceiling mirrors it."""
    rules = instrument(tick=tick)
    down, up = rules.price_down(value), rules.price_up(value)
    assert on_grid(down, rules.tick_size)
    assert on_grid(up, rules.tick_size)
    assert down <= value < down + rules.tick_size
    assert up - rules.tick_size < value <= up


@pytest.mark.parametrize(("step", "hair"), [("0.00001", Decimal("1e-26")), ("0.3", Decimal("1e-22"))])
def test_a_value_a_hair_off_the_grid_does_not_slip_onto_it(step: str, hair: Decimal) -> None:
    """A quotient of 28 digits would be rounded to a whole number of steps; the grid point itself is not crossed."""
    rules = instrument(step=step)
    point = Decimal(step) * 1234567
    assert rules.quantity_down(point - hair) == point - Decimal(step)
    assert rules.quantity_up(point + hair) == point + Decimal(step)


@given(
    step=st.sampled_from(["0.00001", "0.001", "0.25", "1"]),
    quote=st.decimals(min_value="0.01", max_value=10**6, places=4),
    price=st.decimals(min_value="0.01", max_value=10**6, places=4),
)
def test_the_quantity_for_a_sum_is_the_most_that_it_buys(step: str, quote: Decimal, price: Decimal) -> None:
    """One step more would cost more than the sum; what is bought never does."""
    rules = instrument(step=step)
    quantity = rules.quantity_for(quote, price)
    assert on_grid(quantity, rules.step_size)
    assert quantity * price <= quote < (quantity + rules.step_size) * price


@pytest.mark.parametrize(
    ("quantity", "price", "accepted"),
    [
        ("0.00010", "50000", True),
        ("0.00010", "49999.99", False),
        ("0.000109", "49999.99", False),
        ("0.00009", "1000000", False),
        ("0.000099999", "1000000", False),
    ],
)
def test_sellable_means_accepted_by_the_venue(quantity: str, price: str, *, accepted: bool) -> None:
    """The quantity counts floored to the step; exactly the minimum is enough."""
    rules = instrument(min_quantity="0.0001", min_notional="5")
    assert rules.sellable(Decimal(quantity), Decimal(price)) is accepted


def test_nothing_is_not_sellable_even_without_minimums() -> None:
    """A venue without minimums still takes no order of zero."""
    rules = instrument(min_quantity="0", min_notional="0")
    assert not rules.sellable(Decimal("0.000001"), Decimal(95000))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("9e-05", "0.00009"),
        ("1E+5", "100000"),
        ("0E-8", "0"),
        ("95000.50", "95000.5"),
        ("100", "100"),
        ("1E-8", "0.00000001"),
    ],
)
def test_x20_numbers_are_written_in_plain_decimals(number: str, text: str) -> None:
    """X20: no exponent, no trailing zeros."""
    assert plain(Decimal(number)) == text


@given(st.decimals(min_value=0, max_value=10**15, allow_nan=False, allow_infinity=False))
def test_x20_plain_text_loses_nothing(number: Decimal) -> None:
    """X20: the text is digits and at most one point, and reads back as the same number."""
    text = plain(number)
    assert set(text) <= set("0123456789.")
    assert Fraction(text) == Fraction(number)
