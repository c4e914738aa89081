"""no_bars, bad_plan and quantity_too_small: three guards that look at one plan, made when the first of them asks."""

from decimal import Decimal

from exchange.instrument import plain
from guards.facts import Facts, PlanRefusal, PlanView
from guards.settings import GuardSettings
from guards.verdict import Allowed, Answer, Refusal

REMEDIES = {
    "no_bars": "Later signals are planned once the bars are there again.",
    "bad_plan": "The next signal is planned anew.",
    "quantity_too_small": "Raise QTY_USD.",
}


def no_bars(facts: Facts, _settings: GuardSettings) -> Answer:
    """Refuse when no complete bar is near enough to the signal's time."""
    return _refusal("no_bars", facts.plan()) or Allowed()


def bad_plan(facts: Facts, _settings: GuardSettings) -> Answer:
    """Refuse prices that are not in order, or not at least a tick apart."""
    plan = facts.plan()
    return _refusal("bad_plan", plan) or Allowed(_prices(plan))


def quantity_too_small(facts: Facts, _settings: GuardSettings) -> Answer:
    """Refuse a quantity below the venue's minimum, or too small for a single exit."""
    plan = facts.plan()
    return _refusal("quantity_too_small", plan) or Allowed(_quantities(plan))


def planned(facts: Facts) -> PlanView:
    """The plan, for the guards that stand behind those that refuse without one."""
    plan = facts.plan()
    if not isinstance(plan, PlanRefusal):
        return plan
    raise LookupError(f"a guard asked for the plan of {facts.key}, which was refused as {plan.code}")


def _refusal(guard: str, plan: PlanView | PlanRefusal) -> Refusal | None:
    if not isinstance(plan, PlanRefusal) or plan.code != guard:
        return None
    detail = f"There is no plan: {plan.text}. {REMEDIES[guard]}"
    return Refusal(guard, detail, measured=_text(plan.measured), threshold=_text(plan.threshold))


def _prices(plan: PlanView | PlanRefusal) -> dict[str, str]:
    if isinstance(plan, PlanRefusal):
        return {}
    prices = {"entry": plan.entry, "stop": plan.stop, "tp1": plan.targets[0], "tp2": plan.targets[1], "r": plan.r}
    return {name: plain(price) for name, price in prices.items()}


def _quantities(plan: PlanView | PlanRefusal) -> dict[str, str]:
    if isinstance(plan, PlanRefusal):
        return {}
    return {"quantity": plain(plan.quantity), "notional_quote": plain(plan.quantity * plan.entry)}


def _text(value: Decimal | str | None) -> str | None:
    return plain(value) if isinstance(value, Decimal) else value
