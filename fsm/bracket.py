"""Entries born protected: the entry of each leg goes in one list with its exits, which the venue arms at its fill.

Until the entry of its list is filled wholly, an exit covers nothing and locks nothing; from that moment on it works
(Binance docs: order lists, OTO). An entry that ends before that leaves no exits behind: what it filled is protected by
orders of our own, as it is without a bracket.
"""

from decimal import Decimal

from exchange.ids import Role
from exchange.instrument import Instrument
from exchange.types import Reason
from fsm.numbers import ZERO
from fsm.orders import ABSENT, Order, OrderStatus
from fsm.planning.legs import with_buy_back
from fsm.position import LEG_NUMBERS, Position
from signals.direction import Direction

_NO_LIST_EITHER = (ABSENT, Reason.MARKET_CLOSED.value)
"""Refusals after which the entry is not tried without its exits: it was perhaps in time, or none is."""


# --- what the orders of a list are to each other
def entry_of(position: Position, order: Order) -> Order | None:
    """The entry that shares its list with this exit; None for every other order."""
    if not position.bracket or order.list_id is None or order.role is Role.ENTRY:
        return None
    return next((entry for entry in position.of_role(Role.ENTRY) if entry.list_id == order.list_id), None)


def waits(position: Position, order: Order) -> bool:
    """True for an exit whose entry is not filled wholly."""
    entry = entry_of(position, order)
    return entry is not None and entry.status is not OrderStatus.FILLED


def covers_from(position: Position, stop: Order) -> int | None:
    """When the stop began to cover: when the venue had it, or when the entry of its list was filled wholly."""
    entry = entry_of(position, stop)
    if entry is None:
        return stop.placed_ms
    is_told = stop.status not in (OrderStatus.INTENDED, OrderStatus.IN_DOUBT, OrderStatus.PENDING)
    return entry.ended_ms if is_told and entry.status is OrderStatus.FILLED else None


def arming(position: Position) -> tuple[Order, ...]:
    """Exits last seen waiting although their entry is over: ask what became of them."""
    pending = (order for order in position.orders if order.status is OrderStatus.PENDING)
    return tuple(order for order in pending if (entry := entry_of(position, order)) is not None and not entry.live)


# --- what is still to be entered
def legs_to_enter(position: Position) -> tuple[int, ...]:
    """Legs whose entry works or is still to be sent."""
    if not position.bracket or position.entry_withdrawn:
        return ()
    planned = range(1, len(position.plan.legs) + 1)
    return tuple(number for number in planned if _may_enter(position, number))


def _may_enter(position: Position, number: int) -> bool:
    """A list is sent at most once; if the venue refused it as a list, the entry is tried once more by itself."""
    sent = [order for order in position.entries if order.leg == number]
    return number not in position.withdrawn_legs and (not sent or sent[-1].live or is_refused_list(sent[-1]))


def enters_alone(position: Position, number: int) -> bool:
    """True if the venue refused the leg's list."""
    return any(is_refused_list(order) for order in position.entries if order.leg == number)


def is_refused_list(entry: Order) -> bool:
    """True for an entry that was refused together with its exits, and may do without them."""
    return entry.list_id is not None and entry.refusal is not None and entry.refusal not in _NO_LIST_EITHER


def exit_quantity(position: Position, number: int, instrument: Instrument) -> Decimal:
    """What the exits of a leg may trade for sure: net of the worst commission; the last of a SHORT buys all of it."""
    worst = max(position.rates.values(), default=ZERO)
    legs = position.plan.legs
    if position.direction is Direction.SHORT:
        return with_buy_back(legs, position.plan.quantity, worst, instrument)[number - 1]
    return instrument.quantity_down(legs[number - 1] * (1 - worst))


# --- what is armed
def spoken_for(position: Position, instrument: Instrument) -> Decimal:
    """What armed exits offer, and what entries that still fill have received for theirs."""
    if not position.bracket:
        return ZERO
    stops = (order for order in position.live_orders if order.role is Role.STOP and order.leg in LEG_NUMBERS)
    armed = sum((order.open_quantity for order in stops if not waits(position, order)), ZERO)
    filling = (entry for entry in position.entries if entry.live and entry.list_id is not None)
    return sum((position.received(entry, instrument.base) for entry in filling), armed)


def armed_legs(position: Position) -> dict[int, Decimal]:
    """By number, what the exits that came with the entries have traded and still offer."""
    found = {number: _traded_and_offered(position, number) for number in LEG_NUMBERS}
    return {number: quantity for number, quantity in found.items() if quantity}


def _traded_and_offered(position: Position, number: int) -> Decimal:
    exits = [order for order in position.orders if order.leg == number and order.role is not Role.ENTRY]
    armed = [order for order in exits if not waits(position, order)]
    offered: Decimal = max((order.open_quantity for order in armed), default=ZERO)
    return sum((order.executed for order in armed), offered)


def lost(position: Position) -> dict[int, str]:
    """Legs that the venue did not protect as it was asked to, and why: they are protected after their fill."""
    found = {}
    for entry in position.entries:
        if is_refused_list(entry):
            found[entry.leg] = f"its list was refused: {entry.why}"
        elif entry.status is OrderStatus.FILLED and _none_armed(position, entry):
            found[entry.leg] = "its exits were refused when they were to begin"
    return found


def _none_armed(position: Position, entry: Order) -> bool:
    exits = [order for order in position.orders if entry_of(position, order) is entry]
    ended = all(order.status in (OrderStatus.EXPIRED, OrderStatus.REJECTED) for order in exits)
    return bool(exits) and ended and not any(order.executed for order in exits)
