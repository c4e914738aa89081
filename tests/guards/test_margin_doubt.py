"""Lost answers and crashes around loans: borrowed once, repaid once, whatever happens in between (M3, R1)."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from exchange.lending import Lender, LoanKind, LoanOutcome, LoanRecord, MarginAccount
from exchange.types import Side
from guards.margin_memory import RequestStatus
from guards.margin_results import Ready, Step, Waiting
from tests.guards.margin_stage import LOANS, TRADE, Plan, Stage, margin_stage

Answer = TypeVar("Answer")
ZERO = Decimal(0)
BORROWED = Decimal("98.85027553")
INTEREST = Decimal("0.00049426")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """With one USDC of the owner's, so that interest can be paid."""
    with margin_stage(tmp_path) as set_up:
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
    blind = BlindRecords(stage.lender)
    stage.clock.advance(stage.lender.doubt_ms + 1_000)
    step = stage.hooks(blind).on_before_entry(stage.kept, "BTCUSDC", Side.BUY, Decimal("0.00105"), Plan())
    assert isinstance(step, Waiting)
    assert stage.until_ready(stage.before_entry) == Ready()
    assert stage.sent() == 1


def test_a_confirmed_debt_needs_no_record(stage: Stage) -> None:
    """A loan that was accepted and is owed is there, though its record is not shown yet."""
    hooks = stage.hooks(BlindRecords(stage.lender))
    assert hooks.on_before_entry(stage.kept, "BTCUSDC", Side.BUY, Decimal("0.00105"), Plan()) == Ready()
    assert stage.loans("BORROW") == [BORROWED]


class BlindRecords:
    """The venue's lender with records that have not caught up yet."""

    def __init__(self, real: Lender) -> None:
        self._real = real

    @property
    def doubt_ms(self) -> int:
        return self._real.doubt_ms

    def account(self) -> MarginAccount:
        return self._real.account()

    def margin_level(self) -> Decimal | None:
        return self._real.margin_level()

    def max_borrowable(self, asset: str) -> Decimal:
        return self._real.max_borrowable(asset)

    def loans(self, kind: LoanKind, asset: str, since_ms: int) -> tuple[LoanRecord, ...]:
        return ()

    def borrow(self, asset: str, quantity: Decimal) -> LoanOutcome:
        return self._real.borrow(asset, quantity)

    def repay(self, asset: str, quantity: Decimal) -> LoanOutcome:
        return self._real.repay(asset, quantity)


class Stopped(BaseException):
    """The process was killed here."""


class StoppingLender(BlindRecords):
    """The venue's lender, before and after each of whose requests the process may be killed."""

    def __init__(self, real: Lender, moment: Callable[[], None]) -> None:
        super().__init__(real)
        self._moment = moment

    def account(self) -> MarginAccount:
        return self._around(self._real.account)

    def loans(self, kind: LoanKind, asset: str, since_ms: int) -> tuple[LoanRecord, ...]:
        return self._around(lambda: self._real.loans(kind, asset, since_ms))

    def borrow(self, asset: str, quantity: Decimal) -> LoanOutcome:
        return self._around(lambda: self._real.borrow(asset, quantity))

    def repay(self, asset: str, quantity: Decimal) -> LoanOutcome:
        return self._around(lambda: self._real.repay(asset, quantity))

    def _around(self, ask: Callable[[], Answer]) -> Answer:
        self._moment()
        answer = ask()
        self._moment()
        return answer


class Death:
    """Kills at the n-th moment."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.passed = 0

    def __call__(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Stopped


def whole_trade(stage: Stage, death: Death) -> None:
    """Borrow, and repay because the entry never filled; the record is saved where the lifecycle saves it."""
    stage.kept.before_save = stage.kept.after_save = death
    lender = StoppingLender(stage.lender, death)

    def before() -> Step:
        return stage.hooks(lender).on_before_entry(stage.kept, "BTCUSDC", Side.BUY, Decimal("0.00105"), Plan())

    def after() -> Step:
        return stage.hooks(lender).on_after_position_closed(stage.kept, TRADE)

    for hook in (before, after):
        assert stage.until_ready(hook) == Ready()
        stage.kept.save()


def moments(stage: Stage) -> int:
    death = Death(at=-1)
    whole_trade(stage, death)
    return death.passed


def test_killed_at_any_moment_it_borrows_and_repays_once(stage: Stage, tmp_path: Path) -> None:
    """Stop before and after every save and every request: after the restart the books say the same as without."""
    count = moments(stage)
    assert count > 30
    for at in range(1, count + 1):
        path = tmp_path / str(at)
        path.mkdir()
        with margin_stage(path) as run:
            run.deposit("USDC", "1")
            death = Death(at)
            with pytest.raises(Stopped):
                whole_trade(run, death)
            run.kept.restart()
            whole_trade(run, death)
            assert (run.loans("BORROW"), sum(run.loans("REPAY"))) == ([BORROWED], BORROWED + INTEREST), at
            assert run.owed("USDC") == ZERO, at
