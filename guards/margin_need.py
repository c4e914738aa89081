"""How much an entry on margin has to borrow, and of what."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal

from exchange.instrument import Instrument, to_grid
from exchange.types import Balance, Side
from guards.entry_price import PriceRule


def borrowed_asset(side: Side, instrument: Instrument) -> str:
    """A buy borrows what it pays with, a sell what it sells."""
    return instrument.quote if side is Side.BUY else instrument.base


def dearest(entry: Decimal, r: Decimal, market_rule: PriceRule | None) -> Decimal:
    """The dearest price that a LONG may come to pay: its limit, or as far beyond it as it may go to market."""
    return entry if market_rule is None else entry + market_rule.distance(r)


def needed(side: Side, quantity: Decimal, entry: Decimal, taker_rate: Decimal) -> Decimal:
    """What an entry spends: a buy quantity times entry and the taker commission on top, a sell the quantity."""
    return quantity * entry * (1 + taker_rate) if side is Side.BUY else quantity


def lacking(
    side: Side,
    quantity: Decimal,
    entry: Decimal,
    *,
    taker_rate: Decimal,
    balances: Mapping[str, Balance],
    instrument: Instrument,
) -> Decimal:
    """What the free balance lacks for the entry, up to the asset's precision (M5); zero if it suffices."""
    balance = balances.get(borrowed_asset(side, instrument))
    free = balance.free if balance is not None else Decimal(0)
    missing = needed(side, quantity, entry, taker_rate) - free
    precision = instrument.quote_precision if side is Side.BUY else instrument.base_precision
    return to_grid(max(missing, Decimal(0)), Decimal(1).scaleb(-precision), ROUND_CEILING)
