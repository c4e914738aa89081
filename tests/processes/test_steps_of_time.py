"""The clock of the venue steps by hours and days under a running executor, or the executor sleeps through hours: R9.

One step for each test; with `STEPS=all` every step for each.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from exchange.paper.clock import WallClock
from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from tests.processes.desk import Desk
from tests.processes.programs import Exchange, until

HOUR_MS = 3_600_000
STEPS = {"an hour forward": HOUR_MS, "days forward": 72 * HOUR_MS, "an hour back": -HOUR_MS, "days back": -72 * HOUR_MS}
ALL = os.environ.get("STEPS") == "all"


def steps(name: str) -> pytest.MarkDecorator:
    """The step of that name, or all."""
    chosen = STEPS if ALL else {name: STEPS[name]}
    return pytest.mark.parametrize("step_ms", chosen.values(), ids=chosen)


class SteppingClock(WallClock):
    """Real time that can be put anywhere."""

    def step(self, ms: int) -> None:
        self._start_ms += ms


@contextmanager
def stepping(folder: Path, **environ: str) -> Iterator[tuple[Desk, SteppingClock]]:
    """An executor as a process of its own, and an exchange whose clock the test can step."""
    clock = SteppingClock()
    settings = PaperSettings(prices={"BTCUSDC": Decimal(95_000)}, balances={"USDC": Decimal(10_000)})
    with running(settings, clock) as served:
        desk = Desk(folder, Exchange(served.url), **environ)
        desk.quick_starts = True
        desk.watch.excused = frozenset({"cover", "report", "journal"})  # times across a step are no lengths, nor days
        yield desk, clock


def _next_trade(desk: Desk, number: int) -> None:
    """The next signal is accepted by the new time, and its position covered."""
    desk.prints(0)
    desk.wait_price_seen(0)
    desk.bars([(95_000, 95_010, 94_990)] * 200)
    desk.signal(95_001)
    desk.wait_verdicts(number)
    assert desk.verdicts()[-1]["verdict"] == "accepted", desk.verdicts()[-1]
    desk.wait_state("OPEN_FILLED")
    desk.wait_calm()
    desk.watch.check()


@steps("days back")
def test_a_position_is_followed_across_a_step(tmp_path: Path, step_ms: int) -> None:
    """Within seconds it looks, places and closes by the new time; then it takes the next signal."""
    with stepping(tmp_path) as (desk, clock), desk.running():
        desk.signal()
        desk.wait_state("OPEN_FILLED")
        desk.wait_calm()
        clock.step(step_ms)
        desk.end_well()
        desk.wait_state("IDLE")
        _next_trade(desk, 2)


@steps("days forward")
def test_a_cooldown_ends_across_a_step(tmp_path: Path, step_ms: int) -> None:
    """It lasts no longer than its setting, and a signal that came meanwhile is judged by the new time."""
    with stepping(tmp_path, COOLDOWN_SEC="5", LOCK_SEC="5") as (desk, clock), desk.running():
        desk.signal()
        desk.wait_state("OPEN_FILLED")
        desk.wait_calm()
        desk.prints(-189.51)
        desk.wait_state("COOLDOWN")
        clock.step(step_ms)
        desk.wait_state("IDLE")
        _next_trade(desk, 2)


@steps("an hour back")
def test_an_entry_in_doubt_is_settled_across_a_step(tmp_path: Path, step_ms: int) -> None:
    """Proven absent within its seconds, not hours later; it is not sent again, and the next signal is taken."""
    with stepping(tmp_path) as (desk, clock), desk.running():
        lost = {"kind": "drop", "route": "/api/v3/order", "method": "POST"}
        desk.exchange.paper("faults", lost)
        desk.signal()
        desk.wait_state("PENDING")
        clock.step(step_ms)
        desk.wait_for_transition("entry_failed")
        desk.wait_state("IDLE")
        assert desk.exchange.orders() == []
        _next_trade(desk, 2)


def test_hours_of_sleep(tmp_path: Path) -> None:
    """Frozen while both targets and hours go by: it catches up, and old signals are refused by their age."""
    with stepping(tmp_path) as (desk, clock), desk.running() as program:
        desk.signal()
        desk.wait_state("OPEN_FILLED")
        desk.wait_calm()
        program.send(signal.SIGSTOP)
        for gain in (191, 381):
            desk.prints(gain)
        desk.signal(95_001)
        clock.step(7 * HOUR_MS)
        program.send(signal.SIGCONT)
        desk.wait_state("TRAILING")
        desk.wait_verdicts(2)
        desk.command("flatten")
        desk.wait_state("COOLDOWN", "IDLE")
        desk.watch.check()
        until(lambda: desk.state() == "IDLE", "the end of the cooldown")
    assert desk.verdicts()[1]["verdict"] in ("stale", "position_open")
