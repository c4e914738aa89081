"""A trade on margin whose record is lost is adopted with its loan: the close repays it, and the owner's debt stays."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from exchange.lending import LoanAccepted
from fsm.assembly import Outside, assemble
from fsm.operator import Command
from fsm.record import Record
from fsm.starting.adopt import CannotAdopt
from fsm.starting.start import Start
from fsm.states import State
from fsm.telling.alarms import Alarms
from fsm.waker import Waker
from tests.scenarios.directed import DIRECTIONS, Directed, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
HIS = {"long": ("USDC", Decimal(50)), "short": ("BTC", Decimal("0.0007"))}
"""What the owner borrows, in the asset that a trade of that direction borrows too."""


def _fund(scene: Directed) -> None:
    scene.stage.paper("deposit", {"asset": "USDC", "amount": "2000", "account": "cross"})


def _owner_borrows(scene: Directed) -> None:
    asset, quantity = HIS[scene.kind]
    assert scene.stage.client.lender is not None
    assert isinstance(scene.stage.client.lender.borrow(asset, quantity), LoanAccepted)


def _adopted(scene: Directed) -> Record | None:
    """What a start with --adopt begins with after all files are lost."""
    stage = scene.stage
    shutil.rmtree(stage.settings.places.state.parent)
    start = Start(stage.settings, stage.client, stage.disk, stage.clock.now_ms, adopt=True, venue_is_new=False)
    return start.first_record(Waker(), Alarms(stage.told, 60_000))


def _go_on(scene: Directed, record: Record) -> None:
    stage = scene.stage
    outside = Outside(stage.client, stage.clock, stage.disk, stage.told, lambda path: None, stage.client.lender)
    stage.assembled = assemble(stage.settings, outside, record)
    stage.executor.start()


def _owed(scene: Directed, asset: str) -> Decimal:
    account = scene.stage.ledger()["balances"]["cross"].get(asset, {})
    return Decimal(account.get("borrowed", "0")) + Decimal(account.get("interest", "0"))


@each_direction
@pytest.mark.parametrize("has_debt", [False, True])
def test_its_loan_is_repaid_and_no_other(tmp_path: Path, kind: str, *, has_debt: bool) -> None:
    """The close repays principal and interest of the trade; of the debt that the owner had before all is left."""
    asset = HIS[kind][0]
    with directed(tmp_path, kind, TRADE_MODE="margin") as scene:
        _fund(scene)
        if has_debt:
            _owner_borrows(scene)
        before = _owed(scene, asset)
        scene.stage.pass_time(180)
        scene.enter_at_once()
        assert _owed(scene, asset) > before
        record = _adopted(scene)
        assert record is not None
        _go_on(scene, record)
        scene.expect(State.OPEN_FILLED)
        scene.command(Command.FLATTEN)
        scene.stage.pass_time(12)
        scene.expect(State.COOLDOWN)
        assert abs(_owed(scene, asset) - before) <= Decimal("0.00000001")


@each_direction
def test_orders_that_borrow_by_themselves(tmp_path: Path, kind: str) -> None:
    """In automatic mode all that is owed in the two assets is the trade's: nothing was owed when it began."""
    with directed(tmp_path, kind, TRADE_MODE="margin", MARGIN_BORROW_MODE="auto") as scene:
        _fund(scene)
        scene.stage.pass_time(66)
        scene.enter_at_once()
        record = _adopted(scene)
        assert record is not None
        _go_on(scene, record)
        scene.command(Command.FLATTEN)
        scene.stage.pass_time(12)
        scene.expect(State.COOLDOWN)
        assert _owed(scene, HIS[kind][0]) == 0


def test_two_loans_before_an_entry_are_refused(tmp_path: Path) -> None:
    """Where the owner borrowed the same asset in the same minute nobody can tell whose is whose."""
    with directed(tmp_path, "long", TRADE_MODE="margin") as scene:
        _fund(scene)
        scene.stage.pass_time(60)
        _owner_borrows(scene)
        scene.stage.pass_time(6)
        scene.enter_at_once()
        with pytest.raises(CannotAdopt, match="50 USDC"):
            _adopted(scene)
