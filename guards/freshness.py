"""stale and future: a signal is traded near its own time or not at all."""

from decimal import Decimal

from exchange.instrument import plain
from guards.facts import Facts
from guards.settings import GuardSettings
from guards.verdict import Allowed, Answer, Refusal


def stale(facts: Facts, settings: GuardSettings) -> Answer:
    """Refuse a signal older than MAX_PEAK_AGE_SEC."""
    age_ms = facts.now_ms - facts.signal_ms
    measures = {"age_ms": str(age_ms)}
    decided = settings.named("max_age_s")
    if age_ms <= settings.max_age_s * 1000:
        return Allowed(measures, decided)
    return Refusal(
        "stale",
        f"The signal is {_seconds(age_ms)} s old, more than {settings.max_age_s} s; it will not be traded.",
        measured=_seconds(age_ms),
        threshold=str(settings.max_age_s),
        measures=measures,
        settings=decided,
    )


def future(facts: Facts, settings: GuardSettings) -> Answer:
    """Refuse a signal dated more than MAX_PEAK_FUTURE_SEC ahead; later signals are judged by their own time (S4)."""
    ahead_ms = facts.signal_ms - facts.now_ms
    measures = {"age_ms": str(-ahead_ms)}
    decided = settings.named("max_future_s")
    if ahead_ms <= settings.max_future_s * 1000:
        return Allowed(measures, decided)
    return Refusal(
        "future",
        f"The signal is dated {_seconds(ahead_ms)} s ahead, more than {settings.max_future_s} s; it will not be"
        " traded. Compare the clock of DeltaScout with the venue's.",
        measured=_seconds(ahead_ms),
        threshold=str(settings.max_future_s),
        measures=measures,
        settings=decided,
    )


def _seconds(milliseconds: int) -> str:
    return plain(Decimal(milliseconds) / 1000)
