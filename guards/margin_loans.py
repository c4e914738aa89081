"""Loan requests: written down, sent once, and settled by asking.

A request whose outcome is unknown admits nothing but a query. It happened if the venue's loan records show it; it did
not if its time has run out, the records do not show it, and the debt has not moved by its quantity either. A record
that says FAILED decides nothing: it may belong to an earlier try.
"""

from collections.abc import Callable
from decimal import Decimal

from exchange.lending import Lender, LoanConfirmed, LoanKind, LoanOutcome, LoanRecord, LoanState
from exchange.types import Denied, Rejected
from exchange.values import ZERO
from guards.margin_memory import LoanRequest, MarginBook, MarginState, RequestStatus
from guards.margin_results import Failed, Ready, Step, Waiting

SPACING_MS = 100
"""Loan requests keep this distance (Binance docs: margin, -3007 pending transaction)."""
ASK_AGAIN_MS = 500
RECORDS_SLACK_MS = 1_000
"""Our clock may be this far from the one that stamps the records."""
RECORDS_FINAL_MS = 600_000
"""After this the records are believed, even if the debt moved: then somebody else moved it."""


class LoanRequests:
    """Sends and settles the loan requests of one book; nothing here raises for what becomes of a request."""

    def __init__(self, lender: Lender, now_ms: Callable[[], int]) -> None:
        self._lender = lender
        self._now_ms = now_ms

    def send(self, state: MarginState, kind: LoanKind, quantity: Decimal, owed: Decimal) -> Step:
        """Ask for the loan or repayment in the book's asset, once; `owed` is the whole debt in it before."""
        now, before = self._now_ms(), state.book
        soonest = before.last_sent_ms + SPACING_MS
        if now < soonest <= now + SPACING_MS:
            return Waiting(soonest, f"loan requests keep {SPACING_MS} ms distance")
        asset = _asset(before)
        request = LoanRequest(kind=kind, asset=asset, quantity=quantity, sent_ms=now, debt_before=owed)
        state.put(before.with_request(request), state.runtime)
        if not state.save() and kind is LoanKind.BORROW:
            state.put(before, state.runtime)
            return Failed("state_not_saved", f"the intent to borrow {asset} could not be saved, so it was not sent")
        ask = self._lender.borrow if kind is LoanKind.BORROW else self._lender.repay
        outcome = ask(asset, quantity)
        state.put(_after(state.book, outcome), state.runtime)
        state.save()
        return self._step(outcome)

    def settle(self, state: MarginState) -> Waiting | None:
        """Find out what became of the request in doubt; None when there is none (any more)."""
        request = state.book.unsettled
        if request is None:
            return None
        now = self._now_ms()
        if request.status is RequestStatus.INTENDED:  # stopped between saving and hearing: nothing was sent after now
            doubt = {"status": RequestStatus.IN_DOUBT, "settled_after_ms": now + self._lender.doubt_ms}
            state.put(state.book.with_last(**doubt), state.runtime)
        record = self._record_of(state.book, request)
        if record is not None and record.state is LoanState.CONFIRMED:
            confirmed = {"status": RequestStatus.CONFIRMED, "transaction_id": record.transaction_id}
            _change_last(state, **confirmed, settled_after_ms=None)
            return None
        if record is None and self._absent(state.book, now):
            why = "the venue's records and balances do not show it"
            _change_last(state, status=RequestStatus.REJECTED, why=why)
            return None
        return Waiting(now + ASK_AGAIN_MS, f"{request.kind} of {request.quantity} {request.asset} is in doubt")

    def _record_of(self, book: MarginBook, request: LoanRequest) -> LoanRecord | None:
        known = {other.transaction_id for other in book.requests}
        rows = self._lender.loans(request.kind, request.asset, request.sent_ms - RECORDS_SLACK_MS)
        matching = (
            row
            for row in rows
            if row.quantity == request.quantity
            and row.transaction_id not in known
            and row.state is not LoanState.FAILED
        )
        return next(matching, None)

    def _absent(self, book: MarginBook, now: int) -> bool:
        """Its time has run out and the debt did not move by its quantity."""
        request = book.requests[-1]
        final_ms = request.settled_after_ms or 0
        if now <= final_ms:
            return False
        balance = self._lender.account().balances.get(request.asset)
        owed = balance.debt if balance is not None else ZERO
        if request.kind is LoanKind.BORROW:
            moved = owed >= request.debt_before + request.quantity
        else:
            moved = owed <= request.debt_before - request.quantity
        return not moved or now > final_ms + RECORDS_FINAL_MS

    def _step(self, outcome: LoanOutcome) -> Step:
        now = self._now_ms()
        if isinstance(outcome, LoanConfirmed):
            return Ready()
        if isinstance(outcome, Rejected):
            return Failed(outcome.reason.value, outcome.text)
        if isinstance(outcome, Denied):
            return Waiting(now + max(outcome.retry_after_ms, SPACING_MS), outcome.text)
        return Waiting(now + ASK_AGAIN_MS, outcome.text)


def _change_last(state: MarginState, **changes: object) -> None:
    state.put(state.book.with_last(**changes), state.runtime)
    state.save()


def _after(book: MarginBook, outcome: LoanOutcome) -> MarginBook:
    """The book after the answer to its last request."""
    if isinstance(outcome, LoanConfirmed):
        return book.with_last(status=RequestStatus.CONFIRMED, transaction_id=outcome.transaction_id)
    if isinstance(outcome, Rejected | Denied):
        return book.with_last(status=RequestStatus.REJECTED, why=outcome.text)
    doubt = {"status": RequestStatus.IN_DOUBT, "settled_after_ms": outcome.settled_after_ms}
    return book.with_last(**doubt, why=outcome.text)


def _asset(book: MarginBook) -> str:
    if book.asset is None:
        raise LookupError("a loan request needs a book that was opened for a trade")
    return book.asset
