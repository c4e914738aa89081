"""price: do not begin an entry whose executable price already breaks the plan (E10)."""

from decimal import Decimal

from exchange.instrument import plain
from guards.entry_price import PriceRefusal, executable
from guards.facts import Facts
from guards.plan import planned
from guards.settings import GuardSettings
from guards.verdict import Allowed, Answer, Refusal
from signals.direction import Direction


def price(facts: Facts, settings: GuardSettings) -> Answer:
    """Refuse when the ask (LONG) or bid (SHORT) is too far beyond the entry, or at or past the stop or TP1.

    The rule is the one that later decides whether an unfilled remainder may go to market. It is asked for every
    ENTRY_MODE: a limit entry never pays more than its limit, yet a market this far away says that the signal is over.
    """
    plan = planned(facts)
    refused = executable(
        plan.direction,
        entry=plan.entry,
        stop=plan.stop,
        tp1=plan.targets[0],
        r=plan.r,
        quote_bid=facts.bid,
        quote_ask=facts.ask,
        settings=settings.price_rule,
    )
    executable_price = facts.ask if plan.direction is Direction.LONG else facts.bid
    measures = {} if executable_price is None else {"executable_price": plain(executable_price)}
    decided = settings.named("deviation_r", "deviation_quote", "refuse_past_tp1", "require_price")
    return _refusal(refused, measures, decided) if refused else Allowed(measures, decided)


def _refusal(refused: PriceRefusal, measures: dict[str, str], decided: dict[str, str]) -> Refusal:
    return Refusal(
        "price",
        f"The entry is given up: {refused.text}.",
        measured=_text(refused.measured),
        threshold=_text(refused.threshold),
        measures=measures,
        settings=decided,
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
