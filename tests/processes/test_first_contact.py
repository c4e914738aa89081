"""A start while the venue does not answer: the program waits inside, tells so, and goes on when it answers."""

import json
import signal
from pathlib import Path

import pytest

from tests.processes.desk import Desk
from tests.processes.programs import Exchange, exchange_process, until
from tests.processes.tcp import wire_to

START = ("--balance", "USDC=10000", "--price", "BTCUSDC=95000")


def _told(desk: Desk, level: str) -> bool:
    log = desk.data / "logs" / "executor.log"
    lines = map(json.loads, log.read_text().splitlines()) if log.exists() else ()
    return any(line.get("context", {}).get("event") == "venue_unreachable" and line["level"] == level for line in lines)


def test_a_position_is_waited_for(tmp_path: Path) -> None:
    """An ERROR while nothing can be known of it; TP1 fills meanwhile, and the position goes on from there."""
    with exchange_process(*START) as exchange, wire_to(exchange.url) as wire:
        desk = Desk(tmp_path, Exchange(wire.url), REQUEST_TIMEOUT_SEC="1")
        desk.exchange, desk.watch.ask, desk.quick_starts = exchange, exchange.ask, True
        desk.watch.reaction_ms = 60_000
        with desk.running():
            desk.signal()
            desk.wait_state("OPEN_FILLED")
            desk.wait_calm()
        wire.stall()
        program = desk.start()
        until(lambda: _told(desk, "ERROR"), "an alarm")
        desk.prints(191)
        wire.cut()
        wire.mend()
        desk.wait_for_transition("leg_closed")
        desk.wait_calm()
        desk.watch.check()
        assert program.shut_down() == 0
    assert "Over: the venue does not answer" in desk.said()


@pytest.mark.parametrize("status", [418, 429])
def test_a_limit_is_waited_out(tmp_path: Path, status: int) -> None:
    """A venue that asks for a pause gets it, and then the program follows the log as ever."""
    with exchange_process(*START) as exchange:
        desk = Desk(tmp_path, exchange)
        desk.quick_starts = True
        limit = {"kind": "limit", "status": status, "retry_after": 2, "route": "/api/v3/time", "method": "GET"}
        exchange.paper("faults", {**limit, "count": 1})
        with desk.running():
            assert _told(desk, "WARNING")
            desk.signal()
            desk.wait_state("OPEN_FILLED")
            desk.wait_calm()
            desk.watch.check()


def test_the_waiting_can_be_ended(tmp_path: Path) -> None:
    """SIGTERM ends a program that has not reached its venue yet, with 0."""
    with exchange_process(*START) as exchange:
        desk = Desk(tmp_path, exchange, REQUEST_TIMEOUT_SEC="1")
        desk.quick_starts = True
    program = desk.start()
    until(lambda: _told(desk, "WARNING"), "a word about the venue")
    assert exchange.url.removeprefix("http://") in desk.said()
    program.send(signal.SIGTERM)
    assert program.ended() == 0
