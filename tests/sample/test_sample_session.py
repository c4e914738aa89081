"""The sample session from end to end: what the script says happens, for every seed, and nothing else."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from fsm.states import State
from guards.chain import GUARD_NAMES
from tests.sample.sample_sessions import WIDTH, Played, played

SEED = 1
NOT_SHOWN = {"cooldown", "spot_short", "margin_level", "margin_borrow"}
"""Behind `position_open` the cooldown is never asked; this session sells holdings, on spot."""
EDGE = {"QTY_USD": "30", "SL_PCT": "0.01", "TP1_BREAKEVEN": "entry", "COOLDOWN_SEC": "120"}
"""Settings of the owner at the edge of what fits."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return played(tmp_path_factory.mktemp("sample"), SEED)


def test_ends_by_the_script(session: Played) -> None:
    """No verdict, way out, alarm, gap of cover or cent is other than the script says."""
    assert session.result.faults == ()
    assert session.shown.rstrip().endswith("All went by the script.")


@pytest.mark.parametrize(
    ("seed", "environ"),
    [(2, {}), (3, EDGE), (SEED, {"ENTRY_PROTECTION": "bracket"})],
    ids=["another seed", "the owner's sizes", "exits with the entry"],
)
def test_ends_by_the_script_elsewhere(tmp_path: Path, seed: int, environ: dict[str, str]) -> None:
    """Neither the market nor the settings that are followed change how it ends."""
    assert played(tmp_path, seed, environ=environ).result.faults == ()


def test_shows_every_state(session: Played) -> None:
    """All eight states are entered, and time passes in those that wait."""
    stays = session.books.seconds_in()
    assert set(stays) == {state.value for state in State}
    waiting = (State.IDLE, State.OPEN, State.OPEN_FILLED, State.TRAILING, State.COOLDOWN)
    assert all(stays[state].seconds > 10 for state in waiting)


def test_shows_every_verdict_that_fits(session: Played) -> None:
    """Every guard refuses, and so do the reader and the start."""
    assert set(session.books.verdicts()) == {"accepted", "malformed", "seen_at_start", *GUARD_NAMES} - NOT_SHOWN


def test_shows_every_ordinary_way_out(session: Played) -> None:
    """A stop-out, breakeven after TP1, a trailed runner, a flatten, and entries that never filled."""
    reasons = [trade["exit_reason"] for trade in session.books.trades]
    assert reasons == ["stop_loss", "breakeven", "trailing_stop", "operator"]
    assert session.books.unfilled() == 2


def test_shows_both_directions_and_their_results(session: Played) -> None:
    """A stop loss costs more than R, breakeven about nothing; a trailed runner and TP2 earn more than R."""
    trades = session.books.trades
    assert [trade["direction"] for trade in trades] == ["LONG", "LONG", "LONG", "SHORT"]
    results = [Decimal(str(trade["r_multiple"])) for trade in trades]
    assert results[0] < -1 < results[1] < Decimal("0.5") < 1 < min(results[2:])


def test_fits_a_narrow_page(session: Played) -> None:
    """Piped output has no colours, no line is wider than the page, and nothing that matters is cut in a table."""
    assert "\x1b" not in session.shown
    assert max(map(len, session.shown.splitlines())) <= WIDTH
    tables = session.shown.split("\nTrades\n")[1]
    for word in ("insufficient_balance", "quantity_too_small", "trailing_stop", "OPEN_FILLED"):
        assert word in tables


def test_bars_are_whole(session: Played) -> None:
    """One row for each minute from the history to the end, none missing and none twice."""
    with (session.result.places.data_dir / "aggregated.csv").open() as file:
        minutes = [row["Timestamp"] for row in csv.DictReader(file)]
    assert minutes == sorted(set(minutes))
    first, last = (int(text[11:13]) * 60 + int(text[14:16]) for text in (minutes[0], minutes[-1]))
    assert last - first + 1 == len(minutes)


def test_same_seed_same_files(session: Played, tmp_path: Path) -> None:
    """Journal, verdicts and reports of one seed are the same, byte for byte."""
    assert played(tmp_path, SEED).written() == session.written()


def test_a_slow_venue_is_a_fault(tmp_path: Path) -> None:
    """The session tells when a quantity was without a stop for too long: it can fail."""
    slow = played(tmp_path, SEED, latency_ms=400)
    said = ("was without a stop", "held without a working stop")
    assert any(words in fault for fault in slow.result.faults for words in said), slow.result.faults
    assert "Not by the script" in slow.shown
