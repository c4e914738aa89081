"""Which orders should work at the venue now: a pure function of the record.

`desired` names, for each leg, the one group of orders that keeps the state's promise. Everything that places orders
(entry, exits, retries, a vanished stop, breakeven, trailing, clean-up, recovery after a crash) is this function plus
`fsm.placing.steps`, which closes the difference between it and what works.

Binance locks balances, so no unit can be offered twice: a leg with a target is one OCO list (target above, stop
below), a leg without is a lone stop (Binance docs: order lists). Where positions are born protected, the entry of
each leg is wanted together with these, and what is armed is left as it is until the whole entry is over.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exchange.ids import Role
from exchange.instrument import Instrument
from exchange.types import OrderType
from fsm.bracket import enters_alone, exit_quantity, legs_to_enter, spoken_for, waits
from fsm.numbers import ZERO
from fsm.orders import Order, OrderStatus
from fsm.planning.legs import stop_limit
from fsm.planning.mirror import toward_loss, toward_profit
from fsm.position import LEG_NUMBERS, RUNNER, Leg, Position
from fsm.states import ENTERING, PROTECTED, State

WHOLE = 0
"""Leg number of the entry, of its cover while it fills, and of the last exit."""


class Kind(StrEnum):
    """What is placed in one request."""

    ENTRY_LIMIT = "entry_limit"
    ENTRY_MARKET = "entry_market"
    BRACKET = "bracket"
    STOP = "stop"
    OCO = "oco"
    EXIT_MARKET = "exit_market"

    @property
    def is_entry(self) -> bool:
        return self in (Kind.ENTRY_LIMIT, Kind.ENTRY_MARKET, Kind.BRACKET)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One group of orders of one leg, placed together; quantity in base, prices on the tick grid."""

    leg: int
    kind: Kind
    quantity: Decimal
    price: Decimal | None = None
    """Limit price of the entry, or of the target."""
    stop: Decimal | None = None
    stop_limit: Decimal | None = None
    target: Decimal | None = None
    """Limit price of the target of a bracket, whose `price` is its entry's."""
    exit_quantity: Decimal | None = None
    """What the exits of a bracket trade."""

    @property
    def roles(self) -> tuple[Role, ...]:
        has_target = self.kind is not Kind.BRACKET or self.target is not None
        return tuple(role for role in _ROLES[self.kind] if role is not Role.TARGET or has_target)


_ROLES: dict[Kind, tuple[Role, ...]] = {
    Kind.ENTRY_LIMIT: (Role.ENTRY,),
    Kind.ENTRY_MARKET: (Role.ENTRY,),
    Kind.BRACKET: (Role.ENTRY, Role.TARGET, Role.STOP),
    Kind.STOP: (Role.STOP,),
    Kind.OCO: (Role.TARGET, Role.STOP),
    Kind.EXIT_MARKET: (Role.MARKET_EXIT,),
}


def desired(position: Position, instrument: Instrument, *, entry_at_market: bool, gap_ticks: int) -> tuple[Wanted, ...]:
    """The groups that should work now; `gap_ticks` separates a stop's limit price from its stop price."""
    if position.bracket and position.status in ENTERING:
        entries = _entries_by_leg(position, instrument, gap_ticks)
        return (*entries, *_armed(position), *_cover(position, instrument, gap_ticks))
    if position.status is State.PENDING:
        return _entry(position, instrument, at_market=entry_at_market)
    if position.status is State.OPEN:
        return (*_entry(position, instrument, at_market=entry_at_market), *_cover(position, instrument, gap_ticks))
    if position.status in PROTECTED and position.has_to_exit(instrument):
        # once the cover has sold, the legs are more than what is left, and all of it is about to leave
        legs = position.open_legs if not position.cover_hit else ()
        groups = (_exit_of(leg, position, instrument, gap_ticks) for leg in legs)
        return tuple(group for group in groups if group is not None)
    if position.status is State.CLOSING:
        return _last_exit(position, instrument)
    return ()


def _entry(position: Position, instrument: Instrument, *, at_market: bool) -> tuple[Wanted, ...]:
    """The entry, at most once: an entry that ended is never placed again, save for the remainder that may go to
    market."""
    if position.remainder == "market":
        return _remainder(position, instrument)
    ended = bool(position.entries) and not position.entry_live
    if position.entry_withdrawn or ended:
        return ()
    if at_market:
        return (Wanted(WHOLE, Kind.ENTRY_MARKET, position.plan.quantity),)
    return (Wanted(WHOLE, Kind.ENTRY_LIMIT, position.plan.quantity, price=position.plan.entry),)


def _remainder(position: Position, instrument: Instrument) -> tuple[Wanted, ...]:
    missing = instrument.quantity_down(position.plan.quantity - position.entry_quantity)
    taken = any(order.order_type is OrderType.MARKET for order in position.entries)
    return () if taken and not position.entry_live else (Wanted(WHOLE, Kind.ENTRY_MARKET, missing),)


def _entries_by_leg(position: Position, instrument: Instrument, gap_ticks: int) -> tuple[Wanted, ...]:
    """One list for each leg; an entry by itself where the venue refused the list."""
    if position.remainder == "market":
        return _remainder(position, instrument)
    plan = position.plan
    return tuple(
        Wanted(number, Kind.ENTRY_LIMIT, plan.legs[number - 1], price=plan.entry)
        if enters_alone(position, number)
        else _bracket(number, position, instrument, gap_ticks)
        for number in legs_to_enter(position)
    )


def _bracket(number: int, position: Position, instrument: Instrument, gap_ticks: int) -> Wanted:
    plan = position.plan
    stop = _stop(number, exit_quantity(position, number, instrument), position, instrument, gap_ticks)
    target = None if number == RUNNER else toward_loss(position.direction, plan.targets[number - 1], instrument)
    return Wanted(
        number,
        Kind.BRACKET,
        plan.legs[number - 1],
        price=plan.entry,
        stop=stop.stop,
        stop_limit=stop.stop_limit,
        target=target,
        exit_quantity=stop.quantity,
    )


def _armed(position: Position) -> tuple[Wanted, ...]:
    """Exits that began with their entry, as they are; a target whose stop is gone protects nothing."""
    stops = (order for order in position.live_orders if order.role is Role.STOP and order.leg in LEG_NUMBERS)
    return tuple(
        _as_it_is(stop, position)
        for stop in stops
        if stop.status is not OrderStatus.PENDING and not waits(position, stop)
    )


def _as_it_is(stop: Order, position: Position) -> Wanted:
    listed = (order for order in position.live_orders if order.role is Role.TARGET and order.list_id == stop.list_id)
    target = next(listed, None) if stop.list_id is not None else None
    kind, price = (Kind.STOP, None) if target is None else (Kind.OCO, target.price)
    return Wanted(stop.leg, kind, stop.open_quantity, price, stop.stop_price, stop.price)


def _cover(position: Position, instrument: Instrument, gap_ticks: int) -> tuple[Wanted, ...]:
    """The stop for what a working entry has filled so far, and no exit that comes with it covers.

    Of a SHORT's last exit, which buys the commission of all, nobody knows yet whether it will begin: no other does so.
    """
    quantity = position.to_exit(instrument)
    if position.bracket:
        bare = position.held(instrument.base) - spoken_for(position, instrument)
        quantity = instrument.quantity_down(max(bare, ZERO))
    if not instrument.sellable(quantity, _lowest(position, gap_ticks, instrument)):
        return ()
    return (_stop(WHOLE, quantity, position, instrument, gap_ticks),)


def _exit_of(leg: Leg, position: Position, instrument: Instrument, gap_ticks: int) -> Wanted | None:
    quantity = position.offer_of(leg, instrument)
    if not instrument.sellable(quantity, _lowest(position, gap_ticks, instrument)):
        return None
    if leg.leave is not None:
        return Wanted(leg.number, Kind.EXIT_MARKET, quantity)
    stop = _stop(leg.number, quantity, position, instrument, gap_ticks)
    if leg.target is None:
        return stop
    target = toward_loss(position.direction, leg.target, instrument)
    return Wanted(leg.number, Kind.OCO, quantity, target, stop.stop, stop.stop_limit)


def _last_exit(position: Position, instrument: Instrument) -> tuple[Wanted, ...]:
    """While closing: nothing until all our orders are gone, then whatever is left at market."""
    if position.live_orders and not all(order.role is Role.MARKET_EXIT for order in position.live_orders):
        return ()
    quantity = position.to_exit(instrument, at_market=True)
    if quantity <= ZERO or not position.has_to_exit(instrument):
        return ()
    return (Wanted(WHOLE, Kind.EXIT_MARKET, quantity),)


def _stop(leg: int, quantity: Decimal, position: Position, instrument: Instrument, gap_ticks: int) -> Wanted:
    price = _stop_price(position, instrument)
    limit = stop_limit(price, position.direction, instrument, gap_ticks)
    return Wanted(leg, Kind.STOP, quantity, stop=price, stop_limit=limit)


def _stop_price(position: Position, instrument: Instrument) -> Decimal:
    """The stop on today's grid: rules change while a position is held, and no stop is loosened for that."""
    return toward_profit(position.direction, position.stop, instrument)


def _lowest(position: Position, gap_ticks: int, instrument: Instrument) -> Decimal:
    """The lower of stop and stop limit price: the venue weighs the notional of a stop order at its limit price."""
    price = _stop_price(position, instrument)
    return min(price, stop_limit(price, position.direction, instrument, gap_ticks))
