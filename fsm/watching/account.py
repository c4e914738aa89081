"""What the owner changed by hand, and how the record follows.

Coins under our orders are locked, so the owner can only sell them after one of our orders was cancelled by his hand:
trades of others in the exit's direction since then count against the position. So it is with the venue, which ends all
orders before it liquidates a margin account. Whatever the reason, what is not in the account any more cannot be held: a
shortfall seen in two checks in a row counts as well. Deposits, withdrawals of other coins, and orders that are not ours
are his business.
"""

from collections.abc import Container, Iterable, Mapping
from decimal import Decimal

from exchange.ids import Role
from exchange.instrument import Instrument
from exchange.types import Balance, Fill, Side
from fsm.bracket import waits
from fsm.numbers import ZERO
from fsm.orders import Order, OrderStatus
from fsm.position import External, Position
from signals.direction import Direction


def newly_canceled_by_owner(before: Position | None, now: Position) -> tuple[Order, ...]:
    """Our stops and targets that ended since `before` without our asking; those that waited for an entry locked
    nothing."""
    known = {order.client_id for order in before.orders if _ended_by_others(order, before)} if before else set()
    return tuple(
        order
        for order in now.orders
        if _ended_by_others(order, now)
        and order.role is not Role.ENTRY
        and order.client_id not in known
        and not waits(now, order)
    )


def _ended_by_others(order: Order, position: Position) -> bool:
    """Cancelled by hand; or a stop that expired although nothing of its request filled or still works: the venue ended
    it, as before a liquidation (Binance docs: order status, EXPIRED)."""
    if order.canceled_by_owner:
        return True
    if order.role is not Role.STOP or order.status is not OrderStatus.EXPIRED or order.executed or order.cancel_sent:
        return False
    family = [other for other in position.orders if order.list_id is not None and other.list_id == order.list_id]
    return not any(other.executed or other.live for other in family)


def traded_by_others(
    position: Position, fills: Iterable[Fill], released: tuple[Order, ...], base: str, liquidations: Container[int] = ()
) -> External | None:
    """What others than us traded in the exit's direction since our orders were ended by them, at most what these
    offered and what is held; of what was bought back the commission in base is missing. `liquidations` are the order
    ids by which the venue liquidated."""
    ours = {order.order_id for order in position.orders}
    since = min((order.ended_ms or 0 for order in released), default=0)
    foreign = [
        fill
        for fill in fills
        if fill.order_id not in ours and fill.side is position.exit_side and fill.time_ms >= since
    ]
    by_list = {order.list_id or order.client_id: order.quantity - order.executed for order in released}
    traded = sum((_net(fill, base) for fill in foreign), ZERO)
    quantity = min(traded, sum(by_list.values(), ZERO), position.held(base))
    liquidated = any(fill.order_id in liquidations for fill in foreign)
    return _external(quantity, foreign, liquidated=liquidated) if quantity > ZERO else None


def _net(fill: Fill, base: str) -> Decimal:
    kept = fill.commission if fill.side is Side.BUY and fill.commission_asset == base else ZERO
    return fill.quantity - kept


def _external(quantity: Decimal, foreign: list[Fill], *, liquidated: bool) -> External:
    traded = sum((fill.quantity for fill in foreign), ZERO)
    quote = sum((fill.quote_quantity for fill in foreign), ZERO)
    share = quote * quantity / traded
    return External(quantity=quantity, quote_quantity=share, time_ms=foreign[-1].time_ms, liquidated=liquidated)


def shortfall(position: Position, balances: Mapping[str, Balance], instrument: Instrument) -> Decimal:
    """How much less of the base is in the account than a LONG position holds, in whole steps or all of it; zero for a
    SHORT."""
    if position.direction is Direction.SHORT:
        return ZERO
    balance = balances.get(instrument.base)
    total = balance.total if balance is not None else ZERO
    held = max(position.held(instrument.base), ZERO)
    return min(instrument.quantity_up(max(held - total, ZERO)), held)
