"""Lessons X11 to X20: what has gone wrong with exits and stops, as whole trades."""

from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from exchange.types import Confirmed, OrderRequest, OrderType
from fsm.operator import Command
from fsm.states import State
from tests.scenarios.directed import COINS, DIRECTIONS, Directed, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
ORDER, OCO = "/api/v3/order", "/api/v3/orderList/oco"
STEP = Decimal("0.00001")


def _left(scene: Directed) -> Decimal:
    """Base in the account beyond what was there before."""
    return scene.stage.balance("BTC") - (COINS if scene.kind == "short" else 0)


@each_direction
def test_an_order_that_comes_to_life_after_the_close_is_cancelled(tmp_path: Path, kind: str) -> None:
    """Something repeated a request of ours: it is no order of a stranger that only keeps entries out."""
    with directed(tmp_path, kind, COOLDOWN_SEC="5") as scene:
        scene.enter_at_once()
        stop, side = scene.working()["S3"], scene.position.exit_side
        scene.command(Command.FLATTEN)
        scene.stage.pass_time(2)
        scene.stage.watch.excused = frozenset({"unknown_order", "closed"})
        for asset, quantity in (("BTC", "1"), ("USDC", "100000")):
            scene.stage.paper("deposit", {"asset": asset, "amount": quantity})
        numbers = (Decimal(stop[name]) for name in ("origQty", "price", "stopPrice"))
        request = OrderRequest(stop["clientOrderId"], side, OrderType.STOP_LOSS_LIMIT, *numbers)
        assert isinstance(scene.stage.client.place(request), Confirmed)
        scene.stage.pass_time(12)
        assert scene.working() == {}
        assert scene.stage.told.events().count("leftover_canceled") == 1
        assert "unknown_orders" not in scene.stage.told.events()


# --- X10, X11, X12
@each_direction
@pytest.mark.parametrize("after", ["entry", "tp2"])
def test_x10_the_stop_filled_in_part(tmp_path: Path, kind: str, after: str) -> None:
    """A stop that filled in part and was then left behind: what is left of each leg goes to market after the grace."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.take_targets(*((1, 2) if after == "tp2" else ()))
        stop = scene.position.stop
        scene.stage.paper("book", {"symbol": "BTCUSDC", "levels": 1, "level_qty": "0.002"})
        scene.stage.trade(str(stop), "0.0001", turn=False)
        scene.stage.trade(str(scene.beyond(stop, -200)), "0.0001", turn=False)
        scene.stage.paper("book", {"symbol": "BTCUSDC", "levels": 20, "level_qty": "100"})
        scene.stage.pass_time(6)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "stop_not_filled"
        assert any(0 < Decimal(order["executedQty"]) < Decimal(order["origQty"]) for order in scene.orders("S"))
        assert 0 <= _left(scene) < 2 * STEP


@each_direction
def test_x11_the_stop_fills_while_it_is_cancelled(tmp_path: Path, kind: str) -> None:
    """A stop that fills before its cancel arrives has left: nothing goes to market for it, nothing is sold twice."""
    with directed(tmp_path, kind) as scene:
        scene.trail()
        stop = scene.position.stop
        scene.stage.trade(str(scene.beyond(stop, -100)), turn=False)
        scene.stage.pass_time(2.9)
        scene.stage.faults({"kind": "stale", "route": "/api/v3/*", "method": "GET", "ms": 500, "count": 3})
        scene.stage.trade(str(stop), turn=False)
        scene.stage.pass_time(3)
        scene.expect(State.COOLDOWN)
        assert scene.orders("X") == []
        assert 0 <= _left(scene) < 2 * STEP


@each_direction
def test_x12_target_filled_in_part_and_the_price_turns_back(tmp_path: Path, kind: str) -> None:
    """A list's target fills in part and its stop is gone with that: the rest of the leg gets a new list."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        whole = scene.position.legs[0].quantity
        scene.stage.trade(str(scene.plan.targets[0]), "0.004", turn=False)
        scene.stage.trade(str(scene.price(150)), turn=False)
        scene.stage.pass_time(2)
        working = scene.working()
        assert sorted(working) == ["S1", "S2", "S3", "T1", "T2"]
        assert {Decimal(working[name]["origQty"]) for name in ("S1", "T1")} == {whole - Decimal("0.004")}
        assert max(span.length_ms(scene.stage.clock.now_ms()) for span in scene.ours().naked_spans()) < 1_500
        scene.take_targets(1)
        assert scene.stops()["S3"] == scene.position.stop != scene.plan.stop


@each_direction
@pytest.mark.parametrize(("number", "state"), [(1, State.OPEN_FILLED), (2, State.TRAILING)])
def test_x12_target_filled_in_part_and_the_price_stays(tmp_path: Path, kind: str, number: int, state: State) -> None:
    """The price is at the target still, so no new list fits: the rest leaves at market, and the target is reached."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.take_targets(*range(1, number))
        scene.prints(scene.plan.targets[number - 1], "0.004")
        scene.stage.pass_time(1)
        scene.expect(state)
        assert [order["status"] for order in scene.orders(f"X{number}")] == ["FILLED"]
        assert scene.stops()["S3"] == scene.position.stop != scene.plan.stop


@each_direction
def test_x12_rest_of_a_target_that_is_too_small(tmp_path: Path, kind: str) -> None:
    """What is left of a leg may be too small for any order: the last leg takes it along, and it leaves with it."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.prints(scene.plan.targets[0], scene.position.legs[0].quantity - 3 * STEP)
        scene.stage.pass_time(2)
        assert sorted(scene.working()) == ["S2", "S3", "T2"]
        assert sum(scene.quantities("S")) == scene.position.to_exit(scene.stage.client.instrument)
        scene.prints(scene.position.stop)
        scene.expect(State.COOLDOWN)
        assert 0 <= _left(scene) < 2 * STEP


@each_direction
def test_x12_target_filled_in_many_parts(tmp_path: Path, kind: str) -> None:
    """Parts that follow each other quickly fill the target without a new list each time."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        for _ in range(10):
            scene.stage.trade(str(scene.plan.targets[0]), "0.001", turn=False)
            scene.stage.pass_time(0.2)
        scene.stage.trade(str(scene.plan.targets[0]), turn=False)
        scene.stage.pass_time(2)
        assert sorted(scene.working()) == ["S2", "S3", "T2"]
        assert len(scene.orders("T1")) <= 3


# --- X14
@each_direction
def test_x14_moves_respect_step_and_period(tmp_path: Path, kind: str) -> None:
    """A price that improves with every tick moves the stop at most once a period, and by a step at least."""
    with directed(tmp_path, kind, TRAIL_SOURCE="BINANCE", TRAIL_UPDATE_EVERY_SEC="5") as scene:
        scene.trail()
        first = len(scene.orders("S3"))
        for gain in range(400, 450, 2):
            scene.prints(scene.price(gain))
        stops = [Decimal(order["stopPrice"]) for order in scene.orders("S3")[first:]]
        assert 2 <= len(stops) <= 5
        moves = [abs(later - earlier) for earlier, later in pairwise(stops)]
        assert min(moves) >= 20 - Decimal("0.01")
        scene.prints(scene.price(470))
        scene.stage.pass_time(6)
        before = len(scene.orders("S3"))
        scene.prints(scene.price(480))
        scene.stage.pass_time(6)
        assert len(scene.orders("S3")) == before


# --- X15, X18
REFUSED: dict[str, dict[str, Any]] = {
    "refused": {"kind": "error", "status": 400, "code": -2010, "msg": "This action is disabled on this account."},
    "server error": {"kind": "error", "status": 503},
    "lost on its way": {"kind": "drop"},
    "answer lost": {"kind": "drop_after"},
    "limited": {"kind": "limit", "retry_after": 2},
}


@each_direction
@pytest.mark.parametrize("how", REFUSED)
def test_x15_closed_only_when_verified(tmp_path: Path, kind: str, how: str) -> None:
    """A market exit that fails keeps the position in CLOSING; proven absent, it is tried again until sold."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.stage.faults({"route": ORDER, "method": "POST", **REFUSED[how]})
        scene.command(Command.FLATTEN)
        if how != "answer lost":
            scene.stage.pass_time(0.5)
            scene.expect(State.CLOSING)
        scene.stage.pass_time(20)
        scene.expect(State.COOLDOWN)
        assert 0 <= _left(scene) < 2 * STEP
        assert [order["status"] for order in scene.orders("X")] == ["FILLED"]


@each_direction
def test_x15_a_refused_market_exit_is_tried_again_soon(tmp_path: Path, kind: str) -> None:
    """What leaves has no stop any more: after 1 s and 2 s more it is tried again, long before EXITS_RETRY_EVERY_SEC."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.stage.faults({"route": ORDER, "method": "POST", "count": 2, **REFUSED["refused"]})
        scene.command(Command.FLATTEN)
        scene.stage.pass_time(0.9)
        scene.expect(State.CLOSING)
        scene.stage.pass_time(3)
        scene.expect(State.COOLDOWN)
        assert 0 <= _left(scene) < 2 * STEP


@each_direction
@pytest.mark.parametrize("how", ["server error", "lost on its way", "answer lost"])
def test_x18_no_order_of_ours_outlives_the_close(tmp_path: Path, kind: str, how: str) -> None:
    """While a cancel fails the position stays in CLOSING: it is over when the venue shows no order of ours."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.stage.faults({"route": ORDER, "method": "DELETE", "count": 3, **REFUSED[how]})
        scene.command(Command.FLATTEN)
        scene.stage.pass_time(5)
        scene.expect(State.COOLDOWN)
        assert scene.working() == {}
        quote = scene.stage.balance("USDC")
        for gain in (-500, 500):
            scene.prints(scene.price(gain))
        assert scene.stage.balance("USDC") == quote


# --- X16, X17
@each_direction
def test_x16_first_target_passed_when_exits_are_placed(tmp_path: Path, kind: str) -> None:
    """The price is past TP1 already: that leg leaves at market, the others are protected, at breakeven."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.stage.trade(str(scene.price(0)), turn=False)
        scene.stage.trade(str(scene.beyond(scene.plan.targets[0], 5)), turn=False)
        scene.stage.look()
        scene.expect(State.OPEN_FILLED)
        assert sorted(scene.working()) == ["S2", "S3", "T2"]
        assert [order["status"] for order in scene.orders("X")] == ["FILLED"]
        assert set(scene.stops().values()) == {scene.position.stop} != {scene.plan.stop}


@each_direction
def test_x16_both_targets_passed_when_exits_are_placed(tmp_path: Path, kind: str) -> None:
    """The price is past TP2 already: two legs leave at market, the runner is trailed."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.stage.trade(str(scene.price(0)), turn=False)
        scene.stage.trade(str(scene.beyond(scene.plan.targets[1], 5)), turn=False)
        scene.stage.look()
        scene.expect(State.TRAILING)
        assert sorted(scene.working()) == ["S3"]
        assert len(scene.orders("X")) == 2


@each_direction
def test_x16_stop_passed_when_exits_are_placed(tmp_path: Path, kind: str) -> None:
    """The price is past the stop already: everything leaves at market at once."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.stage.trade(str(scene.price(0)), turn=False)
        scene.stage.trade(str(scene.beyond(scene.plan.stop, -5)), turn=False)
        scene.stage.look()
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] in ("past_stop", "past_level")
        assert scene.report["naked_worst_ms"] < 2_000


@each_direction
@pytest.mark.parametrize(("quote", "legs"), [("30", 3), ("13", 2), ("8", 1)])
def test_x17_fewer_legs_where_they_would_be_too_small(tmp_path: Path, kind: str, quote: str, legs: int) -> None:
    """Every leg is large enough for the venue at its lowest price: none is refused, whatever the position's size."""
    with directed(tmp_path, kind, QTY_USD=quote) as scene:
        scene.enter_at_once()
        assert len(scene.quantities("S")) == legs
        scene.prints(scene.plan.stop)
        scene.expect(State.COOLDOWN)
        assert scene.refusals() == []


@each_direction
def test_x17_too_small_for_any_exit(tmp_path: Path, kind: str) -> None:
    """What filled is less than the venue lets us sell: it is dust, told in the report, and blocks nothing."""
    with directed(tmp_path, kind, ENTRY_MODE="LIMIT_ONLY", LIVE_ENTRY_TIMEOUT_SEC="5") as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), 4 * STEP)
        scene.stage.pass_time(6)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "too_small"
        assert abs(Decimal(scene.report["left_in_base"])) > 3 * STEP
        assert scene.orders("X") == []


# --- X19, X20
@each_direction
@pytest.mark.parametrize(("tick", "step"), [("0.05", "0.00001"), ("0.25", "0.0001"), ("10", "0.001")])
def test_x19_everything_lies_on_the_grid(tmp_path: Path, kind: str, tick: str, step: str) -> None:
    """Ticks that are no power of ten, coarse ticks and steps: nothing of a whole trade is refused for its grid."""
    with directed(tmp_path, kind, TRAIL_SOURCE="BINANCE") as scene:
        scene.stage.paper("symbol", {"symbol": "BTCUSDC", "tick_size": tick, "step_size": step, "min_qty": step})
        scene.stage.watch.read_rules()
        scene.stage.start()
        scene.enter_at_once()
        scene.take_targets(1, 2)
        scene.prints(scene.price(450))
        scene.stage.pass_time(21)
        scene.prints(scene.position.stop)
        scene.stage.pass_time(6)
        scene.expect(State.COOLDOWN)
        assert scene.refusals() == []
        assert len(scene.orders("S3")) == 4, "at the entry, at breakeven, and two moves"


@each_direction
def test_x20_small_quantities_are_plain_decimals(tmp_path: Path, kind: str) -> None:
    """A quantity of nine hundred-thousandths is sent as 0.00009."""
    with directed(tmp_path, kind, QTY_USD="9") as scene:
        scene.enter_at_once()
        scene.take_targets(1)
        (entry,) = scene.stage.posted()
        assert entry["params"]["quantity"] == "0.00009"
        written = scene.stage.settings.places.state.read_text() + scene.stage.settings.places.trades.read_text()
        assert "E-" not in written.replace("-E0-", "")
