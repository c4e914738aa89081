"""A verdict carries what was measured, against which threshold, by which settings, and when a refusal lifts."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from fsm.planning.plan import PlanRefused
from guards.chain import judge
from guards.price import price
from guards.settings import GuardSettings
from guards.verdict import Allowed, Refusal, Verdict
from tests.guards.sound_facts import KEY, NOW_MS, SOUND_LONG, SOUND_SHORT, free, gives, quote

ANSWERS: list[tuple[dict[str, Any], str | None, str | None, int | None, dict[str, str]]] = [
    ({"paused": "the operator paused"}, None, None, None, {}),
    ({"signal_ms": NOW_MS - 612_345}, "612.345", "600", None, {"MAX_PEAK_AGE_SEC": "600"}),
    ({"signal_ms": NOW_MS + 7_000}, "7", "5", None, {"MAX_PEAK_FUTURE_SEC": "5"}),
    ({"seen": {KEY}}, KEY, None, None, {}),
    ({"state": "TRAILING"}, "TRAILING", "IDLE", None, {}),
    ({"state": "COOLDOWN", "cooldown_until_ms": NOW_MS + 5_000}, "COOLDOWN", "IDLE", NOW_MS + 5_000, {}),
    ({"state": "OPEN", "cooldown_until_ms": NOW_MS + 5_000}, "OPEN", "IDLE", None, {}),
    ({"lock_until_ms": NOW_MS + 2_500}, "12.5", "15", NOW_MS + 2_500, {"LOCK_SEC": "15"}),
    ({"cooldown_until_ms": NOW_MS + 60_000}, "120", "180", NOW_MS + 60_000, {"COOLDOWN_SEC": "180"}),
    ({"cooldown_until_ms": NOW_MS + 10**12}, "0", "180", NOW_MS + 180_000, {"COOLDOWN_SEC": "180"}),
    ({"quote": quote("95000", "95001", age_ms=10_001)}, "10001", "10000", None, {}),
    ({"plan": gives(PlanRefused("no_bars", "none", None, "no bar"))}, "none", None, None, {}),
    (
        {"plan": gives(PlanRefused("quantity_too_small", Decimal("9e-5"), Decimal("1E-4"), "too small"))},
        "0.00009",
        "0.0001",
        None,
        {},
    ),
    ({"balances": free(USDC="9e-5")}, "0.00009", "99.750525", None, {}),
    ({"quote": quote("0", "95000")}, None, "20", None, {"MAX_SPREAD_BPS": "20"}),
    ({"quote": quote("0", "0")}, None, "20", None, {"MAX_SPREAD_BPS": "20"}),
    ({"quote": quote("94500", "95500")}, "105.2632", "20", None, {"MAX_SPREAD_BPS": "20"}),
    (
        {"quote": quote("95049.99", "95050.5")},
        "50",
        "47.5",
        None,
        {
            "PLANB_MAX_DEV_R_MULT": "0.25",
            "PLANB_MAX_DEV_USD": "0",
            "PLANB_ABORT_IF_PAST_TP1": "true",
            "PLANB_REQUIRE_PRICE": "true",
        },
    ),
]


@pytest.mark.parametrize(("changes", "measured", "threshold", "until_ms", "settings"), ANSWERS)
def test_refusal(
    changes: dict[str, Any],
    measured: str | None,
    threshold: str | None,
    until_ms: int | None,
    settings: dict[str, str],
) -> None:
    """A refusal names the measured value, the threshold in the same unit, the settings and its end; no exponents."""
    refusal = judge(replace(SOUND_LONG, **changes), GuardSettings()).refusal
    assert refusal is not None
    assert (refusal.measured, refusal.threshold, refusal.until_ms) == (measured, threshold, until_ms)
    assert refusal.settings == settings
    assert "E-" not in refusal.detail.upper()


def test_short_refused_on_spot_says_how_to_allow_it() -> None:
    """E9: the owner's coins are not sold unless he asked for it, and the verdict names the setting."""
    refusal = judge(SOUND_SHORT, GuardSettings()).refusal
    assert refusal is not None
    assert "SPOT_SHORT=sell_holdings" in refusal.detail
    assert refusal.settings == {"SPOT_SHORT": "refuse"}


def test_accepted_verdict_carries_every_measure() -> None:
    """An accepted signal leaves what each guard measured, ages of the facts included, and the settings consulted."""
    facts = replace(SOUND_LONG, signal_ms=NOW_MS - 1_234, balances_ms=NOW_MS - 70, quote=quote("94999", "95000", 40))
    verdict = judge(facts, GuardSettings())
    assert verdict.measures == {
        "age_ms": "1234",
        "quote_age_ms": "40",
        "balances_age_ms": "70",
        "entry": "95000.5",
        "stop": "94810.5",
        "tp1": "95190.5",
        "tp2": "95380.5",
        "r": "190",
        "quantity": "0.00105",
        "notional_quote": "99.750525",
        "available_quote": "10000",
        "needed_quote": "99.750525",
        "spread_bps": "0.1053",
        "executable_price": "95000",
    }
    assert set(verdict.settings) >= {"MAX_PEAK_AGE_SEC", "MAX_SPREAD_BPS", "SPOT_SHORT", "PLANB_MAX_DEV_USD"}


def test_refused_verdict_carries_the_measures_so_far() -> None:
    """What earlier guards and the refusing guard measured stays in the verdict."""
    verdict = judge(replace(SOUND_LONG, quote=quote("94500", "95500")), GuardSettings())
    assert verdict.name == "spread"
    assert verdict.measures["spread_bps"] == "105.2632"
    assert verdict.measures["age_ms"] == "0"
    assert "executable_price" not in verdict.measures


@pytest.mark.parametrize(("require_price", "answer"), [(True, Refusal), (False, Allowed)])
def test_price_without_a_price(*, require_price: bool, answer: type) -> None:
    """E10: without a book price the rule's own setting decides."""
    assert isinstance(price(replace(SOUND_LONG, quote=None), GuardSettings(require_price=require_price)), answer)


def test_verdict_made_elsewhere_is_named_by_its_refusal() -> None:
    """A line that never reached the guards gets a verdict of the same kind."""
    verdict = Verdict(Refusal("malformed", "The line is not JSON."))
    assert (verdict.name, verdict.accepted, verdict.passed) == ("malformed", False, ())
