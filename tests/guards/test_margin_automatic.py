"""MARGIN_BORROW_MODE=auto: the orders borrow and repay, the hooks only watch that nothing stays owed."""

from collections.abc import Iterator
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


def test_a_debt_that_the_orders_left_is_repaid(stage: Stage) -> None:
    """Promise 4: an order's repayment may silently not happen; it is waited for, then we repay, once."""
    stage.before_entry()
    enter(stage)
    stage.deposit("USDC", "1")
    stage.terms(refusals=[{"action": "AUTO_REPAY", "code": -3007, "count": 5}])
    stage.trade(Side.SELL)
    assert isinstance(stage.closed(), Waiting)
    assert stage.sent() == 0
    assert stage.until_ready(stage.closed) == Ready()
    assert stage.sent() == 1
    assert stage.owed("USDC") == 0


def test_a_debt_that_nothing_is_left_for_is_told(stage: Stage) -> None:
    """The exit brought less than was borrowed: all of it is repaid, and the rest named until it is gone."""
    stage.before_entry()
    enter(stage)
    stage.paper.trade("90000")
    stage.trade(Side.SELL)
    step = stage.until_ready(stage.closed)
    assert isinstance(step, Failed)
    assert step.code == "debt_remains"
    assert f"{stage.owed('USDC').normalize():f} USDC owed" in step.why
    stage.deposit("USDC", "10")
    assert stage.until_ready(stage.closed) == Ready()
    assert stage.owed("USDC") == 0


@pytest.mark.parametrize(("asset", "quantity"), [("USDC", "200"), ("BTC", "0.001")])
def test_what_the_owner_owes_is_not_repaid_by_our_orders(stage: Stage, asset: str, quantity: str) -> None:
    """M4: an order that repays by itself repays any debt in what it receives, so there is no entry."""
    stage.by_hand("BORROW", asset, quantity)
    owed = stage.owed(asset)
    step = stage.before_entry()
    assert isinstance(step, Failed)
    assert step.code == "owed_before"
    assert stage.closed() == Ready()
    assert stage.owed(asset) == owed
