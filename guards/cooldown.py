"""position_lock and cooldown: two waits whose ends are kept in the record, restarts included.

A wait never lasts longer than its configured length: an end farther away than that proves that the clock stepped or
the setting was shortened (R9). `latest_until` gives the end to put into the record at every start and whenever the
clock was corrected; the guards themselves have no memory.
"""

from decimal import Decimal

from exchange.instrument import plain
from guards.facts import Facts
from guards.settings import GuardSettings
from guards.verdict import Allowed, Answer, Refusal


def position_lock(facts: Facts, settings: GuardSettings) -> Answer:
    """Refuse within LOCK_SEC after an entry began."""
    remaining = remaining_ms(facts.lock_until_ms, facts.now_ms, settings.lock_s)
    if remaining == 0:
        return Allowed(settings=settings.named("lock_s"))
    elapsed = _elapsed(remaining, settings.lock_s)
    return Refusal(
        "position_lock",
        f"An entry began {elapsed} s ago; the next may follow {settings.lock_s} s after it.",
        measured=elapsed,
        threshold=str(settings.lock_s),
        until_ms=facts.now_ms + remaining,
        settings=settings.named("lock_s"),
    )


def cooldown(facts: Facts, settings: GuardSettings) -> Answer:
    """Refuse within COOLDOWN_SEC after a position was closed."""
    remaining = remaining_ms(facts.cooldown_until_ms, facts.now_ms, settings.cooldown_s)
    if remaining == 0:
        return Allowed(settings=settings.named("cooldown_s"))
    elapsed = _elapsed(remaining, settings.cooldown_s)
    return Refusal(
        "cooldown",
        f"The last position was closed {elapsed} s ago; the next may follow {settings.cooldown_s} s after it.",
        measured=elapsed,
        threshold=str(settings.cooldown_s),
        until_ms=facts.now_ms + remaining,
        settings=settings.named("cooldown_s"),
    )


def remaining_ms(until_ms: int | None, now_ms: int, length_s: int) -> int:
    """Milliseconds left of a wait: never negative, never more than its whole length."""
    return 0 if until_ms is None else min(max(until_ms - now_ms, 0), length_s * 1000)


def latest_until(until_ms: int | None, now_ms: int, length_s: int) -> int | None:
    """The end of a wait, brought back to one whole length from now if it lies farther away."""
    return None if until_ms is None else min(until_ms, now_ms + length_s * 1000)


def _elapsed(remaining: int, length_s: int) -> str:
    return plain(Decimal(length_s * 1000 - remaining) / 1000)
