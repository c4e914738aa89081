"""LONG and SHORT mirror each other: every rule is written once, in terms of the profitable and the losing side.

The profitable side is up for LONG and down for SHORT.
"""

from decimal import Decimal

from exchange.instrument import Instrument
from signals.direction import Direction


def ahead(direction: Direction, price: Decimal, distance: Decimal) -> Decimal:
    """`price` moved by `distance` to the profitable side; a negative distance moves it to the losing side."""
    return price + distance if direction is Direction.LONG else price - distance


def lead(direction: Direction, price: Decimal, reference: Decimal) -> Decimal:
    """How far `price` is on the profitable side of `reference`; negative when it is on the losing side."""
    return price - reference if direction is Direction.LONG else reference - price


def better(direction: Direction, *prices: Decimal) -> Decimal:
    """The price furthest to the profitable side; of two stop prices, the one that never loosens."""
    return max(prices) if direction is Direction.LONG else min(prices)


def worse(direction: Direction, *prices: Decimal) -> Decimal:
    """The price furthest to the losing side."""
    return min(prices) if direction is Direction.LONG else max(prices)


def toward_profit(direction: Direction, price: Decimal, instrument: Instrument) -> Decimal:
    """The next price of the grid on the profitable side: LONG ceiled, SHORT floored."""
    return instrument.price_up(price) if direction is Direction.LONG else instrument.price_down(price)


def toward_loss(direction: Direction, price: Decimal, instrument: Instrument) -> Decimal:
    """The next price of the grid on the losing side: LONG floored, SHORT ceiled."""
    return instrument.price_down(price) if direction is Direction.LONG else instrument.price_up(price)
