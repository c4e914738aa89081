"""The ordinary ways out, for LONG and SHORT: stop loss, targets, breakeven, trailing stop, and what follows a close."""

from decimal import Decimal
from pathlib import Path

import pytest

from fsm.states import State
from tests.scenarios.directed import DIRECTIONS, Directed, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
TICK = Decimal("0.01")
CALM, DIP = (400, 401, 399), (400, 401, 370)
"""Bars above TP2: one like the others, and one whose worst price makes a swing."""


@each_direction
def test_stop_out_then_cooldown_then_the_next(tmp_path: Path, kind: str) -> None:
    """All legs leave at the stop; after the cooldown the next signal is traded, before it none."""
    with directed(tmp_path, kind, COOLDOWN_SEC="30") as scene:
        scene.enter_at_once()
        scene.prints(scene.plan.stop)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "stop_loss"
        assert Decimal(scene.report["r_multiple"]) < -1
        scene.prints(scene.price(0))
        scene.stage.signal(kind, 95001)
        refused = scene.stage.verdicts()[-1]
        assert (refused["verdict"], refused["measured"], bool(refused["until"])) == ("position_open", "COOLDOWN", True)
        scene.stage.pass_time(30)
        scene.expect(State.IDLE)
        scene.stage.bars(*[(95000, 95010, 94990)] * 200)
        scene.stage.signal(kind, 95002)
        scene.expect(State.OPEN_FILLED)


BREAKEVENS = {"fees": (Decimal("37.9"), Decimal("38.01")), "entry": (Decimal(0), Decimal(0))}
"""How far beyond the average entry, with a commission of two hundredths of a percent each way."""


@each_direction
@pytest.mark.parametrize("mode", BREAKEVENS)
def test_tp1_then_breakeven(tmp_path: Path, kind: str, mode: str) -> None:
    """TP1 moves the other stops to breakeven, the targets stay; back there, the rest leaves without a loss."""
    with directed(tmp_path, kind, fees="0.0002", TP1_BREAKEVEN=mode) as scene:
        scene.enter_at_once()
        scene.take_targets(1)
        scene.expect(State.OPEN_FILLED)
        assert sorted(scene.working()) == ["S2", "S3", "T2"]
        (level,) = set(scene.stops().values())
        least, most = BREAKEVENS[mode]
        average = scene.position.average_entry or Decimal(0)
        assert least <= abs(level - average) <= most
        assert level == scene.beyond(average, abs(level - average))
        scene.prints(level)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "breakeven"
        assert Decimal(scene.report["realized_profit"]) > 0


@each_direction
def test_tp1_with_breakeven_by_fees_goes_half_of_r_at_most(tmp_path: Path, kind: str) -> None:
    """High commissions do not push the breakeven stop beyond half of R."""
    with directed(tmp_path, kind, fees="0.001") as scene:
        scene.enter_at_once()
        scene.take_targets(1)
        average = scene.position.average_entry or Decimal(0)
        (level,) = set(scene.stops().values())
        assert abs(abs(level - average) - scene.plan.r / 2) <= TICK


@each_direction
def test_tp1_with_breakeven_off(tmp_path: Path, kind: str) -> None:
    """TP1_BREAKEVEN=off: no stop is touched when TP1 fills."""
    with directed(tmp_path, kind, TP1_BREAKEVEN="off") as scene:
        scene.enter_at_once()
        before = scene.working()
        scene.take_targets(1)
        kept = {name: order["orderId"] for name, order in before.items() if name[1] != "1"}
        assert {name: order["orderId"] for name, order in scene.working().items()} == kept
        scene.prints(scene.plan.stop)
        assert scene.report["exit_reason"] == "stop_loss"


@each_direction
def test_the_runner_moves_first_and_in_one_request(tmp_path: Path, kind: str) -> None:
    """At breakeven the lone stop is replaced without an uncovered moment, before the list, which has to go first."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        before = scene.stage.ledger()["requests"][-1]["n"]
        scene.take_targets(1)
        sent = [one for one in scene.stage.ledger()["requests"] if one["n"] > before and one["method"] != "GET"]
        assert [(one["method"], one["path"].rpartition("/")[2]) for one in sent] == [
            ("POST", "cancelReplace"),
            ("DELETE", "order"),
            ("POST", "oco"),
        ]


def _swing(scene: Directed) -> None:
    """The market rests beyond TP2, and ten complete bars show one dip."""
    scene.prints(scene.price(400))
    scene.bars(*[CALM] * 5, DIP, *[CALM] * 5)
    scene.stage.pass_time(21)


@each_direction
def test_trailing_by_swings_to_its_stop(tmp_path: Path, kind: str) -> None:
    """Past TP2 the runner's stop goes behind the last swing, and the runner leaves there."""
    with directed(tmp_path, kind, fees="0.0002") as scene:
        scene.trail()
        assert sorted(scene.working()) == ["S3"]
        _swing(scene)
        assert scene.stops() == {"S3": scene.price(370 - 15)}
        scene.prints(scene.price(355))
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "trailing_stop"
        assert Decimal(scene.report["r_multiple"]) > 1


@each_direction
def test_trailing_by_the_mid_price_to_its_stop(tmp_path: Path, kind: str) -> None:
    """TRAIL_SOURCE=BINANCE: the stop follows the mid price at its distance, and never goes back."""
    with directed(tmp_path, kind, TRAIL_SOURCE="BINANCE") as scene:
        scene.trail()
        scene.prints(scene.price(450))
        scene.stage.pass_time(21)
        best = scene.stops()["S3"]
        assert abs(best - scene.price(450 - 15)) <= TICK
        scene.prints(scene.price(440))
        scene.stage.pass_time(41)
        assert scene.stops() == {"S3": best}
        scene.prints(best)
        assert scene.report["exit_reason"] == "trailing_stop"


@each_direction
def test_trailing_waits_for_its_confirmation(tmp_path: Path, kind: str) -> None:
    """TRAIL_WAIT_CONFIRM: a complete bar must close beyond TP2 first."""
    with directed(tmp_path, kind, TRAIL_WAIT_CONFIRM="true") as scene:
        scene.trail()
        before = scene.stops()
        scene.prints(scene.price(400))
        scene.bars(*[CALM] * 5, DIP, *[CALM] * 4, (375, 401, 371), (376, 377, 375))
        scene.stage.pass_time(41)
        assert scene.stops() == before
        _swing(scene)
        assert scene.stops() == {"S3": scene.price(355)}


@each_direction
def test_no_trailing(tmp_path: Path, kind: str) -> None:
    """TRAIL_ACTIVATE_AFTER_TP2=false: the runner keeps its breakeven stop and leaves there."""
    with directed(tmp_path, kind, TRAIL_ACTIVATE_AFTER_TP2="false") as scene:
        scene.enter_at_once()
        scene.take_targets(1, 2)
        scene.expect(State.OPEN_FILLED)
        before = scene.stops()
        _swing(scene)
        assert scene.stops() == before
        scene.prints(before["S3"])
        assert scene.report["exit_reason"] == "breakeven"


@each_direction
def test_tp1_and_tp2_in_one_pass(tmp_path: Path, kind: str) -> None:
    """Both targets reached between two looks: the runner is left with one stop, at breakeven."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.prints(scene.plan.targets[1])
        scene.expect(State.TRAILING)
        assert sorted(scene.working()) == ["S3"]
        assert abs(abs(scene.stops()["S3"] - scene.price(0)) - scene.plan.r / 2) <= 2 * TICK
        assert scene.stage.transitions()[-1] == "runner_left"


@each_direction
def test_two_legs(tmp_path: Path, kind: str) -> None:
    """Too small for three legs: half and half, TP1 moves the other to breakeven, TP2 ends it without a runner."""
    with directed(tmp_path, kind, QTY_USD="15") as scene:
        scene.enter_at_once()
        assert sorted(scene.working()) == ["S1", "S2", "T1", "T2"]
        first, second = scene.quantities("S")
        assert second - first <= Decimal("0.00002")
        scene.take_targets(1)
        assert scene.stops()["S2"] == scene.position.stop != scene.plan.stop
        scene.take_targets(2)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "target"


@each_direction
def test_one_leg(tmp_path: Path, kind: str) -> None:
    """Too small for two legs: one list with TP1."""
    with directed(tmp_path, kind, fees="0.0002", QTY_USD="8") as scene:
        scene.enter_at_once()
        assert sorted(scene.working()) == ["S1", "T1"]
        scene.take_targets(1)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "target"
