"""A runner that trails for a long time."""

from pathlib import Path

from fsm.coverage import MOST_ORDERS
from fsm.states import State
from tests.scenarios.stage import stage


def test_record_stays_small_however_often_the_stop_moves(tmp_path: Path) -> None:
    """Superseded stops are dropped, also at a restart; their ids are used once, their gaps stay in the report."""
    with stage(tmp_path, TRAIL_SOURCE="BINANCE", TRAIL_STEP_USD="1", TRAIL_UPDATE_EVERY_SEC="1") as acted:
        acted.signal("long", 95000)
        for price in (95200, 95400):
            acted.trade(price)
        assert acted.state is State.TRAILING
        for step in range(MOST_ORDERS + 40):
            acted.trade(95410 + 5 * step)
        assert len(acted.position.orders) < MOST_ORDERS
        assert acted.stop_quantity() == acted.position.open_legs[0].quantity
        placed = [request["params"]["newClientOrderId"] for request in acted.posted("/api/v3/order/cancelReplace")]
        assert len(placed) == len(set(placed)) > MOST_ORDERS
        acted.start()
        assert "order_adopted" not in acted.told.events()
        assert len(acted.position.orders) < MOST_ORDERS
        acted.trade(94000)
        acted.pass_time(5)
        report = acted.reports()[-1]
        assert report["naked_ms"] >= sum(gap["ms"] for gap in report["naked_gaps"]) > 0
