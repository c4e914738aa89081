"""`explain`: the stored verdict of signals, what decided it, and what came of it; from the files alone."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fsm.storage.disk import RealDisk
from fsm.storage.places import Places
from fsm.storage.report_log import ReportLog
from fsm.storage.verdict_log import StoredVerdict, VerdictLog

MOST = 1_000_000
"""More verdicts than the log keeps."""
_NUMBER_WIDTH = 14
_TRADE_FIELDS = ("exit_reason", "realized_profit", "r_multiple", "closed_time")

Explained = dict[str, object]


def explained(places: Places, key: str | None, last: int) -> list[Explained]:
    """The last verdicts, newest first; with a key (or a part of one, or of a trade id) only those it names."""
    log = VerdictLog(places.verdicts, RealDisk(), lambda _path: None)
    if key is None:
        stored = log.read_last(last)
    else:
        stored = log.find(key) or [one for one in log.read_last(MOST) if _is_named(one, key)]
    trades = {str(report.get("trade_id")): report for report in ReportLog(places.trades, RealDisk()).read()}
    return [_explained(one, trades) for one in stored[:last]]


def explained_shown(verdicts: Sequence[Explained], *, whole: bool) -> RenderableType:
    """A line a verdict, or with `whole` everything that is stored of each."""
    if not verdicts:
        return Text("No verdict of that name is stored; without a name, `explain` shows the last ones.")
    return Group(*map(_whole, verdicts)) if whole else _lines(verdicts)


def _is_named(stored: StoredVerdict, name: str) -> bool:
    texts = (stored.verdict.get("key"), stored.verdict.get("trade_id"))
    return any(isinstance(text, str) and name in text for text in texts)


def _explained(stored: StoredVerdict, trades: Mapping[str, Mapping[str, object]]) -> Explained:
    outcomes = [outcome.get("outcome") for outcome in stored.outcomes]
    report = trades.get(str(stored.verdict.get("trade_id")))
    trade = {field: report.get(field) for field in _TRADE_FIELDS} if report is not None else None
    return {**stored.verdict, "outcomes": outcomes, "trade": trade}


def _lines(verdicts: Sequence[Explained]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("signal", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for column in ("measured", "threshold"):
        table.add_column(column, no_wrap=True, overflow="ellipsis", max_width=_NUMBER_WIDTH)
    table.add_column("why, and what came of it", overflow="fold")
    for verdict in verdicts:
        table.add_row(
            _text(verdict.get("key")) or f"at {_text(verdict.get('time'))}",
            _name(verdict),
            _text(verdict.get("measured")),
            _text(verdict.get("threshold")),
            Text(_end(verdict) or _text(verdict.get("detail"))),
        )
    return table


def _whole(verdict: Explained) -> Padding:
    head = Text.assemble((_text(verdict.get("key")) or "(no key)", "bold"), "  ", _name(verdict))
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bright_black", no_wrap=True)
    table.add_column(overflow="fold")
    for name in ("time", "signal", "detail", "measured", "threshold", "until", "measures", "settings", "trade_id"):
        if verdict.get(name) not in (None, {}, ""):
            table.add_row(name, Text(_text(verdict[name])))
    if _end(verdict):
        table.add_row("came of it", Text(_end(verdict)))
    return Padding(Group(head, Padding(table, (0, 0, 0, 2))), (0, 0, 1, 0))


def _name(verdict: Explained) -> Text:
    name = _text(verdict.get("verdict"))
    return Text(name, style="bold green" if name == "accepted" else "yellow")


def _end(verdict: Explained) -> str:
    outcomes, trade = verdict["outcomes"], verdict["trade"]
    said = ", ".join(map(str, outcomes)) if isinstance(outcomes, list) else ""
    if isinstance(trade, dict):
        return f"{said}: profit {trade['realized_profit']}, {trade['r_multiple']} R"
    return said or ("in progress, or never reported" if verdict.get("verdict") == "accepted" else "")


def _text(value: object) -> str:
    if value is None:
        return ""
    return ", ".join(f"{name} {part}" for name, part in value.items()) if isinstance(value, dict) else str(value)
