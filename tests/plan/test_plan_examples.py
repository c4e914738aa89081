"""Plans worked out by hand: one row a rule, with the numbers that the rule gives."""

from decimal import Decimal

import pytest

from fsm.planning.plan import Plan, broken_by_fill, make_plan
from signals.bars import Bar
from signals.direction import Direction
from tests.plan.plan_cases import FREE, TENTH_PERCENT, bar, decimals, instrument, settings

LONG, SHORT = Direction.LONG, Direction.SHORT


def long_or_short(
    direction: Direction,
    close: str,
    extreme: str,
    *,
    tick: str = "0.01",
    ratio: str | None = None,
    min_notional: str = "5",
    **values: object,
) -> Plan:
    """The plan for a close whose window's lowest low (LONG) or highest high (SHORT) is `extreme`."""
    plan = make_plan(
        Decimal(close),
        direction,
        (bar(close), bar(close, high=extreme, low=extreme), bar(close)),
        instrument=instrument(tick=tick, min_notional=min_notional),
        rates=TENTH_PERCENT,
        settings=settings(**values),
        ratio=None if ratio is None else Decimal(ratio),
    )
    assert isinstance(plan, Plan), plan
    return plan


@pytest.mark.parametrize(
    ("direction", "close", "extreme", "tick", "offset", "prices"),
    [
        # stop by SL_PCT: 95000.50 * 0.998 = 94810.499
        (LONG, "95000", "94900", "0.01", "0.5", "94810.49 95000.50 95190.51 95380.52"),
        # stop by SL_PCT: 94999.50 * 1.002 = 95189.499
        (SHORT, "95000", "95100", "0.01", "0.5", "95189.50 94999.50 94809.50 94619.50"),
        # stop by the far swing
        (LONG, "95000", "94000", "0.01", "0.5", "94000.00 95000.50 96001.00 97001.50"),
        (SHORT, "95000", "96000", "0.01", "0.5", "96000.00 94999.50 93999.00 92998.50"),
        # X19: a tick that is no power of ten, a close off its grid
        (LONG, "95000.03", "94900", "0.05", "0.5", "94810.45 95000.50 95190.55 95380.60"),
        (SHORT, "95000.03", "95100", "0.05", "0.5", "95189.55 94999.55 94809.55 94619.55"),
        # no offset, a close off the grid: floor(100.10 + 0.25) is less than a tick away, so one more
        (LONG, "100.10", "100", "0.25", "0", "100.00 100.50 101.00 101.50"),
        (SHORT, "100.10", "100.30", "0.25", "0", "100.50 99.75 99.00 98.25"),
        # the tick is larger than the offset
        (LONG, "10", "10", "1", "0.5", "10 11 12 13"),
        (SHORT, "10", "10", "1", "0.5", "10 9 8 7"),
    ],
)
def test_prices_of_a_plan(
    *, direction: Direction, close: str, extreme: str, tick: str, offset: str, prices: str
) -> None:
    """Stop, entry, TP1 and TP2, each stage from the rounded one before it."""
    plan = long_or_short(direction, close, extreme, tick=tick, entry_offset=offset)
    assert (plan.stop, plan.entry, *plan.targets) == decimals(prices)
    assert plan.r == abs(plan.entry - plan.stop)


@pytest.mark.parametrize(
    ("direction", "ratio", "prices"),
    [
        # unrounded: entry 95000.5, stop 94810.499, R 190.001; staged rounding would put TP1 at 95190.51
        (LONG, "1", "94810.49 95000.50 95190.50 95380.50"),
        (LONG, "1.0002", "94829.46 95019.50 95209.53 95399.57"),
        # unrounded: entry 94999.5, stop 95189.499, R 189.999
        (SHORT, "1", "95189.50 94999.50 94809.51 94619.51"),
        (SHORT, "1.0002", "95208.54 95018.50 94828.47 94638.43"),
    ],
)
def test_another_markets_signal_is_converted_and_rounded_once(direction: Direction, ratio: str, prices: str) -> None:
    """With a ratio everything is computed in the signal's prices; only the result is put on the grid."""
    plan = long_or_short(direction, "95000", "95000", ratio=ratio)
    assert (plan.stop, plan.entry, *plan.targets) == decimals(prices)


def test_the_tick_above_the_close_survives_the_conversion() -> None:
    """(30 + 1) * 0.6 floors to 18, which is no tick above 30 * 0.6 = 18: the entry is 19."""
    plan = long_or_short(LONG, "30", "10", tick="1", ratio="0.6", entry_offset="0")
    assert (plan.stop, plan.entry, *plan.targets) == decimals("6 19 31 43")


def test_the_lowest_low_and_the_highest_high_of_the_window_count() -> None:
    """LONG looks at lows alone, SHORT at highs alone, and every bar of the window counts."""
    window = (bar("100", high="101", low="99.5"), bar("100", high="104", low="98"), bar("100", high="102", low="97.5"))
    stops = [planned(direction, window).stop for direction in (LONG, SHORT)]
    assert stops == [Decimal("97.5"), Decimal(104)]


def planned(direction: Direction, window: tuple[Bar, ...]) -> Plan:
    plan = make_plan(
        Decimal(100), direction, window, instrument=instrument(), rates=FREE, settings=settings(entry_offset="0.1")
    )
    assert isinstance(plan, Plan)
    return plan


@pytest.mark.parametrize(
    ("quote", "quantity", "legs"),
    [
        ("100", "0.00105", "0.00035 0.00035 0.00035"),
        ("100.5", "0.00105", "0.00035 0.00035 0.00035"),
        ("95.0005", "0.00100", "0.00033 0.00033 0.00034"),
        ("95.0004", "0.00099", "0.00033 0.00033 0.00033"),
    ],
)
def test_quantity_is_what_the_quote_buys_at_the_entry(quote: str, quantity: str, legs: str) -> None:
    """QTY_USD over the entry of 95000.50, floored to the step; legs of n//3, n//3 and the rest."""
    plan = long_or_short(LONG, "95000", "94900", quantity_quote=quote)
    assert (plan.quantity, plan.legs) == (Decimal(quantity), decimals(legs))


@pytest.mark.parametrize(("gap", "limit"), [(1, "94810.48"), (2, "94810.47"), (50, "94809.99")])
def test_the_stops_limit_price_is_the_gap_beyond_the_stop(gap: int, limit: str) -> None:
    """SL_LIMIT_GAP_TICKS of the venue's tick below a LONG's stop."""
    assert long_or_short(LONG, "95000", "94900", stop_limit_gap_ticks=gap).stop_limit == Decimal(limit)


def test_a_coarser_tick_of_ours_binds_the_entry_alone() -> None:
    """TICK_SIZE=5 puts the entry on fives and at least five above the close; stop and targets stay on the venue's."""
    plan = long_or_short(LONG, "95000", "94900", least_tick="5")
    assert (plan.stop, plan.entry, *plan.targets) == decimals("94814.99 95005 95195.01 95385.02")


def test_a_coarser_step_of_ours_binds_the_entry_alone() -> None:
    """QTY_STEP=0.0001 floors the quantity; the legs are whole steps of the venue."""
    plan = long_or_short(LONG, "95000", "94900", least_step="0.0001")
    assert (plan.quantity, plan.legs) == (Decimal("0.0010"), decimals("0.00033 0.00033 0.00034"))


def test_looser_values_of_ours_change_nothing() -> None:
    """The environment can only make the entry stricter."""
    loose = {"least_tick": "0.001", "least_step": "0.000001", "least_quantity": "0.0000001", "least_notional": "1"}
    assert long_or_short(LONG, "95000", "94900", **loose) == long_or_short(LONG, "95000", "94900")


@pytest.mark.parametrize(
    ("direction", "average", "broken"),
    [
        (LONG, "94810.49", True),
        (LONG, "94810.490001", False),
        (LONG, "95190.509999", False),
        (LONG, "95190.51", True),
        (LONG, "95300", True),
        (SHORT, "95189.50", True),
        (SHORT, "95189.49", False),
        (SHORT, "94809.51", False),
        (SHORT, "94809.50", True),
        (SHORT, "90000", True),
    ],
)
def test_a_fill_outside_stop_and_tp1_breaks_the_plan(direction: Direction, average: str, *, broken: bool) -> None:
    """The average fill price must be strictly between the stop and TP1."""
    assert broken_by_fill(long_or_short(direction, "95000", "95000"), Decimal(average)) is broken


def test_x20_a_plan_is_stored_in_plain_decimals_and_reads_back_the_same() -> None:
    """X20: the record holds text such as 0.0000003, never 3E-7."""
    tiny = instrument(tick="0.0000001", step="0.0000001", min_quantity="0", min_notional="0")
    plan = make_plan(
        Decimal("0.5"),
        LONG,
        (bar("0.5"),),
        instrument=tiny,
        rates=FREE,
        settings=settings(quantity_quote="0.0000005", entry_offset="0.0000001"),
    )
    assert isinstance(plan, Plan)
    stored = plan.model_dump(mode="json")
    assert stored["legs"] == ["0.0000003", "0.0000003", "0.0000003"]
    assert "E" not in str(list(stored.values())[1:])
    assert Plan.model_validate(stored) == plan
