"""Every time without a working stop stands in the journal with its beginning, its reason and its end."""

from exchange.instrument import Instrument, plain
from fsm.coverage import Gap, gaps
from fsm.position import Position
from fsm.storage.journal import Journal
from fsm.storage.json_lines import iso, ms_of_iso
from fsm.telling.alarms import Alarms
from fsm.telling.notify import Notification, Severity

NAKED_ALARM = "naked"


class GapLog:
    """Journals gaps as they are learnt, even those that were over by then; alarms for one longer than `alarm_ms`."""

    def __init__(self, journal: Journal, alarms: Alarms, alarm_ms: int) -> None:
        self._journal = journal
        self._alarms = alarms
        self._alarm_ms = alarm_ms
        self._begun: set[int] = set()
        self._ended: set[int] = set()

    def recall(self, since_ms: int) -> None:
        """After a restart: what the journal has told of gaps that began since then is not told again."""
        begun, ended = (self._newest_lines(event, since_ms) for event in ("uncovered", "covered"))
        self._begun = set(begun)
        self._ended = {start_ms for start_ms, seq in ended.items() if seq > begun.get(start_ms, 0)}

    def _newest_lines(self, event: str, since_ms: int) -> dict[int, int]:
        """The number of the newest line on each gap, by the gap's beginning."""
        newest: dict[int, int] = {}
        for line in self._journal.newest_first(event):
            start_ms = ms_of_iso(str(line["since"]))
            if start_ms < since_ms:
                break
            newest.setdefault(start_ms, int(str(line["seq"])))
        return newest

    def tell(self, position: Position | None, instrument: Instrument, now_ms: int) -> bool:
        """Write down what is new; True while a gap lasts."""
        found = gaps(position, instrument) if position is not None else ()
        if position is None:
            self._begun, self._ended = set(), set()
        else:
            self._tell_withdrawn(found, now_ms)
            for gap in found:
                self._tell_begin(gap, position, now_ms)
                self._tell_end(gap, now_ms)
        lasts = any(gap.end_ms is None for gap in found)
        if not lasts:
            self._alarms.clear_alarm(NAKED_ALARM, now_ms)
        return lasts

    def _tell_begin(self, gap: Gap, position: Position, now_ms: int) -> None:
        """Also of one that was told to be over: its stop had triggered in the same instant."""
        is_open_again = gap.end_ms is None and _told(gap, self._ended)
        is_new = is_open_again or not _told(gap, self._begun)
        if is_new:
            self._begun.add(gap.start_ms)
            self._ended = (
                {start for start in self._ended if not gap.start_ms <= start} if is_open_again else self._ended
            )
            why = _why(position) if gap.end_ms is None else "covered by the time it was known"
            entry = {"event": "uncovered", "since": iso(gap.start_ms), "quantity": plain(gap.quantity), "why": why}
            self._journal.append(entry, now_ms)
        if gap.length_ms(now_ms) > self._alarm_ms and (is_new or gap.end_ms is None):
            self._alarms.raise_alarm(NAKED_ALARM, _notification(position, gap, now_ms))

    def _tell_end(self, gap: Gap, now_ms: int) -> None:
        if gap.end_ms is None or _told(gap, self._ended):
            return
        self._ended.add(gap.start_ms)
        entry = {"event": "covered", "since": iso(gap.start_ms), "until": iso(gap.end_ms), "ms": gap.length_ms(now_ms)}
        self._journal.append(entry, now_ms)

    def _tell_withdrawn(self, found: tuple[Gap, ...], now_ms: int) -> None:
        """A gap that was none: what was taken for a trigger was an old price, or it came later."""
        for start_ms in sorted(self._begun - self._ended):
            if not any(_told(gap, {start_ms}) for gap in found):
                self._ended.add(start_ms)
                entry = {"event": "covered", "since": iso(start_ms), "until": iso(start_ms), "ms": 0}
                self._journal.append(entry, now_ms)


def _told(gap: Gap, starts: set[int]) -> bool:
    """A gap keeps its identity when a fill that is learnt later shows that it began earlier."""
    return any(gap.start_ms <= start <= (start if gap.end_ms is None else gap.end_ms) for start in starts)


def _why(position: Position) -> str:
    if not position.orders:
        return "no order yet"
    last = position.orders[-1]
    return f"{last.client_id} {last.status}{': ' + last.why if last.why else ''}"


def _notification(position: Position, gap: Gap, now_ms: int) -> Notification:
    text = f"{plain(gap.quantity)} held without a working stop for {gap.length_ms(now_ms)} ms ({_why(position)})"
    return Notification(
        "naked", Severity.ERROR, text, now_ms, position.trade_id, position.symbol, position.status.value
    )
