"""A liquidation by the venue while we hold is a change from outside: the record follows it."""

import pytest

from fsm.states import State
from tests.healthy.healthy_trades import desk

BARS = {"transfer_out": "9.5", "normal": "9", "margin_call": "8", "force_liquidation": "7"}


@pytest.mark.parametrize("kind", ["long", "short"])
def test_what_the_venue_liquidated_is_not_traded_again(kind: str) -> None:
    """A SHORT that the venue had bought back was bought back once more, as far as the quote sufficed."""
    with desk("cross", 0, QTY_USD="4000", POLL_SEC="1") as open_desk:
        open_desk.kind = kind
        open_desk.live(35)
        open_desk.enter()
        open_desk.live(6)
        open_desk.stage.watch.excused = frozenset({"cover", "closed", "offered", "report"})
        open_desk.stage.paper("margin", {"bars": BARS})
        open_desk.prints(open_desk.mid, seconds=6)
        assert "changed_by_owner" in open_desk.stage.transitions()
        assert "order_rejected" not in open_desk.stage.told.events()
        assert open_desk.owed() == 0
        if open_desk.stage.state is not State.OPEN_FILLED:
            open_desk.over()
            assert open_desk.stage.reports()[-1]["exit_reason"] == "external"
