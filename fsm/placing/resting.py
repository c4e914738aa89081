"""Legs in which something is under way that is given a moment to come to its end by itself."""

from exchange.ids import Role
from fsm.bracket import arming
from fsm.orders import Order
from fsm.periods import elapsed_ms
from fsm.position import Position

TARGET_REST_MS = 500
"""How long the rest of a partly filled target may go on filling before it is protected anew: its stop is gone."""
ARMING_MS = 1_000
"""How long the exits of a filled entry may take to begin before they are withdrawn and placed by ourselves."""


def resting_legs(position: Position, now_ms: int) -> frozenset[int]:
    """Legs whose target has just begun to fill, and legs whose exits should begin because their entry has ended."""
    begun = (order for order in position.live_orders if order.role is Role.TARGET and order.executed > 0)
    filling = {order.leg for order in begun if elapsed_ms(_last_fill_ms(position, order), now_ms) < TARGET_REST_MS}
    ended_ms = {order.leg: order.ended_ms or 0 for order in position.entries if not order.live}
    awaited = {order.leg for order in arming(position) if elapsed_ms(ended_ms.get(order.leg, 0), now_ms) < ARMING_MS}
    return frozenset(filling | awaited)


def _last_fill_ms(position: Position, order: Order) -> int:
    return max((fill.time_ms for fill in position.fills if fill.client_id == order.client_id), default=0)
