"""MARGIN_BORROW_MODE=auto: the orders borrow and repay, the hooks only watch that nothing stays owed."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from exchange.ids import OrderName, Role
from exchange.types import Confirmed, OrderRequest, OrderType, Side
from guards.margin_results import Failed, Ready, Waiting
from tests.guards.margin_stage import QUANTITY, TRADE, Stage, margin_stage

ENTRY_ID = OrderName(TRADE, Role.ENTRY, 0, 0).client_id


@pytest.fixture(params=["AUTO_BORROW_REPAY", "MARGIN_BUY"])
def stage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    with margin_stage(tmp_path, borrow_mode="auto", side_effect=request.param) as set_up:
        yield set_up


def enter(stage: Stage) -> None:
    outcome = stage.client.place(OrderRequest(ENTRY_ID, Side.BUY, OrderType.MARKET, QUANTITY))
    assert isinstance(outcome, Confirmed), outcome


def test_the_orders_borrow_and_repay(stage: Stage) -> None:
    """A whole trade: the entry borrows, the exit repays, no loan request of ours is ever sent."""
    assert stage.before_entry() == Ready()
    enter(stage)
    assert stage.owed("USDC") > 0
    stage.deposit("USDC", "1")
    stage.paper.trade("95300")
    stage.trade(Side.SELL)
    assert stage.closed() == Ready()
    assert stage.owed("USDC") == 0
    assert stage.sent() == 0


def test_a_debt_that_the_orders_left_is_told(stage: Stage) -> None:
    """Promise 4: a repayment may silently not happen; it is waited for, then named, and noticed when it is gone."""
    stage.before_entry()
    enter(stage)
    stage.terms(refusals=[{"action": "AUTO_REPAY", "code": -3007, "count": 5}])
    stage.trade(Side.SELL)
    assert isinstance(stage.closed(), Waiting)
    step = stage.until_ready(stage.closed)
    assert isinstance(step, Failed)
    assert step.code == "debt_remains"
    assert f"{stage.owed('USDC').normalize():f} USDC owed" in step.why
    assert stage.sent() == 0
    stage.deposit("USDC", "10")
    stage.by_hand("REPAY", "USDC", str(stage.owed("USDC")))
    assert stage.closed() == Ready()


def test_the_owners_debt_is_no_debt_of_the_orders(stage: Stage) -> None:
    stage.by_hand("BORROW", "USDC", "200")
    assert stage.before_entry() == Ready()
    assert stage.closed() == Ready()
    assert stage.owed("USDC") == Decimal("200.001")
