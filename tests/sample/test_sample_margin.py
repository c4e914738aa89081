"""The sample session on margin: a LONG, an entry that never filled, a runner and a SHORT, all debts at zero."""

from pathlib import Path

import pytest

from tests.sample.sample_sessions import played


@pytest.mark.parametrize(
    "environ",
    [{}, {"MARGIN_ISOLATED": "TRUE"}, {"MARGIN_BORROW_MODE": "auto", "MARGIN_SIDE_EFFECT": "MARGIN_BUY"}],
    ids=["cross", "isolated", "auto"],
)
def test_debts_are_zero_in_the_end(tmp_path: Path, environ: dict[str, str]) -> None:
    """The script itself asks the venue for debts after every trade; the directions and ways out are as written."""
    session = played(tmp_path, seed=1, environ={"TRADE_MODE": "margin", **environ})
    assert session.result.faults == ()
    ways = [(trade["direction"], trade["exit_reason"]) for trade in session.books.trades]
    assert ways == [("LONG", "stop_loss"), ("LONG", "trailing_stop"), ("SHORT", "operator")]
    assert "are borrowed" in session.shown
    assert session.shown.count("nothing is owed any more") == 4
    assert "Interest paid: 0.00" in " ".join(session.shown.split())
