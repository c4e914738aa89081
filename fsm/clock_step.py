"""A clock that went back: ends of waits that the record has by the clock before would else lie hours ahead (R9).

The clock is corrected to the venue's. That steps back where the venue's own clock does, or where one of its answers was
wrong and the next is right. A wait goes on for as long as it would have.
"""

from fsm.position import Position
from fsm.record import Record
from guards.margin_memory import MarginBook

NOTICED_MS = 1_000
"""Less than this is no step: the clock is corrected by milliseconds every few minutes."""


def brought_back(record: Record, by_ms: int) -> Record:
    """The record with every end of a wait as much earlier as the clock now is."""
    position = record.position
    return record.model_copy(
        update={
            "cooldown_until": _earlier(record.cooldown_until, by_ms),
            "lock_until": _earlier(record.lock_until, by_ms),
            "position": _position(position, by_ms) if position is not None else None,
            "margin": _book(record.margin, by_ms),
        }
    )


def _position(position: Position, by_ms: int) -> Position:
    orders = tuple(
        order.model_copy(update={"settled_after_ms": _earlier(order.settled_after_ms, by_ms)})
        for order in position.orders
    )
    waits = {"next_try_ms": max(position.next_try_ms - by_ms, 0), "accepted_ms": position.accepted_ms - by_ms}
    return position.model_copy(update={**waits, "orders": orders})


def _book(book: MarginBook, by_ms: int) -> MarginBook:
    if book.unsettled is None:
        return book
    return book.with_last(settled_after_ms=_earlier(book.requests[-1].settled_after_ms, by_ms))


def _earlier(until_ms: int | None, by_ms: int) -> int | None:
    return None if until_ms is None else until_ms - by_ms
