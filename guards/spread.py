"""spread: a book this wide makes every exit at market cost more than the plan assumes."""

from decimal import ROUND_CEILING, Decimal

from exchange.instrument import plain, to_grid
from guards.facts import Facts
from guards.settings import GuardSettings
from guards.verdict import Allowed, Answer, Refusal

SHOWN_STEP_BPS = Decimal("0.0001")


def spread(facts: Facts, settings: GuardSettings) -> Answer:
    """Refuse a spread wider than MAX_SPREAD_BPS of the mid price, and a book that has only one side."""
    decided = settings.named("max_spread_bps")
    threshold = plain(settings.max_spread_bps)
    bid, ask = facts.bid, facts.ask
    if bid is None or ask is None:
        detail = "The book has no bid or no ask, so no spread; entries wait for both."
        return Refusal("spread", detail, threshold=threshold, settings=decided)
    spread_bps = (ask - bid) / ((ask + bid) / 2) * 10_000
    shown = plain(to_grid(spread_bps, SHOWN_STEP_BPS, ROUND_CEILING))
    if spread_bps <= settings.max_spread_bps:
        return Allowed({"spread_bps": shown}, decided)
    return Refusal(
        "spread",
        f"Bid {plain(bid)} and ask {plain(ask)} are {shown} bps apart, more than {threshold}; entries wait for a"
        " narrower book.",
        measured=shown,
        threshold=threshold,
        measures={"spread_bps": shown},
        settings=decided,
    )
