"""spot_short: on spot a SHORT sells coins that the owner already holds, so he must have asked for it (E9)."""

from guards.facts import Facts
from guards.settings import GuardSettings
from guards.verdict import Allowed, Answer, Refusal
from signals.direction import Direction


def spot_short(facts: Facts, settings: GuardSettings) -> Answer:
    """Refuse a SHORT on spot unless SPOT_SHORT=sell_holdings."""
    decided = settings.named("spot_short")
    if facts.margin or facts.direction is Direction.LONG or settings.spot_short == "sell_holdings":
        return Allowed(settings=decided)
    return Refusal(
        "spot_short",
        f"A SHORT on spot would sell {facts.instrument.base} that you hold. SPOT_SHORT=sell_holdings allows that.",
        measured=facts.direction.value,
        threshold=Direction.LONG.value,
        settings=decided,
    )
