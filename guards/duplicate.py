"""duplicate: one signal is traded at most once. The memory of keys is a tuple, oldest first, kept in the record."""

from guards.facts import Facts
from guards.settings import GuardSettings
from guards.verdict import Allowed, Answer, Refusal


def duplicate(facts: Facts, _settings: GuardSettings) -> Answer:
    """Refuse a signal whose key is remembered (S7)."""
    if facts.key not in facts.seen:
        return Allowed()
    return Refusal("duplicate", f"{facts.key} was judged before; a signal is traded at most once.", measured=facts.key)


def remember(keys: tuple[str, ...], key: str, limit: int) -> tuple[str, ...]:
    """The memory with `key` in it, at most `limit` keys, the oldest dropped first; a known key keeps its place (S9)."""
    longer = keys if key in keys else (*keys, key)
    return longer[-limit:]
