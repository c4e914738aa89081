"""The guards are asked in their declared order; the first refusal is the verdict and nothing behind it is asked."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from fsm.planning.plan import PlanRefused
from guards.chain import GUARD_NAMES, GUARDS, judge
from guards.facts import PlanView
from guards.settings import GuardSettings
from tests.guards.sound_facts import INSTRUMENT, KEY, NOW_MS, SHORT_PLAN, SOUND_LONG, SOUND_SHORT, free, gives, quote

SETTINGS = GuardSettings(spot_short="refuse")
SELLS = GuardSettings(spot_short="sell_holdings")


def refuses(code: Any) -> Any:
    return gives(PlanRefused(code, None, None, "for the test"))


ALL_WRONG = replace(
    SOUND_SHORT,
    paused="the operator paused",
    signal_ms=NOW_MS - 601_000,
    seen=(KEY,),
    state="OPEN",
    lock_until_ms=NOW_MS + 1,
    cooldown_until_ms=NOW_MS + 1,
    venue_problem="the venue does not answer",
    quote=quote("94000", "96000"),
    balances=free(),
    plan=refuses("no_bars"),
)

PEELED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("paused", {"paused": None}),
    ("stale", {"signal_ms": NOW_MS + 6_000}),
    ("future", {"signal_ms": NOW_MS}),
    ("duplicate", {"seen": ()}),
    ("position_open", {"state": "IDLE"}),
    ("position_lock", {"lock_until_ms": None}),
    ("cooldown", {"cooldown_until_ms": None}),
    ("venue", {"venue_problem": None}),
    ("spot_short", {}),
    ("no_bars", {"plan": refuses("bad_plan")}),
    ("bad_plan", {"plan": refuses("quantity_too_small")}),
    ("quantity_too_small", {"plan": gives(SHORT_PLAN)}),
    ("insufficient_balance", {"balances": free(BTC="1", USDC="1000")}),
    ("spread", {"quote": quote("94951", "94951.01")}),
    ("price", {"quote": quote("95000", "95000.01"), "margin": True, "margin_level": Decimal("1.4")}),
    ("margin_level", {"margin_level": None, "balances": free(USDC="1000"), "borrowable": {"BTC": Decimal("0.001")}}),
    ("margin_borrow", {"borrowable": {"BTC": Decimal("0.00105")}}),
)


def test_order_is_the_documented_one() -> None:
    """The chain is the documented list, name for name."""
    assert tuple(name for name, _ in PEELED) == GUARD_NAMES


def test_first_refusal_wins() -> None:
    """With everything wrong the first guard refuses; each cure uncovers exactly the next one; in the end it trades."""
    facts, settings = ALL_WRONG, SETTINGS
    passed: list[str] = []
    for name, cure in PEELED:
        verdict = judge(facts, settings)
        assert (verdict.name, list(verdict.passed)) == (name, passed)
        facts = replace(facts, **cure)
        settings = SELLS if name == "spot_short" else settings
        passed.append(name)
    verdict = judge(facts, settings)
    assert verdict.accepted
    assert verdict.passed == GUARD_NAMES


@pytest.mark.parametrize("name", GUARD_NAMES[: GUARD_NAMES.index("no_bars")])
def test_no_plan_is_made_before_its_turn(name: str) -> None:
    """A refusal by an earlier guard leaves the plan unmade."""
    place = GUARD_NAMES.index(name)
    facts = ALL_WRONG
    for _, cure in PEELED[:place]:
        facts = replace(facts, **cure)
    asked: list[str] = []

    def plan() -> PlanView:
        asked.append(name)
        return SHORT_PLAN

    assert judge(replace(facts, plan=plan), SETTINGS).name == name
    assert asked == []


NEED_A_PLAN = tuple(guard for guard in GUARDS if guard.name in ("insufficient_balance", "price"))


@pytest.mark.parametrize("guard", NEED_A_PLAN, ids=lambda guard: guard.name)
def test_a_guard_that_needs_the_plan_stands_behind_the_plan_guards(guard: Any) -> None:
    """Asked without a plan, the guards that need one fail loudly instead of letting the entry through."""
    with pytest.raises(LookupError, match="refused as no_bars"):
        judge(replace(SOUND_LONG, plan=refuses("no_bars")), SETTINGS, (guard,))


def test_a_refused_signal_does_not_block_the_next() -> None:
    """S4: after a signal dated in the future, one dated now is traded."""
    assert judge(replace(SOUND_LONG, signal_ms=NOW_MS + 10**12), SETTINGS).name == "future"
    assert judge(SOUND_LONG, SETTINGS).accepted


def test_two_signals_of_one_minute_each_get_their_verdict() -> None:
    """S8: equal times with different prices are two keys, judged one by one."""
    first, second = KEY, "PEAK|2025-01-13T20:00|long|95001.0"
    assert judge(replace(SOUND_LONG, key=second, seen=(first,)), SETTINGS).accepted
    assert judge(replace(SOUND_LONG, key=first, seen=(first,)), SETTINGS).name == "duplicate"


def test_instrument_that_stops_trading_admits_no_entry() -> None:
    """V9: any status but TRADING refuses, and says which symbol it waits for."""
    verdict = judge(replace(SOUND_LONG, instrument=replace(INSTRUMENT, trading=False)), SETTINGS)
    assert verdict.refusal is not None
    assert "BTCUSDC" in verdict.refusal.detail
