"""Lost answers around loans: borrowed once, repaid once, whatever happens in between (M3)."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from exchange.lending import LoanKind, LoanRecord, LoanState
from guards.margin_memory import RequestStatus
from guards.margin_results import Failed, Ready, Waiting
from tests.exchange.documented import START_MS
from tests.guards.lenders import ShownRecords
from tests.guards.margin_stage import LOANS, Stage, margin_stage

ZERO = Decimal(0)
BORROWED = Decimal("98.85027553")
INTEREST = Decimal("0.00049426")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """With one USDC of the owner's, so that interest can be paid."""
    with margin_stage(tmp_path, request_timeout_s=0.7) as set_up:
        set_up.deposit("USDC", "1")
        yield set_up


LOST = [("error_after", 1), ("timeout_after", 1), ("drop_after", 1), ("error", 2), ("timeout", 2), ("drop", 2)]
"""The fault, and how many requests it takes until one was carried out."""


@pytest.mark.parametrize(("kind", "sent"), LOST)
def test_a_borrow_without_an_answer_happens_once(stage: Stage, kind: str, sent: int) -> None:
    """M3: found in the records at once, or sent again only when its time has run out and nothing shows it."""
    stage.paper.fault(LOANS, kind, method="POST", status=503)
    step = stage.before_entry()
    assert isinstance(step, Waiting)
    sent_ms = stage.clock.now_ms()
    assert stage.until_ready(stage.before_entry) == Ready()
    assert stage.loans("BORROW") == [BORROWED]
    assert stage.sent() == sent
    waited_ms = stage.clock.now_ms() - sent_ms
    assert waited_ms <= 1_000 if sent == 1 else waited_ms > stage.lender.doubt_ms


@pytest.mark.parametrize(("kind", "sent"), LOST)
def test_a_repayment_without_an_answer_happens_once(stage: Stage, kind: str, sent: int) -> None:
    stage.before_entry()
    stage.paper.fault(LOANS, kind, method="POST", status=503)
    assert stage.until_ready(stage.closed) == Ready()
    assert stage.loans("REPAY") == [BORROWED + INTEREST]
    assert stage.owed("USDC") == ZERO
    assert stage.sent() == 1 + sent


def test_a_doubt_is_only_asked_about(stage: Stage) -> None:
    """M3: while the venue does not say what became of it, nothing else is sent, neither for the entry nor the close."""
    stage.paper.fault(LOANS, "drop_after", method="POST")
    stage.before_entry()
    stage.paper.fault(LOANS, "error", method="GET", status=503, count=1_000)
    for hook in (stage.before_entry, stage.closed) * 10:
        assert isinstance(hook(), Waiting)
        stage.clock.advance(5_000)
    assert stage.sent() == 1
    assert stage.kept.book.requests[0].status is RequestStatus.IN_DOUBT


def test_the_balance_has_a_word_too(stage: Stage) -> None:
    """Records that lag do not make a loan absent: the debt that moved says that it is there."""
    stage.paper.fault(LOANS, "drop_after", method="POST")
    stage.before_entry()
    stage.clock.advance(stage.lender.doubt_ms + 1_000)
    assert isinstance(stage.before_entry(lender=ShownRecords(stage.lender)), Waiting)
    assert stage.until_ready(stage.before_entry) == Ready()
    assert stage.sent() == 1


def test_a_debt_that_somebody_else_moved_does_not_wait_for_ever(stage: Stage) -> None:
    """Ten minutes on, the records alone decide: the owner's loan of another quantity is none of ours."""
    stage.paper.fault(LOANS, "drop", method="POST")
    stage.before_entry()
    stage.clock.advance(101)
    stage.by_hand("BORROW", "USDC", "200")
    stage.deposit("USDC", "-200")
    for wait_ms in (stage.lender.doubt_ms + 1, 590_000):
        stage.clock.advance(wait_ms)
        assert isinstance(stage.before_entry(), Waiting)
    stage.clock.advance(10_000)
    assert stage.before_entry() == Ready()
    assert stage.loans("BORROW") == [Decimal(200), BORROWED]


def test_a_moved_debt_needs_no_record(stage: Stage) -> None:
    """A loan or repayment that was accepted and shows in the balances is done, though its record is not shown yet."""
    blind = ShownRecords(stage.lender)
    assert stage.before_entry(lender=blind) == Ready()
    assert stage.until_ready(lambda: stage.closed(lender=blind)) == Ready()
    assert (stage.loans("BORROW"), stage.loans("REPAY")) == ([BORROWED], [BORROWED + INTEREST])


def test_a_repayment_that_failed_later_is_made_again(stage: Stage) -> None:
    """Accepted, then failed for lack of funds: the record of its id says so, and the debt is still ours."""
    stage.before_entry()
    stage.terms(loan_ms=700)
    stage.clock.advance(101)
    assert isinstance(stage.closed(), Waiting)
    stage.deposit("USDC", "-99.85027553")
    stage.clock.advance(701)
    step = stage.until_ready(stage.closed)
    assert isinstance(step, Failed)
    assert stage.loans("REPAY") == []
    stage.deposit("USDC", "99.85027553")
    assert stage.until_ready(stage.closed) == Ready()
    assert stage.loans("REPAY") == [BORROWED + INTEREST]


def row(number: int, state: LoanState, quantity: Decimal = BORROWED, later_ms: int = 0) -> LoanRecord:
    zero = Decimal(0)
    return LoanRecord(LoanKind.BORROW, number, "USDC", quantity, zero, zero, state, START_MS + later_ms)


@pytest.mark.parametrize(
    ("rows", "status", "transaction"),
    [
        ((), RequestStatus.IN_DOUBT, None),
        ((row(7, LoanState.CONFIRMED),), RequestStatus.CONFIRMED, 7),
        ((row(7, LoanState.CONFIRMED, later_ms=-1_000),), RequestStatus.CONFIRMED, 7),
        ((row(7, LoanState.CONFIRMED, later_ms=-1_001),), RequestStatus.IN_DOUBT, None),
        ((row(7, LoanState.CONFIRMED, BORROWED + 1),), RequestStatus.IN_DOUBT, None),
        ((row(7, LoanState.FAILED),), RequestStatus.IN_DOUBT, None),
        ((row(7, LoanState.FAILED), row(8, LoanState.CONFIRMED)), RequestStatus.CONFIRMED, 8),
        ((row(7, LoanState.PENDING),), RequestStatus.IN_DOUBT, 7),
    ],
)
def test_evidence_of_a_loan_without_an_answer(
    stage: Stage, rows: tuple[LoanRecord, ...], status: RequestStatus, transaction: int | None
) -> None:
    """A record of its quantity and time is it, unless it failed: that one may be of an earlier try."""
    stage.paper.fault(LOANS, "drop", method="POST")
    stage.before_entry()
    stage.before_entry(lender=ShownRecords(stage.lender, rows))
    (request,) = stage.kept.book.requests
    assert (request.status, request.transaction_id) == (status, transaction)


def test_a_record_is_of_one_request_only(stage: Stage) -> None:
    """Two repayments of one quantity: the record of the first is no proof of the second."""
    stage.before_entry()
    stage.deposit("USDC", "-59.85027553")
    stage.clock.advance(101)
    assert isinstance(stage.closed(), Waiting)
    stage.deposit("USDC", "40")
    stage.paper.fault(LOANS, "drop", method="POST")
    stage.clock.advance(101)
    for _ in range(3):
        assert isinstance(stage.closed(), Waiting)
    assert [(request.quantity, request.status) for request in stage.kept.book.requests[1:]] == [
        (Decimal(40), RequestStatus.CONFIRMED),
        (Decimal(40), RequestStatus.IN_DOUBT),
    ]


def test_a_limit_is_waited_out(stage: Stage) -> None:
    """V1: the venue's Retry-After decides when a loan is asked for again."""
    stage.paper.fault(LOANS, "limit", method="POST", retry_after=9)
    step = stage.before_entry()
    assert isinstance(step, Waiting)
    assert step.until_ms == stage.clock.now_ms() + 9_000
