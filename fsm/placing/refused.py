"""What is done until the next try while the venue refuses exits: cover first, targets can wait."""

from dataclasses import replace

from exchange.ids import Role
from fsm.leaving import price_passed
from fsm.placing.desired import Kind, Wanted
from fsm.position import Position
from fsm.states import State

LEGS = frozenset(range(4))


def without_list(wanted: Wanted, position: Position) -> Wanted:
    """In place of a list that does not work yet: its stop alone."""
    has_target = any(order.leg == wanted.leg and order.role is Role.TARGET for order in position.live_orders)
    return replace(wanted, kind=Kind.STOP, price=None) if wanted.kind is Kind.OCO and not has_target else wanted


def backing_off(position: Position) -> frozenset[int]:
    """Legs for which nothing is placed before the next try.

    All legs without a working order if the venue did not look at the last request (limits, no connection). Otherwise
    those whose own last order was refused although it was no list; what still works of them is left alone too. Leaving
    at market waits for a refused market order only.
    """
    idle = LEGS - {order.leg for order in position.live_orders}
    refused = [order for order in position.orders if order.refusal is not None]
    if refused and refused[-1].denied:
        return idle
    return frozenset(leg for leg in LEGS if _last_was_refused(position, leg))


def past_their_level(position: Position) -> frozenset[int]:
    """Legs of which the venue said that the price is past their level: they are about to leave, nothing is tried."""
    return frozenset(leg for leg in LEGS if price_passed(position, leg) and not _leaves(position, leg))


def _last_was_refused(position: Position, leg: int) -> bool:
    orders = [order for order in position.orders if order.leg == leg]
    if not orders or orders[-1].refusal is None or orders[-1].list_id is not None:
        return False
    return orders[-1].role is Role.MARKET_EXIT or not _leaves(position, leg)


def _leaves(position: Position, number: int) -> bool:
    leg = position.leg(number)
    return position.status is State.CLOSING or (leg is not None and leg.leave is not None)
