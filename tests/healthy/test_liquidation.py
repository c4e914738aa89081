"""A liquidation by the venue while we hold is a change from outside, with words of its own: the record follows it."""

from decimal import Decimal

import pytest

from fsm.states import State
from tests.healthy.healthy_trades import Desk, desk

BARS = {"transfer_out": "9.5", "normal": "9", "margin_call": "8", "force_liquidation": "7"}
RECORDS = "/sapi/v1/margin/forceLiquidationRec"
each_direction = pytest.mark.parametrize("kind", ["long", "short"])
each_account = pytest.mark.parametrize("account", ["cross", "isolated", "cross, auto", "isolated, margin buy"])


def _liquidate(open_desk: Desk) -> None:
    """The venue raises its bars above what the account has, and does what it does then."""
    open_desk.stage.watch.excused = frozenset({"cover", "closed", "offered", "report"})
    open_desk.stage.paper("margin", {"bars": BARS})
    open_desk.prints(open_desk.mid, seconds=6)


def _held(open_desk: Desk, kind: str) -> None:
    open_desk.kind = kind
    open_desk.live(35)
    open_desk.enter()
    open_desk.live(6)


@each_direction
@each_account
def test_what_the_venue_liquidated_is_not_traded_again(account: str, kind: str) -> None:
    """A SHORT that the venue had bought back was bought back once more, as far as the quote sufficed."""
    with desk(account, 0, QTY_USD="4000", POLL_SEC="1") as open_desk:
        _held(open_desk, kind)
        _liquidate(open_desk)
        assert "changed_by_owner" in open_desk.stage.transitions()
        assert "order_rejected" not in open_desk.stage.told.events()
        assert open_desk.owed() == 0


@each_direction
@each_account
def test_a_liquidation_is_told_as_one(account: str, kind: str) -> None:
    """An ERROR that names it, no blame on the owner, and its quantity and price in the report."""
    with desk(account, 0, QTY_USD="4000", POLL_SEC="1") as open_desk:
        _held(open_desk, kind)
        _liquidate(open_desk)
        told = {note.event: note.severity for note in open_desk.stage.told.notifications}
        assert told["liquidated"] == "ERROR"
        assert "canceled_by_owner" not in told
        still_held = open_desk.stage.state is State.OPEN_FILLED
        if still_held:
            assert open_desk.stage.stop_quantity() > 0
            open_desk.stopped()
        open_desk.over()
        report = open_desk.stage.reports()[-1]
        assert report["exit_reason"] == ("stop_loss" if still_held else "liquidated")
        (liquidation,) = report["external"]
        assert liquidation["liquidated"]
        shown = [
            order for order in open_desk.stage.ledger()["orders"] if order["clientOrderId"].startswith("autoclose")
        ]
        traded = sum(Decimal(order["executedQty"]) for order in shown)
        assert 0 <= traded - Decimal(liquidation["quantity"]) <= traded * Decimal("0.002")


def test_a_venue_that_does_not_tell_at_once_is_asked_again() -> None:
    """Who ended the stops is not known before: nobody is blamed, and nothing is forgotten."""
    with desk("cross", 0, QTY_USD="4000", POLL_SEC="1") as open_desk:
        _held(open_desk, "short")
        open_desk.stage.faults({"route": RECORDS, "method": "GET", "kind": "error", "status": 503, "count": 9})
        _liquidate(open_desk)
        open_desk.live(6)
        events = open_desk.stage.told.events()
        assert "canceled_by_owner" not in events
        assert events.index("venue_unreachable") < events.index("liquidated")
        assert open_desk.owed() == 0
