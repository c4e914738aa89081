"""What many worlds showed, in one table."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fsm.simulation.budgets import BEGINNINGS, MISHAPS
from fsm.simulation.outcome import Outcome

MOST_FAILURES = 10
"""More broken worlds than this are only counted."""


def worst_gaps(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """The longest time without a stop in ms, by cause."""
    worst: Counter[str] = Counter()
    for outcome in outcomes:
        for cause, length_ms in outcome.gaps.items():
            worst[cause] = max(worst[cause], length_ms)
    return dict(worst)


def failures_shown(outcomes: Sequence[Outcome]) -> list[RenderableType]:
    """Each broken promise with the way to see it again."""
    failed = [outcome for outcome in outcomes if outcome.fault is not None]
    lines: list[RenderableType] = []
    for outcome in failed[:MOST_FAILURES]:
        lines.append(Text(f"seed {outcome.wish.seed}: {outcome.fault}", style="bold red"))
        lines.append(Text(f"  again: {outcome.wish.again}"))
    lines += [Text(f"  and: {outcome.wish.again}") for outcome in failed[MOST_FAILURES:]]
    return lines


def summary_shown(outcomes: Sequence[Outcome]) -> RenderableType:
    """The table, the gaps by cause, and what failed; the same for the same worlds, however they were played."""
    happened, reasons = Counter[str](), Counter[str]()
    for outcome in outcomes:
        happened.update(outcome.happened)
        reasons.update(outcome.reasons)
    stopped = [outcome.wish for outcome in outcomes if outcome.wish.stops]
    again = sum(len(wish.stops) > 1 for wish in stopped)
    rows = {
        "worlds": f"{len(outcomes)}, {sum(outcome.calm for outcome in outcomes)} of them calm",
        "days stopped at a chosen place": f"{len(stopped)}, {again} of them again during the recovery",
        "signals": sum(outcome.signals for outcome in outcomes),
        "trades": f"{sum(reasons.values())}: {_counts(reasons)}",
        "turns": sum(outcome.turns for outcome in outcomes),
        "checks of all promises": sum(outcome.checks for outcome in outcomes),
        "places where it could stop": sum(len(outcome.places) for outcome in outcomes),
        "what happened": _counts(happened),
        "largest request weight of a minute": max((outcome.most_weight for outcome in outcomes), default=0),
        "alarms of the invariants in calm worlds": sum(len(outcome.alarms) for outcome in outcomes if outcome.calm),
        "broken promises": sum(outcome.fault is not None for outcome in outcomes),
    }
    table = Table(title="simulated worlds", show_header=False, title_justify="left")
    for name, value in rows.items():
        table.add_row(name, str(value))
    return Group(table, _gaps_shown(worst_gaps(outcomes)), *_alarms_shown(outcomes), *failures_shown(outcomes))


def _alarms_shown(outcomes: Sequence[Outcome]) -> list[RenderableType]:
    """What the program's own invariants found on days on which nothing went wrong."""
    found = [(outcome.wish.seed, alarm) for outcome in outcomes if outcome.calm for alarm in outcome.alarms]
    return [Text(f"calm seed {seed}: {alarm}", style="yellow") for seed, alarm in found[:MOST_FAILURES]]


def _gaps_shown(worst: Mapping[str, int]) -> Table:
    table = Table("cause", "longest", "budget", "why", title="held without a stop, in ms", title_justify="left")
    for cause, (budget_ms, why) in {**BEGINNINGS, **MISHAPS}.items():
        if cause in worst:
            table.add_row(cause, str(worst[cause]), f"{'+' if cause in MISHAPS else ''}{budget_ms}", why)
    return table


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
