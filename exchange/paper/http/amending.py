"""Making an open order smaller without losing its place (Binance docs: order amend keep priority)."""

from decimal import Decimal
from typing import Any

from exchange.paper.engine.errors import AmendRejected, DuplicateOrder
from exchange.paper.engine.filters import check_quantity_and_notional
from exchange.paper.engine.orders import Amendment, ListStatus, Order, OrderStatus
from exchange.paper.engine.venue import Venue
from exchange.paper.errors import WireError
from exchange.paper.http.lookup import find_order
from exchange.paper.http.routing import Call
from exchange.paper.wire.orders import amend_reply


class AmendTargetUnknown(AmendRejected):
    text = "Unknown order sent."


def amend(call: Call) -> Any:
    """PUT order/amend/keepPriority: both legs of an OCO change together."""
    venue, params = call.venue, call.params
    order = find_order(venue, call.account, params, missing=AmendTargetUnknown)
    quantity = params.decimal("newQty")
    _check(venue, order, quantity)
    client_id = params.client_id("newClientOrderId") or venue.new_client_id()
    _check_client_id(venue, order, client_id)
    old_client_id = order.client_order_id
    for member in _members(order):
        _reduce(venue, member, quantity, client_id if member is order else member.client_order_id)
    if order.order_list is not None and client_id != old_client_id:
        venue.report_list(order.order_list, ListStatus.UPDATED)
    return amend_reply(order, old_client_id, venue.last_execution_id)


def _check(venue: Venue, order: Order, quantity: Decimal) -> None:
    rules = venue.rules[order.symbol]
    if not rules.amend_allowed:
        raise AmendRejected("Order amend is not supported for this symbol.")
    if not order.is_open:
        raise AmendTargetUnknown
    if quantity > order.quantity:
        raise AmendRejected("Order amend (quantity increase) is not supported.")
    if quantity == order.quantity:
        raise AmendRejected("The requested action would change no state; rejecting")
    if len(order.amendments) >= rules.max_order_amends:
        raise AmendRejected("Filter failure: MAX_NUM_ORDER_AMENDS")
    if quantity <= order.executed_quantity or _waits_for_received(order):
        raise AmendRejected("This operation is not supported.")
    _check_filters(venue, order, quantity)


def _check_filters(venue: Venue, order: Order, quantity: Decimal) -> None:
    was, order.quantity = order.quantity, quantity
    try:
        check_quantity_and_notional(venue, order)
    except WireError as refusal:
        raise AmendRejected(refusal.message) from refusal
    finally:
        order.quantity = was


def _check_client_id(venue: Venue, order: Order, client_id: str) -> None:
    other = venue.shelf(order.account, order.symbol).by_client_id(client_id)
    if other is not None and other is not order and other.is_open:
        raise DuplicateOrder


def _waits_for_received(order: Order) -> bool:
    """The quantity of a pending OPO order is not known before its working order is full."""
    listed = order.order_list
    return listed is not None and listed.pending_from_received and order.status is OrderStatus.PENDING_NEW


def _members(order: Order) -> list[Order]:
    listed = order.order_list
    if listed is None or order not in listed.oco:
        return [order]
    return [order, *(leg for leg in listed.oco if leg is not order and leg.is_open)]


def _reduce(venue: Venue, order: Order, quantity: Decimal, client_id: str) -> None:
    was_id, was_quantity = order.client_order_id, order.quantity
    order.quantity, order.client_order_id = quantity, client_id
    venue.rename(order, was_id)
    if order.hold is not None:
        order.hold.shrink()
    venue.report(order, "REPLACED", None, was_id)
    entry = Amendment(venue.last_execution_id, was_id, client_id, was_quantity, quantity, venue.now_ms)
    order.amendments.append(entry)
