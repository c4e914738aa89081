"""Loan requests: written down, sent once, and settled by asking.

The venue's answer to a request is at best the id of a transaction, and without an answer there is not even that. The
request is done when the loan records say CONFIRMED, or when they have it and the debt has moved by its quantity. It
never happened if the record of its id says FAILED, or, without an id, when its time has run out, no record shows it and
the debt has not moved either. Until then it admits nothing but a query.

A refused loan is looked for as well: something between us and the venue may have repeated the request, and then the
answer that was heard is the second one.
"""

from collections.abc import Callable
from decimal import Decimal

from exchange.instrument import plain
from exchange.lending import Lender, LoanAccepted, LoanKind, LoanOutcome, LoanRecord, LoanState
from exchange.types import Denied, InDoubt, Rejected
from exchange.values import ZERO
from guards.margin_memory import LoanRequest, MarginBook, MarginState, RequestStatus
from guards.margin_parts import ASK_AGAIN_MS
from guards.margin_results import Failed, Ready, Step, Waiting

SPACING_MS = 100
"""Loan requests keep this distance (Binance docs: margin, -3007 pending transaction)."""
RECORDS_SLACK_MS = 1_000
"""Our clock may be this far from the one that stamps the records."""
DENIED = "denied"
"""The refusal of a request that the venue did not look at."""
RECORDS_FINAL_MS = 600_000
"""After this the records are believed, even if the debt moved: then somebody else moved it."""


class LoanRequests:
    """Sends and settles the loan requests of one book; raises a `VenueError` only where asking about one fails."""

    def __init__(self, lender: Lender, now_ms: Callable[[], int]) -> None:
        self._lender = lender
        self._now_ms = now_ms

    def send(self, state: MarginState, kind: LoanKind, asset: str, quantity: Decimal, owed: Decimal) -> Step:
        """Ask for the loan or repayment, once; `owed` is the whole debt in the asset before."""
        now, before = self._now_ms(), state.book
        soonest = before.last_sent_ms + SPACING_MS
        if now < soonest <= now + SPACING_MS:
            return Waiting(soonest, f"loan requests keep {SPACING_MS} ms distance")
        request = LoanRequest(kind=kind, asset=asset, quantity=quantity, sent_ms=now, debt_before=owed)
        state.put(before.with_request(request), state.runtime)
        if not state.save() and kind is LoanKind.BORROW:
            state.put(before, state.runtime)
            return Failed("state_not_saved", f"the intent to borrow {asset} could not be saved, so it was not sent")
        ask = self._lender.borrow if kind is LoanKind.BORROW else self._lender.repay
        outcome = ask(asset, quantity)
        _change_last(state, **_answered(outcome, kind))
        if isinstance(outcome, InDoubt):
            return self._not_done(outcome)
        waiting = self.settle(state)
        if waiting is not None:
            return waiting
        done = state.book.requests[-1].status is RequestStatus.CONFIRMED
        return Ready() if done else self._not_done(outcome, state.book.requests[-1].why)

    def settle(self, state: MarginState) -> Waiting | None:
        """Find out what became of the unsettled request; None when there is none (any more)."""
        now = self._now_ms()
        if state.book.unsettled is None:
            return None
        if state.book.unsettled.status is RequestStatus.INTENDED:
            # stopped between saving and hearing: nothing was sent after now
            _change_last(state, status=RequestStatus.IN_DOUBT, settled_after_ms=now + self._lender.doubt_ms)
        changes = self._evidence(state.book, state.book.requests[-1], now)
        if changes:
            _change_last(state, **changes)
        request = state.book.unsettled
        if request is None:
            return None
        soon = ASK_AGAIN_MS if request.transaction_id is None else SPACING_MS
        return Waiting(now + soon, f"{request.kind} of {plain(request.quantity)} {request.asset} is not settled")

    def _evidence(self, book: MarginBook, request: LoanRequest, now: int) -> dict[str, object]:
        """What the venue shows of the request, as changes to it; empty while it shows nothing that decides."""
        record = self._record_of(book, request)
        if record is not None and record.state is not LoanState.PENDING:
            return _told_by(record)
        if request.transaction_id is not None:
            return {"status": RequestStatus.CONFIRMED} if self._debt_moved(request) else {}
        if record is not None:
            return {"transaction_id": record.transaction_id}
        if request.refusal is not None:
            return {"status": RequestStatus.REJECTED}
        final_ms = request.settled_after_ms or 0
        if now > final_ms and (now > final_ms + RECORDS_FINAL_MS or not self._debt_moved(request)):
            return {"status": RequestStatus.REJECTED, "why": "the venue's records and balances do not show it"}
        return {}

    def _record_of(self, book: MarginBook, request: LoanRequest) -> LoanRecord | None:
        """The record of its id; without one, a record of no other request that may be it.

        A failed one may belong to an earlier try, so it says nothing of a request without an id.
        """
        rows = self._lender.loans(request.kind, request.asset, request.sent_ms - RECORDS_SLACK_MS)
        if request.transaction_id is not None:
            return next((row for row in rows if row.transaction_id == request.transaction_id), None)
        known = {other.transaction_id for other in book.requests}
        possible = (row for row in rows if row.transaction_id not in known and row.state is not LoanState.FAILED)
        return next((row for row in possible if row.quantity == request.quantity), None)

    def _debt_moved(self, request: LoanRequest) -> bool:
        balance = self._lender.account().balances.get(request.asset)
        owed = balance.debt if balance is not None else ZERO
        if request.kind is LoanKind.BORROW:
            return owed >= request.debt_before + request.quantity
        return owed <= request.debt_before - request.quantity

    def _not_done(self, outcome: LoanOutcome, why: str | None = None) -> Step:
        now = self._now_ms()
        if isinstance(outcome, LoanAccepted):
            return Failed("loan_failed", why or "")
        if isinstance(outcome, Rejected):
            return Failed(outcome.reason.value, outcome.text)
        if isinstance(outcome, Denied):
            return Waiting(now + max(outcome.retry_after_ms, SPACING_MS), outcome.text)
        return Waiting(now + ASK_AGAIN_MS, outcome.text)


def _change_last(state: MarginState, **changes: object) -> None:
    """The last request, changed and saved; where saving fails, the intent on disk leads to asking again."""
    state.put(state.book.with_last(**changes), state.runtime)
    state.save()


def _told_by(record: LoanRecord) -> dict[str, object]:
    """What a record that is final says of its request."""
    if record.state is LoanState.CONFIRMED:
        return {"status": RequestStatus.CONFIRMED, "transaction_id": record.transaction_id}
    return {"status": RequestStatus.REJECTED, "why": f"the venue failed transaction {record.transaction_id}"}


def _answered(outcome: LoanOutcome, kind: LoanKind) -> dict[str, object]:
    """What the venue's answer changes in the request; a loan that was refused is looked for before that is believed."""
    doubt = RequestStatus.IN_DOUBT
    refused = doubt if kind is LoanKind.BORROW else RequestStatus.REJECTED
    if isinstance(outcome, LoanAccepted):
        return {"status": doubt, "transaction_id": outcome.transaction_id}
    if isinstance(outcome, Rejected):
        return {"status": refused, "refusal": outcome.reason.value, "why": outcome.text}
    if isinstance(outcome, Denied):
        return {"status": refused, "refusal": DENIED, "why": outcome.text}
    return {"status": doubt, "settled_after_ms": outcome.settled_after_ms, "why": outcome.text}
