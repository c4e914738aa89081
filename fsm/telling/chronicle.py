"""What happened, told once to everybody who keeps it: journal, log, webhook, verdicts and trade reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange.instrument import Instrument, plain
from fsm.bracket import lost
from fsm.judge import Judged
from fsm.lifecycle import Transition
from fsm.position import Position
from fsm.record import Record
from fsm.storage.journal import Journal
from fsm.storage.report_log import ReportLog
from fsm.storage.verdict_log import VerdictLog
from fsm.telling.alarms import Alarms
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.gap_log import GapLog
from fsm.telling.notify import Notification, Severity
from fsm.telling.report import trade_report

HALT_ALARM = "halted"


@dataclass(frozen=True, slots=True)
class Books:
    """Where things are kept."""

    journal: Journal
    verdicts: VerdictLog
    reports: ReportLog
    alarms: Alarms


class Chronicle:
    """Writes down transitions, verdicts, order changes and gaps; nothing here can fail the trading path."""

    def __init__(self, books: Books, tell: Tell, naked_alarm_ms: int) -> None:
        self._books = books
        self._tell = tell
        self._gaps = GapLog(books.journal, books.alarms, naked_alarm_ms)
        self._lost: set[tuple[str, int]] = set()
        """Trade and number of legs that were told not to be protected as asked."""

    def transition(self, transition: Transition, record: Record, now_ms: int) -> None:
        """One journal line with the cause; the owner hears of it too."""
        self._tell_lost(record.position, now_ms)
        position, move = record.position, record.meta.last_move
        entry: dict[str, object] = {
            "event": "transition",
            "move": move.number if move is not None else None,
            "trigger": transition.trigger,
            "from": transition.source,
            "to": transition.dest,
            "cause": transition.cause,
            "trade_id": position.trade_id if position else None,
        }
        if position is not None:
            entry |= {"orders": working(position), "stop": plain(position.stop)}
        self._books.journal.append(entry, now_ms)
        text = f"{transition.source} → {transition.dest} by {transition.trigger}: {transition.cause}"
        self._tell(Announcement(Severity.INFO, transition.trigger, text))

    def mend(self, record: Record, now_ms: int) -> None:
        """Write the line of a transition that was saved when the program was stopped before it could be journaled.

        What was told already of the position's gaps and lost exits is not told again.
        """
        if record.position is not None:
            self._gaps.recall(record.position.accepted_ms)
            self._lost = {(record.position.trade_id, leg) for leg in lost(record.position)}
        move = record.meta.last_move
        told = self._books.journal.last("transition") or {}
        number = told.get("move")
        if move is None or (isinstance(number, int) and number >= move.number):
            return
        entry = {"trigger": move.trigger, "from": move.source, "to": move.dest, "cause": move.cause}
        self.note("transition", {"move": move.number, **entry, "remark": "journaled after a restart"}, now_ms)

    def verdict(self, judged: Judged, now_ms: int) -> None:
        """The verdict is in `signals.jsonl` already; the journal has it in its order of events."""
        refusal = judged.verdict.refusal
        detail = refusal.detail if refusal is not None else ""
        self._books.journal.append(
            {"event": "signal", "key": judged.key, "verdict": judged.verdict.name, "detail": detail}, now_ms
        )
        said = f"signal {judged.key or 'line'}: {judged.verdict.name}"
        text = f"{said}. {detail}" if detail else said
        self._tell(Announcement(Severity.INFO, "signal", text, {"verdict": judged.verdict.name}))

    def note(self, event: str, entry: Mapping[str, object], now_ms: int) -> None:
        """A journal line of its own."""
        self._books.journal.append({"event": event, **entry}, now_ms)

    def orders(self, before: Record, after: Record, now_ms: int) -> None:
        """A journal line for orders that changed, in whatever way."""
        self._tell_lost(after.position, now_ms)
        known = {order.client_id: order for order in before.position.orders} if before.position else {}
        orders = after.position.orders if after.position else ()
        changed = {
            order.client_id: f"{order.status} {plain(order.executed)}/{plain(order.quantity)}"
            for order in orders
            if known.get(order.client_id) != order
        }
        if changed:
            self._books.journal.append({"event": "orders", "state": after.state, "changed": changed}, now_ms)

    def _tell_lost(self, position: Position | None, now_ms: int) -> None:
        """A leg whose exits do not come with its entry, although that was asked for: a journal line and a warning."""
        if position is None:
            return
        for number, why in lost(position).items():
            if (position.trade_id, number) in self._lost:
                continue
            self._lost.add((position.trade_id, number))
            self._books.journal.append(
                {"event": "bracket_lost", "trade_id": position.trade_id, "leg": number, "why": why}, now_ms
            )
            text = f"leg {number} is protected after its fill: {why}"
            self._tell(Announcement(Severity.WARN, "bracket_lost", text))

    def cover(self, position: Position | None, instrument: Instrument, now_ms: int) -> None:
        """Journal when cover is lost and found, and alarm when it stays lost."""
        if not self._gaps.tell(position, instrument, now_ms):
            self._books.alarms.clear_alarm(HALT_ALARM, now_ms)
        self._books.alarms.repeat(now_ms)
        self._books.journal.catch_up(now_ms)
        self._books.reports.catch_up()

    def halted(self, position: Position, reason: str, now_ms: int) -> None:
        """Raise the alarm that repeats until the position is covered again or closed."""
        place = (position.trade_id, position.symbol, position.status.value)
        self._books.alarms.raise_alarm(HALT_ALARM, Notification("halted", Severity.ERROR, reason, now_ms, *place))

    def trade(self, record: Record, instrument: Instrument, prices: Mapping[str, Decimal], now_ms: int) -> str | None:
        """Write the trade report, once a trade, and what came of its signal; why it failed, if it did."""
        position = record.held_position
        if self._books.reports.has_newest(position.trade_id):
            return None
        report = trade_report(position, instrument, prices, now_ms)
        reason = position.close_reason or "closed"
        self._books.verdicts.record_outcome(position.signal_key, position.trade_id, reason)
        if not position.entry_fills:
            return None
        text = f"closed {position.trade_id}: {reason}, profit {report['realized_profit']} ({report['r_multiple']} R)"
        self._tell(Announcement(Severity.INFO, "trade_closed", text))
        return self._books.reports.append(report)


def working(position: Position) -> dict[str, str]:
    """Orders that may still fill, with their status."""
    return {order.client_id: order.status.value for order in position.live_orders}
