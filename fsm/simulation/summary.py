"""What many worlds showed, in one table."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fsm.simulation.outcome import Outcome

MOST_FAILURES = 10
"""More broken worlds than this are only counted."""


def worst_naked(outcomes: Sequence[Outcome]) -> dict[tuple[str, bool], int]:
    """Longest time without a stop in ms, by the reason for the trade's end and whether the world was calm."""
    worst: dict[tuple[str, bool], int] = {}
    for outcome in outcomes:
        for reason, length_ms in outcome.worst_naked.items():
            key = reason, outcome.calm
            worst[key] = max(worst.get(key, 0), length_ms)
    return worst


def failures_shown(outcomes: Sequence[Outcome], steps: int) -> list[RenderableType]:
    """Each broken promise with the way to see it again."""
    failed = [outcome for outcome in outcomes if outcome.fault is not None]
    lines: list[RenderableType] = []
    for outcome in failed[:MOST_FAILURES]:
        lines.append(Text(f"seed {outcome.seed}: {outcome.fault}", style="bold red"))
        stop = f" --stop-at {outcome.stopped_at}" if outcome.stopped_at is not None else ""
        lines.append(Text(f"  again: python run.py simulate --seed {outcome.seed} --steps {steps}{stop} --trace"))
    if len(failed) > MOST_FAILURES:
        seeds = ", ".join(str(outcome.seed) for outcome in failed[MOST_FAILURES:])
        lines.append(Text(f"and seeds {seeds}"))
    return lines


def summary_shown(outcomes: Sequence[Outcome], steps: int) -> RenderableType:
    """The table, and below it what failed."""
    happened, reasons = Counter[str](), Counter[str]()
    for outcome in outcomes:
        happened.update(outcome.happened)
        reasons.update(outcome.reasons)
    table = Table(title="simulated worlds", show_header=False, title_justify="left")
    rows = {
        "worlds": f"{len(outcomes)}, {sum(outcome.calm for outcome in outcomes)} of them calm",
        "signals": sum(outcome.signals for outcome in outcomes),
        "trades": f"{sum(reasons.values())}: {_counts(reasons)}",
        "turns": sum(outcome.turns for outcome in outcomes),
        "checks of all promises": sum(outcome.checks for outcome in outcomes),
        "places where it could stop": sum(outcome.places for outcome in outcomes),
        "what happened": _counts(happened),
        "longest without a stop, calm": _gaps(outcomes, calm=True),
        "longest without a stop, disturbed": _gaps(outcomes, calm=False),
        "alarms of the invariants in calm worlds": sum(len(outcome.alarms) for outcome in outcomes if outcome.calm),
        "broken promises": sum(outcome.fault is not None for outcome in outcomes),
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    return Group(table, *failures_shown(outcomes, steps))


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


def _gaps(outcomes: Sequence[Outcome], *, calm: bool) -> str:
    worst = {reason: length for (reason, was_calm), length in worst_naked(outcomes).items() if was_calm == calm}
    ordered = sorted(worst.items(), key=lambda entry: -entry[1])
    return ", ".join(f"{reason} {length} ms" for reason, length in ordered)
