"""A position's quantity in legs: the first leaves at TP1, the second at TP2, the third is the runner.

Quantities are in base and whole steps. The venue checks every exit by itself, so each leg must be large enough at the
lowest price of its orders (Binance docs: filters, LOT_SIZE and NOTIONAL).
"""

from decimal import Decimal

from exchange.instrument import Instrument
from exchange.types import CommissionRates
from signals.direction import Direction

NO_COMMISSION = Decimal(0)


def worst_commission(rates: CommissionRates) -> Decimal:
    """The larger of the maker and taker rates, as a fraction of the received quantity."""
    return max(rates.maker, rates.taker)


def stop_limit(stop: Decimal, direction: Direction, instrument: Instrument, gap_ticks: int) -> Decimal:
    """The limit price of a stop order: max(1, `gap_ticks`) ticks beyond its stop price, on the losing side."""
    gap = max(1, gap_ticks) * instrument.tick_size
    return stop - gap if direction is Direction.LONG else stop + gap


def lowest_prices(
    direction: Direction, stop_limit_price: Decimal, targets: tuple[Decimal, Decimal]
) -> tuple[Decimal, Decimal, Decimal]:
    """The lowest price at which an order of leg 1, 2 and 3 stands.

    LONG: the stop's limit price. SHORT: TP1 for leg 1, TP2 for the others; the runner has no target, TP2 is where
    its trailing begins.
    """
    if direction is Direction.LONG:
        return stop_limit_price, stop_limit_price, stop_limit_price
    return targets[0], targets[1], targets[1]


def split(
    quantity: Decimal, lowest: tuple[Decimal, ...], instrument: Instrument, base_commission: Decimal
) -> tuple[Decimal, ...] | None:
    """Three legs of n//3, n//3 and the rest of n steps; else two of n//2 and the rest; else one; None if that fails.

    There are at most as many legs as lowest prices.

    The legs add up to `quantity` floored to the step. Each must be accepted by the venue at its lowest price after
    `base_commission`, a fraction, has been taken from it: the worst rate for a LONG that is still to be bought, zero
    for a SHORT and for a quantity that was really received.
    """
    whole = instrument.quantity_down(quantity)
    for count in range(len(lowest), 0, -1):
        legs = _equal_legs(whole, count, instrument)
        net = [leg * (1 - base_commission) for leg in legs]
        if all(instrument.sellable(part, price) for part, price in zip(net, lowest, strict=False)):
            return legs
    return None


def _equal_legs(whole: Decimal, count: int, instrument: Instrument) -> tuple[Decimal, ...]:
    steps = whole // instrument.step_size
    part = steps // count * instrument.step_size
    return (*(part for _ in range(count - 1)), whole - part * (count - 1))


def buy_back(owed: Decimal, base_commission: Decimal, instrument: Instrument) -> Decimal:
    """The base quantity to buy so that `owed` is left after commission: owed / (1 - rate), up to a whole step.

    `owed` is what was really sold, on margin with the interest; `base_commission` is the worst rate, or zero when
    commission is paid in BNB (Binance docs: commission is taken from the received asset).
    """
    return instrument.quantity_up(owed / (1 - base_commission))


def with_buy_back(
    legs: tuple[Decimal, ...], owed: Decimal, base_commission: Decimal, instrument: Instrument
) -> tuple[Decimal, ...]:
    """The legs of a SHORT with all of the gross-up on the last, so that they add up to `buy_back`."""
    return *legs[:-1], buy_back(owed, base_commission, instrument) - sum(legs[:-1], Decimal(0))
