"""Lessons E1 to E10: what has gone wrong on the way in, as whole trades."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fsm.orders import OrderStatus
from fsm.states import State
from fsm.storage.disk import RealDisk
from tests.scenarios.directed import COINS, DIRECTIONS, Directed, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
ORDER = "/api/v3/order"
SHORT_TIMEOUT = {"LIVE_ENTRY_TIMEOUT_SEC": "5"}
MISSING_ANSWERS: dict[str, dict[str, Any]] = {
    "timeout": {"kind": "timeout_after"},
    "connection lost": {"kind": "drop_after"},
    "500 and HTML": {"kind": "error_after", "html": True},
    "-1006": {"kind": "error_after", "code": -1006},
    "-1007": {"kind": "error_after", "status": 504, "code": -1007},
    "-1001 as 400": {"kind": "error_after", "status": 400, "code": -1001},
    "done a second later": {"kind": "drop_after", "late_ms": 1_000},
}
NEVER_ARRIVED: dict[str, dict[str, Any]] = {
    "timeout": {"kind": "timeout"},
    "connection lost": {"kind": "drop"},
    "-1007": {"kind": "error", "status": 504, "code": -1007},
}


def _lose(scene: Directed, fault: dict[str, Any], method: str = "POST", path: str = ORDER, **more: Any) -> None:
    scene.stage.faults({"route": path, "method": method, **fault, **more})


# --- E1
class PowerCut(BaseException):
    """The machine is gone at this moment."""


class Witness(RealDisk):
    """Notes which orders stood in the state file before the venue had them; loses power before a chosen save."""

    def __init__(self, scene: Directed) -> None:
        self._scene = scene
        self.foreseen: set[str] = set()
        self.cut_when_entry_is: str | None = None

    def write(self, path: Path, content: bytes) -> None:
        orders = (json.loads(content).get("position") or {"orders": ()})["orders"]
        if any(order["role"] == "E" and order["status"] == self.cut_when_entry_is for order in orders):
            raise PowerCut
        super().write(path, content)
        there = {order["clientOrderId"] for order in self._scene.stage.ledger()["orders"]}
        self.foreseen |= {order["client_id"] for order in orders} - there


def _witness(scene: Directed) -> Witness:
    disk = Witness(scene)
    scene.stage.disk = disk
    scene.stage.start()
    return disk


@each_direction
def test_e1_intent_is_on_disk_before_sending(tmp_path: Path, kind: str) -> None:
    """Every order of a whole trade stands in the state file before the venue has it."""
    with directed(tmp_path, kind) as scene:
        disk = _witness(scene)
        scene.trail()
        scene.prints(scene.position.stop)
        sent = {order["clientOrderId"] for order in scene.orders("")}
        assert len(sent) >= 8
        assert sent <= disk.foreseen


@each_direction
def test_e1_power_cut_between_order_and_save(tmp_path: Path, kind: str) -> None:
    """The order was sent and its answer never saved: after the restart it is found by its id and protected."""
    with directed(tmp_path, kind) as scene:
        disk = _witness(scene)
        disk.cut_when_entry_is = "filled"
        with pytest.raises(PowerCut):
            scene.signal()
        assert [order["status"] for order in scene.orders("")] == ["FILLED"]
        scene.stage.disk = RealDisk()
        scene.stage.start()
        scene.expect(State.OPEN_FILLED)
        assert len(scene.orders("E")) == 1
        scene.stage.watch.check()


# --- E2, E3
@each_direction
@pytest.mark.parametrize("answer", MISSING_ANSWERS)
def test_e2_an_answer_that_is_missing_is_no_failure(tmp_path: Path, kind: str, answer: str) -> None:
    """A filled entry whose answer got lost is found and protected; it is never sent again."""
    with directed(tmp_path, kind, REQUEST_TIMEOUT_SEC="0.2") as scene:
        _lose(scene, MISSING_ANSWERS[answer])
        scene.signal()
        scene.stage.pass_time(1.5)
        scene.expect(State.OPEN_FILLED)
        assert len(scene.stage.posted()) == 2, "the entry, and the runner's stop"
        assert "order_in_doubt" in scene.stage.told.events()


@each_direction
def test_e2_doubt_lasts_until_the_venue_answers(tmp_path: Path, kind: str) -> None:
    """While the venue cannot be asked the order stays in doubt; with its first word the position is protected."""
    with directed(tmp_path, kind) as scene:
        _lose(scene, {"kind": "drop_after"})
        scene.stage.faults({"kind": "error", "status": 503, "route": "/api/v3/*", "method": "GET", "count": -1})
        scene.stage.watch.excused = frozenset({"cover"})
        scene.signal()
        scene.stage.pass_time(20)
        assert [order.status for order in scene.position.entries] == [OrderStatus.IN_DOUBT]
        scene.stage.paper("faults", method="DELETE")
        scene.stage.pass_time(1)
        scene.expect(State.OPEN_FILLED)
        assert len(scene.orders("E")) == 1


@each_direction
@pytest.mark.parametrize("mode", ["LIMIT_THEN_MARKET", "MARKET_ONLY"])
@pytest.mark.parametrize("fault", NEVER_ARRIVED)
def test_e3_nothing_is_sent_again_before_absence_is_proven(tmp_path: Path, kind: str, mode: str, fault: str) -> None:
    """An entry that never arrived stays in doubt for its window and the venue's ten seconds; then it is given up."""
    with directed(tmp_path, kind, REQUEST_TIMEOUT_SEC="0.2", ENTRY_MODE=mode) as scene:
        _lose(scene, NEVER_ARRIVED[fault])
        sent_ms = scene.stage.clock.now_ms()
        scene.signal()
        scene.stage.pass_time(11.5)
        scene.expect(State.PENDING)
        scene.stage.pass_time(2)
        scene.expect(State.IDLE)
        assert scene.stage.clock.now_ms() >= sent_ms + 12_000
        assert len(scene.stage.posted()) == 1
        assert scene.outcome() == "entry_absent"


@each_direction
def test_e3_a_market_order_is_never_doubled(tmp_path: Path, kind: str) -> None:
    """The venue accepts the id of a filled order again, so a market order in doubt is only asked for."""
    with directed(tmp_path, kind, ENTRY_MODE="MARKET_ONLY") as scene:
        _lose(scene, {"kind": "drop_after"})
        _lose(scene, {"kind": "drop"}, "GET", count=6)
        scene.signal()
        scene.stage.pass_time(3)
        scene.expect(State.OPEN_FILLED)
        (entry,) = scene.orders("E")
        assert Decimal(entry["executedQty"]) == scene.plan.quantity


# --- E4, E5, E6
@each_direction
def test_e4_cancelled_by_hand_with_a_part_filled(tmp_path: Path, kind: str) -> None:
    """An entry that somebody cancelled after a part had filled leaves a smaller position, protected."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), "0.01")
        scene.stage.client.cancel(scene.position.entries[0].client_id)
        scene.stage.look()
        scene.expect(State.OPEN_FILLED)
        assert scene.position.entry_quantity == Decimal("0.01")
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]


@each_direction
def test_e4_cancelled_by_hand_unseen_part(tmp_path: Path, kind: str) -> None:
    """The same when fill and cancel both happened between two looks, or while the program was down."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        client_id = scene.position.entries[0].client_id
        scene.stage.trade(str(scene.price(0)), "0.01", turn=False)
        scene.stage.client.cancel(client_id)
        scene.stage.advance(100)
        scene.stage.start()
        scene.expect(State.OPEN_FILLED)
        assert scene.position.entry_quantity == Decimal("0.01")


@each_direction
def test_e5_each_part_is_covered_within_a_second(tmp_path: Path, kind: str) -> None:
    """A working entry fills in parts over many seconds: no part is without a stop for a second."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        for part in ("0.003", "0.005", "0.002", "0.007"):
            scene.stage.trade(str(scene.price(0)), part, turn=False)
            scene.stage.pass_time(7)
        spans = scene.ours().naked_spans()
        assert len(spans) >= 4
        assert max(span.length_ms(scene.stage.clock.now_ms()) for span in spans) < 1_000


@each_direction
@pytest.mark.parametrize("more", ["0.012", None])
def test_e6_more_fills_while_the_cancel_is_on_its_way(tmp_path: Path, kind: str, more: str | None) -> None:
    """What filled between the last look and the cancel counts: the final quantity is the venue's, after the cancel."""
    with directed(tmp_path, kind, ENTRY_MODE="LIMIT_ONLY", **SHORT_TIMEOUT) as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), "0.008")
        scene.stage.pass_time(3.8)
        _lose(scene, {"kind": "stale"}, "GET", "/api/v3/openOrders", ms=400, count=2)
        scene.stage.advance(200)
        scene.stage.trade(str(scene.price(0)), more, turn=False)
        scene.stage.pass_time(2)
        scene.expect(State.OPEN_FILLED)
        wanted = scene.plan.quantity if more is None else Decimal("0.02")
        assert scene.position.entry_quantity == wanted
        assert sum(scene.quantities("S")) == scene.position.to_exit(scene.stage.client.instrument)


# --- E7
@each_direction
def test_e7_the_market_orders_own_answer_suffices(tmp_path: Path, kind: str) -> None:
    """The remainder filled at market and no query works afterwards: its answer alone leads to a protected position."""
    with directed(tmp_path, kind, **SHORT_TIMEOUT) as scene:
        scene.rest_entry()
        scene.stage.pass_time(4.5)
        for path in (ORDER, "/api/v3/myTrades", "/api/v3/openOrders"):
            _lose(scene, {"kind": "error", "status": 503}, "GET", path, count=-1, skip=3)
        scene.stage.watch.excused = frozenset({"cover"})
        scene.stage.pass_time(3)
        scene.expect(State.OPEN_FILLED)
        assert scene.stage.stop_quantity() == scene.position.to_exit(scene.stage.client.instrument)


# --- E9
def test_e9_spot_short_is_refused_unless_asked_for(tmp_path: Path) -> None:
    """On spot a SHORT would sell the owner's own coins: refused by default, whatever he holds."""
    with directed(tmp_path, "short", SPOT_SHORT="refuse") as scene:
        scene.signal()
        assert scene.stage.verdicts()[-1]["verdict"] == "spot_short"
        assert scene.stage.posted() == []
        assert scene.stage.balance("BTC") == COINS


def test_e9_spot_short_brings_the_coins_back(tmp_path: Path) -> None:
    """Asked for, it sells no more than planned and buys all of it back."""
    with directed(tmp_path, "short") as scene:
        scene.enter_at_once()
        assert scene.stage.balance("BTC") == COINS - scene.plan.quantity
        scene.prints(scene.plan.stop)
        assert COINS <= scene.stage.balance("BTC") < COINS + Decimal("0.00002")


# --- E10
@each_direction
@pytest.mark.parametrize(("gain", "part"), [(60, "worse than the entry"), (-200, "past the stop"), (200, "past TP1")])
def test_e10_the_price_rule_decides_before_the_entry(tmp_path: Path, kind: str, gain: int, part: str) -> None:
    """A price that ran away, beyond the stop or TP1, refuses the entry before anything is sent."""
    with directed(tmp_path, kind) as scene:
        scene.prints(scene.price(gain))
        scene.signal()
        refused = scene.stage.verdicts()[-1]
        assert (refused["verdict"], part in refused["detail"]) == ("price", True)
        assert scene.stage.posted() == []


@each_direction
@pytest.mark.parametrize(("gain", "part"), [(60, "worse than the entry"), (200, "past TP1")])
def test_e10_the_price_rule_decides_at_the_timeout(tmp_path: Path, kind: str, gain: int, part: str) -> None:
    """A price that ran away while the limit entry waited is not chased."""
    with directed(tmp_path, kind, **SHORT_TIMEOUT) as scene:
        scene.rest_entry()
        scene.stage.pass_time(4)
        scene.prints(scene.price(gain))
        scene.stage.pass_time(1)
        assert part in scene.outcome()
        assert [order["type"] for order in scene.orders("E")] == ["LIMIT"]


@each_direction
@pytest.mark.parametrize(("demands", "entries"), [("true", ["LIMIT"]), ("false", ["LIMIT", "MARKET"])])
def test_e10_without_a_price(tmp_path: Path, kind: str, demands: str, entries: list[str]) -> None:
    """A price that cannot be read is none, old ones do not count: to market only if the owner demands no price."""
    with directed(tmp_path, kind, PLANB_REQUIRE_PRICE=demands, **SHORT_TIMEOUT) as scene:
        scene.rest_entry()
        scene.stage.pass_time(4.2)
        _lose(scene, {"kind": "error", "status": 503}, "GET", "/api/v3/ticker/24hr", count=-1)
        scene.stage.trade(str(scene.price(60)), turn=False)
        scene.stage.pass_time(2)
        assert [order["type"] for order in scene.orders("E")] == entries
        scene.expect(State.IDLE if demands == "true" else State.OPEN_FILLED)


@each_direction
def test_e10_the_quote_is_of_the_moment(tmp_path: Path, kind: str) -> None:
    """The price rule is asked of a quote that is read after the cancel, not of the last poll's."""
    with directed(tmp_path, kind, POLL_SEC="10", LIVE_ENTRY_TIMEOUT_SEC="4") as scene:
        scene.stage.trade(str(scene.price(2)), turn=False)
        scene.stage.pass_time(10.5)
        scene.signal()
        scene.stage.pass_time(3.5)
        scene.stage.trade(str(scene.price(60)), turn=False)
        scene.stage.pass_time(1)
        assert "worse than the entry" in scene.outcome()


def test_a_signal_finds_a_quote_however_seldom_orders_are_polled(tmp_path: Path) -> None:
    """With POLL_SEC of half a minute a signal is judged by a quote of the last seconds, not refused for its age."""
    with directed(tmp_path, "long", POLL_SEC="30") as scene:
        scene.stage.pass_time(29)
        scene.signal()
        scene.expect(State.OPEN_FILLED)
