"""What is done until the next try while the venue refuses exits: cover first, targets can wait."""

from dataclasses import replace

from exchange.ids import Role
from fsm.desired import Kind, Wanted
from fsm.position import Position

LEGS = frozenset(range(4))


def without_list(wanted: Wanted, position: Position) -> Wanted:
    """In place of a list that does not work yet: its stop alone."""
    has_target = any(order.leg == wanted.leg and order.role is Role.TARGET for order in position.live_orders)
    return replace(wanted, kind=Kind.STOP, price=None) if wanted.kind is Kind.OCO and not has_target else wanted


def backing_off(position: Position) -> frozenset[int]:
    """Legs for which nothing is placed before the next try.

    All legs without a working order if the venue did not look at the last request (limits, no connection). Otherwise
    those whose own last order was refused although it was no list.
    """
    idle = LEGS - {order.leg for order in position.live_orders}
    refused = [order for order in position.orders if order.refusal is not None]
    if refused and refused[-1].denied:
        return idle
    return frozenset(leg for leg in idle if _last_was_refused(position, leg))


def _last_was_refused(position: Position, leg: int) -> bool:
    orders = [order for order in position.orders if order.leg == leg]
    return bool(orders) and orders[-1].refusal is not None and orders[-1].list_id is None
