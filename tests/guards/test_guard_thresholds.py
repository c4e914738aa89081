"""Each guard allows exactly at its threshold and refuses just beyond it, everything else being sound."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange.types import Balance
from fsm.planning.plan import PlanRefused
from fsm.states import State
from guards.chain import judge
from guards.facts import Facts
from guards.settings import GuardSettings
from tests.guards.sound_facts import (
    INSTRUMENT,
    KEY,
    LONG_PLAN,
    NOW_MS,
    SHORT_PLAN,
    SOUND_LONG,
    SOUND_SHORT,
    free,
    gives,
    quote,
)

SELLS = {"spot_short": "sell_holdings"}
AT_MARKET = {"enters_at_market": True}
NO_BARS = PlanRefused("no_bars", None, Decimal(180), "the last bar is too old")
BAD_PLAN = PlanRefused("bad_plan", Decimal("0.01"), Decimal("0.05"), "TP1 is less than a tick beyond the entry")
TOO_SMALL = PlanRefused("quantity_too_small", Decimal("0.00009"), Decimal("0.0001"), "100 buys 0.00009")

ROWS: list[tuple[str, Facts, dict[str, Any], dict[str, Any]]] = [
    ("accepted", SOUND_LONG, {}, {}),
    ("accepted", SOUND_SHORT, {}, SELLS),
    ("paused", SOUND_LONG, {"paused": "the disk is full"}, {}),
    ("accepted", SOUND_LONG, {"signal_ms": NOW_MS - 600_000}, {}),
    ("stale", SOUND_LONG, {"signal_ms": NOW_MS - 600_001}, {}),
    ("accepted", SOUND_LONG, {"signal_ms": NOW_MS - 601_000}, {"max_age_s": 601}),
    ("accepted", SOUND_LONG, {"signal_ms": NOW_MS + 5_000}, {}),
    ("future", SOUND_LONG, {"signal_ms": NOW_MS + 5_001}, {}),
    ("accepted", SOUND_LONG, {"seen": ("PEAK|2025-01-13T20:00|long|95000.1",)}, {}),
    ("duplicate", SOUND_LONG, {"seen": (KEY,)}, {}),
    *(("position_open", SOUND_LONG, {"state": state}, {}) for state in State if state is not State.IDLE),
    ("accepted", SOUND_LONG, {"lock_until_ms": NOW_MS}, {}),
    ("position_lock", SOUND_LONG, {"lock_until_ms": NOW_MS + 1}, {}),
    ("accepted", SOUND_LONG, {"lock_until_ms": NOW_MS + 1}, {"lock_s": 0}),
    ("accepted", SOUND_LONG, {"cooldown_until_ms": NOW_MS}, {}),
    ("cooldown", SOUND_LONG, {"cooldown_until_ms": NOW_MS + 1}, {}),
    ("accepted", SOUND_LONG, {"cooldown_until_ms": NOW_MS + 1}, {"cooldown_s": 0}),
    ("venue", SOUND_LONG, {"venue_problem": "the venue does not answer"}, {}),
    ("venue", SOUND_LONG, {"instrument": replace(INSTRUMENT, trading=False)}, {}),
    ("venue", SOUND_LONG, {"balances": None}, {}),
    ("venue", SOUND_LONG, {"quote": None}, {}),
    ("accepted", SOUND_LONG, {"quote": quote("94999.99", "95000.01", age_ms=10_000)}, {}),
    ("venue", SOUND_LONG, {"quote": quote("94999.99", "95000.01", age_ms=10_001)}, {}),
    ("venue", SOUND_LONG, {"quote": quote("94999.99", "95000.01", age_ms=-10_001)}, {}),
    ("spot_short", SOUND_SHORT, {}, {}),
    ("accepted", SOUND_SHORT, {"margin": True}, {}),
    ("no_bars", SOUND_LONG, {"plan": gives(NO_BARS)}, {}),
    ("bad_plan", SOUND_LONG, {"plan": gives(BAD_PLAN)}, {}),
    ("quantity_too_small", SOUND_LONG, {"plan": gives(TOO_SMALL)}, {}),
    # LONG pays 0.00105 * 95000.5 at its limit, 0.00105 * 95000.01 at the ask
    ("accepted", SOUND_LONG, {"balances": free(USDC="99.750525")}, {}),
    ("insufficient_balance", SOUND_LONG, {"balances": free(USDC="99.75052499")}, {}),
    ("accepted", SOUND_LONG, {"balances": free(USDC="99.7500105"), **AT_MARKET}, {}),
    ("insufficient_balance", SOUND_LONG, {"balances": free(USDC="99.75001049"), **AT_MARKET}, {}),
    ("insufficient_balance", SOUND_LONG, {"balances": {"USDC": Balance(Decimal(0), locked=Decimal(1000))}}, {}),
    ("insufficient_balance", SOUND_LONG, {"balances": {}}, {}),
    ("accepted", SOUND_LONG, {"balances": {}, "margin": True}, {}),
    # SHORT needs 0.00106 * 95189.52 for the way back, and 0.00105 * 94999.5 * 0.999 comes from the sale
    ("accepted", SOUND_SHORT, {"balances": free(BTC="0.00105", USDC="1.251165675")}, SELLS),
    ("insufficient_balance", SOUND_SHORT, {"balances": free(BTC="0.00105", USDC="1.251165674")}, SELLS),
    ("insufficient_balance", SOUND_SHORT, {"balances": free(BTC="0.00104999", USDC="1000")}, SELLS),
    # at market the sale brings 0.00105 * 94999.99 * 0.999
    ("accepted", SOUND_SHORT, {"balances": free(BTC="0.00105", USDC="1.2506516895"), **AT_MARKET}, SELLS),
    ("insufficient_balance", SOUND_SHORT, {"balances": free(BTC="0.00105", USDC="1.2506516894"), **AT_MARKET}, SELLS),
    ("accepted", SOUND_LONG, {"quote": quote("94905", "95095")}, {"deviation_quote": 95}),
    ("spread", SOUND_LONG, {"quote": quote("94904.99", "95095.01")}, {"deviation_quote": 95}),
    ("spread", SOUND_LONG, {"quote": quote("0", "95000.01")}, {"require_price": False}),
    ("spread", SOUND_LONG, {"quote": quote("94999.99", "0")}, {"require_price": False}),
    # a quarter of R is 47.5
    ("accepted", SOUND_LONG, {"quote": quote("95047.99", "95048")}, {}),
    ("price", SOUND_LONG, {"quote": quote("95047.99", "95048.01")}, {}),
    ("accepted", SOUND_LONG, {"quote": quote("95047.99", "95048.01")}, {"deviation_quote": Decimal("47.51")}),
    ("accepted", SOUND_LONG, {"quote": quote("94810.50", "94810.51")}, {}),
    ("price", SOUND_LONG, {"quote": quote("94810.49", "94810.5")}, {}),
    ("price", SOUND_LONG, {"quote": quote("95190.49", "95190.5")}, {"deviation_r": 2}),
    ("accepted", SOUND_LONG, {"quote": quote("95190.49", "95190.5")}, {"deviation_r": 2, "refuse_past_tp1": False}),
    ("accepted", SOUND_SHORT, {"quote": quote("94952", "94952.01")}, SELLS),
    ("price", SOUND_SHORT, {"quote": quote("94951.99", "94952.01")}, SELLS),
]


@pytest.mark.parametrize(("name", "facts", "changes", "settings"), ROWS)
def test_verdict(name: str, facts: Facts, changes: dict[str, Any], settings: dict[str, Any]) -> None:
    """The verdict is the guard whose threshold is passed; a refusal explains itself and its numbers agree with it."""
    verdict = judge(replace(facts, **changes), GuardSettings(**settings))
    assert verdict.name == name
    assert verdict.accepted == (name == "accepted")
    if verdict.refusal is not None:
        assert verdict.refusal.detail.endswith(".")
        assert name not in verdict.passed
        assert verdict.refusal.settings.items() <= verdict.settings.items()


def test_plans_mirror_each_other() -> None:
    """The two sample plans are in order, so that the rows above test the guards and not the samples."""
    assert LONG_PLAN.stop_limit < LONG_PLAN.stop < LONG_PLAN.entry < LONG_PLAN.targets[0] < LONG_PLAN.targets[1]
    assert SHORT_PLAN.stop_limit > SHORT_PLAN.stop > SHORT_PLAN.entry > SHORT_PLAN.targets[0] > SHORT_PLAN.targets[1]
