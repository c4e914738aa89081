"""insufficient_balance: on spot the free balances must pay for the entry and, for a SHORT, for the way back.

On margin what lacks is borrowed, so the margin checks decide there.
"""

from decimal import Decimal

from exchange.instrument import plain
from exchange.types import CommissionRates
from guards.facts import Facts, PlanView
from guards.plan import planned
from guards.settings import GuardSettings
from guards.verdict import Allowed, Answer, Refusal
from signals.direction import Direction


def insufficient_balance(facts: Facts, _settings: GuardSettings) -> Answer:
    """Refuse an entry on spot that the free balances cannot carry to its end."""
    if facts.margin:
        return Allowed()
    plan = planned(facts)
    return _for_long(facts, plan) if plan.direction is Direction.LONG else _for_short(facts, plan)


def _for_long(facts: Facts, plan: PlanView) -> Answer:
    """The buy locks quantity times its limit price (at market: the ask); commission comes out of what is bought."""
    needed = plan.quantity * _entry_price(facts, plan)
    return _enough(facts, facts.instrument.quote, needed, facts.free(facts.instrument.quote), "to buy")


def _for_short(facts: Facts, plan: PlanView) -> Answer:
    """The coins must be there, and the quote for the way back."""
    instrument = facts.instrument
    coins = _enough(facts, instrument.base, plan.quantity, facts.free(instrument.base), "to sell")
    if isinstance(coins, Refusal):
        return coins
    quote = buy_back_covered(facts, plan)
    return quote if isinstance(quote, Refusal) else Allowed({**coins.measures, **quote.measures})


def buy_back_covered(facts: Facts, plan: PlanView) -> Answer:
    """Free quote plus the sale's proceeds must lock the buy-back of a SHORT at the stop's limit."""
    instrument, worst = facts.instrument, _worst(facts.rates)
    proceeds = plan.quantity * _entry_price(facts, plan) * (1 - worst)
    buy_back = instrument.quantity_up(plan.quantity / (1 - worst)) * plan.stop_limit
    available = facts.free(instrument.quote) + proceeds
    return _enough(facts, instrument.quote, buy_back, available, "(the sale included) to buy back at the stop")


def _entry_price(facts: Facts, plan: PlanView) -> Decimal:
    """The price the entry pays or gets: its limit, or at market the book's price where there is one."""
    at_market = facts.ask if plan.direction is Direction.LONG else facts.bid
    return at_market if facts.enters_at_market and at_market is not None else plan.entry


def _worst(rates: CommissionRates) -> Decimal:
    return max(rates.maker, rates.taker)


def _enough(facts: Facts, asset: str, needed: Decimal, available: Decimal, purpose: str) -> Answer:
    unit = "base" if asset == facts.instrument.base else "quote"
    measures = {f"available_{unit}": plain(available), f"needed_{unit}": plain(needed)}
    if available >= needed:
        return Allowed(measures)
    return Refusal(
        "insufficient_balance",
        f"{plain(available)} {asset} available, {plain(needed)} {asset} needed {purpose}. Deposit {asset} or lower"
        " QTY_USD.",
        measured=plain(available),
        threshold=plain(needed),
        measures=measures,
    )
