"""Puts an executor together from settings and the things outside: venue, clock, disk, notifier.

The same assembly runs live, on paper, in tests and in simulation; only what is passed in differs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger
from pydantic import ValidationError

from exchange.clock import Clock
from exchange.lending import Lender
from exchange.types import Venue
from fsm.environment import AllSettings
from fsm.executor import Executor, Parts
from fsm.intake import Intake
from fsm.judge import Judge
from fsm.margin_desk import MarginDesk
from fsm.memory import Memory
from fsm.operator import Switches
from fsm.record import MIGRATIONS, SCHEMA, Record, from_json
from fsm.storage.disk import Disk
from fsm.storage.journal import Journal
from fsm.storage.places import Places
from fsm.storage.report_log import ReportLog
from fsm.storage.store import StateDamaged, Store
from fsm.storage.verdict_log import VerdictLog
from fsm.telling.alarms import Alarms
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.chronicle import Books, Chronicle
from fsm.telling.margin_alarms import MarginAlarms
from fsm.telling.notify import Notification, Notifier, Severity
from fsm.watching.invariants import InvariantWatch
from fsm.watching.observe import Observer
from fsm.watching.surroundings import Surroundings
from guards.margin import KnownBalances, MarginHooks, MarginParts
from signals.bars import BarFeed

VENUE_LIMIT_MS = 10_000
"""The venue's own processing limit: a request may still be executed this long (Binance docs: general API
information)."""
SPARE_BARS = 10
"""Bars kept beyond what any rule looks back: the signal's bar need not be the newest."""

_LEVELS = {Severity.INFO: "INFO", Severity.WARN: "WARNING", Severity.ERROR: "ERROR"}


@dataclass(frozen=True, slots=True)
class Outside:
    """What is not ours: injected, so that the same machine runs everywhere."""

    venue: Venue
    clock: Clock
    disk: Disk
    notifier: Notifier
    archive: Callable[..., None]
    lender: Lender | None = None
    """None on spot."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A ready executor and what is shown of it."""

    executor: Executor
    memory: Memory
    surroundings: Surroundings
    observer: Observer
    intake: Intake


def state_store(places: Places, disk: Disk) -> Store:
    """The state file in today's schema, with its witness."""
    return Store(places.state, places.newest_generation, MIGRATIONS, SCHEMA, disk)


def load_record(places: Places, disk: Disk, now_ms: int, order_window_ms: int) -> Record | None:
    """The saved record, or None if none was ever saved; raises `StateDamaged`, also for impossible values."""
    document = state_store(places, disk).load()
    if document is None:
        return None
    try:
        return from_json(document, now_ms, order_window_ms + VENUE_LIMIT_MS)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        way_out = "Restore the file from its .previous generation or a backup, or run with --adopt after moving it away"
        raise StateDamaged(places.state, "fields", faults, way_out) from error


def assemble(settings: AllSettings, outside: Outside, record: Record) -> Assembled:
    """Wire everything for this record; nothing is asked of the venue yet."""
    places, now_ms = settings.places, outside.clock.now_ms
    holder: list[Memory] = []
    tell = _teller(outside, settings, holder)
    memory = Memory(record, state_store(places, outside.disk), tell)
    holder.append(memory)
    feed = _feed(settings)
    surroundings = Surroundings(outside.venue, feed, settings.fsm, tell, now_ms, outside.lender)
    observer = Observer(memory, outside.venue, tell, now_ms)
    books = _books(settings, outside)
    margin = MarginDesk(
        memory,
        _hooks(settings, outside, surroundings),
        outside.lender,
        settings.exchange,
        tell,
        MarginAlarms(books.alarms, settings.exchange.symbol, settings.guards.margin_level_floor),
        now_ms,
    )
    judge = _judge(settings, outside, memory, surroundings, observer, margin)
    intake = Intake(settings.signals, judge, books.verdicts, tell, now_ms)
    executor = Executor(
        Parts(
            memory=memory,
            venue=outside.venue,
            lender=outside.lender,
            observer=observer,
            margin=margin,
            surroundings=surroundings,
            intake=intake,
            chronicle=Chronicle(books, tell, settings.fsm.naked_alarm_ms),
            switches=Switches(places.commands),
            settings=settings.fsm,
            guards=settings.guards,
            invariants=lambda market: InvariantWatch(
                memory,
                outside.venue,
                observer,
                surroundings,
                market,
                margin,
                settings.invariants,
                settings.fsm,
                places.invariants,
                outside.disk,
                tell,
                now_ms,
            ),
            tell=tell,
            now_ms=now_ms,
        )
    )
    return Assembled(executor, memory, surroundings, observer, intake)


def _books(settings: AllSettings, outside: Outside) -> Books:
    places, disk, archive = settings.places, outside.disk, outside.archive
    return Books(
        Journal(places.journal, disk, archive),
        VerdictLog(places.verdicts, disk, archive),
        ReportLog(places.trades, disk),
        Alarms(outside.notifier, settings.telling.alarm_repeat_s * 1000),
    )


def _judge(
    settings: AllSettings,
    outside: Outside,
    memory: Memory,
    surroundings: Surroundings,
    observer: Observer,
    margin: MarginDesk,
) -> Judge:
    return Judge(
        settings.signals,
        settings.guards,
        settings.fsm,
        surroundings,
        lambda: outside.venue.instrument,
        lambda: margin.problem or venue_problem(surroundings, observer),
        lambda: pause_reason(memory),
        on_margin=outside.lender is not None,
        orders_repay=settings.exchange.borrow_mode == "auto",
    )


def venue_problem(surroundings: Surroundings, observer: Observer) -> str | None:
    """Why the venue's state is not clear enough for an entry."""
    if observer.unreachable is not None:
        return f"the venue does not answer: {observer.unreachable.text}"
    if surroundings.problem is not None:
        return f"the venue does not answer: {surroundings.problem}"
    if observer.foreign:
        return f"orders with our prefix belong to no trade of ours: {', '.join(o.client_id for o in observer.foreign)}"
    if surroundings.other_market and surroundings.ratio is None:
        return "the market of the signals has no quote yet"
    return None


def pause_reason(memory: Memory) -> str | None:
    """Why no new entry is made whatever the signal."""
    if memory.record.meta.paused:
        return "paused by the operator"
    if memory.record.meta.halted is not None:
        return f"halted: {memory.record.meta.halted}"
    return f"the state cannot be saved: {memory.failing}" if memory.failing is not None else None


def _hooks(settings: AllSettings, outside: Outside, surroundings: Surroundings) -> MarginHooks | None:
    if outside.lender is None:
        return None
    return MarginHooks(
        MarginParts(
            lender=outside.lender,
            settings=settings.exchange,
            instrument=lambda: outside.venue.instrument,
            taker_rate=lambda: surroundings.rates.taker,
            known_balances=lambda: _known(surroundings),
            now_ms=outside.clock.now_ms,
            last_price=lambda: surroundings.quote.last if surroundings.quote is not None else None,
            market_rule=None if settings.fsm.entry_mode == "LIMIT_ONLY" else settings.guards.price_rule,
        )
    )


def _known(surroundings: Surroundings) -> KnownBalances | None:
    if surroundings.balances is None or surroundings.balances_ms is None:
        return None
    return KnownBalances(surroundings.balances, surroundings.balances_ms)


def _feed(settings: AllSettings) -> BarFeed | None:
    if settings.signals.bars_path is None:
        return None
    return BarFeed(
        settings.signals.bars_path, max(settings.fsm.swing_minutes, settings.fsm.trail_lookback) + SPARE_BARS
    )


def _teller(outside: Outside, settings: AllSettings, holder: list[Memory]) -> Tell:
    def tell(announcement: Announcement) -> None:
        record = holder[0].record if holder else None
        trade_id = record.position.trade_id if record is not None and record.position is not None else None
        context = {"trade_id": trade_id, **announcement.details, "event": announcement.event}
        logger.bind(**context).log(_LEVELS[announcement.severity], "{}", announcement.text)
        outside.notifier.send(
            Notification(
                announcement.event,
                announcement.severity,
                announcement.text,
                outside.clock.now_ms(),
                trade_id,
                settings.exchange.symbol,
                record.state.value if record is not None else None,
                announcement.details,
            )
        )

    return tell
