"""`explain` and `trades` give back what the executor stored: verdicts with what decided them, and what came of them."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

import pytest
from rich.console import Console, RenderableType

from fsm.shown.explain import explained, explained_shown
from fsm.shown.trades import FIELDS, total, trade_reports, trades_csv, trades_shown
from tests.scenarios.stage import Stage, stage


@pytest.fixture(scope="module")
def acted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A trade that is stopped out, a duplicate of its signal, a line that is none, and a signal during the cooldown."""
    with stage(tmp_path_factory.mktemp("acted")) as played:
        played.signal("long", 95000)
        played.signal("long", 95000)
        with played.log.open("a") as file:
            file.write('{"action":"PEAK"\n')
        played.trade(94000)
        played.pass_time(5)
        played.signal("long", 94000)
        yield played


def _shown(renderable: RenderableType) -> str:
    screen = Console(file=io.StringIO(), width=200)
    screen.print(renderable)
    return str(screen.file.getvalue())  # type: ignore[attr-defined]


def test_the_newest_verdict_comes_first(acted: Stage) -> None:
    """All verdicts of the log, in reverse."""
    found = explained(acted.settings.places, None, 10)
    assert [one["verdict"] for one in found] == ["position_open", "malformed", "duplicate", "accepted"]


def test_no_more_than_asked_for(acted: Stage) -> None:
    """`--last` bounds the answer."""
    assert len(explained(acted.settings.places, None, 2)) == 2


def test_an_accepted_signal_says_what_came_of_it(acted: Stage) -> None:
    """Its outcome, and profit and R of its trade report."""
    accepted = explained(acted.settings.places, None, 10)[-1]
    report = acted.reports()[0]
    assert accepted["trade_id"] == report["trade_id"]
    assert accepted["outcomes"] == [report["exit_reason"]]
    assert accepted["trade"] == {
        field: report[field] for field in ("exit_reason", "realized_profit", "r_multiple", "closed_time")
    }


def test_what_was_measured_is_kept(acted: Stage) -> None:
    """Measures and the settings that decided are those of the verdict line."""
    stored = acted.verdicts()[0]
    accepted = explained(acted.settings.places, None, 10)[-1]
    assert accepted["measures"] == stored["measures"]
    assert accepted["settings"] == stored["settings"]


@pytest.mark.parametrize("part", ["PEAK|2025-01-13T20:00|long|95000.0", "|long|95000.0", "2501132000L"])
def test_a_signal_is_found_by_key_part_or_trade(acted: Stage, part: str) -> None:
    """The whole key finds every verdict on it, a part or a trade id finds those that have it."""
    found = explained(acted.settings.places, part, 10)
    assert {one["key"] for one in found} == {"PEAK|2025-01-13T20:00|long|95000.0"}


def test_an_unknown_signal_is_said_to_be_unknown(acted: Stage) -> None:
    """Nothing is shown for it, in words."""
    found = explained(acted.settings.places, "PEAK|1999", 10)
    assert found == []
    assert "No verdict of that name" in _shown(explained_shown(found, whole=True))


def test_a_refusal_can_be_read(acted: Stage) -> None:
    """Key, verdict, measured and threshold stand in the text; the whole form has the settings too."""
    found = explained(acted.settings.places, None, 10)
    lines, whole = (_shown(explained_shown(found, whole=form)) for form in (False, True))
    for word in ("PEAK|2025-01-13T20:00|long|95000.0", "position_open", "COOLDOWN", "IDLE", "malformed", "stop"):
        assert word in lines
        assert word in whole
    assert "LOCK_SEC" in whole
    assert "LOCK_SEC" not in lines


def test_trades_are_the_reports(acted: Stage) -> None:
    """All of them, as they were written."""
    assert trade_reports(acted.settings.places) == acted.reports()


def test_the_csv_has_a_header_and_plain_numbers(acted: Stage) -> None:
    """Every row has every column, and the numbers are those of the report."""
    reports = acted.reports()
    rows = list(csv.DictReader(io.StringIO(trades_csv(reports))))
    assert [list(row) for row in rows] == [list(FIELDS)] * len(reports)
    assert rows[0]["realized_profit"] == reports[0]["realized_profit"]
    assert None not in rows[0].values()


def test_the_sum_is_exact(acted: Stage) -> None:
    """Totals are decimals; a report without a number counts as zero."""
    profit = Decimal(acted.reports()[0]["realized_profit"])
    reports = [*acted.reports(), {"realized_profit": "0.1"}, {"realized_profit": None}]
    assert total(reports, "realized_profit") == profit + Decimal("0.1")


def test_trades_can_be_read(acted: Stage) -> None:
    """A line a trade, and a foot with their number; without trades that is said."""
    text = _shown(trades_shown(acted.reports()))
    for word in ("LONG", "1 trades, 0 won", acted.reports()[0]["exit_reason"]):
        assert word in text
    assert "no trade was closed yet" in _shown(trades_shown([]))
