"""Interest: charged on borrowing and then at every full hour on principal (Binance docs: margin interest)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from exchange.paper.margin.loan_records import ChargeKind, InterestCharge
from exchange.paper.numbers import up8

if TYPE_CHECKING:
    from exchange.paper.engine.venue import Venue

HOUR_MS = 3_600_000


def charge_on_borrow(venue: "Venue", account: str, asset: str, quantity: Decimal) -> None:
    """The first charge, on what has just been borrowed."""
    _charge(venue, account, asset, quantity, ChargeKind.ON_BORROW)


def start_hours(venue: "Venue") -> None:
    """From the first debt on every full hour counts."""
    if venue.margin.next_hour_ms is None:
        venue.margin.next_hour_ms = venue.now_ms - venue.now_ms % HOUR_MS + HOUR_MS


def charge_hour(venue: "Venue") -> None:
    """A full hour has come: charge all principal; without any, hours stop counting."""
    indebted = [
        (account.name, asset, balance.borrowed)
        for account in venue.accounts.values()
        for asset, balance in sorted(account.balances.items())
        if balance.borrowed
    ]
    for account, asset, principal in indebted:
        _charge(venue, account, asset, principal, ChargeKind.PERIODIC)
    due_ms = venue.margin.next_hour_ms
    venue.margin.next_hour_ms = due_ms + HOUR_MS if indebted and due_ms is not None else None


def _charge(venue: "Venue", account: str, asset: str, principal: Decimal, kind: ChargeKind) -> None:
    rate = venue.margin.assets[asset].hourly_rate
    interest = up8(principal * rate)
    venue.account(account).balance(asset).interest += interest
    number = venue.margin.next_transaction_id()
    venue.margin.charges.append(InterestCharge(number, account, asset, kind, principal, interest, rate, venue.now_ms))
