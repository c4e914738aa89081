"""How orders end, and how the members of an order list move each other (Binance docs: order lists, OTO, OCO, OPO).

OCO: before one leg is executed, even partly, or goes to work after its trigger, the other leg expires. OTO: the
pending orders begin when the working order is filled completely, and end with it if it is not. Cancelling one member
cancels all.
"""

from exchange.paper.engine.events import ExecutionKind
from exchange.paper.engine.orders import ExpiryReason, Fill, ListOrderStatus, ListStatus, Order, OrderList, OrderStatus
from exchange.paper.engine.venue import Venue
from exchange.paper.margin.side_effects import repay_at_cancel
from exchange.paper.numbers import ZERO

# how an end is reported, where not as EXPIRED (Binance docs: enums, execution type)
ENDS: dict[OrderStatus, ExecutionKind] = {
    OrderStatus.CANCELED: "CANCELED",
    OrderStatus.EXPIRED_IN_MATCH: "TRADE_PREVENTION",
}


def end(
    venue: Venue,
    order: Order,
    status: OrderStatus,
    reason: ExpiryReason | None = None,
    cancel_client_id: str = "",
) -> None:
    """An open order ends before it is filled: off the book, its lock released, its list told."""
    venue.books[order.symbol].remove(order)
    order.status, order.expiry_reason = status, reason
    if order.hold is not None:
        order.hold.shrink()
    venue.report(order, ENDS.get(status, "EXPIRED"), None, cancel_client_id)
    if status is OrderStatus.CANCELED:
        repay_at_cancel(venue, order)
    after_end(venue, order)


def before_execution(venue: Venue, order: Order) -> None:
    """The other leg of an OCO expires first."""
    if order.order_list is None or order not in order.order_list.oco:
        return
    for leg in order.order_list.oco:
        if leg is not order and leg.is_open:
            end(venue, leg, OrderStatus.EXPIRED, ExpiryReason.OCO_TRIGGER)


def after_end(venue: Venue, order: Order) -> None:
    """An order is over; a filled working order lets its pending orders begin, any other end spreads over the list."""
    venue.forget_open(order)
    listed = order.order_list
    if listed is None:
        return
    if order.status is OrderStatus.FILLED:
        if order is listed.working:
            venue.ready_lists.append(listed)
    elif order.expiry_reason is not ExpiryReason.OCO_TRIGGER and not listed.is_ending:
        end_list(venue, listed, order.status)
    _close_if_done(venue, listed)


def end_list(venue: Venue, listed: OrderList, status: OrderStatus, cancel_client_id: str = "") -> None:
    """What is left of a list is canceled, or expires."""
    listed.is_ending = True
    for other in listed.orders:
        if not other.is_open:
            continue
        if status is OrderStatus.CANCELED:
            end(venue, other, OrderStatus.CANCELED, None, cancel_client_id)
        elif other in listed.pending and other.status is OrderStatus.PENDING_NEW:
            end(venue, other, OrderStatus.EXPIRED, ExpiryReason.OTO_PHASE_ONE_EXPIRED)
        else:
            end(venue, other, OrderStatus.EXPIRED, ExpiryReason.OCO_TRIGGER)
    _close_if_done(venue, listed)


def keep_received(venue: Venue, order: Order, fill: Fill) -> None:
    """Base bought by the working order of an OPO list stays locked for its pending orders.

    Commission comes out of other free base if there is enough, else out of what was received.
    """
    listed = order.order_list
    if listed is None or not listed.pending_from_received or order is not listed.working:
        return
    account, base = venue.account(order.account), venue.rules[order.symbol].base
    kept = min(fill.quantity, account.free(base))
    account.lock(base, kept)
    listed.received_locked += kept


def release_received(venue: Venue, listed: OrderList) -> None:
    """What was kept for pending orders becomes free."""
    if listed.received_locked:
        venue.account(listed.account).unlock(venue.rules[listed.symbol].base, listed.received_locked)
        listed.received_locked = ZERO


def _close_if_done(venue: Venue, listed: OrderList) -> None:
    if listed.is_open and not any(order.is_open for order in listed.orders):
        release_received(venue, listed)
        listed.list_status, listed.order_status = ListStatus.ALL_DONE, ListOrderStatus.ALL_DONE
        venue.report_list(listed)
