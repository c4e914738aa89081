"""What is checked before margin trades at all (I11, M8)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guards.margin_results import Failed, Ready, Waiting
from tests.guards.margin_stage import ACCOUNT, Stage, margin_stage

ISOLATED = {"margin_isolated": True}


@pytest.mark.parametrize("settings", [{}, ISOLATED, {"borrow_mode": "auto"}])
def test_a_sound_account_is_ready(tmp_path: Path, settings: dict[str, Any]) -> None:
    with margin_stage(tmp_path, **settings) as stage:
        assert stage.hooks().on_startup(stage.kept) == Ready()


def without_account(stage: Stage) -> None:
    stage.terms(accounts={stage.account: {"created": False}})


def without_borrowing(stage: Stage) -> None:
    stage.terms(accounts={stage.account: {"borrow_enabled": False}})


def without_trading(stage: Stage) -> None:
    stage.terms(accounts={stage.account: {"trade_enabled": False}})


def without_the_pair(stage: Stage) -> None:
    stage.paper.script("symbol", {"symbol": "BTCUSDC", "margin_allowed": False})
    stage.client.refresh_instrument()


@pytest.mark.parametrize(
    ("settings", "spoil", "code"),
    [
        ({}, without_account, "venue_refused"),
        ({}, without_borrowing, "account_may_not_borrow"),
        ({}, without_trading, "account_may_not_trade"),
        ({}, without_the_pair, "pair_not_allowed"),
        (ISOLATED, without_account, "account_may_not_trade"),
        (ISOLATED, without_borrowing, "account_may_not_borrow"),
        (ISOLATED, without_trading, "account_may_not_trade"),
    ],
)
def test_an_unsound_account_is_named(
    tmp_path: Path, settings: dict[str, Any], spoil: Callable[[Stage], None], code: str
) -> None:
    """M8: before the first signal, with what is missing and what to do."""
    with margin_stage(tmp_path, **settings) as stage:
        spoil(stage)
        step = stage.hooks().on_startup(stage.kept)
        assert isinstance(step, Failed)
        assert step.code == code
        assert step.why


def test_settings_that_disagree_are_named(tmp_path: Path) -> None:
    """I11: however they came to disagree."""
    with margin_stage(tmp_path) as stage:
        stage.settings = stage.settings.model_copy(update={"side_effect": "AUTO_BORROW_REPAY"})
        step = stage.hooks().on_startup(stage.kept)
        assert isinstance(step, Failed)
        assert step.code == "settings_disagree"
        assert "MARGIN_BORROW_MODE=manual contradicts MARGIN_SIDE_EFFECT=AUTO_BORROW_REPAY" in step.why


def test_a_silent_venue_is_asked_again(tmp_path: Path) -> None:
    with margin_stage(tmp_path) as stage:
        stage.paper.fault(ACCOUNT, "error", status=503, count=3)
        assert isinstance(stage.hooks().on_startup(stage.kept), Waiting)
        assert stage.hooks().on_startup(stage.kept) == Ready()
