"""The margin settings agree with each other before anything trades (I11)."""

import pytest

from exchange.margin_routes import margin_routes
from exchange.settings import ExchangeSettings


@pytest.mark.parametrize(
    ("environment", "entry", "exit_"),
    [
        ({}, "NO_SIDE_EFFECT", "NO_SIDE_EFFECT"),
        ({"MARGIN_BORROW_MODE": "manual", "MARGIN_SIDE_EFFECT": "NO_SIDE_EFFECT"}, "NO_SIDE_EFFECT", "NO_SIDE_EFFECT"),
        ({"MARGIN_BORROW_MODE": "auto"}, "AUTO_BORROW_REPAY", "AUTO_BORROW_REPAY"),
        (
            {"MARGIN_BORROW_MODE": "auto", "MARGIN_SIDE_EFFECT": "AUTO_BORROW_REPAY"},
            "AUTO_BORROW_REPAY",
            "AUTO_BORROW_REPAY",
        ),
        ({"MARGIN_BORROW_MODE": "auto", "MARGIN_SIDE_EFFECT": "MARGIN_BUY"}, "MARGIN_BUY", "AUTO_REPAY"),
    ],
)
def test_the_side_effect_follows_the_borrow_mode(environment: dict[str, str], entry: str, exit_: str) -> None:
    """Manual orders have no side effect; MARGIN_BUY opens and AUTO_REPAY closes."""
    settings = ExchangeSettings.model_validate({"TRADE_MODE": "margin", **environment})
    assert (settings.entry_side_effect, settings.exit_side_effect) == (entry, exit_)
    assert settings.margin_disagreement is None


@pytest.mark.parametrize(("text", "isolated"), [("TRUE", True), ("FALSE", False), ("true", True)])
def test_isolated_is_written_as_the_venue_writes_it(text: str, *, isolated: bool) -> None:
    """Cross unless told otherwise."""
    assert ExchangeSettings.model_validate({"MARGIN_ISOLATED": text}).margin_isolated is isolated
    assert not ExchangeSettings().margin_isolated


@pytest.mark.parametrize(("mode", "weight"), [("manual", 6), ("auto", 1_500)])
def test_an_order_that_may_borrow_weighs_more(mode: str, weight: int) -> None:
    """V1: the venue counts 1500 by user for it (Binance docs: margin, POST margin/order)."""
    routes = margin_routes(ExchangeSettings.model_validate({"TRADE_MODE": "margin", "MARGIN_BORROW_MODE": mode}))
    assert (routes.place.weight, routes.place_oco.weight) == (weight, weight)
