"""What a margin account is worth against what it owes (Binance docs: margin level).

Level = (free + locked) / (borrowed + interest), all assets valued in BTC at last prices. Borrowing more is allowed down
to the normal bar, so with debt D, assets A and bar b at most (A - b*D) / (b - 1) can still be borrowed; what can be
borrowed or moved out is reckoned in the asset itself, so that no division blurs it.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from exchange.paper.engine.account import Account
from exchange.paper.numbers import UNIT, ZERO, down8

if TYPE_CHECKING:
    from exchange.paper.engine.venue import Venue

VALUED_IN, BRIDGE = "BTC", "USDT"
# what the venue shows when nothing is owed
NO_DEBT_LEVEL = Decimal(999)
# rounding to so many decimals before cutting to eight keeps a division's last digit from costing a unit
GUARD_DECIMALS = 12


def price_in(venue: "Venue", asset: str, quote: str) -> Decimal | None:
    """The price of an asset in another by a symbol that both form, in either direction."""
    if asset == quote:
        return Decimal(1)
    direct, reverse = venue.markets.get(asset + quote), venue.markets.get(quote + asset)
    if direct is not None:
        return direct.last_price
    return None if reverse is None else 1 / reverse.last_price


def value(venue: "Venue", asset: str, quote: str = VALUED_IN) -> Decimal:
    """The price of an asset in another, by way of bitcoin if there is no symbol of both; zero if it has no market."""
    price = price_in(venue, asset, quote)
    if price is not None:
        return price
    of_asset, of_quote = in_btc(venue, asset), in_btc(venue, quote)
    return of_asset / of_quote if of_quote else ZERO


def in_btc(venue: "Venue", asset: str) -> Decimal:
    """The price of an asset in bitcoin, by way of the bridge asset if there is no symbol of both."""
    price = price_in(venue, asset, VALUED_IN)
    if price is not None:
        return price
    first, second = price_in(venue, asset, BRIDGE), price_in(venue, BRIDGE, VALUED_IN)
    return ZERO if first is None or second is None else first * second


def assets_in(venue: "Venue", account: Account, quote: str = VALUED_IN) -> Decimal:
    """All that the account holds."""
    rows = account.balances.items()
    return sum((value(venue, asset, quote) * (balance.free + balance.locked) for asset, balance in rows), ZERO)


def debt_in(venue: "Venue", account: Account, quote: str = VALUED_IN) -> Decimal:
    """All that the account owes, interest included."""
    rows = account.balances.items()
    return sum((value(venue, asset, quote) * (balance.borrowed + balance.interest) for asset, balance in rows), ZERO)


def level(venue: "Venue", account: Account) -> Decimal:
    """The margin level to eight decimals, as it is shown and compared with the bars; 999 without debt."""
    debt = debt_in(venue, account)
    return min((assets_in(venue, account) / debt).quantize(UNIT), NO_DEBT_LEVEL) if debt else NO_DEBT_LEVEL


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
    terms, bar = venue.margin.assets[asset], venue.margin.bars.normal
    room = (assets_in(venue, account, asset) - bar * debt_in(venue, account, asset)) / (bar - 1)
    owed = account.balances[asset].borrowed if asset in account.balances else ZERO
    bounds = [room, terms.max_borrow - owed]
    if terms.available is not None:
        bounds.append(terms.available)
    return down8(max(round(min(bounds), GUARD_DECIMALS), ZERO))


def max_transferable(venue: "Venue", account: Account, asset: str) -> Decimal:
    """What can be transferred out: all that is free without debt, else down to the transfer bar."""
    free, debt = account.free(asset), debt_in(venue, account, asset)
    if debt == ZERO:
        return free
    room = assets_in(venue, account, asset) - venue.margin.bars.transfer_out * debt
    return down8(max(round(min(free, room), GUARD_DECIMALS), ZERO))
