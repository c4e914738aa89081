"""A full disk, a frozen process, a cut and a stalled wire in the middle of a trade: protection stays, it recovers."""

import resource
import signal
import time
from pathlib import Path

import pytest

from tests.processes.desk import Desk
from tests.processes.programs import PATIENCE_S, Exchange, exchange_process, until
from tests.processes.tcp import Trap, wire_to

FROZEN_S = 3
"""Longer than any request may take, which is 1 s here."""
START = ("--balance", "USDC=10000", "--price", "BTCUSDC=95000")


def _at_work(folder: Path, exchange: Exchange) -> Desk:
    desk = Desk(folder, exchange, REQUEST_TIMEOUT_SEC="1")
    desk.quick_starts = True
    return desk


def _in_a_position(desk: Desk) -> None:
    desk.signal()
    desk.wait_state("OPEN_FILLED")
    desk.wait_calm()


def test_a_full_disk_stops_no_exit(tmp_path: Path) -> None:
    """No file may grow: stops are still moved to breakeven, no signal is taken, and with room again all is written."""
    with exchange_process(*START) as exchange:
        desk = _at_work(tmp_path, exchange)
        with desk.running() as program:
            _in_a_position(desk)
            before = {order["clientOrderId"] for order in exchange.working()}
            _, most = resource.prlimit(program.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (1, most))
            desk.prints(191)
            until(lambda: len(_new_stops(exchange, before)) == 2, "both stops at breakeven")
            resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (most, most))
            desk.wait_for_transition("leg_closed")
            desk.wait_calm()
            desk.end_well()


def _new_stops(exchange: Exchange, before: set[str]) -> list[str]:
    stops = (order["clientOrderId"] for order in exchange.working() if order["type"] == "STOP_LOSS_LIMIT")
    return [name for name in stops if name not in before]


def test_a_frozen_process_goes_on(tmp_path: Path) -> None:
    """SIGSTOP while TP1 and TP2 fill: the stops at the venue hold the rest; SIGCONT, and it catches up."""
    with exchange_process(*START) as exchange:
        desk = _at_work(tmp_path, exchange)
        with desk.running() as program:
            _in_a_position(desk)
            program.send(signal.SIGSTOP)
            for gain in (191, 381):
                desk.prints(gain)
            assert [order["type"] for order in exchange.working()] == ["STOP_LOSS_LIMIT"]
            program.send(signal.SIGCONT)
            desk.end_well()


def test_a_cut_and_a_stalled_wire(tmp_path: Path) -> None:
    """Connections break and go dead while targets fill; nothing is placed twice, and the position goes on."""
    with exchange_process(*START) as exchange, wire_to(exchange.url) as wire:
        desk = _at_work(tmp_path, Exchange(wire.url))
        desk.exchange = exchange
        desk.watch.ask = exchange.ask
        with desk.running():
            _in_a_position(desk)
            wire.cut()
            desk.prints(191)
            desk.wait_for_transition("leg_closed")
            wire.stall()
            until(lambda: "does not answer" in desk.said() or "no answer" in desk.said(), "a word about the silence")
            wire.cut()
            wire.mend()
            desk.wait_calm()
            desk.end_well()


@pytest.mark.parametrize("trap", Trap)
def test_a_request_lost_on_the_wire(tmp_path: Path, trap: Trap) -> None:
    """An exit that never arrived, or whose answer is lost or torn, while the program is frozen beyond every timeout."""
    with exchange_process(*START) as exchange, wire_to(exchange.url) as wire:
        desk = _at_work(tmp_path, Exchange(wire.url))
        desk.exchange, desk.watch.ask = exchange, exchange.ask
        desk.watch.reaction_ms = 20_000
        with desk.running() as program:
            desk.prints(2)
            desk.wait_price_seen(2)
            desk.signal()
            desk.wait_state("OPEN")
            wire.set_trap(trap)
            desk.prints(0)
            assert wire.caught.wait(PATIENCE_S)
            program.send(signal.SIGSTOP)
            time.sleep(FROZEN_S)
            program.send(signal.SIGCONT)
            wire.cut()
            desk.wait_state("OPEN_FILLED")
            desk.wait_calm()
            desk.end_well()
