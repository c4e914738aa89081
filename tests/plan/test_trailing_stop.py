"""The runner's stop follows the market and never loosens."""

from contextlib import nullcontext
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from exchange.types import Quote
from fsm.planning.trailing import TrailDecision, next_stop
from fsm.settings import FsmSettings
from signals.bars import Bar
from signals.direction import Direction
from tests.plan.plan_cases import bar, instrument, on_grid, settings

LONG, SHORT = Direction.LONG, Direction.SHORT
DIRECTIONS = st.sampled_from([LONG, SHORT])


def valley(low: str, close: str = "1100") -> tuple[Bar, ...]:
    """Seven bars of which the fourth is a swing low."""
    return tuple(bar(close, high="1200", low=each) for each in ("1060", "1050", "1040", low, "1045", "1055", "1065"))


def hill(high: str, close: str = "900") -> tuple[Bar, ...]:
    """Seven bars of which the fourth is a swing high."""
    return tuple(bar(close, high=each, low="800") for each in ("940", "950", "960", high, "955", "945", "935"))


def trailed(
    direction: Direction,
    bars: tuple[Bar, ...],
    current: str,
    *,
    reference: str | None = None,
    quote: Quote | None = None,
    tick: str = "0.01",
    ratio: str = "1",
    **values: object,
) -> TrailDecision:
    return next_stop(
        direction,
        current=Decimal(current),
        reference=None if reference is None else Decimal(reference),
        bars=bars,
        quote=quote,
        instrument=instrument(tick=tick),
        settings=settings(**values),
        ratio=Decimal(ratio),
    )


@pytest.mark.parametrize(
    ("direction", "bars", "current", "stop"),
    [
        # swing 1030 less the buffer of 15
        (LONG, valley("1030"), "900", "1015"),
        (LONG, valley("1030.123"), "900", "1015.12"),
        # better by exactly the step of 20, and by a tick less
        (LONG, valley("1030"), "995", "1015"),
        (LONG, valley("1030"), "995.01", None),
        # X8: the stop is already there, or better
        (LONG, valley("1030"), "1015", None),
        (LONG, valley("1030"), "1080", None),
        # mirrored: swing 970 plus the buffer
        (SHORT, hill("970"), "1100", "985"),
        (SHORT, hill("969.877"), "1100", "984.88"),
        (SHORT, hill("970"), "1005", "985"),
        (SHORT, hill("970"), "1004.99", None),
        (SHORT, hill("970"), "985", None),
        (SHORT, hill("970"), "920", None),
    ],
)
def test_x8_the_stop_goes_behind_the_last_swing_if_that_is_better(
    direction: Direction, bars: tuple[Bar, ...], current: str, stop: str | None
) -> None:
    """X8: the last swing and the buffer, LONG floored and SHORT ceiled; only when better by the step."""
    assert trailed(direction, bars, current).stop == (None if stop is None else Decimal(stop))


@pytest.mark.parametrize(("current", "stop"), [("1014.99", "1015"), ("1015", None), ("1015.01", None)])
def test_without_a_step_any_better_stop_is_taken(current: str, stop: str | None) -> None:
    """TRAIL_STEP_USD=0 moves by a tick, but never to where the stop is already."""
    assert trailed(LONG, valley("1030"), current, trail_step="0").stop == (None if stop is None else Decimal(stop))


def test_without_a_swing_nothing_moves() -> None:
    """A rising market without a fractal low, or no bars at all, leaves the stop alone."""
    rising = tuple(bar("1100", high="1200", low=str(low)) for low in range(1000, 1060, 10))
    assert [trailed(LONG, bars, "900").stop for bars in (rising, ())] == [None, None]


def test_the_newest_bars_cannot_be_the_pivot() -> None:
    """With two bars on each side a low needs two complete bars behind it."""
    assert trailed(LONG, valley("1030")[:5], "900").stop is None
    assert trailed(LONG, valley("1030")[:6], "900").stop == Decimal(1015)


def test_a_swing_outside_the_lookback_is_forgotten() -> None:
    """TRAIL_SWING_LOOKBACK counts bars from the newest."""
    assert trailed(LONG, valley("1030"), "900", trail_lookback=6).stop == Decimal(1015)
    assert trailed(LONG, valley("1030"), "900", trail_lookback=5).stop is None


@pytest.mark.parametrize(("lookback", "fits"), [("4", False), ("5", True)])
def test_a_lookback_without_room_for_a_swing_is_refused(lookback: str, fits: bool) -> None:  # noqa: FBT001
    """V6: with two bars on each side a swing takes five; with fewer the stop would never trail, and nobody be told."""
    with nullcontext() if fits else pytest.raises(ValidationError, match="takes at least 5"):
        FsmSettings.model_validate({"TRAIL_SWING_LOOKBACK": lookback, "TRAIL_SWING_LR": "2"})


@pytest.mark.parametrize(
    ("direction", "stop"),
    # mid 1000.5 and the buffer of 15
    [(LONG, "985.5"), (SHORT, "1015.5")],
)
def test_the_venues_mid_price_can_lead(direction: Direction, stop: str) -> None:
    """TRAIL_SOURCE=BINANCE: the bid/ask mid less (SHORT: plus) the buffer, whatever the swings say."""
    current = "900" if direction is LONG else "1100"
    quote = Quote(bid=Decimal(1000), ask=Decimal(1001), last=Decimal(1), time_ms=0)
    bars = valley("1030") if direction is LONG else hill("970")
    assert trailed(direction, bars, current, quote=quote, trail_source="BINANCE").stop == Decimal(stop)


@pytest.mark.parametrize(("bid", "ask"), [("0", "1000"), ("1000", "0"), ("0", "0")])
@pytest.mark.parametrize("direction", [LONG, SHORT])
def test_half_a_book_has_no_mid_price(direction: Direction, bid: str, ask: str) -> None:
    """The venue writes 0 for an empty side; a short's stop must not follow half of the ask."""
    quote = Quote(bid=Decimal(bid), ask=Decimal(ask), last=Decimal(1000), time_ms=0)
    current = "1" if direction is LONG else "99999"
    assert trailed(direction, (), current, quote=quote, trail_source="BINANCE").stop is None
    assert trailed(direction, (), current, quote=None, trail_source="BINANCE").stop is None


@pytest.mark.parametrize(
    ("direction", "close", "reference", "buffer", "moves"),
    [
        (LONG, "1100", "1099.99", "0", True),
        (LONG, "1100", "1100", "0", False),
        (LONG, "1100", "1094.99", "5", True),
        (LONG, "1100", "1095", "5", False),
        (SHORT, "900", "900.01", "0", True),
        (SHORT, "900", "900", "0", False),
        (SHORT, "900", "905.01", "5", True),
        (SHORT, "900", "905", "5", False),
        (LONG, "1100", None, "0", False),
    ],
)
def test_a_confirmation_is_a_close_beyond_the_reference(
    *, direction: Direction, close: str, reference: str | None, buffer: str, moves: bool
) -> None:
    """With TRAIL_WAIT_CONFIRM the newest bar closes strictly beyond; its close is the next reference."""
    bars, current = (valley("1030", close), "900") if direction is LONG else (hill("970", close), "1100")
    decision = trailed(
        direction, bars, current, reference=reference, trail_wait_confirm=True, trail_confirm_buffer=buffer
    )
    remembered = None if reference is None else Decimal(reference)
    assert (decision.stop is not None) is moves
    assert decision.reference == (Decimal(close) if moves else remembered)


def test_only_a_move_changes_the_reference() -> None:
    """A confirmed close that leads to no move, or a move that needs no confirmation, leaves the reference alone."""
    confirmed = trailed(LONG, valley("1030"), "1015", reference="1090", trail_wait_confirm=True)
    assert confirmed.reference == Decimal(1090)
    assert trailed(LONG, valley("1030"), "900", reference="1090").reference == Decimal(1090)


def test_another_markets_bars_are_converted() -> None:
    """Swing and buffer in the signal's prices, times the ratio, then rounded: (1030 - 15) * 1.00017 = 1015.17255."""
    decision = trailed(LONG, valley("1030"), "900", reference="1100.1", ratio="1.00017", trail_wait_confirm=True)
    assert (decision.stop, decision.reference) == (Decimal("1015.17"), Decimal("1100.18700"))


@pytest.mark.parametrize(("direction", "stop"), [(LONG, "1015.10"), (SHORT, "984.90")])
def test_x19_a_trailing_stop_is_on_the_tick_grid(direction: Direction, stop: str) -> None:
    """X19: LONG floored, SHORT ceiled, on a tick that is no power of ten."""
    bars, current = (valley("1030.12"), "900") if direction is LONG else (hill("969.88"), "1100")
    assert trailed(direction, bars, current, tick="0.05").stop == Decimal(stop)


PRICES = st.integers(8_000, 12_000).map(lambda tenths: Decimal(tenths).scaleb(-1))
BARS = st.lists(
    st.tuples(PRICES, PRICES, PRICES).map(sorted).map(lambda p: bar(p[1], high=p[2], low=p[0])), max_size=30
)
RULES = st.builds(
    settings,
    trail_source=st.sampled_from(["AGG", "BINANCE"]),
    trail_side_bars=st.integers(1, 2),
    trail_step=st.sampled_from(["0", "0.5", "20"]),
    trail_wait_confirm=st.booleans(),
)


@given(direction=DIRECTIONS, bars=BARS, rules=RULES, start=PRICES, ratio=st.sampled_from(["1", "0.99", "1.0123"]))
def test_x8_a_trailing_stop_never_loosens(
    direction: Direction, bars: list[Bar], rules: FsmSettings, start: Decimal, ratio: str
) -> None:
    """X8: bar after bar each move is better by at least the step, and on the grid."""
    venue = instrument(tick="0.05")
    current, reference = venue.price_down(start), start
    for count in range(len(bars) + 1):
        seen = tuple(bars[:count])
        mid = seen[-1].close if seen else start
        decision = next_stop(
            direction,
            current=current,
            reference=reference,
            bars=seen,
            quote=Quote(mid, mid, mid, 0),
            instrument=venue,
            settings=rules,
            ratio=Decimal(ratio),
        )
        if decision.stop is not None:
            gain = decision.stop - current if direction is LONG else current - decision.stop
            assert gain > 0
            assert gain >= rules.trail_step
            assert on_grid(decision.stop, venue.tick_size)
            current = decision.stop
        assert decision.reference is not None
        reference = decision.reference
