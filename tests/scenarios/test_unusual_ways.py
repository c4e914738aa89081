"""Less ordinary ways in and out, for LONG and SHORT."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange.types import OrderRequest, OrderType
from fsm.operator import Command
from fsm.states import State
from tests.scenarios.directed import COINS, DIRECTIONS, Directed, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
ORDER, OCO = "/api/v3/order", "/api/v3/orderList/oco"
STEP = Decimal("0.00001")
REFUSAL = {"kind": "error", "status": 400, "code": -2010, "msg": "This action is disabled on this account."}
LACKING = {**REFUSAL, "msg": "Account has insufficient balance for requested action."}


def _left(scene: Directed) -> Decimal:
    """Base in the account beyond what was there before."""
    return scene.stage.balance("BTC") - (COINS if scene.kind == "short" else Decimal(0))


def _repeat(scene: Directed, order: dict[str, Any]) -> None:
    """The request of this order arrives at the venue once more, and there is enough for it."""
    for asset, quantity in (("BTC", "1"), ("USDC", "100000")):
        scene.stage.paper("deposit", {"asset": asset, "amount": quantity})
    scene.stage.client.place(
        OrderRequest(
            client_id=order["clientOrderId"],
            side=scene.position.exit_side,
            order_type=OrderType.STOP_LOSS_LIMIT,
            quantity=Decimal(order["origQty"]),
            price=Decimal(order["price"]),
            stop_price=Decimal(order["stopPrice"]),
        )
    )


@each_direction
def test_stop_reached_while_the_entry_still_fills(tmp_path: Path, kind: str) -> None:
    """The stop of a part sells it while the rest of the entry still works: the entry is withdrawn, nothing stays."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), "0.01")
        scene.prints(scene.plan.stop, "0.012")
        scene.stage.pass_time(5)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "stop_loss"
        assert abs(_left(scene)) < 2 * STEP


@each_direction
def test_a_fill_that_breaks_the_plan_is_exited(tmp_path: Path, kind: str) -> None:
    """A market entry so bad that its average is beyond TP1 is left at once: there is nothing to protect."""
    with directed(tmp_path, kind, ENTRY_MODE="MARKET_ONLY") as scene:
        sign = 1 if kind == "long" else -1
        scene.stage.paper("book", {"symbol": "BTCUSDC", "level_qty": "0.002", "level_step_ticks": 5_000})
        scene.signal()
        scene.stage.paper("book", {"symbol": "BTCUSDC", "level_qty": "100", "level_step_ticks": 1})
        scene.stage.pass_time(1)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "bad_fill"
        assert (Decimal(scene.report["average_entry"]) - 95000) * sign > 190


@each_direction
def test_entry_cancelled_by_hand(tmp_path: Path, kind: str) -> None:
    """An entry without a fill that the owner cancels is over: not placed again, no cooldown."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.stage.client.cancel(scene.position.entries[0].client_id)
        scene.stage.pass_time(2)
        scene.expect(State.IDLE)
        assert scene.outcome() == "canceled_by_owner"
        assert len(scene.orders("E")) == 1


@each_direction
def test_no_cooldown(tmp_path: Path, kind: str) -> None:
    """COOLDOWN_SEC=0: the next signal is taken right after the close."""
    with directed(tmp_path, kind, COOLDOWN_SEC="0", LOCK_SEC="0") as scene:
        scene.enter_at_once()
        scene.prints(scene.plan.stop)
        scene.expect(State.IDLE)
        scene.prints(scene.price(0))
        scene.stage.signal(kind, 95001)
        scene.expect(State.OPEN_FILLED)


def test_long_then_short(tmp_path: Path) -> None:
    """Trades of both directions follow each other, each with its own orders and its own report."""
    with directed(tmp_path, "short", COOLDOWN_SEC="0", LOCK_SEC="0") as scene:
        for number, kind in enumerate(("long", "short", "long")):
            scene.prints(Decimal(95000))
            scene.stage.signal(kind, 95000 + number)
            scene.expect(State.OPEN_FILLED)
            scene.prints(scene.plan.stop)
            scene.expect(State.IDLE)
        assert [report["direction"] for report in scene.stage.reports()] == ["LONG", "SHORT", "LONG"]


@each_direction
@pytest.mark.parametrize("bnb", ["0.0045", "0.0115", "0.0145", "0.018"])
def test_bnb_runs_out_on_the_way(tmp_path: Path, kind: str, bnb: str) -> None:
    """Commission changes from BNB to the base in the middle: everything is sold or bought back all the same."""
    with directed(tmp_path, kind, QTY_USD="9000", SYMBOL="BTCUSDT", LIVE_ENTRY_TIMEOUT_SEC="5") as scene:
        scene.stage.paper("deposit", {"asset": "USDT", "amount": "10000"})
        scene.stage.paper("deposit", {"asset": "BNB", "amount": str(Decimal(bnb) - 1)})
        scene.stage.paper("fees", {"bnb_burn": True})
        scene.stage.pass_time(5)
        scene.rest_entry()
        scene.prints(scene.price(0), "0.03")
        scene.prints(scene.price(0))
        scene.take_targets(1, 2)
        scene.expect(State.TRAILING)
        scene.prints(scene.position.stop)
        scene.stage.pass_time(1)
        scene.expect(State.COOLDOWN)
        assert len(scene.report["commissions"]) >= 2
        assert abs(_left(scene)) < 6 * STEP


# --- exits that are refused
@each_direction
def test_refused_exits_are_tried_again(tmp_path: Path, kind: str) -> None:
    """While the venue refuses lists their stops work alone; after the period the lists are tried again."""
    with directed(tmp_path, kind) as scene:
        scene.stage.faults({"route": OCO, "count": 2, **REFUSAL})
        scene.enter_at_once()
        assert sorted(scene.working()) == ["S1", "S2", "S3"]
        scene.stage.pass_time(20)
        assert sorted(scene.working()) == ["S1", "S2", "S3"]
        scene.stage.pass_time(15)
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]
        assert scene.position.exit_failures == 0
        assert max(span.length_ms(scene.stage.clock.now_ms()) for span in scene.ours().naked_spans()) < 500


@each_direction
def test_refused_stops_wait_for_the_next_try(tmp_path: Path, kind: str) -> None:
    """Where the venue refuses the stops too nothing is sent before the period is over, and the alarm goes out."""
    with directed(tmp_path, kind) as scene:
        scene.stage.faults(
            {"route": OCO, **REFUSAL}, {"route": ORDER, "method": "POST", "skip": 1, "count": 3, **REFUSAL}
        )
        scene.enter_at_once()
        assert scene.working() == {}
        sent = len(scene.stage.posted())
        scene.stage.pass_time(14)
        assert len(scene.stage.posted()) == sent
        assert "naked" in scene.stage.told.events()
        scene.stage.pass_time(2)
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]


@each_direction
def test_nothing_goes_out_before_the_venue_allows_it(tmp_path: Path, kind: str) -> None:
    """A request limit holds exits back as long as the venue said, and no longer."""
    with directed(tmp_path, kind) as scene:
        scene.stage.faults({"route": OCO, "kind": "limit", "retry_after": 3})
        scene.enter_at_once()
        assert scene.working() == {}
        scene.stage.pass_time(2.5)
        assert len(scene.stage.posted()) == 1
        scene.stage.pass_time(1.5)
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]
        assert scene.position.exit_failures == 0


@each_direction
def test_breakeven_while_lists_are_refused(tmp_path: Path, kind: str) -> None:
    """TP1 filled and the new list is refused: the stop goes to breakeven alone."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.stage.faults({"route": OCO, **REFUSAL})
        scene.take_targets(1)
        assert sorted(scene.working()) == ["S2", "S3"]
        assert set(scene.stops().values()) == {scene.position.stop} != {scene.plan.stop}
        scene.stage.pass_time(16)
        assert sorted(scene.working()) == ["S2", "S3", "T2"]


RETRIES = {"EXITS_RETRY_EVERY_SEC": "2", "FAILSAFE_EXITS_MAX_TRIES": "3"}


@each_direction
def test_exits_refused_for_good_are_flattened(tmp_path: Path, kind: str) -> None:
    """After the last try the position is left at market: FAILSAFE_FLATTEN."""
    with directed(tmp_path, kind, **RETRIES) as scene:
        scene.stage.faults({"route": OCO, "count": -1, **REFUSAL})
        scene.enter_at_once()
        scene.stage.pass_time(10)
        scene.expect(State.COOLDOWN)
        assert "refused" in scene.report["exit_reason"]
        assert 0 <= _left(scene) < 2 * STEP


@each_direction
def test_exits_refused_for_good_halt(tmp_path: Path, kind: str) -> None:
    """FAILSAFE_FLATTEN=false: the position stays under its stops, no new entries; mended, it goes on."""
    with directed(tmp_path, kind, FAILSAFE_FLATTEN="false", **RETRIES) as scene:
        scene.stage.faults({"route": OCO, "count": -1, **REFUSAL})
        scene.enter_at_once()
        scene.stage.pass_time(10)
        scene.expect(State.OPEN_FILLED)
        assert scene.stage.record.meta.halted is not None
        assert sorted(scene.working()) == ["S1", "S2", "S3"]
        scene.stage.paper("faults", method="DELETE")
        scene.stage.pass_time(5)
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]


@each_direction
def test_a_repeated_request_is_undone(tmp_path: Path, kind: str) -> None:
    """A stop that was cancelled works again, since its request was repeated on the way: it is found and cancelled."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), "0.01")
        cover = scene.working()["S0"]
        scene.prints(scene.price(0))
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]
        _repeat(scene, cover)
        scene.stage.pass_time(2)
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]
        scene.command(Command.FLATTEN)
        scene.stage.pass_time(2)
        scene.expect(State.COOLDOWN)


@each_direction
def test_what_lacked_coins_waits_no_longer_than_for_them(tmp_path: Path, kind: str) -> None:
    """A repeated request locked the coins that the exits need: once it is undone, they are placed at once."""
    lacking = {**LACKING, "method": "POST"}
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), "0.01")
        cover = scene.working()["S0"]
        scene.stage.faults({"route": OCO, **lacking}, {"route": ORDER, "count": 2, **lacking})
        scene.stage.watch.excused = frozenset({"cover"})
        scene.prints(scene.price(0))
        assert list(scene.working()) == ["S3"]
        _repeat(scene, cover)
        scene.stage.pass_time(2)
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]


@each_direction
def test_what_was_refused_for_another_reason_waits_for_its_time(tmp_path: Path, kind: str) -> None:
    """Coins were lacking once; exits that are refused for another reason later do not hurry when an order is undone."""
    with directed(tmp_path, kind) as scene:
        scene.stage.faults({"route": OCO, "count": 2, **LACKING})
        scene.enter_at_once()
        cover = scene.working()["S1"]
        scene.stage.faults({"route": OCO, "count": 9, **REFUSAL})
        scene.stage.pass_time(32)
        refused = len(scene.stage.posted(OCO))
        _repeat(scene, cover)
        scene.stage.pass_time(2)
        assert len(scene.stage.posted(OCO)) == refused


@each_direction
def test_a_stop_that_came_to_life_again_beside_its_like_is_undone(tmp_path: Path, kind: str) -> None:
    """The runner's stop was cancelled by hand and placed anew, then its first request arrives again: one is enough."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        before = scene.working()["S3"]
        scene.stage.client.cancel(before["clientOrderId"])
        scene.stage.look()
        _repeat(scene, before)
        scene.stage.pass_time(2)
        stops = [order for order in scene.orders("S3") if order["status"] == "NEW"]
        assert [order["origQty"] for order in stops] == [before["origQty"]]
