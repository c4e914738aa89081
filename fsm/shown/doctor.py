"""`doctor`: is everything well enough to trade?"""

from collections.abc import Callable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from exchange.client import BinanceClient
from fsm.assembly import load_record
from fsm.environment import AllSettings
from fsm.record import Record
from fsm.shown.check import Check, Finding
from fsm.shown.checks_here import check_here
from fsm.shown.checks_venue import check_venue
from fsm.storage.disk import RealDisk
from fsm.storage.store import StateDamaged

_STYLES = {Finding.WELL: "green", Finding.WARNING: "yellow", Finding.ILL: "bold white on red"}
_MARKS = {Finding.WELL: "✓", Finding.WARNING: "!", Finding.ILL: "✗"}


def examine(settings: AllSettings, client: BinanceClient, wall_ms: Callable[[], int]) -> list[Check]:
    """Look at everything; the client need not be connected yet, and `wall_ms` is this machine's own clock."""
    try:
        window_ms = settings.exchange.order_recv_window_ms
        record = load_record(settings.places, RealDisk(), wall_ms(), window_ms) or Record()
    except StateDamaged:
        record = Record()  # what is wrong with it is one of the findings
    return [*check_here(settings, wall_ms()), *check_venue(settings, client, wall_ms, record)]


def all_is_well(checks: Sequence[Check]) -> bool:
    """True if nothing is ill; warnings are worth reading, but they stop nobody."""
    return all(check.finding is not Finding.ILL for check in checks)


def doctor_json(checks: Sequence[Check]) -> dict[str, object]:
    """The stable form of `doctor --json`."""
    return {"well": all_is_well(checks), "checks": [check.to_json() for check in checks]}


def doctor_shown(checks: Sequence[Check]) -> Table:
    """One line a check, what to do below what was found."""
    ill = sum(check.finding is Finding.ILL for check in checks)
    warnings = sum(check.finding is Finding.WARNING for check in checks)
    verdict = "all is well" if not ill else f"{ill} must be mended before trading"
    notes = f", {warnings} to be read" if warnings else ""
    table = Table(box=box.SIMPLE, show_header=False, caption=f"{verdict}{notes}", caption_style="bold")
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        detail = Text(check.detail)
        if check.remedy:
            detail.append(f"\n→ {check.remedy}", style="italic")
        table.add_row(Text(_MARKS[check.finding], style=_STYLES[check.finding]), check.subject, detail)
    return table
