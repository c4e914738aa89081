"""Plays the sample session from beginning to end."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from rich.console import Console

from exchange.clock import VirtualClock
from fsm.environment import AllSettings
from fsm.sample.books import read_books
from fsm.sample.checks import faults_at_end
from fsm.sample.deltascout import DeltaScout
from fsm.sample.fitting import fitted, set_aside
from fsm.sample.folder import claim, empty
from fsm.sample.market import HISTORY_MINUTES, STEP_MS, Market
from fsm.sample.narrator import THEME, Narrator
from fsm.sample.paper_door import PaperDoor
from fsm.sample.rig import Rig
from fsm.sample.script import MARGIN_SCENES, SCENES, Scene
from fsm.sample.session import OffScript, Session
from fsm.sample.summary import show_beginning, show_end, show_summary
from fsm.storage.archive import Archive
from fsm.storage.disk import RealDisk
from fsm.storage.lock import InstanceLock
from fsm.storage.places import Places
from fsm.telling.logs import Logs
from fsm.telling.secret_redaction import SecretRedaction
from signals.timestamp import MINUTE_MS

START_MS = 1_736_798_400_000
"""2025-01-13T20:00:00Z: when the session begins on its own clock, whatever the real time is."""
SEED = 1
ONE_UNIT = Decimal(1)
MARGIN_FUNDS = Decimal("0.6")
"""On margin the account holds this part of what a position costs; the rest is borrowed."""
PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class SampleResult:
    """How the session ended: nothing in `faults` means that all went by the script."""

    faults: tuple[str, ...]
    places: Places


def play(
    settings: AllSettings,
    venue_url: str,
    clock: VirtualClock,
    console: Console,
    *,
    seed: int = SEED,
    pause: Callable[[], None] = lambda: None,
) -> SampleResult:
    """Play the session against the simulated exchange at `venue_url`, which runs on the same `clock`.

    It lives in DATA_DIR/sample, which is made anew; raises `NotOurs` or `AlreadyRunning` if that is not possible.
    `pause` is called after each line that is shown, so that a person can follow.
    """
    console.push_theme(THEME)
    folder = settings.places.data_dir / "sample"
    mine = fitted(settings, folder, venue_url)
    claim(folder)
    with ExitStack() as ends:
        lock = ends.enter_context(InstanceLock(mine.places.state))
        empty(folder, lock.path)
        show_beginning(console, mine, set_aside(settings, mine))
        narrator = ends.enter_context(Narrator(console, clock.now_ms, pause))
        session = _session(mine, clock, narrator, Market(Random(seed)), ends)
        started_with = session.quote_balance()
        scenes = MARGIN_SCENES if mine.exchange.trade_mode == "margin" else SCENES
        faults = (*_perform(session, scenes), *narrator.alarms)
        gain = session.quote_balance() - session.deposited - started_with
        books = read_books(mine.places)
        faults = faults or faults_at_end(books, session.script, gain)
    show_summary(console, books, mine.places)
    show_end(console, faults)
    return SampleResult(faults, mine.places)


def _session(
    settings: AllSettings,
    clock: VirtualClock,
    narrator: Narrator,
    market: Market,
    ends: ExitStack,
) -> Session:
    """Everything that takes part, ready for the first scene; `ends` shuts it down."""
    disk, deltascout = RealDisk(), DeltaScout(settings.places.data_dir, market)
    door = PaperDoor(settings.exchange.rest_url, settings.exchange.symbol, _account(settings))
    ends.callback(door.shut)
    if settings.exchange.trade_mode == "margin":
        door.deposit("USDC", settings.fsm.quantity_quote * MARGIN_FUNDS)
    _write_history(market, deltascout, clock.now_ms())
    door.print_at(market.last, ONE_UNIT)
    log_path = settings.places.logs / "executor.log"
    lines_max = settings.telling.log_lines_max
    logs = Logs(log_path, lines_max, terminal=None, disk=disk, now_ms=clock.now_ms, redact=SecretRedaction(()))
    ends.callback(logs.shutdown, PATIENCE_S)
    archive = Archive(disk)
    ends.callback(archive.shutdown, PATIENCE_S)
    rig = Rig(settings, clock, disk, narrator, archive.submit)
    ends.callback(rig.shut)
    return Session(rig, door, market, deltascout, narrator)


def _write_history(market: Market, deltascout: DeltaScout, now_ms: int) -> None:
    """Four hours of bars, and two signals that the executor finds when it first looks."""
    time_ms = now_ms - HISTORY_MINUTES * MINUTE_MS
    for step in market.history():
        deltascout.take(step, time_ms)
        time_ms += STEP_MS
    deltascout.complete(now_ms)
    for minutes in (50, 20):
        deltascout.peak("long", market.last, now_ms - minutes * MINUTE_MS)


def _account(settings: AllSettings) -> str:
    """The simulated exchange's name of the account that trades."""
    if settings.exchange.trade_mode == "spot":
        return "spot"
    return f"isolated:{settings.exchange.symbol}" if settings.exchange.margin_isolated else "cross"


def _perform(session: Session, scenes: tuple[Scene, ...]) -> tuple[str, ...]:
    """Scene by scene; a session that leaves the script ends there."""
    for number, scene in enumerate(scenes, start=1):
        session.narrator.scene(number, scene.title, scene.text)
        try:
            scene.play(session)
        except OffScript as left:
            return (*session.faults, f"scene {number}, {scene.title}: {left}")
    return tuple(session.faults)
