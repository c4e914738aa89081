"""Decimals as the venue prints and rounds them: eight places, never an exponent."""

from decimal import ROUND_DOWN, ROUND_UP, Decimal

ZERO = Decimal(0)
ONE = Decimal(1)
UNIT = Decimal("0.00000001")


def fixed8(value: Decimal) -> str:
    """Eight decimals as in every reply of the venue (Binance docs: general information)."""
    return f"{value:.8f}"


def down8(value: Decimal) -> Decimal:
    """Cut off after the eighth decimal."""
    return value.quantize(UNIT, rounding=ROUND_DOWN)


def up8(value: Decimal) -> Decimal:
    """Round away from zero at the eighth decimal."""
    return value.quantize(UNIT, rounding=ROUND_UP)


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of step that is not above value; a step of zero is no grid."""
    return value if step == ZERO else (value // step) * step


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether value lies on the grid of step; a step of zero is no grid."""
    return step == ZERO or value % step == ZERO
