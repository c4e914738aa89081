"""What the doctor looks at on this machine: settings, our files, DeltaScout's files."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from exchange.settings import ExchangeSettings
from fsm.assembly import load_record
from fsm.environment import GROUPS, AllSettings
from fsm.shown.check import Check, ill, warning, well
from fsm.shown.files import executor_of
from fsm.storage.disk import RealDisk
from fsm.storage.places import Places
from fsm.storage.store import StateDamaged
from signals.bars import BarFeed
from signals.settings import SignalSettings

LEAST_FREE_BYTES = 100_000_000
"""Journal and reports of years fit in; below this the disk is about to be full."""
LAST_BARS = 10
PRIVATE = 0o077
"""Permission bits that nobody but the owner may have on state and logs."""


def settings_mistakes(mistakes: list[str]) -> list[Check]:
    """Every mistake in the settings."""
    return [ill("settings", mistake, "correct it in the environment or in .env") for mistake in mistakes]


def check_here(settings: AllSettings, now_ms: int) -> Iterator[Check]:
    """Everything that can be looked at without the venue."""
    yield _settings(settings.exchange)
    yield _writable(settings.places.data_dir)
    yield _space(settings.places.data_dir)
    yield _private(settings.places)
    yield _state(settings, now_ms)
    yield _signal_log(settings.signals, settings.exchange)
    yield _bars(settings.signals, settings.exchange, now_ms)


def _settings(exchange: ExchangeSettings) -> Check:
    count = sum(len(group.model_fields) for group in GROUPS)
    mode = f"MODE={exchange.mode}, SYMBOL={exchange.symbol}, TRADE_MODE={exchange.trade_mode}"
    return well("settings", f"all {count} are valid; {mode}")


def _writable(folder: Path) -> Check:
    existing = _existing(folder)
    if not existing.is_dir():
        return ill("files", f"{existing} is no directory", "set DATA_DIR to a directory")
    if not os.access(existing, os.W_OK | os.X_OK):
        return ill("files", f"{existing} cannot be written", f"give this user the right to write in {existing}")
    created = "" if existing == folder else " will be created"
    return well("files", f"{folder}{created}, writable")


def _space(folder: Path) -> Check:
    free = shutil.disk_usage(_existing(folder)).free
    megabytes = f"{free // 1_000_000} MB free for {folder}"
    if free < LEAST_FREE_BYTES:
        return ill("free space", megabytes, "free some: a full disk ends new entries")
    return well("free space", megabytes)


def _existing(path: Path) -> Path:
    """The path, or the nearest one above it that exists."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())


def _private(places: Places) -> Check:
    folders = (places.state.parent, places.logs, places.journal, places.trades.parent)
    files = [file for folder in folders if folder.is_dir() for file in folder.iterdir() if file.is_file()]
    open_files = [file for file in files if stat.S_IMODE(file.stat().st_mode) & PRIVATE]
    if not open_files:
        return well("file modes", f"{len(files)} files, for their owner alone")
    names = ", ".join(str(file) for file in open_files[:3])
    return warning("file modes", f"others may read {len(open_files)} files: {names}", "chmod 600 them")


def _state(settings: AllSettings, now_ms: int) -> Check:
    places = settings.places
    executor = executor_of(places.state)
    runs = f"; an executor runs on it, process {executor.pid}" if executor.running else ""
    try:
        record = load_record(places, RealDisk(), now_ms, settings.exchange.order_recv_window_ms)
    except StateDamaged as damaged:
        return ill("state", f"{damaged.path}, {damaged.position}: {damaged.what}", damaged.way_out)
    if record is None:
        return well("state", f"none saved yet in {places.state}{runs}")
    if record.meta.halted is not None:
        return ill("state", f"{record.state}, halted: {record.meta.halted}{runs}", "look, then `resume`")
    return well("state", f"{record.state} in {places.state}{runs}")


def _signal_log(signals: SignalSettings, exchange: ExchangeSettings) -> Check:
    path = signals.log_path
    if path is None and exchange.mode == "paper":
        return well("signal log", "none set: `run` plays the sample session")
    if path is None:
        return ill("signal log", "DELTASCOUT_LOG is not set", "set it to DeltaScout's signal log")
    return _readable("signal log", path) or well("signal log", f"{path}, {path.stat().st_size} bytes")


def _bars(signals: SignalSettings, exchange: ExchangeSettings, now_ms: int) -> Check:
    path = signals.bars_path
    if path is None:
        serious = exchange.mode != "paper" or signals.log_path is not None
        detail = "AGG_CSV is not set: every signal is refused with no_bars"
        return warning("bars", detail, "set it to DeltaScout's aggregated.csv") if serious else well("bars", "none set")
    problem = _readable("bars", path)
    if problem is not None:
        return problem
    view = BarFeed(path, LAST_BARS).read()
    if view.problem is not None:
        return ill("bars", view.problem, "a bad header refuses all entries: compare DeltaScout's version")
    if not view.bars:
        return warning("bars", f"{path} has no complete bar yet", "signals are refused with no_bars until it has")
    age_s = max(now_ms - view.bars[-1].end_ms, 0) // 1000
    bad = f"; {view.skipped} of its last rows cannot be read" if view.skipped else ""
    detail = f"{path}: the newest bar ended {age_s} s ago{bad}"
    if age_s > signals.max_bar_age_s:
        return warning("bars", detail, f"older than MAX_BAR_AGE_SEC={signals.max_bar_age_s}: does DeltaScout run?")
    return well("bars", detail)


def _readable(subject: str, path: Path) -> Check | None:
    if not path.exists():
        return warning(subject, f"{path} does not exist yet", "right if DeltaScout has still to write it")
    if not path.is_file() or not os.access(path, os.R_OK):
        return ill(subject, f"{path} cannot be read", f"give this user the right to read {path}")
    return None
