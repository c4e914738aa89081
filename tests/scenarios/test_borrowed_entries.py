"""Lesson E8: an entry that did not come about leaves no debt, for LONG and SHORT on a margin account."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fsm.operator import Command
from fsm.states import State
from tests.scenarios.directed import DIRECTIONS, Directed, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
ORDER = "/sapi/v1/margin/order"


@contextmanager
def _on_margin(folder: Path, kind: str, **environ: str) -> Iterator[Directed]:
    """A cross account with 2000 dollars of its own: a LONG of 3000 borrows dollars, a SHORT coins. What the venue would
    lend on it is read again within a minute."""
    with directed(folder, kind, TRADE_MODE="margin", **environ) as scene:
        scene.stage.paper("deposit", {"asset": "USDC", "amount": "2000", "account": "cross"})
        scene.stage.pass_time(66)
        yield scene


def _debt(scene: Directed) -> Decimal:
    """What is owed of the asset that the direction borrows."""
    account = scene.stage.ledger()["balances"]["cross"].get("USDC" if scene.kind == "long" else "BTC", {})
    return sum((Decimal(account.get(name, "0")) for name in ("borrowed", "interest")), Decimal(0))


def _is_repaid(scene: Directed) -> bool:
    """A SHORT has no coins of its own to pay interest with: that much is noted, for the next trade to repay."""
    debt = _debt(scene)
    noted = scene.stage.record.mg_runtime.carried.get("BTC")
    return debt == 0 or (scene.kind == "short" and noted == debt < Decimal("0.0000001"))


REFUSALS: dict[str, dict[str, Any]] = {
    "refused": {"kind": "error", "status": 400, "code": -2010, "msg": "This action is disabled on this account."},
    "lost on its way": {"kind": "drop"},
    "limited for long": {"kind": "limit", "retry_after": 20},
}


@each_direction
@pytest.mark.parametrize("how", REFUSALS)
def test_e8_the_entry_never_came_to_the_venue(tmp_path: Path, kind: str, how: str) -> None:
    """Borrowed, then the entry was refused or never arrived: all of the debt is repaid, and there was no trade."""
    with _on_margin(tmp_path, kind, LIVE_ENTRY_TIMEOUT_SEC="10") as scene:
        scene.stage.faults({"route": ORDER, "method": "POST", **REFUSALS[how]})
        scene.signal()
        assert how == "refused" or _debt(scene) > 0
        scene.stage.pass_time(40 if how == "limited for long" else 30)
        scene.expect(State.IDLE)
        assert _is_repaid(scene)
        assert scene.stage.reports() == []


@each_direction
@pytest.mark.parametrize("mode", ["manual", "auto"])
def test_e8_an_account_that_is_read_as_it_was_before_the_loan(tmp_path: Path, kind: str, mode: str) -> None:
    """No debt is shown at first: what was borrowed is known to be unpaid, so the close waits and looks again."""
    settings = {"ENTRY_MODE": "LIMIT_ONLY", "LIVE_ENTRY_TIMEOUT_SEC": "60", "MARGIN_BORROW_MODE": mode}
    with _on_margin(tmp_path, kind, **settings) as scene:
        stale = {"kind": "stale", "route": "/sapi/v1/margin/account", "method": "GET", "ms": 60_000, "count": 6}
        scene.stage.faults(stale)
        scene.rest_entry()
        assert _debt(scene) > 0
        scene.command(Command.FLATTEN)
        scene.stage.pass_time(14)
        scene.expect(State.IDLE)
        assert _is_repaid(scene)


@each_direction
@pytest.mark.parametrize("how", ["timeout", "flatten", "by hand"])
def test_e8_the_entry_did_not_fill(tmp_path: Path, kind: str, how: str) -> None:
    """Borrowed, and the entry ended without a fill, whoever ended it: all of the debt is repaid."""
    with _on_margin(tmp_path, kind, ENTRY_MODE="LIMIT_ONLY", LIVE_ENTRY_TIMEOUT_SEC="10") as scene:
        scene.rest_entry()
        assert _debt(scene) > 0
        if how == "flatten":
            scene.command(Command.FLATTEN)
        elif how == "by hand":
            scene.stage.client.cancel(scene.position.entries[0].client_id)
        scene.stage.pass_time(22)
        scene.expect(State.IDLE)
        assert _is_repaid(scene)


@each_direction
def test_e8_a_part_filled(tmp_path: Path, kind: str) -> None:
    """Borrowed for more than what filled: the debt is gone when the smaller position is."""
    with _on_margin(tmp_path, kind, ENTRY_MODE="LIMIT_ONLY", LIVE_ENTRY_TIMEOUT_SEC="5") as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), "0.01")
        scene.stage.pass_time(6)
        scene.expect(State.OPEN_FILLED)
        scene.prints(scene.plan.stop)
        scene.stage.pass_time(6)
        scene.expect(State.COOLDOWN)
        assert _is_repaid(scene)
