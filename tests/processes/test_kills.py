"""SIGKILL at random and at chosen moments of whole trades, again and again: afterwards every promise holds.

`KILLS` sets how many kills each kind of trade gets; hundreds are for a run by hand.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes.desk import Desk, Program
from tests.processes.programs import exchange_process, until

KILLS = int(os.environ.get("KILLS", "6"))
START = ("--balance", "USDC=1000000", "--balance", "BTC=1", "--price", "BTCUSDC=95000")
LONGEST_LIFE_S = 1.0
UNREACHABLE = 5
STEPS = ("signal", "part", "filled", "tp1", "tp2", "swing", "stop")


@dataclass
class Murder:
    """An executor that is killed and started again while a market plays one trade after the other."""

    desk: Desk
    chance: random.Random
    program: Program
    kills: int = 0

    def kill(self) -> None:
        """SIGKILL, then a new start; nothing of the old process is left to say goodbye."""
        if self.is_at_work():
            self.program.send(signal.SIGKILL)
            assert self.program.ended() == -signal.SIGKILL, self.desk.said()
            self.kills += 1
            self.program = self.desk.start()

    def is_at_work(self) -> bool:
        """False if it ended by itself: many starts use up the venue's request limit (5), and it is started again."""
        if self.program.is_alive():
            return True
        assert self.program.ended() == UNREACHABLE, self.desk.said()
        self.program = self.desk.start()
        return False

    def within(self, done: Callable[[], bool], what: str) -> None:
        """Wait for it; on the way, with some chance, kill after a random life."""
        end = time.monotonic() + self.chance.uniform(0, LONGEST_LIFE_S)
        if self.kills < KILLS and self.chance.random() < 0.8:
            until(lambda: done() or time.monotonic() > end, what)
            self.kill()
        until(lambda: self.is_at_work() and done(), f"{what} after a kill")

    def step(self, name: str, number: int) -> None:
        """What the market and DeltaScout do next, and what has to come of it."""
        desk = self.desk
        match name:
            case "signal":
                desk.prints(2)
                desk.wait_price_seen(2)
                desk.signal(95_000 + number)
                self.within(lambda: desk.state() == "OPEN", "OPEN")
            case "part":
                desk.prints(0, 0.0006)
                self.within(lambda: "STOP_LOSS_LIMIT" in self._kinds(), "a stop for what is filled")
            case "filled":
                desk.prints(0)
                self.within(lambda: desk.state() == "OPEN_FILLED", "OPEN_FILLED")
            case "tp1":
                desk.prints(191)
                self.within(lambda: self._legs_left() <= 2, "the end of leg 1")
            case "tp2":
                desk.prints(381)
                self.within(lambda: desk.state() == "TRAILING", "TRAILING")
            case "swing":
                desk.swing(400, 370)
                moved = f"{desk.price(355):.8f}"
                self.within(lambda: moved in {o["stopPrice"] for o in desk.exchange.working()}, "a better stop")
            case "stop":
                desk.prints(355)
                self.within(lambda: desk.state() == "IDLE" and len(desk.reports()) > number, "IDLE")

    def _kinds(self) -> set[str]:
        return {order["type"] for order in self.desk.exchange.working()}

    def _legs_left(self) -> int:
        position = self.desk.record()["position"] or {"legs": []}
        return len([leg for leg in position["legs"] if not leg["closed"]])


@pytest.mark.timeout(max(120, KILLS * 20))
@pytest.mark.parametrize("kind", ["long", "short"])
def test_whole_trades_survive_kills(tmp_path: Path, kind: str) -> None:
    """However often it is killed: one entry a signal, nothing lost, nothing left, and each trade ends as it should."""
    with exchange_process(*START) as exchange:
        desk = Desk(tmp_path, exchange, kind)
        desk.quick_starts = True
        desk.watch.reaction_ms = 30_000
        desk.watch.excused = frozenset({"report"})  # a gap that a kill interrupts is measured when it is seen
        murder = Murder(desk, random.Random(f"{kind} {KILLS}"), desk.start())
        desk.wait_ready(murder.program)
        number = 0
        while murder.kills < KILLS:
            desk.bars([(95_000, 95_010, 94_990)] * 200)
            for name in STEPS:
                murder.step(name, number)
            desk.wait_calm()
            desk.watch.check()
            number += 1
        assert murder.program.shut_down() == 0
    assert [report["exit_reason"] for report in desk.reports()] == ["trailing_stop"] * number
    assert desk.record()["position"] is None
    assert murder.kills >= KILLS
