"""A swing has `lr` strictly higher lows (strictly lower highs) on each side; the last `lr` bars never are one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.bars import Bar
from signals.swings import last_swing_high, last_swing_low


def bars_of(lows: list[int]) -> list[Bar]:
    return [Bar(minute * 60_000, Decimal(low), Decimal(low), Decimal(low)) for minute, low in enumerate(lows, start=1)]


@pytest.mark.parametrize(
    ("lows", "lookback", "lr", "swing"),
    [
        ([], 240, 2, None),
        ([5, 4, 3, 4, 5], 240, 2, 3),
        ([5, 4, 3, 4], 240, 2, None),
        ([4, 3, 4, 5], 240, 2, None),
        ([5, 4, 3, 4, 5], 5, 2, 3),
        ([5, 4, 3, 4, 5], 4, 2, None),
        ([5, 4, 3, 3, 4, 5], 240, 2, None),
        ([5, 3, 4, 3, 5], 240, 2, None),
        ([9, 8, 2, 8, 9, 9, 8, 5, 8, 9], 240, 2, 5),
        ([9, 8, 2, 8, 9, 9, 8, 5, 8], 240, 2, 2),
        ([9, 8, 7, 6, 5], 240, 2, None),
        ([2, 1, 2], 240, 1, 1),
        ([4, 3, 2, 1, 2, 3, 4], 240, 3, 1),
    ],
)
def test_the_latest_swing_within_the_lookback(lows: list[int], lookback: int, lr: int, swing: int | None) -> None:
    assert last_swing_low(bars_of(lows), lookback, lr) == swing
    mirrored = bars_of([10 - low for low in lows])
    assert last_swing_high(mirrored, lookback, lr) == (None if swing is None else 10 - swing)


@given(lows=st.lists(st.integers(1, 9), max_size=30), lookback=st.integers(1, 35), lr=st.integers(1, 4))
def test_swings_equal_the_definition_spelled_out(lows: list[int], lookback: int, lr: int) -> None:
    considered = lows[max(0, len(lows) - lookback) :]
    swing = None
    for index, low in enumerate(considered):
        sides = [[index - step for step in range(1, lr + 1)], [index + step for step in range(1, lr + 1)]]
        inside = all(0 <= other < len(considered) for side in sides for other in side)
        if inside and min(considered[other] for side in sides for other in side) > low:
            swing = low
    assert last_swing_low(bars_of(lows), lookback, lr) == swing


def test_low_and_high_swings_look_at_their_own_column() -> None:
    bars = [Bar(minute, Decimal(50), Decimal(high), Decimal(low)) for minute, high, low in
            [(1, 60, 40), (2, 70, 30), (3, 60, 40)]]  # fmt: skip
    assert last_swing_low(bars, 240, 1) == Decimal(30)
    assert last_swing_high(bars, 240, 1) == Decimal(70)
