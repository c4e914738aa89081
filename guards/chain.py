"""The guards in their order. The first refusal is the verdict; the guards behind it are not asked."""

from guards.balance import insufficient_balance
from guards.cooldown import cooldown, position_lock
from guards.duplicate import duplicate
from guards.facts import Facts
from guards.freshness import future, stale
from guards.margin_checks import margin_borrow, margin_level
from guards.plan import bad_plan, no_bars, quantity_too_small
from guards.position import paused, position_open
from guards.price import price
from guards.settings import GuardSettings
from guards.spot import spot_short
from guards.spread import spread
from guards.venue import venue
from guards.verdict import Guard, Refusal, Verdict

GUARDS: tuple[Guard, ...] = (
    Guard("paused", paused),
    Guard("stale", stale),
    Guard("future", future),
    Guard("duplicate", duplicate),
    Guard("position_open", position_open),
    Guard("position_lock", position_lock),
    Guard("cooldown", cooldown),
    Guard("venue", venue),
    Guard("spot_short", spot_short),
    # the plan is made here, by the first of the three that looks at it
    Guard("no_bars", no_bars),
    Guard("bad_plan", bad_plan),
    Guard("quantity_too_small", quantity_too_small),
    Guard("insufficient_balance", insufficient_balance),
    Guard("spread", spread),
    Guard("price", price),
    Guard("margin_level", margin_level),
    Guard("margin_borrow", margin_borrow),
)

GUARD_NAMES: tuple[str, ...] = tuple(guard.name for guard in GUARDS)


def judge(facts: Facts, settings: GuardSettings, guards: tuple[Guard, ...] = GUARDS) -> Verdict:
    """Ask the guards in order until one refuses."""
    passed: tuple[str, ...] = ()
    measures: dict[str, str] = {}
    consulted: dict[str, str] = {}
    for guard in guards:
        answer = guard.check(facts, settings)
        measures.update(answer.measures)
        consulted.update(answer.settings)
        if isinstance(answer, Refusal):
            return Verdict(answer, passed, measures, consulted)
        passed = (*passed, guard.name)
    return Verdict(None, passed, measures, consulted)
