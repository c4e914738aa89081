"""paused and position_open: whether the lifecycle takes an entry at all."""

from guards.cooldown import remaining_ms
from guards.facts import Facts
from guards.settings import GuardSettings
from guards.verdict import Allowed, Answer, Refusal

READY = "IDLE"
COOLING = "COOLDOWN"


def paused(facts: Facts, _settings: GuardSettings) -> Answer:
    """Refuse every entry while the operator, a full disk (R8) or a halt says so."""
    if facts.paused is None:
        return Allowed()
    return Refusal(
        "paused", f"No new entries: {facts.paused}. It lifts when that ends; what the operator paused, he resumes."
    )


def position_open(facts: Facts, settings: GuardSettings) -> Answer:
    """Refuse in any state but IDLE: there is one position at a time, and its cooldown belongs to it."""
    if facts.state == READY:
        return Allowed()
    cooling = facts.state == COOLING and facts.cooldown_until_ms is not None
    remaining = remaining_ms(facts.cooldown_until_ms, facts.now_ms, settings.cooldown_s)
    return Refusal(
        "position_open",
        f"The lifecycle is in {facts.state}; a signal is taken only in {READY}, once that position has ended.",
        measured=facts.state,
        threshold=READY,
        until_ms=facts.now_ms + remaining if cooling else None,
    )
