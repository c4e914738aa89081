"""The guards' settings: documented names and defaults, mistakes refused, every value used."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from guards.entry_price import PriceRule
from guards.settings import GuardSettings

DEFAULTS = {
    "MAX_PEAK_AGE_SEC": "600",
    "MAX_PEAK_FUTURE_SEC": "5",
    "LOCK_SEC": "15",
    "COOLDOWN_SEC": "180",
    "SPOT_SHORT": "refuse",
    "MAX_SPREAD_BPS": "20",
    "PLANB_MAX_DEV_R_MULT": "0.25",
    "PLANB_MAX_DEV_USD": "0",
    "PLANB_ABORT_IF_PAST_TP1": "true",
    "PLANB_REQUIRE_PRICE": "true",
    "MARGIN_LEVEL_FLOOR": "1.5",
}


def test_names_and_defaults() -> None:
    """Each setting has its documented environment name, default and a description."""
    settings = GuardSettings()
    assert settings.named(*GuardSettings.model_fields) == DEFAULTS
    assert all(field.description for field in GuardSettings.model_fields.values())


def test_text_from_the_environment() -> None:
    """The defaults written as environment text give the defaults."""
    assert GuardSettings.model_validate(DEFAULTS) == GuardSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_PEAK_AGE_SEC", "0"),
        ("MAX_PEAK_AGE_SEC", "ten"),
        ("MAX_PEAK_FUTURE_SEC", "-1"),
        ("LOCK_SEC", "-1"),
        ("LOCK_SEC", "86401"),
        ("COOLDOWN_SEC", "604801"),
        ("COOLDOWN_SEC", "1.5"),
        ("SPOT_SHORT", "yes"),
        ("MAX_SPREAD_BPS", "NaN"),
        ("MAX_SPREAD_BPS", "-1"),
        ("PLANB_MAX_DEV_R_MULT", "-0.1"),
        ("PLANB_MAX_DEV_USD", "Infinity"),
        ("PLANB_REQUIRE_PRICE", "perhaps"),
        ("MARGIN_LEVEL_FLOOR", "-1"),
        ("MAX_PEAK_AGE_SECONDS", "600"),
    ],
)
def test_mistakes_are_refused(name: str, value: str) -> None:
    """V6: an impossible value or an unknown name is an error that names it, never a default."""
    with pytest.raises(ValidationError, match=name):
        GuardSettings.model_validate({name: value})


def test_price_rule_takes_every_value() -> None:
    """The price rule is made of the four settings that the owner can set."""
    settings = GuardSettings(
        deviation_r=Decimal("0.5"), deviation_quote=Decimal(7), refuse_past_tp1=False, require_price=False
    )
    assert settings.price_rule == PriceRule(Decimal("0.5"), Decimal(7), refuse_past_tp1=False, require_price=False)
    assert GuardSettings().price_rule == PriceRule()
