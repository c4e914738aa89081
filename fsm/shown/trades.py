"""`trades`: the reports of closed positions, from `trades.jsonl`."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

from rich import box
from rich.table import Table

from exchange.instrument import plain
from fsm.numbers import ZERO
from fsm.storage.disk import RealDisk
from fsm.storage.places import Places
from fsm.storage.report_log import ReportLog

FIELDS = (
    "trade_id",
    "symbol",
    "direction",
    "signal_time",
    "accepted_time",
    "closed_time",
    "quantity",
    "average_entry",
    "average_exit",
    "realized_profit",
    "r_multiple",
    "commission_quote",
    "slippage_entry",
    "slippage_exit",
    "naked_ms",
    "exit_reason",
)
"""The columns of the CSV; the JSON has every field of the report."""

Report = dict[str, object]


def trade_reports(places: Places) -> list[Report]:
    """All reports, oldest first."""
    return ReportLog(places.trades, RealDisk()).read()


def trades_csv(reports: Sequence[Report]) -> str:
    """The reports with a header line, numbers in plain decimals."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(reports)
    return text.getvalue()


def trades_shown(reports: Sequence[Report]) -> Table:
    """A line a trade, and their sum."""
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_footer=bool(reports),
        caption=None if reports else "no trade was closed yet",
    )
    sums = {"realized_profit": total(reports, "realized_profit"), "r_multiple": total(reports, "r_multiple")}
    won = sum(_number(report, "realized_profit") > ZERO for report in reports)
    table.add_column("closed", footer=f"{len(reports)} trades, {won} won")
    for column in ("direction", "quantity", "average_entry", "average_exit"):
        table.add_column(column.replace("_", " "), justify="left" if column == "direction" else "right")
    for column, footer in sums.items():
        table.add_column(column.replace("_", " "), justify="right", footer=_shown(footer))
    table.add_column("naked ms", justify="right")
    table.add_column("exit reason")
    for report in reports:
        table.add_row(
            str(report.get("closed_time"))[:19].replace("T", " "),
            *(_cell(report, column) for column in ("direction", "quantity", "average_entry", "average_exit")),
            *(_shown(_number(report, column)) for column in sums),
            _cell(report, "naked_ms"),
            _cell(report, "exit_reason"),
            style="green" if _number(report, "realized_profit") > ZERO else "red",
        )
    return table


def total(reports: Sequence[Report], field: str) -> Decimal:
    """The sum of a field over all trades; a trade without it counts as zero."""
    return sum((_number(report, field) for report in reports), ZERO)


def _number(report: Report, field: str) -> Decimal:
    return Decimal(str(report.get(field) or 0))


def _shown(value: Decimal) -> str:
    return plain(value.quantize(Decimal("0.0001")))


def _cell(report: Report, field: str) -> str:
    value = report.get(field)
    return "" if value is None else str(value)
