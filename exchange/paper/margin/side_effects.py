"""What margin orders do besides trading (Binance docs: margin account new order, sideEffectType).

Borrowing happens when the order is placed, filled or not, and for the part that free funds do not cover. Repayment
happens at each fill, with what the fill brought in after commission, and when an order that borrowed is canceled: then
what it borrowed, and the interest on it, goes back as far as free funds allow.
"""

from typing import TYPE_CHECKING

from exchange.paper.engine.account import Hold
from exchange.paper.engine.orders import Fill, Order, Side
from exchange.paper.margin.loan_records import LoanOrigin
from exchange.paper.margin.loans import borrow, debt, repay_if_possible
from exchange.paper.numbers import ZERO

if TYPE_CHECKING:
    from exchange.paper.engine.venue import Venue


def borrow_missing(venue: "Venue", hold: Hold) -> None:
    """Borrow what the orders of a hold need and the account lacks, if their terms say so."""
    terms = hold.members[0].margin
    if terms is None or not terms.side_effect.borrows:
        return
    missing = hold.required() - hold.account.free(hold.asset)
    if missing > ZERO:
        borrow(venue, hold.account, hold.asset, missing, LoanOrigin.AUTO)
        terms.borrowed += missing
        terms.borrowed_asset = hold.asset


def repay_received(venue: "Venue", order: Order, fill: Fill) -> None:
    """Pay debt back with what a fill brought in."""
    if order.margin is None or not order.margin.side_effect.repays:
        return
    rules = venue.rules[order.symbol]
    asset, received = (rules.base, fill.quantity) if order.side is Side.BUY else (rules.quote, fill.notional)
    commission = fill.commission if fill.commission_asset == asset else ZERO
    repay_if_possible(venue, venue.account(order.account), asset, received - commission)


def repay_at_cancel(venue: "Venue", order: Order) -> None:
    """A canceled order gives back what was borrowed for it, once nothing else needs it."""
    terms, hold = order.margin, order.hold
    if terms is None or hold is None or not terms.repays_at_cancel or terms.borrowed == ZERO:
        return
    if any(member.is_open for member in hold.members):
        return
    account, asset = hold.account, terms.borrowed_asset
    interest = account.balance(asset).interest
    repay_if_possible(venue, account, asset, min(terms.borrowed + interest, debt(account, asset)))
