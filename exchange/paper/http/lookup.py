"""Finding orders and lists by the ids a client knows."""

from exchange.paper.engine.errors import ClientOrderIdMismatch, OrderNotFound, UnknownOrder
from exchange.paper.engine.orders import Order, OrderList
from exchange.paper.engine.venue import Venue
from exchange.paper.errors import EitherParameterMissing, WireError
from exchange.paper.http.params import Params


def find_order(
    venue: Venue,
    account: str,
    params: Params,
    by_id: str = "orderId",
    by_client_id: str = "origClientOrderId",
    missing: type[WireError] = OrderNotFound,
) -> Order:
    """By id first, then the client id must agree; by client id alone the newest one."""
    symbol = venue.market(params.symbol()).rules.symbol
    order_id, client_id = params.optional_integer(by_id), params.client_id(by_client_id)
    if order_id is None and client_id is None:
        raise EitherParameterMissing(by_client_id, by_id)
    shelf = venue.shelf(account, symbol)
    order = shelf.by_client_id(client_id or "") if order_id is None else shelf.by_id(order_id)
    if order is None:
        raise missing
    if order_id is not None and client_id is not None and order.client_order_id != client_id:
        raise ClientOrderIdMismatch
    return order


def find_list(venue: Venue, account: str, params: Params, by_client_id: str, missing: type[WireError]) -> OrderList:
    """By list id, or by client list id the newest one."""
    list_id, client_id = params.optional_integer("orderListId"), params.client_id(by_client_id)
    if list_id is None and client_id is None:
        raise EitherParameterMissing(by_client_id, "orderListId")
    if list_id is None:
        found = venue.newest_list_by_client_id.get((account, client_id or ""))
    else:
        found = venue.lists.get(list_id)
    if found is None or found.account != account:
        raise missing
    return found


def find_open_order(venue: Venue, account: str, params: Params, by_id: str, by_client_id: str) -> Order:
    """As find_order, for a cancel: what is not open is unknown."""
    order = find_order(venue, account, params, by_id, by_client_id, UnknownOrder)
    if not order.is_open:
        raise UnknownOrder
    return order
