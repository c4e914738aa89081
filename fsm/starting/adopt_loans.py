"""Whose loan is it? The margin book of an adopted trade, rebuilt from the venue's loan records.

A loan carries no id of ours. But a trade borrows once at most, by a request of its own, after its signal and before its
entry: one such loan is the trade's, none means that it needed none, and of several nobody can tell. What is owed beyond
it was there before, or is the owner's. Orders that borrow by themselves begin only where nothing was owed.
"""

from decimal import ROUND_CEILING

from exchange.ids import signal_minute_ms
from exchange.instrument import Instrument, plain, to_grid
from exchange.lending import Lender, LoanKind, LoanRecord, LoanState
from fsm.numbers import ZERO
from fsm.position import Position
from fsm.record import Record
from fsm.starting.adopt import CannotAdopt
from guards.margin_debts import SMALLEST_UNIT, debt_in
from guards.margin_memory import Debt, LoanRequest, MarginBook, MarginRuntime, RequestStatus
from guards.margin_need import borrowed_asset
from signals.timestamp import MINUTE_MS


def with_loan(record: Record, lender: Lender, instrument: Instrument, now_ms: int, *, automatic: bool) -> Record:
    """The record with the loan of its adopted trade; raises `CannotAdopt`, and VenueError."""
    position = record.position
    if position is None:
        return record
    asset = borrowed_asset(position.entry_side, instrument)
    book = MarginBook(trade_key=position.trade_id, asset=asset, opened_ms=now_ms)
    if automatic:
        book = book.model_copy(update={"prior": {instrument.base: Debt(), instrument.quote: Debt()}})
    else:
        book = _with_request(book, lender, _loan(position, lender, asset), asset)
    done = MarginRuntime(prepared=position.trade_id, opened=position.trade_id)
    return record.model_copy(update={"margin": book, "mg_runtime": done})


def _loan(position: Position, lender: Lender, asset: str) -> LoanRecord | None:
    """The one that was asked for after the signal (which may be dated a little ahead) and before the entry."""
    since_ms = signal_minute_ms(position.trade_id) - MINUTE_MS
    entered_ms = min(order.placed_ms or position.accepted_ms for order in position.entries)
    loans = [
        loan
        for loan in lender.loans(LoanKind.BORROW, asset, since_ms)
        if loan.state is LoanState.CONFIRMED and not loan.automatic and loan.time_ms <= entered_ms
    ]
    if len(loans) > 1:
        shown = ", ".join(f"{plain(loan.quantity)} {asset}" for loan in loans)
        raise CannotAdopt(f"{position.trade_id}: {shown} were borrowed before its entry: nobody can tell which is ours")
    return loans[0] if loans else None


def _with_request(book: MarginBook, lender: Lender, loan: LoanRecord | None, asset: str) -> MarginBook:
    """All that is owed and not this loan was there before; interest is shared as principal is."""
    shown = debt_in(lender.account().balances, asset)
    ours = loan.quantity if loan is not None else ZERO
    theirs = max(shown.principal - ours, ZERO)
    interest = shown.interest * theirs / shown.principal if shown.principal else shown.interest
    prior = Debt(principal=theirs, interest=to_grid(interest, SMALLEST_UNIT, ROUND_CEILING))
    book = book.model_copy(update={"prior": {asset: prior}})
    if loan is None:
        return book
    return book.with_request(
        LoanRequest(
            kind=LoanKind.BORROW,
            asset=asset,
            quantity=loan.quantity,
            status=RequestStatus.CONFIRMED,
            sent_ms=loan.time_ms,
            debt_before=prior.total,
            transaction_id=loan.transaction_id,
        )
    )
