"""Entries born protected, when venue, network, owner or a stop of the program interfere."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fsm.assembly import Outside, assemble
from fsm.bracket import lost
from fsm.environment import BadSettings, read_settings
from fsm.operator import Command
from fsm.starting.adopt import adopted
from fsm.states import State
from tests.scenarios.bracketed import (
    ARMED,
    BRACKET,
    LEG,
    LISTS,
    assert_never_naked,
    bracketed,
    each_direction,
    legs_working,
)
from tests.scenarios.directed import Directed


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


# --- without a record
def _adopt(scene: Directed) -> None:
    """The state file is lost: the record is made of what the venue shows, and the program goes on with it."""
    stage = scene.stage
    record = adopted(stage.client, stage.clock.now_ms())
    outside = Outside(stage.client, stage.clock, stage.disk, stage.told, lambda path: None, None)
    stage.assembled = assemble(stage.settings, outside, record)
    stage.executor.start()


@each_direction
def test_an_armed_position_is_adopted(tmp_path: Path, kind: str) -> None:
    """Legs, exits and cover as they are; nothing is placed anew, and the trade goes on to its targets."""
    with bracketed(tmp_path, kind) as scene:
        scene.enter_at_once()
        before = scene.working()
        _adopt(scene)
        scene.expect(State.OPEN_FILLED)
        assert scene.working() == before
        assert scene.position.bracket
        scene.take_targets(1, 2)
        scene.expect(State.TRAILING)


@each_direction
def test_an_entry_that_is_not_over_is_adopted_and_withdrawn(tmp_path: Path, kind: str) -> None:
    """Nobody knows which lists were never sent: what is armed stays, what rests is cancelled, no more is entered."""
    with bracketed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.plan.entry, LEG)
        scene.stage.watching = False
        _adopt(scene)
        scene.stage.pass_time(2)
        scene.expect(State.OPEN_FILLED)
        assert legs_working(scene) == {"1": ["S", "T"]}
        assert len(scene.orders("E")) == 3
