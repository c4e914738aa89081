"""Whole trades from outside: two processes, the owner's commands, files and exit codes; no part of the program is
touched."""

import json
from pathlib import Path

import pytest

from tests.processes.desk import Desk
from tests.processes.programs import exchange_process

START = ("--balance", "USDC=10000", "--balance", "BTC=0.01", "--price", "BTCUSDC=95000")


@pytest.mark.parametrize("kind", ["long", "short"])
def test_a_trade_to_its_trailing_stop(tmp_path: Path, kind: str) -> None:
    """Filled in parts, TP1, TP2, trailed, stopped there; the promises hold at each step, and SIGTERM ends it with 0."""
    with exchange_process(*START) as exchange:
        desk = Desk(tmp_path, exchange, kind)
        with desk.running():
            _to_the_runner(desk)
            desk.swing(400, 370)
            desk.wait_state("TRAILING")
            before = stop_prices(desk)
            _until_stop_moved(desk, before)
            desk.prints(355)
            desk.wait_state("COOLDOWN", "IDLE")
        desk.watch.check()
    report = desk.reports()[0]
    assert [report["exit_reason"], report["quantity"]] == ["trailing_stop", "0.00105"]
    assert {"entry_grew", "leg_closed", "runner_left", "stop_moved", "closed"} <= set(desk.transitions())


def _to_the_runner(desk: Desk) -> None:
    """Rest in the book, fill in two parts, TP1, TP2; the state file and `status --json` say the same."""
    desk.prints(2)
    desk.signal()
    desk.wait_state("OPEN")
    desk.prints(0, 0.0006)
    desk.wait_for_transition("entry_grew")
    desk.prints(0)
    desk.wait_state("OPEN_FILLED")
    desk.wait_calm()
    desk.watch.check()
    shown = json.loads(desk.command("status", "--json"))
    assert [shown["running"], shown["state"], shown["position"]["held"]] == [True, "OPEN_FILLED", held(desk)]
    assert shown["position"]["uncovered"] == "0"
    for gain in (191, 381):
        desk.prints(gain)
        desk.wait_calm()
    desk.wait_state("TRAILING")
    desk.watch.check()


def held(desk: Desk) -> str:
    """What the ledger says that is held: bought less commission, or sold."""
    return "0.00104895" if desk.kind == "long" else "0.00105"


def stop_prices(desk: Desk) -> set[str]:
    return {order["stopPrice"] for order in desk.exchange.working() if order["type"] == "STOP_LOSS_LIMIT"}


def _until_stop_moved(desk: Desk, before: set[str]) -> None:
    desk.wait_for_transition("stop_moved")
    desk.wait_calm()
    assert stop_prices(desk) != before
    desk.watch.check()


def test_a_stopped_trade_and_its_answers(tmp_path: Path) -> None:
    """Stopped out across a restart; `explain`, `trades` and the journal tell it; a duplicate is refused by its name."""
    with exchange_process(*START) as exchange:
        desk = Desk(tmp_path, exchange)
        with desk.running():
            desk.signal()
            desk.wait_state("OPEN_FILLED")
            desk.wait_calm()
        before = exchange.working()
        assert len([order for order in before if order["type"] == "STOP_LOSS_LIMIT"]) == 3
        with desk.running():
            assert exchange.working() == before
            desk.prints(-189.51)
            desk.wait_state("COOLDOWN", "IDLE")
            desk.wait_state("IDLE")
            desk.repeat_signal()
            desk.wait_verdicts(2)
        desk.watch.check()
    newest_first = json.loads(desk.command("explain", "--json"))
    assert [one["verdict"] for one in newest_first] == ["duplicate", "accepted"]
    assert newest_first[1]["trade"]["exit_reason"] == "stop_loss"
    assert json.loads(desk.command("trades", "--json"))[0]["exit_reason"] == "stop_loss"


def test_the_owner_pauses_resumes_and_flattens(tmp_path: Path) -> None:
    """The switches reach a running executor, and `flatten` leaves nothing at the venue."""
    with exchange_process(*START) as exchange:
        desk = Desk(tmp_path, exchange)
        with desk.running():
            desk.command("pause")
            desk.wait_for_commands(1)
            desk.signal()
            desk.wait_verdicts(1)
            desk.command("resume")
            desk.wait_for_commands(2)
            desk.signal(CLOSE_BY)
            desk.wait_state("OPEN_FILLED")
            desk.command("flatten")
            desk.wait_state("COOLDOWN", "IDLE")
            assert exchange.working() == []
        desk.watch.check()
    assert [one["verdict"] for one in desk.verdicts()] == ["paused", "accepted"]
    assert desk.reports()[0]["exit_reason"] == "operator"


CLOSE_BY = 95_000.4
"""Another signal by its key."""
