"""Lessons X1 to X10: what has gone wrong with exits and stops, as whole trades."""

from decimal import Decimal
from pathlib import Path

import pytest

from fsm.states import State
from tests.scenarios.directed import COINS, DIRECTIONS, Directed, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
OCO = "/api/v3/orderList/oco"
STEP = Decimal("0.00001")
CALM = (400, 401, 399)


def _whole_trade(scene: Directed) -> None:
    """Entry, both targets, a better trailing stop, out there."""
    scene.trail()
    scene.prints(scene.price(400))
    scene.bars(*[CALM] * 5, (400, 401, 370), *[CALM] * 5)
    scene.stage.pass_time(21)
    scene.prints(scene.position.stop)
    scene.expect(State.COOLDOWN)


# --- X1, X2, X3
@each_direction
def test_x1_every_unit_is_locked_once_and_covered_once(tmp_path: Path, kind: str) -> None:
    """Two targets and a stop for all of it fit into what is held, and the venue refuses nothing."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        held = scene.position.to_exit(scene.stage.client.instrument)
        assert sum(scene.quantities("S")) == held
        locked = Decimal(scene.stage.ledger()["balances"]["spot"]["BTC" if kind == "long" else "USDC"]["locked"])
        assert locked == held if kind == "long" else locked < held * scene.price(-250)
        _whole_trade_from_here(scene)
        assert scene.refusals() == []


def _whole_trade_from_here(scene: Directed) -> None:
    scene.take_targets(1, 2)
    scene.prints(scene.position.stop)
    scene.expect(State.COOLDOWN)


@each_direction
@pytest.mark.parametrize("fees", ["0.001", "0.0075"])
def test_x2_exits_are_net_of_commission(tmp_path: Path, kind: str, fees: str) -> None:
    """With commission taken in base no exit is refused for lack of balance, and less than a step is left."""
    with directed(tmp_path, kind, fees=fees) as scene:
        _whole_trade(scene)
        assert scene.refusals() == []
        left = scene.stage.balance("BTC") - (COINS if kind == "short" else 0)
        assert 0 <= left < 2 * STEP


@each_direction
def test_x3_no_target_before_its_stop(tmp_path: Path, kind: str) -> None:
    """Targets are only ever sent together with their stop; the stop has the lower order number."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.take_targets(1)
        targets, stops = scene.orders("T"), {order["orderListId"]: order for order in scene.orders("S")}
        assert len(targets) == 3
        assert all(stops[target["orderListId"]]["orderId"] < target["orderId"] for target in targets)


# --- X4, X13
@each_direction
def test_x4_price_is_past_breakeven_when_the_stops_move(tmp_path: Path, kind: str) -> None:
    """TP1 filled and the price came back at once: the rest leaves at market in the same turn, without five tries."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.stage.trade(str(scene.plan.targets[0]), turn=False)
        scene.stage.trade(str(scene.price(20)), turn=False)
        scene.stage.pass_time(1.2)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "past_level"
        assert len(scene.orders("X")) == 2
        assert scene.report["naked_worst_ms"] < 1_000


@each_direction
def test_x13_the_old_stop_is_gone_and_the_new_one_refused(tmp_path: Path, kind: str) -> None:
    """Half a replacement: the runner leaves at market at once, and the gap is in the report."""
    with directed(tmp_path, kind) as scene:
        scene.trail()
        scene.prints(scene.price(350))
        scene.bars(*[CALM] * 5, (400, 401, 370), *[CALM] * 5)
        scene.stage.pass_time(21)
        scene.expect(State.COOLDOWN)
        (replace,) = [one for one in scene.refusals() if one["path"] == "/api/v3/order/cancelReplace"]
        assert (replace["status"], replace["code"]) == (409, -2021)
        assert (scene.report["exit_reason"], len(scene.orders("X3"))) == ("past_level", 1)
        assert 0 < scene.report["naked_ms"] < 1_000


# --- X5
@each_direction
def test_x5_duplicate_id_means_that_it_is_there(tmp_path: Path, kind: str) -> None:
    """-2010 with "Duplicate order sent." attaches to the order that exists; nothing is sent a second time."""
    with directed(tmp_path, kind) as scene:
        fault = {"kind": "error_after", "status": 400, "code": -2010, "msg": "Duplicate order sent."}
        scene.stage.faults({"route": OCO, **fault}, {"route": "/api/v3/order", "method": "POST", "skip": 1, **fault})
        scene.enter_at_once()
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]
        assert all(order["clientOrderId"].endswith("-0") for order in scene.working().values())
        assert len(scene.stage.posted(OCO)) == 2


@each_direction
@pytest.mark.parametrize(
    "text",
    [
        "Order would trigger immediately.",
        "Order would immediately match and take.",
        "The relationship of the prices for the orders is not correct.",
    ],
)
def test_x5_a_passed_price_means_that_the_leg_leaves(tmp_path: Path, kind: str, text: str) -> None:
    """The same code with another text: the price is past the level, so this leg leaves at market, the others stay."""
    with directed(tmp_path, kind) as scene:
        scene.stage.faults({"route": OCO, "kind": "error", "status": 400, "code": -2010, "msg": text})
        scene.enter_at_once()
        assert sorted(scene.working()) == ["S2", "S3", "T2"]
        assert [order["status"] for order in scene.orders("X1")] == ["FILLED"]


# --- X6, X7, X8
@each_direction
@pytest.mark.parametrize("how", ["one look", "restart"])
def test_x6_both_targets_in_one_pass(tmp_path: Path, kind: str, how: str) -> None:
    """TP1 and TP2 are found filled together: one stop is left, for the runner, and no other order."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.stage.trade(str(scene.plan.targets[1]), turn=False)
        if how == "restart":
            scene.stage.start()
            scene.stage.watch.check()
        scene.stage.look()
        scene.expect(State.TRAILING)
        assert sorted(scene.working()) == ["S3"]
        assert len(scene.orders("S3")) == 2, "the one at the entry, and the one at breakeven"


@each_direction
def test_x7_stops_never_sell_more_than_is_held(tmp_path: Path, kind: str) -> None:
    """The owner holds more coins than the position: after TP1 the stops still trade the position's rest alone."""
    with directed(tmp_path, kind) as scene:
        scene.stage.paper("deposit", {"asset": "BTC", "amount": "1"})
        scene.enter_at_once()
        scene.take_targets(1)
        assert sum(scene.quantities("S")) == scene.position.to_exit(scene.stage.client.instrument)
        scene.prints(scene.position.stop)
        scene.expect(State.COOLDOWN)
        before = 1 + (COINS if kind == "short" else 0)
        assert 0 <= scene.stage.balance("BTC") - before < 2 * STEP


@each_direction
def test_x8_trailing_never_loosens(tmp_path: Path, kind: str) -> None:
    """A last swing behind the breakeven stop moves nothing, neither when trailing begins nor after a restart."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.bars(*[CALM] * 5, (60, 61, 50), *[CALM] * 5)
        scene.take_targets(1, 2)
        before = scene.stops()
        scene.stage.pass_time(41)
        scene.stage.start()
        scene.stage.pass_time(21)
        assert scene.stops() == before


# --- X9, X10
@each_direction
@pytest.mark.parametrize("which", ["S3", "S1", "T1"])
def test_x9_a_cancelled_stop_is_placed_again(tmp_path: Path, kind: str, which: str) -> None:
    """A stop or a list that somebody cancelled is back with the next look."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        before = scene.working()
        scene.stage.client.cancel(before[which]["clientOrderId"])
        scene.stage.look()
        now = scene.working()
        assert sorted(now) == sorted(before)
        shown = ("price", "stopPrice", "origQty")
        assert all([now[name][key] == before[name][key] for key in shown] for name in before)
        assert "canceled_by_owner" in scene.stage.told.events()


@each_direction
@pytest.mark.parametrize("after", ["", "tp1", "tp2"])
def test_x10_the_market_jumped_the_stops_limit(tmp_path: Path, kind: str, after: str) -> None:
    """Stops triggered and rest unfilled: after the grace they are cancelled, and only then the legs leave at market."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.take_targets(*{"": (), "tp1": (1,), "tp2": (1, 2)}[after])
        scene.stage.trade(str(scene.beyond(scene.position.stop, -300)), turn=False)
        scene.stage.pass_time(2.5)
        assert scene.stage.stop_quantity() == 0
        assert scene.orders("X") == []
        scene.stage.pass_time(3)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "stop_not_filled"
        stops = {order["clientOrderId"][22]: order for order in scene.orders("S")}
        for exit_order in scene.orders("X"):
            assert stops[exit_order["clientOrderId"][22]]["updateTime"] <= exit_order["time"]
        assert scene.report["naked_worst_ms"] < 6_000
        assert "naked" in scene.stage.told.events()


@each_direction
def test_x10_a_price_of_before_does_not_judge_a_stop_that_came_later(tmp_path: Path, kind: str) -> None:
    """The targets fill over a gap: the price seen before it is behind the breakeven stop, and the runner stays."""
    with directed(tmp_path, kind, POLL_SEC="60") as scene:
        scene.enter_at_once()
        scene.stage.trade(str(scene.price(-100)), turn=False)
        scene.stage.pass_time(61)
        scene.stage.trade(str(scene.beyond(scene.plan.targets[1], 50)), turn=False)
        scene.stage.turn()
        scene.expect(State.TRAILING)
        scene.stage.advance(4_000)
        scene.stage.turn()
        scene.expect(State.TRAILING)
        assert sorted(scene.working()) == ["S3"]


@each_direction
def test_x10_prices_that_lag_do_not_sell_what_is_safe(tmp_path: Path, kind: str) -> None:
    """Quotes in a row are of before TP1 and its breakeven stops: these look passed, until another tells otherwise."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.prints(scene.price(-50))
        scene.stage.faults({"route": "/api/v3/ticker/24hr", "method": "GET", "kind": "stale", "ms": 3_500, "count": 3})
        scene.stage.trade(str(scene.plan.targets[0]), turn=False)
        scene.stage.pass_time(9)
        assert [line["ms"] for line in scene.stage.journal() if line["event"] == "covered"][-1] == 0
        scene.expect(State.OPEN_FILLED)
        assert sorted(scene.working()) == ["S2", "S3", "T2"]
        assert scene.orders("X") == []
        scene.prints(scene.plan.targets[1])
        scene.prints(scene.position.stop)
        assert scene.report["naked_worst_ms"] < 500


@each_direction
def test_x7_the_cover_of_a_filling_entry_fills_before_the_exits_take_its_place(tmp_path: Path, kind: str) -> None:
    """The entry is complete, the market comes to its cover before that could be cancelled: only the rest leaves."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), "0.02")
        scene.stage.faults({"kind": "limit", "route": "/api/v3/order/cancelReplace", "retry_after": 5})
        scene.stage.watch.excused = frozenset({"cover"})
        scene.prints(scene.price(0))
        scene.expect(State.OPEN_FILLED)
        scene.stage.trade(str(scene.position.stop), turn=False)
        scene.stage.pass_time(12)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "stop_loss"
        assert sorted(order["clientOrderId"][21:23] for order in scene.orders("X")) == ["X0"]


@each_direction
@pytest.mark.parametrize("unread", [8, 40], ids=["read-before-they-leave", "read-after"])
def test_x10_when_a_stop_triggered_is_the_venues_word(tmp_path: Path, kind: str, unread: int) -> None:
    """First only prices tell that the stops have triggered, and late: the report has the time that the venue tells."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.stage.trade(str(scene.beyond(scene.position.stop, -300)), turn=False)
        triggered_ms = scene.stage.clock.now_ms()
        scene.stage.advance(5_000)
        scene.stage.faults({"kind": "error", "route": "/api/v3/openOrders", "method": "GET", "count": unread})
        scene.stage.watch.excused = frozenset({"cover"})
        scene.stage.pass_time(unread + 4)
        scene.expect(State.COOLDOWN)
        left_ms = max(order["updateTime"] for order in scene.orders("X"))
        assert abs(scene.report["naked_worst_ms"] - (left_ms - triggered_ms)) <= 100
