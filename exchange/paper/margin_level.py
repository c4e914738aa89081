"""What a margin account is worth against what it owes (Binance docs: margin level).

Level = (free + locked) / (borrowed + interest), all assets valued in BTC at last prices. Borrowing more is allowed down
to the normal bar, so with debt D, assets A and bar b at most (A - b*D) / (b - 1) can still be borrowed.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from .account import Account
from .numbers import ZERO, down8

if TYPE_CHECKING:
    from .venue import Venue

VALUED_IN, BRIDGE = "BTC", "USDT"
# what the venue shows when nothing is owed
NO_DEBT_LEVEL = Decimal(999)


def price_in(venue: "Venue", asset: str, quote: str) -> Decimal | None:
    """The price of an asset in another by a symbol that both form, in either direction."""
    if asset == quote:
        return Decimal(1)
    direct, reverse = venue.markets.get(asset + quote), venue.markets.get(quote + asset)
    if direct is not None:
        return direct.last_price
    return None if reverse is None else 1 / reverse.last_price


def value(venue: "Venue", asset: str, quote: str = VALUED_IN) -> Decimal:
    """The price of an asset, by way of the bridge asset if there is no symbol of both; zero if it has no market."""
    price = price_in(venue, asset, quote)
    if price is not None:
        return price
    first, second = price_in(venue, asset, BRIDGE), price_in(venue, BRIDGE, quote)
    return ZERO if first is None or second is None else first * second


def _rows(venue: "Venue", account: Account) -> Iterator[tuple[Decimal, Decimal, Decimal]]:
    for asset, balance in account.balances.items():
        yield value(venue, asset), balance.free + balance.locked, balance.borrowed + balance.interest


def assets_in_btc(venue: "Venue", account: Account) -> Decimal:
    """All that the account holds."""
    return sum((price * held for price, held, _ in _rows(venue, account)), ZERO)


def debt_in_btc(venue: "Venue", account: Account) -> Decimal:
    """All that the account owes, interest included."""
    return sum((price * owed for price, _, owed in _rows(venue, account)), ZERO)


def level(venue: "Venue", account: Account) -> Decimal:
    """The margin level; 999 without debt."""
    debt = debt_in_btc(venue, account)
    return min(assets_in_btc(venue, account) / debt, NO_DEBT_LEVEL) if debt else NO_DEBT_LEVEL


def level_status(venue: "Venue", account: Account) -> str:
    """EXCESSIVE to FORCE_LIQUIDATION, by the bars."""
    bars, reached = venue.margin.bars, level(venue, account)
    if reached <= bars.force_liquidation:
        return "FORCE_LIQUIDATION"
    if reached <= bars.margin_call:
        return "MARGIN_CALL"
    return "NORMAL" if reached < bars.transfer_out else "EXCESSIVE"


def max_borrowable(venue: "Venue", account: Account, asset: str) -> Decimal:
    """What can still be borrowed of an asset: by level, by its limit, and by what there is to lend."""
    terms, bar, price = venue.margin.assets[asset], venue.margin.bars.normal, value(venue, asset)
    if price == ZERO:
        return ZERO
    room = (assets_in_btc(venue, account) - bar * debt_in_btc(venue, account)) / (bar - 1)
    owed = account.balances[asset].borrowed if asset in account.balances else ZERO
    bounds = [room / price, terms.max_borrow - owed]
    if terms.available is not None:
        bounds.append(terms.available)
    return down8(max(min(bounds), ZERO))


def max_transferable(venue: "Venue", account: Account, asset: str) -> Decimal:
    """What can be transferred out: all that is free without debt, else down to the transfer bar."""
    free, debt, price = account.free(asset), debt_in_btc(venue, account), value(venue, asset)
    if debt == ZERO:
        return free
    if price == ZERO:
        return ZERO
    room = assets_in_btc(venue, account) - venue.margin.bars.transfer_out * debt
    return down8(max(min(free, room / price), ZERO))
