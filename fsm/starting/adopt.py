"""Rebuild the record of a trade from the venue's evidence alone: our client order ids say trade, role and leg.

Everything that is adopted comes from orders and executions with our ids. What these do not say without doubt (no entry,
two trades at once, no stop ever placed) is a refusal: a person has to look.
"""

from decimal import Decimal

from exchange.ids import OrderName, Role, parse
from exchange.instrument import Instrument
from exchange.types import OrderReport, Venue
from fsm.numbers import ZERO
from fsm.placing.desired import WHOLE
from fsm.planning.mirror import ahead, better
from fsm.planning.plan import Plan
from fsm.position import RUNNER, Leg, Position
from fsm.reconcile import adopt, fold_fills, without_fills
from fsm.record import Record
from fsm.states import State
from signals.direction import Direction
from signals.timestamp import MINUTE_MS

LOOK_BACK_MS = 30 * 24 * 3_600_000
"""A position is looked for among the orders of this time: no trade of ours waits longer for its exits."""


class CannotAdopt(Exception):
    """The evidence is not clear; nothing was changed."""


def adopted(venue: Venue, now_ms: int) -> Record:
    """The record of the one trade whose orders work at the venue; raises `CannotAdopt`, and VenueError."""
    working = [name for report in venue.open_orders() if (name := parse(report.client_id)) is not None]
    trades = {name.trade_id for name in working}
    if not trades:
        return Record()
    if len(trades) > 1:
        raise CannotAdopt(
            f"orders of {len(trades)} trades work at the venue ({', '.join(sorted(trades))}): cancel all but one"
        )
    position = _position(trades.pop(), venue, now_ms)
    return Record(state=position.status, position=position)


def _position(trade_id: str, venue: Venue, now_ms: int) -> Position:
    named = [(parse(report.client_id), report) for report in venue.orders_since(now_ms - LOOK_BACK_MS)]
    ours = [(name, report) for name, report in named if name is not None and name.trade_id == trade_id]
    entries = [(name, report) for name, report in ours if name.role is Role.ENTRY]
    stops = [report for name, report in ours if name.role is Role.STOP]
    if not entries or not stops:
        missing = "entry" if not entries else "stop"
        raise CannotAdopt(f"{trade_id}: the venue shows no {missing} order of it in the last 30 days")
    plan = _plan(trade_id, entries, stops, [pair for pair in ours if pair[0].role is Role.TARGET], venue.instrument)
    position = _bare(trade_id, plan, entries[0][1], venue)
    position = position.model_copy(update={"bracket": any(name.leg for name, _ in entries)})
    for _, report in ours:
        position = adopt(position, report)
    for order in without_fills(position):
        if order.order_id is not None:
            position = fold_fills(position, order.client_id, venue.fills(order.order_id))
    return _in_state(position, stops)


def _plan(
    trade_id: str,
    entries: list[tuple[OrderName, OrderReport]],
    stops: list[OrderReport],
    targets: list[tuple[OrderName, OrderReport]],
    instrument: Instrument,
) -> Plan:
    direction = Direction.LONG if trade_id[10] == "L" else Direction.SHORT
    first, legs = entries[0][1], _entered_legs(entries)
    entry = first.price or (first.quote_executed / first.executed if first.executed else ZERO)
    stop, r = stops[0].stop_price, abs(entry - stops[0].stop_price)
    if entry <= 0 or r <= 0:
        raise CannotAdopt(f"{trade_id}: entry {entry} and stop {stop} make no plan")
    prices = {name.leg: report.price for name, report in targets}
    rounded = instrument.price_down if direction is Direction.LONG else instrument.price_up
    tp1 = prices.get(1, rounded(ahead(direction, entry, r)))
    tp2 = prices.get(2, rounded(ahead(direction, entry, 2 * r)))
    return Plan(
        direction=direction,
        entry=rounded(entry),
        stop=stop,
        stop_limit=stops[0].price,
        targets=(tp1, tp2),
        quantity=sum(legs, ZERO),
        r=r,
        legs=legs,
    )


def _entered_legs(entries: list[tuple[OrderName, OrderReport]]) -> tuple[Decimal, ...]:
    """What the entry meant to enter, as a whole or leg by leg; a later order of the same leg was for its remainder."""
    by_leg: dict[int, Decimal] = {}
    for name, report in entries:
        by_leg.setdefault(name.leg, report.quantity)
    legs = tuple(quantity for number, quantity in sorted(by_leg.items()) if number)
    return legs or (by_leg[WHOLE],)


def _bare(trade_id: str, plan: Plan, entry: OrderReport, venue: Venue) -> Position:
    rates = venue.commission_rates()
    return Position(
        trade_id=trade_id,
        status=State.OPEN_FILLED,
        signal_key=f"adopted {trade_id}",
        signal_ms=entry.updated_ms - entry.updated_ms % MINUTE_MS,
        accepted_ms=entry.updated_ms,
        symbol=venue.instrument.symbol,
        direction=plan.direction,
        plan=plan,
        stop=plan.stop,
        rates={"maker": rates.maker, "taker": rates.taker},
    )


def _in_state(position: Position, stops: list[OrderReport]) -> Position:
    """The best stop ever placed, the legs that still work, and the state that these are the promise of."""
    stop = better(position.direction, *(report.stop_price for report in stops))
    position = position.model_copy(update={"stop": stop})
    if position.bracket and any(order.leg == WHOLE or order.role is Role.ENTRY for order in position.live_orders):
        return _cut_short(position)
    if position.entry_live:
        return position.model_copy(update={"status": State.OPEN})
    position = position.model_copy(update={"legs": _legs(position)})
    left = [leg.number for leg in position.open_legs]
    if not left:
        return position.model_copy(update={"status": State.CLOSING, "close_reason": "adopted"})
    trailing = left == [RUNNER] and position.leg(2) is not None
    if not trailing:
        return position
    return position.model_copy(update={"status": State.TRAILING, "trail_reference": position.plan.targets[1]})


def _cut_short(position: Position) -> Position:
    """An entry by legs that is not over is withdrawn: nobody knows which of its lists were never sent."""
    return position.model_copy(update={"status": State.OPEN, "entry_withdrawn": True, "remainder": "adopted"})


def _legs(position: Position) -> tuple[Leg, ...]:
    numbers = sorted({order.leg for order in position.orders if order.leg > 0})
    return tuple(_leg(number, position) for number in numbers)


def _leg(number: int, position: Position) -> Leg:
    """What the leg's exits traded plus what they still offer is its quantity; no offer left means that it is closed."""
    executed = sum((fill.quantity for fill in position.exit_fills if fill.leg == number), ZERO)
    offered: Decimal = max((o.open_quantity for o in position.live_orders if o.leg == number), default=ZERO)
    target = position.plan.targets[number - 1] if number < RUNNER else None
    return Leg(number=number, quantity=executed + offered, target=target, closed=offered == ZERO)
