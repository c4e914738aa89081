"""The signal settings: documented defaults, bounds, and no impossible values."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from signals.settings import SignalSettings


def test_the_defaults_are_the_documented_ones() -> None:
    assert {field.alias: field.default for field in SignalSettings.model_fields.values()} == {
        "DELTASCOUT_LOG": None,
        "AGG_CSV": None,
        "STRICT_SOURCE": True,
        "DEDUP_PRICE_DECIMALS": 1,
        "SEEN_KEYS_MAX": 500,
        "MAX_BAR_AGE_SEC": 180,
        "START_FROM": "stored",
    }
    assert all(field.description for field in SignalSettings.model_fields.values())


def test_values_come_as_text_from_the_environment_and_empty_paths_mean_none() -> None:
    written = {"DELTASCOUT_LOG": "/log", "AGG_CSV": "", "STRICT_SOURCE": "false", "START_FROM": "end"}
    assert SignalSettings.model_validate(written) == SignalSettings(
        log_path=Path("/log"), bars_path=None, strict_source=False, start_from="end"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEDUP_PRICE_DECIMALS", "-1"), ("DEDUP_PRICE_DECIMALS", "9"), ("DEDUP_PRICE_DECIMALS", "1.5"),
        ("SEEN_KEYS_MAX", "0"), ("SEEN_KEYS_MAX", "many"), ("MAX_BAR_AGE_SEC", "-1"), ("MAX_BAR_AGE_SEC", ""),
        ("STRICT_SOURCE", "perhaps"), ("START_FROM", "beginning"), ("UNKNOWN", "1"),
    ],
)  # fmt: skip
def test_an_impossible_value_is_an_error_that_names_the_setting(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name):
        SignalSettings.model_validate({name: value})


def test_the_log_and_the_bars_are_two_files() -> None:
    with pytest.raises(ValidationError, match="name the same file: /both"):
        SignalSettings.model_validate({"DELTASCOUT_LOG": "/both", "AGG_CSV": "/both"})
