"""`status`: the situation, from the files alone, whether the executor runs or not."""

from collections.abc import Iterator

from fsm.assembly import load_record
from fsm.record import Record
from fsm.shown.files import Executor, executor_of, last_events, read_seen
from fsm.shown.reckoning import Seen, entered_ms, holding
from fsm.shown.situation import ClosedLine, Hindrance, Loan, PriceSeen, Situation
from fsm.states import PROMISES, State
from fsm.storage.disk import RealDisk
from fsm.storage.json_lines import iso
from fsm.storage.places import Places
from fsm.table import TABLE
from guards.margin_memory import MarginBook

EVENTS = 8

Events = tuple[dict[str, object], ...]


def read_situation(places: Places, now_ms: int, order_window_ms: int) -> Situation:
    """The situation on disk; raises `StateDamaged` if the state file cannot be trusted."""
    record = load_record(places, RealDisk(), now_ms, order_window_ms) or Record()
    events = last_events(places.journal, EVENTS)
    return situation(record, read_seen(places.last_seen), events, executor_of(places.state), now_ms, str(places.state))


def situation(
    record: Record, seen: Seen, events: Events, executor: Executor, now_ms: int, state_file: str
) -> Situation:
    """The situation of this record at this moment."""
    entered = entered_ms(record)
    return Situation(
        time=iso(now_ms),
        running=executor.running,
        pid=executor.pid,
        state=record.state,
        entered=iso(entered) if entered is not None else None,
        promise=PROMISES[record.state],
        ways_out=tuple(dict.fromkeys(row.trigger for row in TABLE if row.source is record.state is not row.dest)),
        position=holding(record.position, seen) if record.position is not None else None,
        loan=_loan(record.margin),
        price=_price(seen, now_ms),
        venue_problem=seen.problem,
        hindrances=tuple(_hindrances(record, seen, now_ms)),
        last_closed=_last_closed(record),
        seen_keys=len(record.meta.seen_keys),
        events=events,
        state_file=state_file,
    )


def _loan(book: MarginBook) -> Loan | None:
    if book.trade_key is None or book.asset is None or not book.requests:
        return None
    return Loan(
        trade_id=book.trade_key,
        asset=book.asset,
        borrowed=book.borrowed,
        repaid=book.repaid(book.asset),
        in_doubt=book.unsettled is not None,
    )


def _price(seen: Seen, now_ms: int) -> PriceSeen | None:
    quote = seen.quote
    if quote is None:
        return None
    age_s = max(now_ms - quote.time_ms, 0) // 1000
    return PriceSeen(bid=quote.bid, ask=quote.ask, last=quote.last, time=iso(quote.time_ms), age_s=age_s)


def _hindrances(record: Record, seen: Seen, now_ms: int) -> Iterator[Hindrance]:
    """What the guards would say to a signal at this moment, as far as the files tell."""
    if record.meta.paused:
        yield Hindrance(guard="paused", detail="paused by the operator until `resume`")
    if record.meta.halted is not None:
        yield Hindrance(guard="paused", detail=f"halted until `resume`: {record.meta.halted}")
    if record.state is not State.IDLE:
        yield Hindrance(guard="position_open", detail=f"the state is {record.state}; only IDLE takes a signal")
    yield from _wait("position_lock", "an entry began", record.lock_until, now_ms)
    yield from _wait("cooldown", "a position was closed", record.cooldown_until, now_ms)
    if seen.problem is not None:
        yield Hindrance(guard="venue", detail=f"the venue does not answer: {seen.problem}")


def _wait(guard: str, why: str, until_ms: int | None, now_ms: int) -> Iterator[Hindrance]:
    if until_ms is not None and until_ms > now_ms:
        seconds_left = -(-(until_ms - now_ms) // 1000)
        yield Hindrance(guard=guard, detail=why, until=iso(until_ms), seconds_left=seconds_left)


def _last_closed(record: Record) -> ClosedLine | None:
    last = record.last_closed
    if last is None:
        return None
    return ClosedLine(
        trade_id=last.trade_id,
        signal_key=last.signal_key,
        reason=last.reason,
        closed_time=iso(last.closed_ms),
        profit_quote=last.profit_quote,
    )
