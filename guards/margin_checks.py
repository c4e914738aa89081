"""margin_level and margin_borrow: on margin, is the account sound, and can it borrow what the entry lacks?"""

from dataclasses import replace
from decimal import Decimal

from exchange.instrument import plain
from exchange.types import Side
from exchange.values import ZERO
from guards.balance import buy_back_covered
from guards.facts import Facts, PlanView
from guards.margin_need import borrowed_asset, dearest, lacking
from guards.plan import planned
from guards.settings import GuardSettings
from guards.verdict import Allowed, Answer, Refusal
from signals.direction import Direction


def margin_level(facts: Facts, settings: GuardSettings) -> Answer:
    """Refuse on margin while assets over debt are below MARGIN_LEVEL_FLOOR; without debt there is no level."""
    if not facts.margin:
        return Allowed()
    decided = settings.named("margin_level_floor")
    level, floor = facts.margin_level, settings.margin_level_floor
    if level is None:
        return Allowed(settings=decided)
    measures = {"margin_level_ratio": plain(level)}
    if level >= floor:
        return Allowed(measures, decided)
    return Refusal(
        "margin_level",
        f"The margin level is {plain(level)}, below {plain(floor)}; repay debt or add collateral.",
        measured=plain(level),
        threshold=plain(floor),
        measures=measures,
        settings=decided,
    )


def margin_borrow(facts: Facts, settings: GuardSettings) -> Answer:
    """Refuse on margin what could not be borrowed, a SHORT whose way back the free quote does not cover, and orders
    that would repay a debt which is not ours."""
    if not facts.margin:
        return Allowed()
    if facts.orders_repay and (owed := _owed_by_others(facts)):
        return _not_ours_to_repay(owed)
    plan = planned(facts)
    if plan.direction is Direction.SHORT:
        way_back = buy_back_covered(facts, plan)
        if isinstance(way_back, Refusal):
            return replace(way_back, guard="margin_borrow")
    rule = settings.price_rule if facts.may_go_to_market else None
    return _borrowable(facts, plan, dearest(plan.entry, plan.r, rule))


def _owed_by_others(facts: Facts) -> dict[str, Decimal]:
    """What is owed of quote and base, but for what our trades left owing."""
    pair = {"quote": facts.instrument.quote, "base": facts.instrument.base}
    balances = facts.balances or {}
    debts = {
        unit: balances[asset].debt - facts.carried.get(asset, ZERO) for unit, asset in pair.items() if asset in balances
    }
    return {unit: debt for unit, debt in debts.items() if debt > ZERO}


def _not_ours_to_repay(owed: dict[str, Decimal]) -> Refusal:
    shown = ", ".join(f"{plain(debt)} of the {unit} asset" for unit, debt in owed.items())
    return Refusal(
        "margin_borrow",
        f"{shown} owed already, and with MARGIN_BORROW_MODE=auto orders would repay it; repay it yourself, or borrow"
        " manually.",
        measured=plain(max(owed.values())),
        threshold="0",
        measures={f"owed_before_{unit}": plain(debt) for unit, debt in owed.items()},
    )


def _borrowable(facts: Facts, plan: PlanView, entry: Decimal) -> Answer:
    side = Side.BUY if plan.direction is Direction.LONG else Side.SELL
    asset = borrowed_asset(side, facts.instrument)
    missing = lacking(
        side,
        plan.quantity,
        entry,
        taker_rate=facts.rates.taker,
        balances=facts.balances or {},
        instrument=facts.instrument,
    )
    unit = "base" if side is Side.SELL else "quote"
    measures = {f"lacking_{unit}": plain(missing)}
    most = (facts.borrowable or {}).get(asset)
    if most is None:
        return Allowed(measures)
    measures |= {f"borrowable_{unit}": plain(most)}
    if facts.borrowable_ms is not None:
        measures |= {"borrowable_age_ms": str(facts.now_ms - facts.borrowable_ms)}
    if missing <= most:
        return Allowed(measures)
    return Refusal(
        "margin_borrow",
        f"{plain(missing)} {asset} would have to be borrowed and the venue lends {plain(most)}; lower QTY_USD or add"
        " collateral.",
        measured=plain(missing),
        threshold=plain(most),
        measures=measures,
    )
