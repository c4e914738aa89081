"""Entries born protected: the entry of each leg carries its stop and its target, and what happens when it does not."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange.ids import Role
from fsm.bracket import lost
from fsm.environment import BadSettings, read_settings
from fsm.operator import Command
from fsm.orders import OrderStatus
from fsm.states import State
from tests.scenarios.directed import DIRECTIONS, Directed, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
BRACKET = {"ENTRY_PROTECTION": "bracket"}
LISTS = {"long": ("opoco", "opoco", "opo"), "short": ("otoco", "otoco", "oto")}
LEG = Decimal("0.01052")
"""What the first leg enters."""


def bracketed(folder: Path, kind: str, **environ: str) -> Any:
    return directed(folder, kind, **BRACKET, **environ)


def legs_working(scene: Directed) -> dict[str, list[str]]:
    """Roles that work, by leg; an exit that waits for its entry is written small."""
    found: dict[str, list[str]] = {}
    for name, order in sorted(scene.working().items()):
        role = name[0].lower() if order["status"] == "PENDING_NEW" else name[0]
        found.setdefault(name[1], []).append(role)
    return found


ARMED = {"1": ["S", "T"], "2": ["S", "T"], "3": ["S"]}
WAITING = {"1": ["E", "s", "t"], "2": ["E", "s", "t"], "3": ["E", "s"]}


def assert_never_naked(scene: Directed) -> None:
    """By the venue's own ledger, and by the report."""
    assert scene.ours().naked_spans() == []
    assert scene.report["naked_ms"] == 0


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


# --- refused
@each_direction
def test_a_refused_list_enters_without_its_exits(tmp_path: Path, kind: str) -> None:
    """The venue takes no such list although its rules said so: once more alone, protected after the fill, and told."""
    with bracketed(tmp_path, kind) as scene:
        scene.prints(scene.price(2))
        scene.stage.paper("symbol", {"symbol": "BTCUSDC", "oto_allowed": False})
        scene.signal()
        scene.expect(State.OPEN)
        assert legs_working(scene) == {"1": ["E"], "2": ["E"], "3": ["E"]}
        assert scene.stage.told.events().count("bracket_lost") == 3
        assert [line["leg"] for line in scene.stage.journal() if line["event"] == "bracket_lost"] == [1, 2, 3]
        scene.prints(scene.plan.entry)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == ARMED
        assert scene.position.entry_quantity == scene.plan.quantity


@each_direction
def test_a_symbol_without_such_lists_is_traded_as_before(tmp_path: Path, kind: str) -> None:
    """Its rules say so beforehand: no list is tried, and the owner was told."""
    with bracketed(tmp_path, kind) as scene:
        scene.stage.paper("symbol", {"symbol": "BTCUSDC", "oto_allowed": False})
        scene.stage.pass_time(301)
        scene.stage.bars(*[(95000, 95010, 94990)] * 200)
        scene.prints(scene.price(0))
        scene.enter_at_once()
        assert scene.stage.told.events().count("bracket_unavailable") == 1
        assert [order["type"] for order in scene.orders("E")] == ["LIMIT"]
        assert legs_working(scene) == ARMED


@each_direction
def test_one_list_too_many(tmp_path: Path, kind: str) -> None:
    """The venue's count of lists is used up by the second: the others enter alone, and all legs end up protected."""
    with bracketed(tmp_path, kind) as scene:
        scene.prints(scene.price(2))
        scene.stage.paper("symbol", {"symbol": "BTCUSDC", "max_order_lists": 1})
        scene.signal()
        assert legs_working(scene) == {"1": ["E", "s", "t"], "2": ["E"], "3": ["E"]}
        assert set(lost(scene.position)) == {2, 3}
        scene.stage.paper("symbol", {"symbol": "BTCUSDC", "max_order_lists": 20})
        scene.prints(scene.plan.entry)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == ARMED


@each_direction
def test_exits_that_the_venue_refuses_to_begin(tmp_path: Path, kind: str) -> None:
    """The print that fills the entry is past TP1: the first leg's exits are refused, and what is held is covered."""
    with bracketed(tmp_path, kind) as scene:
        scene.rest_entry()
        plan = scene.plan
        with_gap = scene.beyond(plan.stop, -1)
        scene.stage.trade(str(with_gap), turn=False)
        scene.stage.pass_time(8)
        assert scene.stage.state in (State.COOLDOWN, State.IDLE)
        assert scene.working() == {}
        assert scene.stage.told.events().count("bracket_lost") == 3
        assert scene.report["naked_ms"] < 1_500


# --- in doubt
SILENT: dict[str, dict[str, Any]] = {
    "answered by nobody": {"kind": "timeout_after"},
    "connection lost": {"kind": "drop_after"},
    "-1006": {"kind": "error_after", "code": -1006},
}


@each_direction
@pytest.mark.parametrize("fault", SILENT.values(), ids=SILENT)
def test_a_lost_answer_is_settled_by_asking(tmp_path: Path, kind: str, fault: dict[str, Any]) -> None:
    """The list is there: it is found, nothing is sent again, and its exits cover."""
    with bracketed(tmp_path, kind) as scene:
        scene.stage.watch.reaction_ms = 8_000
        route = f"/api/v3/orderList/{LISTS[kind][0]}"
        scene.stage.faults({"route": route, "method": "POST", **fault})
        scene.signal()
        scene.stage.pass_time(3)
        scene.expect(State.OPEN_FILLED)
        assert len(scene.orders("E")) == 3
        assert legs_working(scene) == ARMED
        scene.prints(scene.position.stop)
        scene.stage.pass_time(5)
        assert_never_naked(scene)


@each_direction
def test_a_list_that_never_arrived_is_given_up(tmp_path: Path, kind: str) -> None:
    """Proven absent, it is not sent again; the others are what was entered."""
    with bracketed(tmp_path, kind, ENTRY_MODE="LIMIT_ONLY") as scene:
        route = f"/api/v3/orderList/{LISTS[kind][0]}"
        scene.stage.faults({"route": route, "method": "POST", "kind": "drop", "skip": 1})
        scene.signal()
        scene.stage.pass_time(20)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == {"1": ["S", "T"], "3": ["S"]}
        assert len(scene.orders("E")) == 2
        assert lost(scene.position) == {}


# --- by hand, by command, by restart
@each_direction
def test_flatten_while_the_lists_rest(tmp_path: Path, kind: str) -> None:
    with bracketed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.plan.entry, LEG + Decimal("0.004"))
        scene.command(Command.FLATTEN)
        scene.stage.pass_time(3)
        assert scene.working() == {}
        assert scene.report["exit_reason"] == "operator"
        assert scene.ours().held() < Decimal("0.00002")


@each_direction
def test_a_waiting_list_cancelled_by_hand_is_the_owners_will(tmp_path: Path, kind: str) -> None:
    """Its leg is given up without alarm, for its exits covered nothing; the other legs go on."""
    with bracketed(tmp_path, kind, ENTRY_MODE="LIMIT_ONLY") as scene:
        scene.rest_entry()
        scene.stage.client.cancel(next(o.client_id for o in scene.position.orders if o.client_id.endswith("S2-0")))
        scene.stage.look()
        assert "canceled_by_owner" not in scene.stage.told.events()
        scene.prints(scene.plan.entry)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == {"1": ["S", "T"], "3": ["S"]}


@each_direction
@pytest.mark.parametrize("whole", [True, False], ids=["after the entry", "while others rest"])
def test_armed_exits_cancelled_by_hand_come_again(tmp_path: Path, kind: str, *, whole: bool) -> None:
    with bracketed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.plan.entry, None if whole else LEG)
        scene.stage.client.cancel(next(o.client_id for o in scene.position.orders if o.client_id.endswith("T1-0")))
        scene.stage.look()
        assert "canceled_by_owner" in scene.stage.told.events()
        assert legs_working(scene) == (ARMED if whole else {"0": ["S"], "2": ["E", "s", "t"], "3": ["E", "s"]})


@each_direction
@pytest.mark.parametrize("filled", [None, LEG, LEG + Decimal("0.004")], ids=["none", "a leg", "a leg and a half"])
def test_restart_in_the_middle(tmp_path: Path, kind: str, filled: Decimal | None) -> None:
    """Whatever had filled by then, and whatever fills while it is down, it goes on."""
    with bracketed(tmp_path, kind) as scene:
        scene.rest_entry()
        if filled is not None:
            scene.stage.trade(str(scene.plan.entry), str(filled), turn=False)
        scene.stage.start()
        scene.stage.look()
        scene.stage.start()
        scene.prints(scene.plan.entry)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == ARMED
        assert scene.position.entry_quantity == scene.plan.quantity


@each_direction
def test_filled_while_it_was_down(tmp_path: Path, kind: str) -> None:
    """The venue protected it alone; even the exits that have filled since are found, and the report has no gap."""
    with bracketed(tmp_path, kind) as scene:
        scene.rest_entry()
        plan = scene.plan
        for price in (plan.entry, plan.targets[0]):
            scene.stage.trade(str(price), turn=False)
            scene.stage.advance(60_000)
        scene.stage.start()
        scene.expect(State.OPEN_FILLED)
        assert [leg.closed for leg in scene.position.legs] == [True, False, False]
        scene.stage.pass_time(3)
        assert scene.stops().keys() == {"S2", "S3"}
        assert scene.ours().naked_ms() < 100


@each_direction
def test_the_venue_halts_in_between(tmp_path: Path, kind: str) -> None:
    """V9: nothing new is accepted; what the venue armed goes on covering, and the trade ends when it opens again."""
    with bracketed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.plan.entry, LEG)
        scene.stage.paper("symbol", {"symbol": "BTCUSDC", "status": "BREAK"})
        scene.stage.pass_time(10)
        assert "S" in legs_working(scene)["1"]
        scene.stage.paper("symbol", {"symbol": "BTCUSDC", "status": "TRADING"})
        scene.prints(scene.plan.entry)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == ARMED


# --- settings
@pytest.mark.parametrize(
    ("more", "named"), [({"ENTRY_MODE": "MARKET_ONLY"}, "ENTRY_MODE"), ({"TRADE_MODE": "margin"}, "TRADE_MODE")]
)
def test_what_a_bracket_cannot_be_combined_with(more: dict[str, str], named: str) -> None:
    """No list begins with a market order, and the simulated margin lists are not used by it: refused at the start."""
    with pytest.raises(BadSettings, match=named):
        read_settings({**BRACKET, **more})
