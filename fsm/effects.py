"""What a transition changes in the record, by the names used in the table; pure, the venue is not touched here.

Each effect takes the record, the world, and the details that came with the trigger, and gives the next record.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from exchange.ids import Role
from exchange.instrument import Instrument
from exchange.types import CommissionRates
from fsm.bracket import covers_from
from fsm.coverage import without_superseded
from fsm.due import is_finished, late_fills, reached_target
from fsm.entering import leg_quantities
from fsm.numbers import ZERO
from fsm.orders import Order
from fsm.planning import breakeven
from fsm.planning.mirror import better, lead
from fsm.planning.plan import Plan
from fsm.position import LEG_NUMBERS, External, Leg, Position
from fsm.record import LastClosed, Record
from fsm.states import State
from fsm.telling.report import realized_profit
from fsm.world import World
from signals.direction import Direction
from signals.peak import Peak

Details = Mapping[str, Any]
Effect = Callable[[Record, World, Details], Record]


def open_position(record: Record, world: World, details: Details) -> Record:
    """The accepted signal becomes a position that holds nothing yet, and the entry lock begins."""
    peak: Peak = details["peak"]
    plan: Plan = details["plan"]
    rates: CommissionRates = details["rates"]
    bracket = world.settings.entry_protection == "bracket" and world.instrument.bracket_allowed
    position = Position(
        trade_id=details["trade_id"],
        status=record.state,
        signal_key=details["key"],
        signal_ms=peak.time_ms,
        accepted_ms=world.now_ms,
        symbol=world.instrument.symbol,
        direction=peak.direction,
        plan=plan,
        stop=plan.stop,
        bracket=bracket,
        sized_by_venue=bracket and _may_be_sized_by_venue(peak.direction, world.instrument, details["free_base"]),
        ratio=details["ratio"],
        rates={"maker": rates.maker, "taker": rates.taker},
    )
    return record.model_copy(update={"position": position, "lock_until": world.now_ms + details["lock_ms"]})


def _may_be_sized_by_venue(direction: Direction, instrument: Instrument, free_base: Decimal) -> bool:
    """True for a purchase by an account without coins of its own: of those the venue would take the commission, and the
    exits would sell that much more than was bought for the position (Binance docs: order list, OPO)."""
    return direction is Direction.LONG and instrument.opo_allowed and free_base < instrument.step_size


def set_legs(record: Record, world: World, _details: Details) -> Record:
    """Legs from what was really received."""
    position = record.held_position
    quantities = leg_quantities(position, world.instrument, world.settings) or {}
    targets = dict(zip(LEG_NUMBERS, (*position.plan.targets, None), strict=True))
    legs = tuple(
        Leg(number=number, quantity=quantity, target=targets[number]) for number, quantity in sorted(quantities.items())
    )
    return _with(record, legs=legs, cover=ZERO)


def cover_entry(record: Record, _world: World, _details: Details) -> Record:
    return _with(record, cover=record.held_position.entry_quantity)


def withdraw_entry(record: Record, _world: World, details: Details) -> Record:
    """The whole entry, or the lists of some legs."""
    if "legs" not in details:
        return _with(record, entry_withdrawn=True)
    return _with(record, withdrawn_legs=(*record.held_position.withdrawn_legs, *details["legs"]))


def take_remainder(record: Record, _world: World, _details: Details) -> Record:
    return _with(record, remainder="market")


def close_leg(record: Record, world: World, _details: Details) -> Record:
    """Close every finished leg; if TP1 was among them, the stops of the others go to breakeven.

    Legs may be too small for new rules of the venue and yet tradable together: one takes along the rest of the others.
    """
    position = record.held_position
    closed: list[Leg] = []
    for number in [leg.number for leg in position.open_legs]:
        leg = position.leg(number)
        if leg is not None and is_finished(leg, position, world.instrument):
            position = _hand_over(position.with_leg(leg.model_copy(update={"closed": True})), leg)
            closed.append(leg)
    if any(leg.number == 1 and reached_target(leg, position) for leg in closed):
        position = position.model_copy(update={"stop": _breakeven(position, world)})
    return record.with_position(_with_spare(position, world.instrument))


def _hand_over(position: Position, closed: Leg) -> Position:
    """What is left of a closed leg is too small to trade alone: the last open leg takes it along."""
    rest = position.left_of(closed)
    heir = position.open_legs[-1] if position.open_legs else None
    if heir is None or rest <= ZERO:
        return position
    shrunk = closed.model_copy(update={"quantity": closed.quantity - rest, "closed": True})
    return position.with_leg(shrunk).with_leg(heir.model_copy(update={"quantity": heir.quantity + rest}))


def _with_spare(position: Position, instrument: Instrument) -> Position:
    """What exits that came with their entries left over in rounding is taken along by the last open leg."""
    if not (position.bracket and position.open_legs) or position.direction is Direction.SHORT:
        return position
    spare = position.to_exit(instrument) - sum((position.left_of(leg) for leg in position.open_legs), ZERO)
    heir = position.open_legs[-1]
    more = heir.model_copy(update={"quantity": heir.quantity + max(spare, ZERO)})
    return position.with_leg(more)


def _breakeven(position: Position, world: World) -> Decimal:
    average = position.average_entry or position.plan.entry
    level = breakeven.level(
        position.direction,
        average_entry=average,
        r=position.plan.r,
        paid_rate=paid_entry_rate(position, world.instrument),
        taker_rate=position.rates.get("taker", ZERO),
        mode=world.settings.breakeven,
        instrument=world.instrument,
    )
    return position.stop if level is None else better(position.direction, position.stop, level)


def paid_entry_rate(position: Position, instrument: Instrument) -> Decimal:
    """The fraction of the entry that was paid as commission; in a third asset it counts as the taker rate."""
    turnover = sum((fill.quote_quantity for fill in position.entry_fills), ZERO)
    paid = ZERO
    for fill in position.entry_fills:
        if fill.commission_asset == instrument.base:
            paid += fill.commission * fill.price
        elif fill.commission_asset == instrument.quote:
            paid += fill.commission
        elif fill.commission:
            paid += fill.quote_quantity * position.rates.get("taker", ZERO)
    return paid / turnover if turnover else ZERO


def leave_leg(record: Record, world: World, details: Details) -> Record:
    """The leg leaves at market; its stop and target are no longer wanted."""
    position = record.held_position
    leg = position.leg(details["leg"])
    if leg is None:
        raise LookupError(f"{position.trade_id} has no leg {details['leg']}")
    if details["cause"] == "stop_not_filled":
        position = _without_cover(position, leg.number, world)
    return record.with_position(position.with_leg(leg.model_copy(update={"leave": details["cause"]})))


def _without_cover(position: Position, leg: int, world: World) -> Position:
    """The stop that is given up, for the market is past it, covered nothing from then on, whatever its reports lack.

    One that waits further back, since it could not be moved, covers until it is cancelled.
    """
    since = position.passed_since_ms
    for stop in position.of_role(Role.STOP):
        waits = stop.leg == leg and stop.live and stop.triggered_ms is None
        if since is not None and waits and _is_past(stop, position, world):
            position = position.with_order(stop.triggered_by(since, covers_from(position, stop)))
    return position


def _is_past(stop: Order, position: Position, world: World) -> bool:
    """The market is past the stop price of this very order."""
    last = world.quote.last if world.quote is not None else None
    return last is None or stop.stop_price is None or lead(position.direction, last, stop.stop_price) <= 0


def start_trailing(record: Record, _world: World, _details: Details) -> Record:
    """The reference price is TP2's; the stop stays where it is until something better is found."""
    return _with(record, trail_reference=record.held_position.plan.targets[1])


def move_stop(record: Record, world: World, details: Details) -> Record:
    position = record.held_position
    position = without_superseded(position, world.instrument, world.now_ms)
    stop = better(position.direction, position.stop, details["stop"])
    return _with(
        record.with_position(position), stop=stop, trail_reference=details["reference"], trailed_ms=world.now_ms
    )


def follow_owner(record: Record, world: World, details: Details) -> Record:
    """The record follows what the owner traded by hand; the runner gives first, and what lacked his coins is tried at
    once."""
    position = record.held_position
    trade: External = details["trade"]
    position = position.model_copy(update={"external": (*position.external, trade), "next_try_ms": 0})
    held = position.to_exit(world.instrument)
    excess = sum((position.left_of(leg) for leg in position.open_legs), ZERO) - held
    for leg in sorted(position.open_legs, key=lambda leg: -leg.number):
        taken = min(max(excess, ZERO), position.left_of(leg))
        excess -= taken
        position = position.with_leg(leg.model_copy(update={"quantity": leg.quantity - taken}))
    return record.with_position(position)


def note_close(record: Record, _world: World, details: Details) -> Record:
    return _with(record, close_reason=record.held_position.close_reason or details["cause"], verified_ms=None)


def count_late_fills(record: Record, _world: World, _details: Details) -> Record:
    return _with(record, late_fills=late_fills(record.held_position), verified_ms=None)


def settle_trade(record: Record, world: World, _details: Details) -> Record:
    position = record.held_position
    last = LastClosed(
        trade_id=position.trade_id,
        signal_key=position.signal_key,
        reason=position.close_reason or "closed",
        entered=bool(position.entry_fills),
        closed_ms=world.now_ms,
        profit_quote=realized_profit(position, world.instrument, world.prices),
    )
    return record.model_copy(update={"last_closed": last})


def start_cooldown(record: Record, world: World, _details: Details) -> Record:
    return record.model_copy(update={"cooldown_until": world.now_ms + world.cooldown_ms})


def end_cooldown(record: Record, _world: World, _details: Details) -> Record:
    return record.model_copy(update={"cooldown_until": None})


def forget_position(record: Record, _world: World, _details: Details) -> Record:
    """The trade is over: what is remembered of it stands in `last_closed` and in the trade report."""
    return record.model_copy(update={"position": None})


def entered(record: Record, state: State, now_ms: int) -> Record:
    """The record in its new state, with the time spent in the one before added up; staying enters nothing anew."""
    position = record.position
    if position is None:
        return record.model_copy(update={"state": state})
    if position.status is state and state in position.entered_ms:
        return record.model_copy(update={"state": state})
    spent = dict(position.time_in)
    since = max(position.entered_ms.values(), default=now_ms)
    if position.entered_ms:
        spent[position.status] = spent.get(position.status, 0) + max(now_ms - since, 0)
    moments = {**position.entered_ms, state: now_ms}
    position = position.model_copy(update={"status": state, "entered_ms": moments, "time_in": spent})
    return record.model_copy(update={"state": state, "position": position})


def _with(record: Record, **changes: object) -> Record:
    return record.with_position(record.held_position.model_copy(update=changes))


EFFECTS: dict[str, Effect] = {
    effect.__name__: effect
    for effect in (
        open_position,
        set_legs,
        cover_entry,
        withdraw_entry,
        take_remainder,
        close_leg,
        leave_leg,
        start_trailing,
        move_stop,
        follow_owner,
        note_close,
        count_late_fills,
        settle_trade,
        start_cooldown,
        end_cooldown,
        forget_position,
    )
}
