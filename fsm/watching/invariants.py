"""Gives the invariants their copy of the record and of the venue's last report, and tells what they find.

It looks when the venue's report has just changed nothing in the record: then both speak of the same moment.
"""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from loguru import logger
from pydantic import ValidationError

from exchange.ids import Role, parse
from exchange.instrument import Instrument
from exchange.types import OrderReport, Reason, Venue, VenueStatus
from fsm.due import reached_target
from fsm.margin_desk import MarginDesk
from fsm.memory import Memory
from fsm.numbers import ZERO
from fsm.orders import DENIED, NOT_PLACED
from fsm.periods import Every
from fsm.planning.legs import buy_back
from fsm.position import Position
from fsm.record import Record
from fsm.settings import FsmSettings
from fsm.states import State
from fsm.storage import json_lines
from fsm.storage.disk import Disk
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.notify import Severity
from fsm.watching.market import MarketWatch
from fsm.watching.observe import Observer
from fsm.watching.surroundings import Surroundings
from guards.invariants.checks import QUARTER_HOUR_MS, Fault, debt_repaid
from guards.invariants.monitor import Finding, InvariantMemory, inspect
from guards.invariants.settings import InvariantSettings
from guards.invariants.snapshot import EntryView, LegView, PositionView, Snapshot, WorkingOrder
from signals.bars import complete_bars
from signals.direction import Direction

EVENT = "INVARIANT_FAIL"
NO_REJECTION = (None, DENIED, NOT_PLACED, Reason.PRICE_PASSED.value)
"""A price that the market has passed is no mistake of ours: the leg leaves at market at once."""
DEBT_HALT = "I13: "
"""How the reason begins of a halt that ends with the debt."""


class InvariantWatch:
    """Looks every INVAR_EVERY_SEC; its memory lives in a file of its own."""

    def __init__(
        self,
        memory: Memory,
        venue: Venue,
        observer: Observer,
        surroundings: Surroundings,
        market: MarketWatch,
        margin: MarginDesk,
        settings: InvariantSettings,
        plans: FsmSettings,
        path: Path,
        disk: Disk,
        tell: Tell,
        now_ms: Callable[[], int],
    ) -> None:
        self._memory = memory
        self._venue = venue
        self._observer = observer
        self._surroundings = surroundings
        self._market = market
        self._margin = margin
        self._settings = settings
        self._plans = plans
        self._path = path
        self._disk = disk
        self._tell = tell
        self._now_ms = now_ms
        self._every = Every(settings.every_s * 1000)
        self._rejections: dict[str, int] = {}
        self._told = _load(path, disk)

    def note(self) -> None:
        """Remember rejections, also of trades that will be over at the next look."""
        position, now = self._memory.record.position, self._now_ms()
        for order in position.orders if position is not None else ():
            if order.refusal not in NO_REJECTION:
                self._rejections.setdefault(order.list_id or order.client_id, order.ended_ms or now)
        self._rejections = {name: at for name, at in self._rejections.items() if now - at <= QUARTER_HOUR_MS}

    def look(self) -> None:
        """Check all invariants if it is time, tell the findings, and remember what was told."""
        now = self._now_ms()
        if not self._every.is_due(now):
            return
        self._every.done(now)
        snapshot = self.snapshot()
        findings, told = inspect(snapshot, self._told, self._settings)
        for finding in findings:
            self._tell_finding(finding)
        if self._settings.debt_halts:
            self._halt_while_owing(debt_repaid(snapshot, self._settings))
        if told != self._told:
            self._told = told
            self._save(told)

    def _halt_while_owing(self, fault: Fault | None) -> None:
        """I13_KILL_ON_DEBT, the one exception to never acting: no new entries from the ERROR until the debt is gone."""
        halted = self._memory.record.meta.halted
        if fault is not None and fault.error and halted is None:
            self._memory.put(self._memory.record.with_meta(halted=f"{DEBT_HALT}{fault.text}"))
            self._tell(Announcement(Severity.ERROR, "halted", f"no new entries: {fault.text}"))
        elif fault is None and halted is not None and halted.startswith(DEBT_HALT):
            self._memory.put(self._memory.record.with_meta(halted=None))
            self._tell(Announcement(Severity.INFO, "halt_over", "the debt is gone, entries are made again"))

    def snapshot(self) -> Snapshot:
        record = self._memory.record
        bars = complete_bars(self._surroundings.read_bars().bars, self._now_ms())
        return Snapshot(
            now_ms=self._now_ms(),
            state=record.state,
            instrument=self._venue.instrument,
            position=self._view(record.position) if record.position is not None else None,
            working=tuple(filter(None, (_working(report, record) for report in self._observer.open_orders))),
            shape_fault=_shape_fault(record),
            rejections_ms=tuple(self._rejections.values()),
            trails_by_bars=self._plans.trail_source == "AGG",
            trail_every_s=self._plans.trail_every_s,
            newest_bar_ms=bars[-1].end_ms if bars else None,
            closed_ms=record.last_closed.closed_ms if record.last_closed is not None else None,
            margin=self._margin.view(self._surroundings.balances),
        )

    def _view(self, position: Position) -> PositionView:
        first = position.leg(1)
        plan = position.plan
        least, most = _exits(position, self._venue.instrument)
        return PositionView(
            trade_id=position.trade_id,
            direction=position.direction,
            held=max(position.held(self._venue.instrument.base), ZERO),
            exits_least=least,
            exits_most=most,
            sl=position.stop,
            prices=(plan.stop, plan.entry, *plan.targets),
            average_entry=position.average_entry,
            breakeven_due=first is not None
            and first.closed
            and reached_target(first, position)
            and self._plans.breakeven != "off",
            legs=tuple(
                LegView(
                    leg.number,
                    leg.quantity,
                    position.left_of(leg),
                    leg.target,
                    leg.closed,
                    leaving=leg.leave is not None,
                )
                for leg in position.legs
            ),
            entry=self._entry(position),
            entry_awaited=position.status is State.PENDING
            and self._now_ms() - position.accepted_ms <= self._plans.entry_timeout_s * 1000,
            trail_looked_ms=self._trail_looked_ms(position),
        )

    def _trail_looked_ms(self, position: Position) -> int | None:
        """The last look at the trailing stop, of this position: trailing itself begins with one."""
        looks = (self._market.looked_ms, position.entered_ms.get(State.TRAILING))
        return max((look for look in looks if look is not None), default=None)

    def _entry(self, position: Position) -> EntryView | None:
        if not position.entries:
            return None
        order = position.entries[-1]
        return EntryView(order.client_id, order.order_id, order.unsettled, order.quantity, self._plans.entry_mode)

    def _tell_finding(self, finding: Finding) -> None:
        severity = Severity.ERROR if finding.is_error else Severity.WARN
        details = {"invariant": finding.invariant, "position": finding.position, "age_ms": str(finding.age_ms)}
        self._tell(Announcement(severity, EVENT, f"{finding.invariant}: {finding.text}", details))

    def _save(self, told: InvariantMemory) -> None:
        draft = self._path.with_name(self._path.name + ".tmp")
        try:
            self._disk.write(draft, json_lines.encode(told.model_dump()))
            self._disk.replace(draft, self._path)
        except OSError as error:
            logger.warning("{} could not be written, a fault may be told again: {}", self._path, error)


def _exits(position: Position, instrument: Instrument) -> tuple[Decimal, Decimal]:
    """The least and the most that all exits together may trade, those done included.

    Exits that came with their entries leave less than a step a leg to rounding, or sell old dust along.
    """
    if position.direction is Direction.LONG:
        exits = (order for order in position.orders if order.role is not Role.ENTRY)
        done = sum((fill.quantity for fill in position.exit_fills), ZERO) + sum(map(position.untold, exits), ZERO)
        whole = position.to_exit(instrument) + done
        slack = instrument.step_size * len(position.legs) if position.bracket else ZERO
        return whole - slack, whole + slack
    by_hand = sum((trade.quantity for trade in position.external), ZERO)
    sold = -sum((fill.base_change(instrument.base) for fill in position.entry_fills), by_hand)
    worst = max(position.rates.values(), default=ZERO)
    return instrument.quantity_down(sold), buy_back(sold + position.interest, worst, instrument)


def _load(path: Path, disk: Disk) -> InvariantMemory:
    """What was told before; a damaged file costs only a repeated message."""
    try:
        return InvariantMemory.model_validate_json(disk.read(path) or b"{}")
    except (ValidationError, OSError) as error:
        logger.warning("{} is not used, faults may be told again: {}", path, error)
        return InvariantMemory()


def _working(report: OrderReport, record: Record) -> WorkingOrder | None:
    name = parse(report.client_id)
    if name is None:
        return None
    known = record.position.order(report.client_id) if record.position is not None else None
    triggered = report.working_ms is not None or (known is not None and known.triggered_ms is not None)
    for_entry = report.status is VenueStatus.PENDING_NEW
    return WorkingOrder(
        report.client_id,
        is_stop=name.role is Role.STOP and not triggered and not for_entry,
        is_target=name.role is Role.TARGET and not for_entry,
        leg=name.leg,
        open_quantity=report.quantity - report.executed,
        has_triggered=name.role is Role.STOP and triggered,
    )


def _shape_fault(record: Record) -> str | None:
    try:
        Record.model_validate(record.to_json())
    except ValidationError as error:
        return str(error.errors()[0]["msg"])
    return None
