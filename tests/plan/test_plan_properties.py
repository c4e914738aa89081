"""What holds for every plan, whatever the signal, the venue and the settings."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from exchange.instrument import Instrument, plain
from fsm.planning.plan import Plan, PlanRefused, broken_by_fill, make_plan
from fsm.settings import FsmSettings
from signals.bars import Bar
from signals.direction import Direction
from tests.plan.plan_cases import FREE, TENTH_PERCENT, bar, instrument, on_grid, settings

LONG, SHORT = Direction.LONG, Direction.SHORT


def numbers(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=low, max_value=high, places=places, allow_nan=False, allow_infinity=False)


VENUES = st.builds(
    instrument,
    tick=st.sampled_from(["0.01", "0.05", "0.25", "1", "0.00001"]),
    step=st.sampled_from(["0.00001", "0.001", "0.1"]),
    min_quantity=st.sampled_from(["0", "0.00001", "0.01"]),
    min_notional=st.sampled_from(["0", "5", "30"]),
)
SETTINGS = st.builds(
    settings,
    quantity_quote=numbers("1", "5000", 2),
    entry_offset=numbers("0", "3", 3),
    stop_fraction=numbers("0.0001", "0.1", 4),
    target_r=st.sampled_from(["1,2", "0.5,3.3", "0.3,0.31"]),
    stop_limit_gap_ticks=st.integers(1, 20),
)
CLOSES = numbers("1", "100000", 4)
DISTANCES = st.lists(numbers("0", "0.03", 5), min_size=1, max_size=5)
DIRECTIONS = st.sampled_from([LONG, SHORT])


def window_of(close: Decimal, distances: list[Decimal]) -> tuple[Bar, ...]:
    """Bars whose extremes are these fractions away from the close, on either side."""
    return tuple(bar(close, high=close * (1 + distance), low=close * (1 - distance)) for distance in distances)


@given(close=CLOSES, distances=DISTANCES, direction=DIRECTIONS, rules=VENUES, configured=SETTINGS)
def test_a_plan_keeps_the_order_the_grid_and_the_sum(
    close: Decimal, distances: list[Decimal], direction: Direction, rules: Instrument, configured: FsmSettings
) -> None:
    """Prices in order, a tick apart and on the grid; the quantity within QTY_USD; the legs add up to it."""
    window = window_of(close, distances)
    plan = make_plan(close, direction, window, instrument=rules, rates=TENTH_PERCENT, settings=configured)
    if isinstance(plan, PlanRefused):
        assert plan.code in {"bad_plan", "quantity_too_small"}
        return
    sign = 1 if direction is LONG else -1
    prices = (plan.stop_limit, plan.stop, plan.entry, *plan.targets)
    assert all((after - before) * sign >= rules.tick_size for before, after in pairwise(prices))
    assert all(on_grid(price, rules.tick_size) for price in prices)
    assert (plan.entry - close) * sign >= rules.tick_size
    assert plan.quantity * plan.entry <= configured.quantity_quote
    assert sum(plan.legs) == plan.quantity
    assert all(on_grid(leg, rules.step_size) for leg in plan.legs)
    assert not broken_by_fill(plan, plan.entry)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


@given(close=CLOSES, distances=DISTANCES, direction=DIRECTIONS, rules=VENUES, configured=SETTINGS)
def test_the_stop_is_the_far_one(
    close: Decimal, distances: list[Decimal], direction: Direction, rules: Instrument, configured: FsmSettings
) -> None:
    """No stop is nearer than SL_PCT of the entry or than the swing."""
    window = window_of(close, distances)
    plan = make_plan(close, direction, window, instrument=rules, rates=FREE, settings=configured)
    assume(isinstance(plan, Plan))
    assert isinstance(plan, Plan)
    assert plan.r >= plan.entry * configured.stop_fraction
    if direction is LONG:
        assert plan.stop <= min(one.low for one in window)
    else:
        assert plan.stop >= max(one.high for one in window)


@given(close=CLOSES, distances=DISTANCES, rules=VENUES, configured=SETTINGS)
def test_a_short_is_the_mirror_image_of_a_long(
    close: Decimal, distances: list[Decimal], rules: Instrument, configured: FsmSettings
) -> None:
    """A signal reflected at the LONG's entry gives a SHORT with the same entry and R, and reflected prices."""
    window = window_of(close, distances)
    planned = make_plan(close, LONG, window, instrument=rules, rates=FREE, settings=configured)
    assume(isinstance(planned, Plan))
    assert isinstance(planned, Plan)
    axis = 2 * planned.entry
    reflected = tuple(bar(axis - one.close, high=axis - one.low, low=axis - one.high) for one in window)
    mirrored = make_plan(axis - close, SHORT, reflected, instrument=rules, rates=FREE, settings=configured)
    if isinstance(mirrored, PlanRefused):
        assert axis - planned.targets[1] <= 0 or mirrored.code == "quantity_too_small"
        return
    assert (mirrored.entry, mirrored.r, mirrored.quantity) == (planned.entry, planned.r, planned.quantity)
    assert mirrored.stop == axis - planned.stop
    assert mirrored.targets == tuple(axis - target for target in planned.targets)


@given(
    close=CLOSES,
    distances=DISTANCES,
    direction=DIRECTIONS,
    rules=VENUES,
    configured=SETTINGS,
    ratio=numbers("0.9", "1.1", 8),
)
def test_a_converted_plan_keeps_the_same_promises(
    *,
    close: Decimal,
    distances: list[Decimal],
    direction: Direction,
    rules: Instrument,
    configured: FsmSettings,
    ratio: Decimal,
) -> None:
    """Order, grid and the tick beyond the close hold in the traded symbol's prices too."""
    window = window_of(close, distances)
    plan = make_plan(close, direction, window, instrument=rules, rates=FREE, settings=configured, ratio=ratio)
    assume(isinstance(plan, Plan))
    assert isinstance(plan, Plan)
    sign = 1 if direction is LONG else -1
    prices = (plan.stop_limit, plan.stop, plan.entry, *plan.targets)
    assert all((after - before) * sign >= rules.tick_size for before, after in pairwise(prices))
    assert all(on_grid(price, rules.tick_size) for price in prices)
    assert (plan.entry - close * ratio) * sign >= rules.tick_size


@given(
    close=CLOSES,
    distances=DISTANCES,
    direction=DIRECTIONS,
    rules=VENUES,
    configured=SETTINGS,
    ticks=st.integers(1, 40),
    steps=st.integers(1, 40),
)
def test_values_of_ours_only_make_the_entry_stricter(
    *,
    close: Decimal,
    distances: list[Decimal],
    direction: Direction,
    rules: Instrument,
    configured: FsmSettings,
    ticks: int,
    steps: int,
) -> None:
    """With a coarser grid of ours the entry is on both grids and no closer; the exits stay on the venue's."""
    strict = configured.model_copy(
        update={"least_tick": rules.tick_size * ticks, "least_step": rules.step_size * steps}
    )
    window = window_of(close, distances)
    plan = make_plan(close, direction, window, instrument=rules, rates=FREE, settings=strict)
    assume(isinstance(plan, Plan))
    assert isinstance(plan, Plan)
    assert on_grid(plan.entry, rules.tick_size * ticks), plain(plan.entry)
    assert on_grid(plan.quantity, rules.step_size * steps)
    assert abs(plan.entry - close) >= rules.tick_size * ticks
    assert all(on_grid(price, rules.tick_size) for price in (plan.stop, *plan.targets))
