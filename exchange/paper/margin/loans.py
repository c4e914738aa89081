"""Borrowing and repaying (Binance docs: margin account borrow-repay).

Repayment covers interest first. While a transaction of an account is pending every other one is refused with -3007, and
repayments on an order's behalf silently do not happen.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from exchange.paper.errors import WireError
from exchange.paper.margin.errors import (
    AccountBorrowBanned,
    AssetBorrowBanned,
    BalanceNotEnough,
    BorrowAboveMaximum,
    BorrowBelowMinimum,
    IsolatedBorrowAboveMaximum,
    NothingToLend,
    PendingTransaction,
    RepayAboveDebt,
    RepayBelowMinimum,
    UnpaidDebtTooSmall,
)
from exchange.paper.margin.interest import charge_on_borrow, start_hours
from exchange.paper.margin.level import max_borrowable
from exchange.paper.margin.loan_records import LoanAction, LoanOrigin, LoanRecord, LoanStatus
from exchange.paper.numbers import ZERO

if TYPE_CHECKING:
    from exchange.paper.engine.account import Account
    from exchange.paper.engine.venue import Venue


def borrow(venue: "Venue", account: "Account", asset: str, quantity: Decimal, origin: LoanOrigin) -> LoanRecord:
    """Lend to an account, at once or after the venue's loan time; or refuse."""
    venue.margin.refuse_if_forced("BORROW" if origin is LoanOrigin.MANUAL else "AUTO_BORROW")
    _check_borrow(venue, account, asset, quantity)
    record = _record(venue, account, LoanAction.BORROW, origin, asset, quantity)
    _carry_out(venue, record)
    return record


def repay(venue: "Venue", account: "Account", asset: str, quantity: Decimal, origin: LoanOrigin) -> LoanRecord:
    """Take debt off an account, at once or after the venue's loan time; or refuse."""
    venue.margin.refuse_if_forced("REPAY" if origin is LoanOrigin.MANUAL else "AUTO_REPAY")
    _check_repay(venue, account, asset, quantity)
    record = _record(venue, account, LoanAction.REPAY, origin, asset, quantity)
    _carry_out(venue, record)
    return record


def repay_if_possible(venue: "Venue", account: "Account", asset: str, wished: Decimal) -> None:
    """Repay on an order's behalf what debt and free funds allow; a refusal leaves the debt and a failed record."""
    quantity = min(wished, debt(account, asset), account.free(asset))
    if quantity <= ZERO:
        return
    try:
        repay(venue, account, asset, quantity, LoanOrigin.AUTO)
    except WireError:
        record = _record(venue, account, LoanAction.REPAY, LoanOrigin.AUTO, asset, quantity)
        record.status = LoanStatus.FAILED


def seize(venue: "Venue", account: "Account", asset: str) -> None:
    """Take what is free towards the debt of an asset, whatever else is going on."""
    quantity = min(debt(account, asset), account.free(asset))
    if quantity > ZERO:
        _settle(venue, _record(venue, account, LoanAction.REPAY, LoanOrigin.AUTO, asset, quantity))


def debt(account: "Account", asset: str) -> Decimal:
    """Principal and interest owed in an asset."""
    balance = account.balances.get(asset)
    return ZERO if balance is None else balance.borrowed + balance.interest


def is_busy(venue: "Venue", account: str) -> bool:
    """Whether a transaction of the account is pending."""
    return any(record.account == account for record in venue.margin.pending)


def confirm(venue: "Venue", record: LoanRecord) -> None:
    """A pending transaction's time has come; what is no longer possible fails."""
    venue.margin.pending.remove(record)
    account = venue.account(record.account)
    payable = min(debt(account, record.asset), account.free(record.asset))
    if record.action is LoanAction.REPAY and record.quantity > payable:
        record.status = LoanStatus.FAILED
    else:
        _settle(venue, record)


def _carry_out(venue: "Venue", record: LoanRecord) -> None:
    if record.origin is LoanOrigin.MANUAL and venue.margin.loan_ms:
        record.status, record.confirms_ms = LoanStatus.PENDING, venue.now_ms + venue.margin.loan_ms
        venue.margin.pending.append(record)
    else:
        _settle(venue, record)


def _settle(venue: "Venue", record: LoanRecord) -> None:
    record.status = LoanStatus.CONFIRMED
    balance, terms = venue.account(record.account).balance(record.asset), venue.margin.assets[record.asset]
    if record.action is LoanAction.BORROW:
        record.principal = record.quantity
        balance.free += record.quantity
        balance.borrowed += record.quantity
        charge_on_borrow(venue, record.account, record.asset, record.quantity)
        start_hours(venue)
    else:
        record.interest = min(record.quantity, balance.interest)
        record.principal = record.quantity - record.interest
        balance.free -= record.quantity
        balance.interest -= record.interest
        balance.borrowed -= record.principal
        venue.interest.balance(record.asset).free += record.interest
    if terms.available is not None:
        terms.available += record.principal if record.action is LoanAction.REPAY else -record.principal


def _record(
    venue: "Venue", account: "Account", action: LoanAction, origin: LoanOrigin, asset: str, quantity: Decimal
) -> LoanRecord:
    number = venue.margin.next_transaction_id()
    record = LoanRecord(number, account.name, action, origin, asset, quantity, venue.now_ms)
    venue.margin.loans.append(record)
    return record


def _check_borrow(venue: "Venue", account: "Account", asset: str, quantity: Decimal) -> None:
    terms = venue.margin.assets[asset]
    if is_busy(venue, account.name):
        raise PendingTransaction
    if not venue.margin.flags_of(account.name).borrow_enabled:
        raise AccountBorrowBanned
    if not terms.borrowable:
        raise AssetBorrowBanned
    if quantity < terms.min_borrow:
        raise BorrowBelowMinimum
    if terms.available is not None and quantity > terms.available:
        raise NothingToLend
    if quantity > max_borrowable(venue, account, asset):
        raise BorrowAboveMaximum if account.kind == "cross" else IsolatedBorrowAboveMaximum


def _check_repay(venue: "Venue", account: "Account", asset: str, quantity: Decimal) -> None:
    terms, owed = venue.margin.assets[asset], debt(account, asset)
    if is_busy(venue, account.name):
        raise PendingTransaction
    if quantity > owed:
        raise RepayAboveDebt
    if quantity < min(terms.min_repay, owed):
        raise RepayBelowMinimum
    if ZERO < owed - quantity < terms.min_repay:
        raise UnpaidDebtTooSmall
    if quantity > account.free(asset):
        raise BalanceNotEnough
