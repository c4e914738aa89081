"""Cancels: one member of a list takes the whole list along (Binance docs: cancel order, cancel order list)."""

from exchange.paper.engine.errors import CancelRestricted, UnknownOrder
from exchange.paper.engine.order_lists import end, end_list
from exchange.paper.engine.orders import Order, OrderList, OrderStatus
from exchange.paper.engine.venue import Venue
from exchange.paper.errors import CancelRestrictionsInvalid
from exchange.paper.http.params import Params
from exchange.paper.wire.orders import Json, cancel_reply, list_cancel_reply

RESTRICTIONS = {
    "ONLY_NEW": (OrderStatus.NEW, OrderStatus.PENDING_NEW),
    "ONLY_PARTIALLY_FILLED": (OrderStatus.PARTIALLY_FILLED,),
}


def cancel_order(venue: Venue, order: Order, params: Params, cancel_id_name: str) -> Json:
    """Cancel an open order, or the list it belongs to."""
    restriction = params.optional("cancelRestrictions")
    if restriction is not None:
        if restriction not in RESTRICTIONS:
            raise CancelRestrictionsInvalid
        if order.status not in RESTRICTIONS[restriction]:
            raise CancelRestricted
    cancel_id = params.client_id(cancel_id_name) or venue.new_client_id()
    return cancel_with_id(venue, order, cancel_id)


def cancel_with_id(venue: Venue, order: Order, cancel_id: str) -> Json:
    """Cancel; the reply carries the id of the cancel."""
    if order.order_list is not None:
        return cancel_list(venue, order.order_list, cancel_id)
    end(venue, order, OrderStatus.CANCELED, None, cancel_id)
    return cancel_reply(order, cancel_id)


def cancel_list(venue: Venue, listed: OrderList, cancel_id: str) -> Json:
    """Cancel what is open of a list."""
    if not listed.is_open:
        raise UnknownOrder
    end_list(venue, listed, OrderStatus.CANCELED, cancel_id)
    return list_cancel_reply(listed, cancel_id)


def cancel_all(venue: Venue, account: str, symbol: str) -> list[Json]:
    """Cancel every open order of a symbol, lists included."""
    opened = venue.open_orders(account, symbol)
    if not opened:
        raise UnknownOrder
    replies = []
    while opened:
        replies.append(cancel_with_id(venue, opened[min(opened)], venue.new_client_id()))
    return replies
