"""The last fractal swing of a series of bars.

A bar is a swing low when the `lr` bars on each side of it all have strictly higher lows (a swing high: strictly lower
highs). The last `lr` bars can therefore never be one.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import gt, lt

from signals.bars import Bar


def last_swing_low(bars: Sequence[Bar], lookback: int, lr: int) -> Decimal | None:
    """The low of the latest swing low among the last `lookback` bars, or None."""
    return _last_pivot([bar.low for bar in bars[-lookback:]], lr, gt)


def last_swing_high(bars: Sequence[Bar], lookback: int, lr: int) -> Decimal | None:
    """The high of the latest swing high among the last `lookback` bars, or None."""
    return _last_pivot([bar.high for bar in bars[-lookback:]], lr, lt)


def _last_pivot(prices: list[Decimal], lr: int, behind: Callable[[Decimal, Decimal], bool]) -> Decimal | None:
    for middle in range(len(prices) - 1 - lr, lr - 1, -1):
        neighbours = prices[middle - lr : middle] + prices[middle + 1 : middle + 1 + lr]
        if all(behind(neighbour, prices[middle]) for neighbour in neighbours):
            return prices[middle]
    return None
