"""Commission in base, in BNB, or none; prices of another market; the operator's flatten: for LONG and SHORT."""

from decimal import Decimal
from pathlib import Path

import pytest

from fsm.operator import Command
from fsm.states import State
from tests.scenarios.directed import COINS, DIRECTIONS, Directed, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
STEP = Decimal("0.00001")


def _stop_out(scene: Directed) -> None:
    scene.enter_at_once()
    scene.prints(scene.plan.stop)
    scene.expect(State.COOLDOWN)


def _left(scene: Directed) -> Decimal:
    """Base in the account beyond what was there before."""
    return scene.stage.balance("BTC") - (COINS if scene.kind == "short" else 0)


@each_direction
def test_commission_in_base(tmp_path: Path, kind: str) -> None:
    """What is bought arrives less its commission: exits are net of it, and less than a step is left."""
    with directed(tmp_path, kind, fees="0.001") as scene:
        _stop_out(scene)
        assert 0 <= _left(scene) < STEP
        assert Decimal(scene.report["left_in_base"]) == (_left(scene) if kind == "long" else -_left(scene))
        assert set(scene.report["commissions"]) == {"BTC", "USDC"}


@each_direction
def test_commission_in_bnb(tmp_path: Path, kind: str) -> None:
    """Commission in BNB leaves the base whole, and the report values it at the price of BNB."""
    with directed(tmp_path, kind, SYMBOL="BTCUSDT") as scene:
        scene.stage.paper("fees", {"bnb_burn": True})
        _stop_out(scene)
        assert _left(scene) == 0
        assert set(scene.report["commissions"]) == {"BNB"}
        paid = Decimal(scene.report["commissions"]["BNB"]) * 650
        assert abs(Decimal(scene.report["commission_quote"]) - paid) < 1
        assert paid > 4


@each_direction
def test_no_commission(tmp_path: Path, kind: str) -> None:
    """A pair without commission: everything that was bought is sold, and breakeven is the average entry."""
    with directed(tmp_path, kind, fees="0") as scene:
        scene.enter_at_once()
        scene.take_targets(1)
        assert set(scene.stops().values()) == {scene.position.average_entry}
        scene.prints(scene.position.stop)
        assert _left(scene) == 0
        assert Decimal(scene.report["commission_quote"]) == 0


@each_direction
def test_profit_is_what_the_account_gained(tmp_path: Path, kind: str) -> None:
    """The reported profit is what the account has more in quote than before, and what is left over at its cost."""
    with directed(tmp_path, kind) as scene:
        scene.enter_at_once()
        scene.take_targets(1, 2)
        scene.prints(scene.position.stop)
        gained = scene.stage.balance("USDC") - 10_000
        counted = gained + Decimal(scene.report["left_at_cost"])
        assert abs(Decimal(scene.report["realized_profit"]) - counted) <= Decimal("0.00000001")


# --- the operator's flatten
def _pending(scene: Directed) -> None:
    scene.stage.faults({"kind": "drop", "route": "/api/v3/order", "method": "POST"})
    scene.signal()
    scene.expect(State.PENDING)


def _open_empty(scene: Directed) -> None:
    scene.rest_entry()


def _open_partly(scene: Directed) -> None:
    scene.rest_entry()
    scene.prints(scene.price(0), "0.01")
    scene.expect(State.OPEN)


def _after_tp1(scene: Directed) -> None:
    scene.enter_at_once()
    scene.take_targets(1)


FLATTENED = {
    "pending": (_pending, False),
    "open": (_open_empty, False),
    "open_partly": (_open_partly, True),
    "open_filled": (Directed.enter_at_once, True),
    "after_tp1": (_after_tp1, True),
    "trailing": (Directed.trail, True),
}


@each_direction
@pytest.mark.parametrize("where", FLATTENED)
def test_flatten(tmp_path: Path, kind: str, where: str) -> None:
    """The operator's flatten cancels, sells what is held, and verifies, in whatever state the position is."""
    with directed(tmp_path, kind) as scene:
        reach, holds = FLATTENED[where]
        reach(scene)
        scene.command(Command.FLATTEN)
        scene.stage.pass_time(15)
        scene.expect(State.COOLDOWN if holds else State.IDLE)
        assert scene.outcome() == "operator"
        assert scene.working() == {}
        assert abs(_left(scene)) < 3 * STEP
        assert bool(scene.stage.reports()) is holds


@each_direction
def test_flatten_without_a_position(tmp_path: Path, kind: str) -> None:
    """A flatten with nothing to close is over at once: it does not wait for the next position."""
    with directed(tmp_path, kind) as scene:
        scene.command(Command.FLATTEN)
        scene.enter_at_once()
        scene.stage.pass_time(3)
        scene.expect(State.OPEN_FILLED)


# --- signals of another market
@each_direction
def test_signals_of_another_market(tmp_path: Path, kind: str) -> None:
    """The plan is made in the signal's prices and led over by the ratio of the mids; trailing takes the present one."""
    with directed(tmp_path, kind, SIGNAL_SYMBOL="BTCUSDT") as scene:
        scene.stage.trade("95190", symbol="BTCUSDC")
        scene.signal()
        ratio = Decimal("95189.995") / Decimal("94999.995")
        far = scene.beyond(Decimal(95000), "0.5") * (1 - scene.beyond(Decimal(0), "0.002"))
        assert abs(scene.plan.entry - scene.price("0.5") * ratio) <= Decimal("0.01")
        assert abs(scene.plan.stop - far * ratio) <= Decimal("0.01")
        scene.expect(State.OPEN_FILLED)
        scene.take_targets(1, 2)
        scene.expect(State.TRAILING)
        traded = scene.plan.targets[1]
        scene.stage.trade(str(scene.price(300)), symbol="BTCUSDT")
        scene.bars(*[(400, 401, 399)] * 5, (400, 401, 300), *[(400, 401, 399)] * 5)
        scene.stage.pass_time(21)
        now = (traded - Decimal("0.005")) / (scene.price(300) - Decimal("0.005"))
        assert abs(scene.stops()["S3"] - scene.price(285) * now) <= Decimal("0.01")
