"""Entries born protected: the entry of each leg carries its stop and its target, filled wholly, in part or not."""

from decimal import Decimal
from pathlib import Path

from exchange.ids import Role
from fsm.orders import OrderStatus
from fsm.states import State
from tests.scenarios.bracketed import (
    ARMED,
    LEG,
    LISTS,
    WAITING,
    assert_never_naked,
    bracketed,
    each_direction,
    legs_working,
)
from tests.scenarios.directed import Directed, directed


# --- as it should be
@each_direction
def test_the_exits_work_from_the_very_fill(tmp_path: Path, kind: str) -> None:
    """Three requests, and the position is complete and covered; not one millisecond without a stop."""
    with bracketed(tmp_path, kind) as scene:
        scene.enter_at_once()
        posted = [r["path"] for r in scene.stage.ledger()["requests"] if r["method"] in ("POST", "DELETE")]
        assert posted == [f"/api/v3/orderList/{form}" for form in LISTS[kind]]
        assert legs_working(scene) == ARMED
        assert scene.ours().naked_spans() == []
        scene.take_targets(1, 2)
        scene.prints(scene.position.stop)
        scene.stage.pass_time(5)
        assert scene.report["exit_reason"] == "breakeven"
        assert scene.report["entry_protection"] == "bracket"


@each_direction
def test_exits_that_wait_cover_nothing(tmp_path: Path, kind: str) -> None:
    """While the entry rests nothing is held and nothing covered; the print that fills it arms the exits."""
    with bracketed(tmp_path, kind) as scene:
        scene.rest_entry()
        assert legs_working(scene) == WAITING
        waiting = [order for order in scene.position.orders if order.role in (Role.STOP, Role.TARGET)]
        assert {order.status for order in waiting} == {OrderStatus.PENDING}
        scene.prints(scene.plan.entry)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == ARMED
        scene.prints(scene.position.stop)
        scene.stage.pass_time(5)
        assert scene.report["exit_reason"] == "stop_loss"
        assert_never_naked(scene)


def test_after_the_fill_there_is_a_gap(tmp_path: Path) -> None:
    """What the bracket is for: without it the same entry is held without a stop until it was noticed."""
    with directed(tmp_path, "long") as scene:
        scene.rest_entry()
        scene.prints(scene.plan.entry)
        scene.expect(State.OPEN_FILLED)
        assert scene.ours().naked_ms() > 0


@each_direction
def test_nothing_is_left_over(tmp_path: Path, kind: str) -> None:
    """What rounding left out of the legs goes with the runner; a SHORT buys back all that it sold."""
    with bracketed(tmp_path, kind) as scene:
        before = scene.stage.balance("BTC")
        scene.enter_at_once()
        scene.take_targets(1, 2)
        scene.prints(scene.position.stop)
        scene.stage.pass_time(5)
        left = scene.stage.balance("BTC") - before
        assert Decimal(0) <= left < Decimal("0.00001") + (Decimal("0.00001") if kind == "short" else 0)


def test_coins_of_the_owner_are_not_sold_for_the_commission(tmp_path: Path) -> None:
    """Of such coins the venue would take the commission of a purchase that it sizes: then it is not asked to."""
    with bracketed(tmp_path, "long") as scene:
        scene.stage.paper("deposit", {"asset": "BTC", "amount": "1"})
        scene.stage.pass_time(6)
        scene.enter_at_once()
        assert len(scene.stage.posted("/api/v3/orderList/otoco")) == 2
        scene.take_targets(1, 2)
        scene.prints(scene.position.stop)
        scene.stage.pass_time(5)
        assert scene.stage.balance("BTC") >= 1
        assert_no_more_sold(scene)


def assert_no_more_sold(scene: Directed) -> None:
    assert list(scene.ours().offered_too_much()) == []


def test_without_opo_the_venue_is_told_what_is_surely_received(tmp_path: Path) -> None:
    with bracketed(tmp_path, "long") as scene:
        scene.stage.paper("symbol", {"symbol": "BTCUSDC", "opo_allowed": False})
        scene.stage.client.refresh_instrument()
        scene.enter_at_once()
        assert legs_working(scene) == ARMED
        assert len(scene.stage.posted("/api/v3/orderList/otoco")) == 2
        scene.prints(scene.position.stop)
        scene.stage.pass_time(5)
        assert_never_naked(scene)


# --- filled in part
@each_direction
def test_an_entry_that_stays_partly_filled_is_withdrawn(tmp_path: Path, kind: str) -> None:
    """Its part is covered by a stop of our own within a second; its rest goes to market, the other legs stay."""
    with bracketed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.plan.entry, LEG + Decimal("0.004"))
        assert legs_working(scene) == {"0": ["S"], "1": ["S", "T"], "3": ["E", "s"]}
        assert scene.quantities("S")[0] == Decimal("0.004")
        (span,) = scene.ours().naked_spans()
        assert span.length_ms(0) < 1_000
        scene.prints(scene.plan.entry)
        scene.expect(State.OPEN_FILLED)
        assert scene.position.entry_quantity == scene.plan.quantity
        assert legs_working(scene) == ARMED


@each_direction
def test_a_part_that_is_too_small_alone_is_taken_along(tmp_path: Path, kind: str) -> None:
    """The first leg is armed, the second has filled too little for exits of its own: the first leg's grow by that."""
    with bracketed(tmp_path, kind, QTY_USD="13.5", ENTRY_MODE="LIMIT_ONLY") as scene:
        scene.rest_entry()
        scene.prints(scene.plan.entry, scene.plan.legs[0] + Decimal("0.00003"))
        scene.stage.pass_time(1)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == {"1": ["S", "T"]}
        assert scene.stage.stop_quantity() == scene.position.to_exit(scene.stage.client.instrument)
        spare = scene.stage.stop_quantity() - sum(leg.quantity for leg in scene.position.legs)
        assert 0 <= spare <= scene.stage.client.instrument.step_size


@each_direction
def test_a_part_that_is_filled_soon_is_left_alone(tmp_path: Path, kind: str) -> None:
    """The rest came within the grace: the venue arms the exits itself, and nothing is cancelled."""
    with bracketed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.stage.trade(str(scene.plan.entry), "0.004", turn=False)
        scene.stage.advance(100)
        scene.stage.turn()
        scene.stage.trade(str(scene.plan.entry))
        scene.expect(State.OPEN_FILLED)
        assert [r for r in scene.stage.ledger()["requests"] if r["method"] == "DELETE"] == []
        assert legs_working(scene) == ARMED


@each_direction
def test_at_the_timeout_what_is_armed_stays(tmp_path: Path, kind: str) -> None:
    """One leg filled, two did not: these are withdrawn, and with the price gone the position stays smaller.

    The exits of a SHORT's last leg have to buy the commission as well: those of another are placed anew for it.
    """
    with bracketed(tmp_path, kind, LIVE_ENTRY_TIMEOUT_SEC="5", ENTRY_MODE="LIMIT_ONLY") as scene:
        scene.rest_entry()
        scene.prints(scene.plan.entry, LEG)
        scene.prints(scene.price(3))
        scene.stage.pass_time(6)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == {"1": ["S", "T"]}
        assert [leg.number for leg in scene.position.legs] == [1]
        assert scene.position.to_exit(scene.stage.client.instrument) == scene.quantities("S")[0]
        assert scene.ours().naked_ms() <= (0 if kind == "long" else 50)


@each_direction
def test_the_remainder_goes_to_market_and_is_protected_after_its_fill(tmp_path: Path, kind: str) -> None:
    with bracketed(tmp_path, kind, LIVE_ENTRY_TIMEOUT_SEC="5") as scene:
        scene.rest_entry()
        scene.prints(scene.plan.entry, LEG)
        scene.prints(scene.price(3))
        scene.stage.pass_time(6)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == ARMED
        assert scene.position.entry_quantity == scene.plan.quantity
        assert [order["type"] for order in scene.orders("E0")] == ["MARKET"]


@each_direction
def test_nothing_filled_leaves_nothing_behind(tmp_path: Path, kind: str) -> None:
    with bracketed(tmp_path, kind, LIVE_ENTRY_TIMEOUT_SEC="5", ENTRY_MODE="LIMIT_ONLY") as scene:
        scene.rest_entry()
        scene.stage.pass_time(8)
        scene.expect(State.IDLE)
        assert scene.working() == {}
        assert scene.outcome() == "not_filled: LIMIT_ONLY does not go to market"


@each_direction
def test_a_target_before_the_whole_entry(tmp_path: Path, kind: str) -> None:
    """The market came to TP1 with two legs still waiting: they are withdrawn, and the trade ends as what it was."""
    with bracketed(tmp_path, kind) as scene:
        scene.rest_entry()
        plan = scene.plan
        scene.prints(plan.entry, 2 * LEG)
        assert legs_working(scene) == {"1": ["S", "T"], "2": ["S", "T"], "3": ["E", "s"]}
        scene.prints(plan.targets[0], LEG)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == {"2": ["S", "T"]}
        assert scene.position.stop != plan.stop
        scene.prints(plan.targets[1])
        scene.stage.pass_time(5)
        assert scene.report["exit_reason"] == "target"
