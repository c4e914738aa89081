"""Killed at any moment around a loan, it borrows once and repays once (E1, M3, R1)."""

from decimal import Decimal
from pathlib import Path

import pytest

from guards.margin_results import Ready, Step
from tests.guards.lenders import Death, Stopped, StoppingLender
from tests.guards.margin_stage import Kept, Stage, margin_stage

BORROWED, INTEREST = Decimal("98.85027553"), Decimal("0.00049426")
LEAST_MOMENTS = 30


def whole_trade(stage: Stage, death: Death) -> None:
    """Borrow, and repay because the entry never filled; the record is saved where the lifecycle saves it."""
    stage.kept.before_save = stage.kept.after_save = death
    lender = StoppingLender(stage.lender, death)

    def before() -> Step:
        return stage.before_entry(lender=lender)

    def after() -> Step:
        return stage.closed(lender=lender)

    for hook in (before, after):
        assert stage.until_ready(hook) == Ready()
        stage.kept.save()


def test_killed_at_any_moment_it_borrows_and_repays_once(tmp_path: Path) -> None:
    """Stop before and after every save and every request: after the restart the books say the same as without."""
    at, reached = 0, True
    with margin_stage(tmp_path) as stage:
        while reached:
            at += 1
            afresh(stage, tmp_path / str(at))
            reached = killed(stage, at)
            if reached:
                whole_trade(stage, Death())
            assert (stage.loans("BORROW"), sum(stage.loans("REPAY"))) == ([BORROWED], BORROWED + INTEREST), at
            assert stage.owed("USDC") == 0, at
    assert at > LEAST_MOMENTS


def afresh(stage: Stage, path: Path) -> None:
    """The venue as it was at first, and a record that was never saved."""
    stage.paper.script("reset")
    stage.deposit("BTC", "1")
    stage.deposit("USDC", "1")
    stage.kept = Kept(path)


def killed(stage: Stage, at: int) -> bool:
    """Whether the trade lasted until this moment, and was killed at it."""
    death = Death(at)
    try:
        whole_trade(stage, death)
    except Stopped:
        stage.kept.restart()
        return True
    return False


def test_what_was_intended_may_have_been_sent(tmp_path: Path) -> None:
    """After a restart an intent is a doubt that lasts as long as a request can: nothing was sent after now."""
    with margin_stage(tmp_path) as stage:
        stage.deposit("USDC", "1")
        with pytest.raises(Stopped):
            whole_trade(stage, Death(4))
        stage.kept.restart()
        assert stage.sent() == 0
        started_ms = stage.clock.now_ms()
        assert stage.until_ready(stage.before_entry) == Ready()
        assert stage.sent() == 1
        assert stage.clock.now_ms() > started_ms + stage.lender.doubt_ms
