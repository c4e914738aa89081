"""venue: no entry unless the venue trades the symbol and its state is known and recent."""

from guards.facts import Facts
from guards.settings import GuardSettings
from guards.verdict import Allowed, Answer, Refusal

QUOTE_AGE_LIMIT_MS = 10_000
"""An older quote counts as a venue that is not heard from: bid and ask move by more than the entry offset in less."""


def venue(facts: Facts, _settings: GuardSettings) -> Answer:
    """Refuse while the venue is unreachable or unclear, the symbol does not trade (V9), or quote or balances lack."""
    measures = _ages(facts)
    problem = _problem(facts)
    if problem:
        return Refusal("venue", problem, measures=measures)
    age_ms = _quote_age_ms(facts)
    if age_ms is None:
        return Refusal("venue", "The venue has not given a quote yet; entries wait for one.", measures=measures)
    if abs(age_ms) > QUOTE_AGE_LIMIT_MS:
        return Refusal(
            "venue",
            f"The last quote is {age_ms} ms old, more than {QUOTE_AGE_LIMIT_MS} ms; entries wait for a new one.",
            measured=str(age_ms),
            threshold=str(QUOTE_AGE_LIMIT_MS),
            measures=measures,
        )
    return Allowed(measures)


def _problem(facts: Facts) -> str | None:
    if facts.venue_problem:
        return f"{facts.venue_problem}; entries wait until that is settled."
    if not facts.instrument.trading:
        return f"The venue does not trade {facts.instrument.symbol} now; entries wait until its status is TRADING."
    if facts.balances is None:
        return "The venue has not reported the balances yet; entries wait for them."
    return None


def _quote_age_ms(facts: Facts) -> int | None:
    return None if facts.quote is None else facts.now_ms - facts.quote.time_ms


def _ages(facts: Facts) -> dict[str, str]:
    quote_age_ms = _quote_age_ms(facts)
    balances_age_ms = None if facts.balances_ms is None else facts.now_ms - facts.balances_ms
    ages = {"quote_age_ms": quote_age_ms, "balances_age_ms": balances_age_ms}
    return {name: str(age) for name, age in ages.items() if age is not None}
