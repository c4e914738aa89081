"""Where the stops go when TP1 filled."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.planning.breakeven import Mode, level
from fsm.planning.mirror import better
from signals.direction import Direction
from tests.plan.plan_cases import instrument, on_grid

LONG, SHORT = Direction.LONG, Direction.SHORT
TENTH = Decimal("0.001")
MODES: tuple[Mode, ...] = ("fees", "entry")


def numbers(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=low, max_value=high, places=places, allow_nan=False, allow_infinity=False)


def breakeven(direction: Direction, average: str, r: str, mode: Mode, tick: str = "0.01") -> Decimal | None:
    return level(
        direction,
        average_entry=Decimal(average),
        r=Decimal(r),
        paid_rate=TENTH,
        taker_rate=TENTH,
        mode=mode,
        instrument=instrument(tick=tick),
    )


@pytest.mark.parametrize(
    ("direction", "average", "r", "mode", "expected"),
    [
        # two commissions of 0.1 % on 10000.004 are 20.000008
        (LONG, "10000.004", "100", "fees", "10020.01"),
        (SHORT, "10000.004", "100", "fees", "9980.00"),
        # half of R is less than the commissions
        (LONG, "10000.004", "30", "fees", "10015.01"),
        (SHORT, "10000.004", "30", "fees", "9985.00"),
        # half of R is exactly the commissions
        (LONG, "10000", "40", "fees", "10020.00"),
        (LONG, "10000.004", "100", "entry", "10000.01"),
        (SHORT, "10000.004", "100", "entry", "10000.00"),
        (LONG, "10000", "100", "entry", "10000.00"),
    ],
)
def test_breakeven_is_the_entry_or_the_entry_with_fees(
    direction: Direction, average: str, r: str, mode: Mode, expected: str
) -> None:
    """The average moved to the profitable side, and rounded to that side."""
    assert breakeven(direction, average, r, mode) == Decimal(expected)


def test_breakeven_can_be_switched_off() -> None:
    """With TP1_BREAKEVEN=off the stops stay where they are."""
    assert breakeven(LONG, "10000", "100", "off") is None


@pytest.mark.parametrize(("direction", "expected"), [(LONG, "10000.05"), (SHORT, "10000.00")])
def test_x19_breakeven_is_on_the_tick_grid(direction: Direction, expected: str) -> None:
    """X19: LONG ceiled, SHORT floored, on a tick that is no power of ten."""
    assert breakeven(direction, "10000.03", "100", "entry", tick="0.05") == Decimal(expected)


def test_the_two_commissions_are_told_apart() -> None:
    """What was paid on entry counts as paid; the exit counts as taker."""
    paid_in_bnb = level(
        LONG,
        average_entry=Decimal(10000),
        r=Decimal(100),
        paid_rate=Decimal("0.00075"),
        taker_rate=TENTH,
        mode="fees",
        instrument=instrument(),
    )
    assert paid_in_bnb == Decimal("10017.50")


@given(
    direction=st.sampled_from([LONG, SHORT]),
    average=numbers("100", "100000", 8),
    r=numbers("0.01", "500", 2),
    mode=st.sampled_from(MODES),
    tick=st.sampled_from(["0.01", "0.05", "0.25", "1"]),
)
def test_breakeven_is_between_the_entry_and_half_of_r(
    direction: Direction, average: Decimal, r: Decimal, mode: Mode, tick: str
) -> None:
    """On the grid, never on the losing side of the average, and beyond half of R by less than a tick."""
    found = breakeven(direction, str(average), str(r), mode, tick)
    assert found is not None
    gain = found - average if direction is LONG else average - found
    assert on_grid(found, Decimal(tick))
    assert 0 <= gain < r / 2 + Decimal(tick)


@pytest.mark.parametrize(("direction", "expected"), [(LONG, "101"), (SHORT, "99")])
def test_x8_of_two_stops_the_better_never_loosens(direction: Direction, expected: str) -> None:
    """X8: LONG the higher, SHORT the lower, in whatever order they are named."""
    low, high = Decimal(99), Decimal(101)
    assert better(direction, low, high) == better(direction, high, low) == Decimal(expected)
