"""SIGKILL at random and at chosen moments of whole trades, again and again: afterwards every promise holds.

Chosen moments: a request that changes something is on disk as an intent and never arrives; it arrives and its answer
does not; half of its answer does. `KILLS` sets how many kills each kind of trade gets; hundreds
are for a run by hand, with `--junitxml` for the figures.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tests.processes.desk import Desk, Program
from tests.processes.programs import Exchange, exchange_process, until
from tests.processes.reading import faults
from tests.processes.tcp import Trap, Wire, wire_to

KILLS = int(os.environ.get("KILLS", "4"))
START = ("--balance", "USDC=1000000", "--balance", "BTC=1", "--price", "BTCUSDC=95000")
ON_MARGIN = {"TRADE_MODE": "margin"}
BORN_PROTECTED = {"ENTRY_PROTECTION": "bracket", "LIVE_ENTRY_TIMEOUT_SEC": "20"}
"""A leg whose list never arrived goes to market at the timeout."""
DEPOSITS = {"long": "80", "short": "3000"}
"""So little that a LONG on margin has to borrow, too."""
CASES: dict[str, tuple[str, dict[str, str]]] = {
    "spot long": ("long", {}),
    "spot short": ("short", {}),
    "margin long": ("long", ON_MARGIN),
    "margin short": ("short", ON_MARGIN),
    "bracket long": ("long", BORN_PROTECTED),
}
"""The lists of a SHORT differ from those of a LONG in nothing but their sides and prices."""
LONGEST_LIFE_S = 1.0
MOST_NAKED_MS = 17_000
"""For each kill: an exit that may have been sent is in doubt for 12 s, and a busy machine takes its time to start the
program."""
ROUND_TRIPS_MS = 1_000
"""A cancel on margin is answered without a time: its stop counts as gone from when the cancel was sent."""
STEPS = ("signal", "part", "filled", "tp1", "tp2", "swing", "stop")
WEAPONS = ("life", "life", *Trap)


@dataclass
class Murder:
    """An executor that is killed and started again while a market plays one trade after the other."""

    desk: Desk
    wire: Wire
    chance: random.Random
    program: Program
    kills_ms: list[int] = field(default_factory=list)
    signals: int = 0
    glance_ns: int = 0
    given_up: int = 0
    """Entries that were proven never to have arrived: no second one is sent for their signal."""

    @property
    def kills(self) -> int:
        return len(self.kills_ms)

    def kill(self) -> None:
        """SIGKILL, then a new start; nothing of the old process is left to say goodbye."""
        self.program.send(signal.SIGKILL)
        assert self.program.ended() == -signal.SIGKILL, self.desk.said()
        self.kills_ms.append(self.desk.venue_ms())
        self.wire.set_trap(None)
        self.glance_ns = self.desk.glance_ns()
        self.program = self.desk.start()

    def wait_recovered(self) -> None:
        """Until the last start has made its first turn."""
        until(lambda: self.desk.glance_ns() != self.glance_ns, "the first turn after a kill")

    def check(self) -> list[int]:
        """Every promise, and the bound on each time without a stop; how long these were."""
        self.wait_recovered()
        self.desk.wait_calm()
        self.desk.watch.check()
        now_ms, lengths = self.desk.venue_ms(), []
        for span in (span for trade in self.desk.watch.trades for span in trade.naked_spans()):
            kills = [at_ms for at_ms in self.kills_ms if span.start_ms <= at_ms <= (span.end_ms or now_ms)]
            lengths.append(span.length_ms(now_ms))
            assert lengths[-1] <= MOST_NAKED_MS * (len(kills) + 1), f"{span}, killed at {kills}"
        self._check_reports()
        return lengths

    def _check_reports(self) -> None:
        """No trade is reported as better covered than it was, nor much worse."""
        found = {trade.trade_id: trade.naked_ms() for trade in self.desk.watch.trades}
        for report in self.desk.reports():
            assert -50 <= report["naked_ms"] - found[report["trade_id"]] <= ROUND_TRIPS_MS, report["trade_id"]

    def within(self, act: Callable[[], None], done: Callable[[], bool], what: str) -> None:
        """Let it happen and wait for what comes of it; on the way, with some chance, kill, and kill again."""
        weapon = self._weapon()
        self.wire.set_trap(weapon if isinstance(weapon, Trap) else None)
        act()
        while weapon is not None:
            self._wait_for(weapon, done, what)
            self.kill()
            weapon = self._weapon()
            self.wire.set_trap(weapon if isinstance(weapon, Trap) else None)
        until(done, f"{what} after {self.kills} kills")

    def _wait_for(self, weapon: str, done: Callable[[], bool], what: str) -> None:
        """Until its moment has come, or what it waits for is done without such a moment."""
        end = time.monotonic() + self.chance.uniform(0, LONGEST_LIFE_S)

        def has_come() -> bool:
            return self.wire.caught.is_set() if isinstance(weapon, Trap) else time.monotonic() > end

        until(lambda: done() or has_come(), what)

    def _weapon(self) -> str | None:
        return self.chance.choice(WEAPONS) if self.kills < KILLS and self.chance.random() < 0.6 else None

    def step(self, name: str, number: int) -> None:
        """What the market and DeltaScout do next, and what has to come of it."""
        desk = self.desk
        match name:
            case "signal":
                desk.prints(2)
                desk.wait_price_seen(2)
                self._enter()
            case "part":
                self.within(lambda: desk.prints(0, 0.0006), self._has_stop, "a stop for what is filled")
            case "filled":
                self.within(lambda: desk.prints(0), lambda: desk.state() == "OPEN_FILLED", "OPEN_FILLED")
            case "tp1":
                self.within(lambda: desk.prints(191), lambda: self._legs_left() <= 2, "the end of leg 1")
            case "tp2":
                self.within(lambda: desk.prints(381), lambda: self._is_trailing(number), "TRAILING")
            case "swing":
                self.within(lambda: desk.swing(400, 370), lambda: self._is_trailed(number), "a better stop")
            case "stop":
                self.within(lambda: desk.prints(355), lambda: self._is_over(number), "IDLE")

    def _enter(self) -> None:
        """Signals until one of them has its entry in the book."""
        while self.desk.state() != "OPEN":
            until(lambda: self.desk.state() == "IDLE", "IDLE")
            self.signals += 1
            signal_now = partial(self.desk.signal, 95_000 + self.signals)
            self.within(signal_now, self._is_decided, "OPEN, or an entry that is given up")
            self.given_up = self._failed_entries()

    def _is_decided(self) -> bool:
        return self.desk.state() == "OPEN" or self._failed_entries() > self.given_up

    def _failed_entries(self) -> int:
        return self.desk.transitions().count("entry_failed")

    def _has_stop(self) -> bool:
        return "STOP_LOSS_LIMIT" in {order["type"] for order in self.desk.exchange.working()}

    def _is_trailing(self, number: int) -> bool:
        return self.desk.state() == "TRAILING" or self._ended_without_runner(number)

    def _is_trailed(self, number: int) -> bool:
        stops = {order["stopPrice"] for order in self.desk.exchange.working()}
        return f"{self.desk.price(355):.8f}" in stops or self._ended_without_runner(number)

    def _ended_without_runner(self, number: int) -> bool:
        """A leg whose list was lost with the process is given up, and the smaller position ends with its targets."""
        return self._is_over(number) and self.desk.reports()[number]["exit_reason"] == "target"

    def _is_over(self, number: int) -> bool:
        return self.desk.state() == "IDLE" and len(self.desk.reports()) > number

    def _legs_left(self) -> int:
        position = self.desk.record()["position"] or {"legs": []}
        return len([leg for leg in position["legs"] if not leg["closed"]])


@contextmanager
def scene_of_crime(folder: Path, kind: str, environ: dict[str, str]) -> Iterator[Murder]:
    """An executor behind a wire that can be trapped; `Watch` and the market have a wire of their own."""
    with exchange_process(*START) as exchange, wire_to(exchange.url) as wire:
        exchange.paper("deposit", {"asset": "USDC", "amount": DEPOSITS[kind], "account": "cross"})
        desk = Desk(folder, Exchange(wire.url), kind, **environ)
        desk.exchange, desk.watch.ask = exchange, exchange.ask
        desk.quick_starts = True
        desk.watch.excused = frozenset({"report"} if environ == ON_MARGIN else ())  # see ROUND_TRIPS_MS
        murder = Murder(desk, wire, random.Random(f"{kind} {KILLS}"), desk.start())
        desk.wait_ready(murder.program)
        yield murder
        assert murder.program.shut_down() == 0


@pytest.mark.timeout(max(180, KILLS * 40))
@pytest.mark.parametrize(("kind", "environ"), CASES.values(), ids=CASES)
def test_whole_trades_survive_kills(
    tmp_path: Path, kind: str, environ: dict[str, str], record_property: Callable[[str, object], None]
) -> None:
    """However often it is killed: one entry a signal, nothing lost, nothing left, and each trade ends as it should."""
    with scene_of_crime(tmp_path, kind, environ) as murder:
        desk = murder.desk
        number = 0
        while murder.kills < KILLS:
            desk.bars([(95_000, 95_010, 94_990)] * 200)
            for name in STEPS:
                murder.step(name, number)
            gaps = murder.check()
            number += 1
        ledger = desk.exchange.ask("/paper/ledger")
        record_property("longest times without a stop in ms", sorted(gaps)[-5:])
    reasons = [report["exit_reason"] for report in desk.reports()]
    assert len(reasons) == number
    assert set(reasons) <= {"trailing_stop", *(["target"] if environ == BORN_PROTECTED else [])}
    assert desk.record()["position"] is None
    assert faults(ledger, desk.record(), desk.journal(), desk.verdicts(), desk.signal_log) == []
    assert murder.kills >= KILLS
