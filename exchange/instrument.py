"""A symbol's trading rules, and the only place that rounds.

Every rounding names its direction. `grid` arithmetic is on the absolute value, as the venue checks it
(Binance docs: filters, PRICE_FILTER and LOT_SIZE).
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Instrument:
    """Rules of one symbol from exchangeInfo; prices in quote per base, quantities in base."""

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    step_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    min_notional: Decimal
    trading: bool
    """True while the symbol's status is TRADING."""
    base_precision: int = 8
    quote_precision: int = 8
    margin_allowed: bool = True
    """False where the venue does not offer the symbol on margin."""
    bracket_allowed: bool = False
    """True where the venue takes an entry with its exits as one list (OTO with OCO)."""
    opo_allowed: bool = False
    """True where it also sizes the exits of a purchase from what was received."""

    def price_down(self, price: Decimal) -> Decimal:
        return to_grid(price, self.tick_size, ROUND_FLOOR)

    def price_up(self, price: Decimal) -> Decimal:
        return to_grid(price, self.tick_size, ROUND_CEILING)

    def quantity_down(self, quantity: Decimal) -> Decimal:
        return to_grid(quantity, self.step_size, ROUND_FLOOR)

    def quantity_up(self, quantity: Decimal) -> Decimal:
        return to_grid(quantity, self.step_size, ROUND_CEILING)

    def quantity_for(self, quote_quantity: Decimal, price: Decimal) -> Decimal:
        """The most whole steps that cost no more than `quote_quantity` at `price`."""
        steps = quote_quantity // (price * self.step_size)
        return (steps * self.step_size).quantize(self.step_size)

    def sellable(self, quantity: Decimal, price: Decimal) -> bool:
        """True if the venue accepts an order of this quantity, floored to the step, at this price."""
        floored = self.quantity_down(quantity)
        return floored >= self.min_quantity and floored > 0 and floored * price >= self.min_notional


def to_grid(value: Decimal, step: Decimal, rounding: Literal["ROUND_FLOOR", "ROUND_CEILING"]) -> Decimal:
    """The multiple of `step` next to `value` in the direction of `rounding`, with the step's decimals.

    A quotient would be rounded to the context's digits first, which can step over the grid; the whole number of
    steps and the comparison are exact.
    """
    on_grid = value // step * step
    if rounding == ROUND_FLOOR and on_grid > value:
        on_grid -= step
    if rounding == ROUND_CEILING and on_grid < value:
        on_grid += step
    return on_grid.quantize(step)


def plain(value: Decimal) -> str:
    """The number in plain decimals: no exponent, no trailing zeros after the point."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
