"""From the record to the situation: pure, and without the venue.

The record does not hold the symbol's rules. Its assets are told by the commissions that were paid: one of them begins
the symbol, another ends it; a commission in neither does not change what is held.
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from exchange.ids import Role
from exchange.instrument import Instrument, plain, to_grid
from exchange.types import Quote, Side
from fsm.coverage import covered_quantity, uncovered
from fsm.due import reached_target
from fsm.numbers import ZERO
from fsm.orders import Order
from fsm.planning.mirror import lead
from fsm.position import Leg, Position
from fsm.record import Record
from fsm.shown.situation import Holding, LegLine, Level, OrderLine
from fsm.states import State
from fsm.storage.json_lines import iso

ROLES = {
    Role.ENTRY: "entry",
    Role.TARGET: "target",
    Role.STOP: "stop",
    Role.MARKET_EXIT: "market exit",
    Role.LIST: "list",
}
_SHOWN_R = Decimal("0.01")
_EIGHT = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was last known of the market: all of it may be missing."""

    quote: Quote | None = None
    instrument: Instrument | None = None
    problem: str | None = None
    """Why the venue could not be read the last time."""


def holding(position: Position, seen: Seen) -> Holding:
    """The position as a person wants to see it."""
    measured_from, reference = _reference(position, seen)
    held = position.held(_paid_asset(position, at_start=True))
    profit = _open_profit(position, held, reference)
    average = position.average_entry
    return Holding(
        trade_id=position.trade_id,
        signal_key=position.signal_key,
        symbol=position.symbol,
        direction=position.direction.value,
        accepted_time=iso(position.accepted_ms),
        entry_protection="bracket" if position.bracket else "after_fill",
        planned_quantity=position.plan.quantity,
        planned_entry=position.plan.entry,
        filled_quantity=position.entry_quantity,
        average_entry=None if average is None else _rounded(average),
        held=held,
        covered=covered_quantity(position),
        uncovered=_uncovered(position, held, seen.instrument),
        r=position.plan.r,
        open_profit=profit,
        open_profit_r=_in_r(profit, position.plan.r * position.entry_quantity),
        measured_from=measured_from,
        reference_price=reference,
        stop=_stop(position, reference),
        targets=_targets(position, reference),
        legs=tuple(_leg(leg, position) for leg in position.legs),
        orders=tuple(_order(order) for order in position.orders),
        close_reason=position.close_reason,
    )


def entered_ms(record: Record) -> int | None:
    """When the present state was last entered, where the record knows it."""
    if record.position is not None:
        return record.position.entered_ms.get(record.state)
    if record.state is State.COOLDOWN and record.last_closed is not None:
        return record.last_closed.closed_ms
    return None


def _reference(position: Position, seen: Seen) -> tuple[str, Decimal]:
    if seen.quote is not None:
        return "last price", seen.quote.last
    average = position.average_entry
    if average is not None:
        return "average entry", _rounded(average)
    return "planned entry", position.plan.entry


def _paid_asset(position: Position, *, at_start: bool) -> str:
    """Base (at the symbol's start) or quote, if a commission was paid in it; else no asset's name."""
    for fill in position.fills:
        asset = fill.commission_asset
        if position.symbol.startswith(asset) if at_start else position.symbol.endswith(asset):
            return asset
    return ""


def _uncovered(position: Position, held: Decimal, instrument: Instrument | None) -> Decimal:
    """Held without a stop; without the symbol's rules, on the finest grid that this trade has used."""
    if instrument is not None:
        return uncovered(position, instrument)
    used = [position.plan.quantity, *(fill.quantity for fill in position.fills)]
    used += [order.quantity for order in position.orders]
    finest = min(Decimal(plain(quantity)).as_tuple().exponent for quantity in used)
    return to_grid(max(held - covered_quantity(position), ZERO), Decimal(1).scaleb(int(finest)), ROUND_FLOOR)


def _open_profit(position: Position, held: Decimal, price: Decimal) -> Decimal | None:
    if not position.fills:
        return None
    quote_asset = _paid_asset(position, at_start=False)
    flow = sum((f.quote_quantity if f.side is Side.SELL else -f.quote_quantity for f in position.fills), ZERO)
    paid = sum((fill.commission for fill in position.fills if fill.commission_asset == quote_asset), ZERO)
    by_hand = sum((trade.quote_quantity for trade in position.external), ZERO)
    sign = 1 if position.exit_side is Side.SELL else -1
    return _rounded(flow - paid + sign * (by_hand + held * price))


def _stop(position: Position, reference: Decimal) -> Level:
    distance = lead(position.direction, reference, position.stop)
    return Level(name="stop", price=position.stop, distance=distance, distance_r=_in_r(distance, position.plan.r))


def _targets(position: Position, reference: Decimal) -> tuple[Level, ...]:
    levels = []
    for number, price in enumerate(position.plan.targets, start=1):
        leg = position.leg(number)
        over = leg is not None and leg.closed
        distance = None if over else lead(position.direction, price, reference)
        levels.append(
            Level(
                name=f"TP{number}",
                price=price,
                distance=distance,
                distance_r=_in_r(distance, position.plan.r),
                reached=leg is not None and over and reached_target(leg, position),
            )
        )
    return tuple(levels)


def _leg(leg: Leg, position: Position) -> LegLine:
    left = ZERO if leg.closed else position.left_of(leg)
    return LegLine(
        number=leg.number, quantity=leg.quantity, left=left, target=leg.target, closed=leg.closed, leave=leg.leave
    )


def _order(order: Order) -> OrderLine:
    return OrderLine(
        client_id=order.client_id,
        role=ROLES[order.role],
        leg=order.leg,
        side=order.side.value,
        order_type=order.order_type.value,
        status=order.status.value,
        quantity=order.quantity,
        executed=order.executed,
        price=order.price,
        stop_price=order.stop_price,
        live=order.live,
        why=order.why,
    )


def _in_r(value: Decimal | None, r: Decimal) -> Decimal | None:
    return None if value is None or not r else (value / r).quantize(_SHOWN_R)


def _rounded(value: Decimal) -> Decimal:
    """Shown figures have eight decimals, as the venue's have."""
    return value.quantize(_EIGHT)
