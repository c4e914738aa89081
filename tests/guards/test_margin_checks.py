"""The two margin guards allow exactly at their thresholds and refuse just beyond."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange.types import Balance
from guards.chain import judge
from guards.facts import Facts
from guards.settings import GuardSettings
from tests.guards.sound_facts import SOUND_LONG, SOUND_SHORT, free

LONG = replace(SOUND_LONG, margin=True, balances=free(USDC="50"))
SHORT = replace(SOUND_SHORT, margin=True, balances=free(BTC="0.0005", USDC="1000"))

OWING = {"USDC": Balance(Decimal(1000), Decimal(0), borrowed=Decimal("0.02"), interest=Decimal("0.01"))}


def borrowable(asset: str, quantity: str) -> dict[str, Any]:
    return {"borrowable": {asset: Decimal(quantity)}}


@pytest.mark.parametrize(
    ("name", "facts", "changes"),
    [
        ("accepted", LONG, {}),
        ("accepted", SHORT, {}),
        ("accepted", LONG, {"margin_level": Decimal("1.5")}),
        ("margin_level", LONG, {"margin_level": Decimal("1.4999")}),
        ("accepted", LONG, {"margin_level": Decimal(1), "margin": False, "balances": free(USDC="100")}),
        # 0.00105 * 95000.5 * 1.001 - 50
        ("accepted", LONG, borrowable("USDC", "49.85027553")),
        ("margin_borrow", LONG, borrowable("USDC", "49.85027552")),
        # what may go to market may cost up to 0.25 R more: 0.00105 * (95000.5 + 47.5) * 1.001 - 50
        ("accepted", LONG, {"may_go_to_market": True, **borrowable("USDC", "49.90020040")}),
        ("margin_borrow", LONG, {"may_go_to_market": True, **borrowable("USDC", "49.90020039")}),
        ("accepted", LONG, borrowable("BTC", "0")),
        ("accepted", LONG, {**borrowable("USDC", "0"), "balances": free(USDC="99.85027553")}),
        ("accepted", SHORT, borrowable("BTC", "0.00055")),
        ("margin_borrow", SHORT, borrowable("BTC", "0.00054999")),
        # the way back locks 0.00106 * 95189.52 and the sale brings 0.00105 * 94999.5 * 0.999
        ("accepted", SHORT, {"balances": free(USDC="1.251165675")}),
        ("margin_borrow", SHORT, {"balances": free(USDC="1.251165674")}),
        ("margin_borrow", SHORT, {"balances": {"USDC": Balance(Decimal(0), locked=Decimal(1000))}}),
        # orders that repay by themselves: the owner's debt, beside what our trades left owing
        ("accepted", LONG, {"balances": OWING}),
        ("accepted", LONG, {"balances": OWING, "orders_repay": True, "carried": {"USDC": Decimal("0.03")}}),
        ("margin_borrow", LONG, {"balances": OWING, "orders_repay": True, "carried": {"USDC": Decimal("0.02")}}),
        ("margin_borrow", SHORT, {"balances": OWING, "orders_repay": True}),
    ],
)
def test_verdict(name: str, facts: Facts, changes: dict[str, Any]) -> None:
    """A level below the floor, a loan beyond what is lent, a way back that cannot be paid for."""
    verdict = judge(replace(facts, **changes), GuardSettings())
    assert verdict.name == name
    if verdict.refusal is not None:
        assert verdict.refusal.guard == name
        assert Decimal(verdict.refusal.measured or "") != Decimal(verdict.refusal.threshold or "")
        assert verdict.refusal.detail.endswith(".")


def test_the_floor_is_the_owners() -> None:
    """MARGIN_LEVEL_FLOOR decides and is named in the verdict."""
    facts = replace(LONG, margin_level=Decimal("1.9"))
    assert judge(facts, GuardSettings(margin_level_floor=Decimal("1.9"))).accepted
    verdict = judge(facts, GuardSettings(margin_level_floor=Decimal(2)))
    assert verdict.refusal is not None
    assert (verdict.refusal.measured, verdict.refusal.threshold) == ("1.9", "2")
    assert verdict.settings["MARGIN_LEVEL_FLOOR"] == "2"
    assert verdict.measures["margin_level_ratio"] == "1.9"
