"""How much of the position was without a working stop, and for how long: computed from the record, in venue time.

A held quantity is covered by stops that are at the venue and have not triggered. A stop that triggered is a plain limit
order and covers no more. What is held is counted only while it is large enough for the venue to accept an order for it.
"""

from dataclasses import dataclass
from decimal import Decimal

from exchange.ids import Role
from exchange.instrument import Instrument
from fsm.bracket import covers_from
from fsm.numbers import ZERO
from fsm.orders import Order, OrderStatus
from fsm.position import PastGap, Position
from signals.direction import Direction

MOST_ORDERS = 60
"""A runner that trails for days replaces its stop thousands of times; beyond this the superseded ones are dropped."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which `quantity` (the most of it) was held without a stop; `end_ms` None while it lasts."""

    start_ms: int
    end_ms: int | None
    quantity: Decimal

    def length_ms(self, now_ms: int) -> int:
        return (self.end_ms if self.end_ms is not None else max(now_ms, self.start_ms)) - self.start_ms


def gaps(position: Position, instrument: Instrument) -> tuple[Gap, ...]:
    """Every time without full cover, oldest first."""
    found = [Gap(gap.start_ms, gap.end_ms, gap.quantity) for gap in position.past_gaps]
    current: Gap | None = None
    for time_ms in _moments(position):
        naked = uncovered(position, instrument, time_ms)
        if naked > ZERO and current is None:
            current = Gap(time_ms, None, naked)
        elif naked > ZERO and current is not None:
            current = Gap(current.start_ms, None, max(current.quantity, naked))
        elif current is not None:
            found.append(Gap(current.start_ms, time_ms, current.quantity))
            current = None
    return tuple(gap for gap in (*found, *((current,) if current else ())) if gap.end_ms != gap.start_ms)


def without_superseded(position: Position, instrument: Instrument, now_ms: int) -> Position:
    """The position without its superseded orders, once there are many; what they prove of cover is kept as past gaps.

    Kept are live orders, orders that executed anything, and the newest of each leg and role, whose revision counts.
    """
    if len(position.orders) <= MOST_ORDERS or uncovered(position, instrument) > ZERO:
        return position
    newest = {(order.leg, order.role): order.client_id for order in position.orders}
    kept = tuple(
        order
        for order in position.orders
        if order.live or order.executed > 0 or newest[order.leg, order.role] == order.client_id
    )
    past = tuple(
        PastGap(start_ms=gap.start_ms, end_ms=gap.end_ms, quantity=gap.quantity)
        for gap in gaps(position, instrument)
        if gap.end_ms is not None
    )
    return position.model_copy(update={"orders": kept, "past_gaps": past, "gaps_known_ms": now_ms})


def naked_ms(position: Position, instrument: Instrument, now_ms: int) -> int:
    """All time without full cover, in milliseconds."""
    return sum(gap.length_ms(now_ms) for gap in gaps(position, instrument))


def uncovered(position: Position, instrument: Instrument, at_ms: int | None = None) -> Decimal:
    """Held quantity without a working stop at that venue time (default: now), zero if too small to be traded."""
    held = _held(position, instrument, at_ms)
    covered = sum((order.quantity - _executed(position, order, at_ms) for order in _covering(position, at_ms)), ZERO)
    bare = held - covered
    price = min(position.stop, position.average_entry or position.stop)
    return instrument.quantity_down(bare) if instrument.sellable(bare, price) else ZERO


def covered_quantity(position: Position) -> Decimal:
    """What stops at the venue cover now."""
    return sum((order.open_quantity for order in _covering(position, None)), ZERO)


def _covering(position: Position, at_ms: int | None) -> list[Order]:
    return [order for order in position.of_role(Role.STOP) if _covers(position, order, at_ms)]


def _covers(position: Position, order: Order, at_ms: int | None) -> bool:
    """Whether the stop waited for its trigger at that moment; its end belongs to the time after.

    While it waits for its entry it covers nothing (Binance docs: order lists, OTO).
    """
    if at_ms is None:
        return order.at_venue and order.status is not OrderStatus.PENDING and order.triggered_ms is None
    begin_ms = covers_from(position, order)
    if begin_ms is None or begin_ms > at_ms:
        return False
    ends = [moment for moment in (order.triggered_ms, order.ended_ms) if moment is not None]
    return not ends or at_ms < min(ends)


def _held(position: Position, instrument: Instrument, at_ms: int | None) -> Decimal:
    if at_ms is None:
        return position.held(instrument.base)
    fills = (fill.base_change(instrument.base) for fill in position.fills if fill.time_ms <= at_ms)
    change = sum(fills, position.untold_change(at_ms))
    held = change if position.direction is Direction.LONG else position.interest - change
    return held - sum((trade.quantity for trade in position.external if trade.time_ms <= at_ms), ZERO)


def _executed(position: Position, order: Order, at_ms: int | None) -> Decimal:
    if at_ms is None:
        return order.executed
    fills = (fill for fill in position.fills if fill.client_id == order.client_id)
    untold = position.untold(order) if (order.updated_ms or 0) <= at_ms else ZERO
    return sum((fill.quantity for fill in fills if fill.time_ms <= at_ms), untold)


def _moments(position: Position) -> list[int]:
    """Every venue time at which cover or holding changed."""
    stops = position.of_role(Role.STOP)
    begins = (covers_from(position, order) for order in stops)
    ends = (moment for order in stops for moment in (order.triggered_ms, order.ended_ms))
    fills = (fill.time_ms for fill in position.fills)
    external = (trade.time_ms for trade in position.external)
    untold = (order.updated_ms for order in position.orders if position.untold(order))
    moments = {moment for moment in (*begins, *ends, *fills, *external, *untold) if moment is not None}
    return sorted(moment for moment in moments if moment >= position.gaps_known_ms)
