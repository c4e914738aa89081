"""Lessons R1 to R10: what has gone wrong with crashes, restarts and the state file, as whole trades."""

import json
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange.types import OrderRequest, OrderType, Side
from fsm.operator import Command
from fsm.record import SCHEMA
from fsm.states import State
from fsm.storage.disk import RealDisk
from fsm.storage.store import StateDamaged, Store
from tests.scenarios.directed import DIRECTIONS, Directed, directed
from tests.scenarios.stage import Stage

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
YEAR_MS = 365 * 24 * 3_600_000


def state_file(stage: Stage) -> Path:
    return stage.settings.places.state


def rewrite(stage: Stage, change: Callable[[dict[str, Any]], None], schema: int = SCHEMA) -> None:
    """Change the saved state with all its checks in order, as another version or another clock could have left it."""
    document = json.loads(state_file(stage).read_bytes())
    for own in ("checksum", "schema", "generation"):
        del document[own]
    change(document)
    Store(state_file(stage), stage.settings.places.newest_generation, {}, schema, RealDisk()).save(document)


def working_ids(stage: Stage) -> set[str]:
    return {order["clientOrderId"] for order in stage.open_orders()}


# --- R1, R10
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "zeros": lambda content: bytes(len(content)),
    "another number": lambda content: content.replace(b'"OPEN_FILLED"', b'"TRAILING"', 1),
    "not JSON": lambda content: b"state: OPEN_FILLED\n",
    "an array": lambda content: b"[]\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_r1_a_damaged_state_file_is_refused_and_kept(tmp_path: Path, damage: str) -> None:
    """The start is refused by file and position of the fault; file and orders stay as they are."""
    with directed(tmp_path, "long") as scene:
        scene.enter_at_once()
        before = working_ids(scene.stage)
        path = state_file(scene.stage)
        path.write_bytes(DAMAGES[damage](path.read_bytes()))
        evidence = path.read_bytes()
        with pytest.raises(StateDamaged) as refused:
            scene.stage.start()
        assert str(path) in str(refused.value)
        assert path.read_bytes() == evidence
        assert working_ids(scene.stage) == before


def test_r1_a_missing_state_file_beside_its_previous_generation_is_refused(tmp_path: Path) -> None:
    """A state file that was there and is gone is no fresh start."""
    with directed(tmp_path, "long") as scene:
        scene.enter_at_once()
        state_file(scene.stage).unlink()
        with pytest.raises(StateDamaged, match="previous"):
            scene.stage.start()


def test_r1_the_named_way_out_works(tmp_path: Path) -> None:
    """From the previous generation the position is found again, because every order is asked for at the venue."""
    with directed(tmp_path, "long") as scene:
        scene.enter_at_once()
        before = working_ids(scene.stage)
        path = state_file(scene.stage)
        path.write_bytes(b"{")
        with pytest.raises(StateDamaged) as refused:
            scene.stage.start()
        subprocess.run(refused.value.way_out.split("from it: ")[1], shell=True, check=True)
        scene.stage.start()
        scene.stage.pass_time(15)
        scene.expect(State.OPEN_FILLED)
        assert working_ids(scene.stage) == before


@pytest.mark.parametrize(
    ("schema", "text"), [(SCHEMA + 1, "newer version"), (99, "newer version"), (0, "no schema number")]
)
def test_r10_a_state_of_another_version_is_refused_by_name(tmp_path: Path, schema: int, text: str) -> None:
    """A schema this version does not know is named, and nothing is changed."""
    with directed(tmp_path, "long") as scene:
        scene.enter_at_once()
        rewrite(scene.stage, lambda document: None, schema)
        with pytest.raises(StateDamaged, match=text):
            scene.stage.start()


@pytest.mark.parametrize(
    ("field", "value"),
    [("stop", "-5"), ("stop", "NaN"), ("status", "OPEN"), ("direction", "UP"), ("surprise", "1"), ("fills", None)],
)
def test_r10_an_impossible_value_is_refused_by_field(tmp_path: Path, field: str, value: object) -> None:
    """A value that no version of ours can have written stops the start, named by its field."""
    with directed(tmp_path, "long") as scene:
        scene.enter_at_once()
        rewrite(scene.stage, lambda document: document["position"].update({field: value}))
        with pytest.raises(StateDamaged, match=field if field != "status" else "position.status"):
            scene.stage.start()


# --- R3: the record is the machine
def _open(scene: Directed) -> None:
    scene.rest_entry()


def _partly_filled(scene: Directed) -> None:
    scene.rest_entry()
    scene.prints(scene.price(0), "0.01")


def _holding(scene: Directed) -> None:
    scene.enter_at_once()


def _after_tp1(scene: Directed) -> None:
    scene.enter_at_once()
    scene.take_targets(1)


def _trailing(scene: Directed) -> None:
    scene.trail()
    scene.bars(*[(400, 401, 399)] * 10, (400, 401, 370), *[(400, 401, 399)] * 4)
    scene.stage.pass_time(25)
    assert scene.position.trailed_ms is not None


def _cooling_down(scene: Directed) -> None:
    scene.enter_at_once()
    scene.prints(scene.plan.stop)
    scene.expect(State.COOLDOWN)


PLACES = {
    "open": _open,
    "partly filled": _partly_filled,
    "holding": _holding,
    "after TP1": _after_tp1,
    "trailing": _trailing,
    "cooling down": _cooling_down,
}


@each_direction
@pytest.mark.parametrize("place", PLACES)
def test_r3_a_restart_changes_nothing(tmp_path: Path, kind: str, place: str) -> None:
    """Whatever the state, the restarted program knows its orders and stop and sends nothing."""
    with directed(tmp_path, kind) as scene:
        PLACES[place](scene)
        before, orders, sent = scene.stage.record, working_ids(scene.stage), len(_writes(scene.stage))
        scene.stage.start()
        scene.stage.pass_time(3)
        assert scene.stage.record.state is before.state
        assert working_ids(scene.stage) == orders
        assert len(_writes(scene.stage)) == sent
        assert scene.stage.record.cooldown_until == before.cooldown_until
        gaps = [line["since"] for line in scene.stage.journal() if line["event"] == "uncovered"]
        assert len(gaps) == len(set(gaps))
        if before.position is not None:
            assert (scene.position.stop, scene.position.legs) == (before.position.stop, before.position.legs)


def _writes(stage: Stage) -> list[dict[str, Any]]:
    return [request for request in stage.ledger()["requests"] if request["method"] != "GET"]


@each_direction
def test_r3_a_trade_with_a_restart_before_every_event_ends_as_planned(tmp_path: Path, kind: str) -> None:
    """Stop, targets, breakeven and trailing go on after a restart at every turn of the trade."""
    with directed(tmp_path, kind, COOLDOWN_SEC="5") as scene:
        scene.rest_entry()
        scene.stage.start()
        scene.prints(scene.price(0))
        scene.expect(State.OPEN_FILLED)
        for number, state in ((1, State.OPEN_FILLED), (2, State.TRAILING)):
            scene.stage.start()
            scene.take_targets(number)
            scene.expect(state)
        scene.stage.start()
        scene.bars(*[(400, 401, 399)] * 10, (400, 401, 370), *[(400, 401, 399)] * 4)
        scene.stage.pass_time(25)
        assert scene.position.stop == scene.price(355)
        scene.stage.start()
        scene.prints(scene.price(355))
        assert scene.report["exit_reason"] == "trailing_stop"
        scene.stage.start()
        scene.stage.pass_time(7)
        scene.expect(State.IDLE)


# --- R4
@each_direction
def test_r4_fills_of_others_are_not_ours(tmp_path: Path, kind: str) -> None:
    """While our entry is in doubt, the owner's fill of the same size and price is not taken for it."""
    with directed(tmp_path, kind, QTY_USD="100") as scene:
        scene.prints(scene.price(0))
        scene.stage.faults({"kind": "error", "route": "/api/v3/order", "method": "POST"})
        scene.signal()
        owner = scene.stage.new_client()
        owner.connect()
        entry = scene.position.orders[0]
        owner.place(OrderRequest("phone-1", entry.side, OrderType.MARKET, entry.quantity))
        scene.stage.start()
        scene.stage.pass_time(14)
        scene.expect(State.IDLE)
        assert scene.outcome() == "entry_absent"
        assert scene.stage.reports() == []


def test_orders_of_ours_that_the_record_does_not_know_are_told(tmp_path: Path) -> None:
    """A state that never traded, beside orders that bear our prefix: told at once, not at the next signal."""
    with directed(tmp_path, "long") as scene:
        scene.stage.watching = False  # the promises of the program that placed it
        unknown = "EX-2501131959L000000-E0-0"
        other = scene.stage.new_client()
        other.connect()
        price = Decimal("90000.00")
        other.place(OrderRequest(unknown, Side.BUY, OrderType.LIMIT, Decimal("0.001"), price=price))
        scene.stage.pass_time(12)
        (told,) = [note for note in scene.stage.told.notifications if note.event == "unknown_orders"]
        assert unknown in told.text
        scene.signal()
        assert scene.stage.verdicts()[-1]["verdict"] == "venue"


# --- R5
@each_direction
@pytest.mark.parametrize("late_ms", [0, 500, 1_900])
def test_r5_absence_is_no_evidence_until_the_window_is_over(tmp_path: Path, kind: str, late_ms: int) -> None:
    """An entry whose answer was lost and that arrives late is found and protected, across a restart too."""
    with directed(tmp_path, kind) as scene:
        lost = {"kind": "error_after", "route": "/api/v3/order", "method": "POST", "late_ms": late_ms}
        scene.stage.faults(lost)
        scene.signal()
        scene.stage.pass_time(1)
        scene.stage.start()
        scene.stage.pass_time(11)
        scene.expect(State.OPEN_FILLED)
        assert len(scene.orders("E")) == 1
        scene.prints(scene.plan.stop)
        assert scene.report["exit_reason"] == "stop_loss"


# --- R6
@pytest.mark.parametrize("place", ["partly filled", "holding", "trailing"])
def test_r6_a_stopped_program_leaves_its_protection_in_place(tmp_path: Path, place: str) -> None:
    """While the program is down its stops work on: the market stops the position out without it."""
    with directed(tmp_path, "long") as scene:
        PLACES[place](scene)
        orders = working_ids(scene.stage)
        scene.stage.advance(3_600_000)
        assert working_ids(scene.stage) == orders
        scene.stage.trade(str(scene.position.stop), turn=False)
        scene.stage.start()
        scene.stage.pass_time(3)
        scene.expect(State.COOLDOWN)


# --- R7
DOWNTIMES: dict[str, tuple[Callable[[Directed], None], tuple[str, ...], State]] = {
    "entry": (_open, ("0",), State.OPEN_FILLED),
    "rest of the entry": (_partly_filled, ("0",), State.OPEN_FILLED),
    "TP1": (_holding, ("tp1",), State.OPEN_FILLED),
    "TP1 and TP2": (_holding, ("tp1", "tp2"), State.TRAILING),
    "TP2": (_after_tp1, ("tp2",), State.TRAILING),
    "stop": (_holding, ("stop",), State.COOLDOWN),
    "TP1, then the stop": (_holding, ("tp1", "stop"), State.COOLDOWN),
    "breakeven stop": (_after_tp1, ("stop",), State.COOLDOWN),
    "everything": (_open, ("0", "stop"), State.COOLDOWN),
}


@each_direction
@pytest.mark.parametrize("downtime", DOWNTIMES)
def test_r7_fills_during_downtime_are_seen(tmp_path: Path, kind: str, downtime: str) -> None:
    """What filled while the program was down is asked for by order id, and the position goes on from there."""
    prepare, market, state = DOWNTIMES[downtime]
    with directed(tmp_path, kind) as scene:
        prepare(scene)
        plan, stop = scene.plan, scene.position.stop
        prices = {"0": scene.price(0), "tp1": plan.targets[0], "tp2": plan.targets[1], "stop": stop}
        for moment in market:
            scene.stage.advance(60_000)
            scene.stage.trade(str(prices[moment]), turn=False)
        scene.stage.advance(60_000)
        scene.stage.watch.reaction_ms = 70_000 * len(market) + 60_000
        scene.stage.start()
        scene.stage.pass_time(3)
        scene.expect(state)


# --- R8
class FullDisk(RealDisk):
    """A disk without space while `full`."""

    full = False

    def write(self, path: Path, content: bytes) -> None:
        self._refuse()
        super().write(path, content)

    def append_line(self, path: Path, line: bytes, *, durable: bool) -> int:
        self._refuse()
        return super().append_line(path, line, durable=durable)

    def _refuse(self) -> None:
        if self.full:
            raise OSError(28, "No space left on device")


@each_direction
def test_r8_a_full_disk_never_stops_protection(tmp_path: Path, kind: str) -> None:
    """With a disk that fills while an entry waits the fill is protected and managed; the owner is told."""
    with directed(tmp_path, kind) as scene:
        disk = scene.stage.disk = FullDisk()
        scene.stage.start()
        scene.rest_entry()
        disk.full = True
        scene.stage.watching = False
        scene.prints(scene.price(0))
        scene.expect(State.OPEN_FILLED)
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]
        assert "state_not_saved" in scene.stage.told.events()
        scene.take_targets(1)
        assert scene.position.stop != scene.plan.stop
        disk.full = False
        scene.stage.watching = True
        scene.take_targets(2)
        scene.expect(State.TRAILING)
        assert "disk_recovered" in scene.stage.told.events()


def test_r8_a_full_disk_admits_no_new_entry(tmp_path: Path) -> None:
    """While state or verdicts cannot be stored a signal is not traded, not even when the disk has space again."""
    with directed(tmp_path, "long") as scene:
        disk = scene.stage.disk = FullDisk()
        scene.stage.start()
        disk.full = True
        scene.stage.watching = False
        scene.signal()
        scene.stage.pass_time(10)
        scene.expect(State.IDLE)
        assert scene.stage.posted() == []
        disk.full = False
        scene.stage.pass_time(10)
        scene.expect(State.IDLE)
        assert scene.stage.posted() == []
        scene.stage.signal("long", 95001)
        scene.expect(State.OPEN_FILLED)


# --- R9
def test_r9_no_wait_is_longer_than_its_setting(tmp_path: Path) -> None:
    """A clock that was years ahead when cooldown and lock began does not stop trading for years."""
    with directed(tmp_path, "long", COOLDOWN_SEC="30", LOCK_SEC="15") as scene:
        _cooling_down(scene)
        ahead = {"cooldown_until": scene.stage.clock.now_ms() + 10 * YEAR_MS}
        rewrite(scene.stage, lambda document: document.update(ahead, lock_until=ahead["cooldown_until"]))
        scene.stage.start()
        scene.stage.pass_time(31)
        scene.expect(State.IDLE)
        scene.prints(scene.price(0))
        scene.stage.signal("long", 95001)
        scene.expect(State.OPEN_FILLED)


@pytest.mark.parametrize("place", ["open", "holding", "cooling down"])
def test_r9_a_suspended_machine_goes_on(tmp_path: Path, place: str) -> None:
    """After a suspension of a day the same program finds venue time, orders and waits as they are now."""
    with directed(tmp_path, "long") as scene:
        PLACES[place](scene)
        scene.stage.advance(24 * 3_600_000)
        scene.stage.pass_time(5)
        expected = {"open": State.OPEN_FILLED, "holding": State.OPEN_FILLED, "cooling down": State.IDLE}
        scene.expect(expected[place])


# --- an interrupted close
@each_direction
def test_r3_held_quantity_is_sold_by_a_market_order_of_the_record(tmp_path: Path, kind: str) -> None:
    """A flatten that was interrupted after its cancels goes on after the restart: sold once, closed."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.stage.faults({"kind": "error", "route": "/api/v3/order", "method": "POST"})
        scene.command(Command.FLATTEN)
        scene.expect(State.CLOSING)
        scene.stage.start()
        scene.stage.watch.reaction_ms = 15_000
        scene.stage.pass_time(15)
        scene.expect(State.COOLDOWN)
        side = Side.SELL if kind == "long" else Side.BUY
        sold = [order for order in scene.orders("X") if order["side"] == side and Decimal(order["executedQty"])]
        assert len(sold) == 1


@each_direction
def test_e3_a_market_exit_that_the_disk_did_not_keep_is_not_sent_again(tmp_path: Path, kind: str) -> None:
    """The record lacks an exit that was sent and filled: after a restart the venue tells of it before another goes."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        older = state_file(scene.stage).read_bytes()
        scene.command(Command.FLATTEN)
        exits = scene.orders("X")
        reports = scene.stage.settings.places.trades
        reports.unlink()
        state_file(scene.stage).write_bytes(older)
        scene.stage.settings.places.newest_generation.unlink()
        scene.stage.watch.excused = frozenset({"journal"})
        scene.stage.start()
        scene.stage.turn()
        assert scene.orders("X") == exits
        assert (scene.report["external"], len(scene.report["fills"])) == ([], 2)
