"""Order lists on margin accounts: OCO in the old parameter style (Binance docs: margin account new OCO)."""

from typing import Any

from .engine_errors import OrderListNotFound, UnknownOrder
from .listing import place_list
from .lookup import find_list
from .margin_accounts import check_may_trade
from .margin_codec import list_cancel_reply, list_reply, list_row
from .order_lists import end_list
from .orders import OrderList, OrderStatus
from .routes_lists import read_old_oco
from .routes_margin_orders import IP, SIGNED, UID, on_margin, placing_weight, read_terms
from .routing import Call, Route
from .spans import rows_in_span


def new_oco(call: Call) -> Any:
    """POST margin/order/oco: both legs share one loan."""
    margin = on_margin(call)
    listed, terms = read_old_oco(margin), read_terms(margin.params)
    for order in listed.orders:
        order.margin = terms
    return _place(margin, listed)


def _place(margin: Call, listed: OrderList) -> Any:
    check_may_trade(margin.venue, margin.account, listed.symbol)
    place_list(margin.venue, listed)
    return list_reply(listed)


def get_list(call: Call) -> Any:
    """GET margin/orderList."""
    margin = on_margin(call)
    return list_row(find_list(margin.venue, margin.account, margin.params, "origClientOrderId", OrderListNotFound))


def delete_list(call: Call) -> Any:
    """DELETE margin/orderList."""
    margin = on_margin(call)
    margin.venue.market(margin.params.symbol())
    listed = find_list(margin.venue, margin.account, margin.params, "listClientOrderId", UnknownOrder)
    if not listed.is_open:
        raise UnknownOrder
    cancel_id = margin.params.client_id("newClientOrderId") or margin.venue.new_client_id()
    end_list(margin.venue, listed, OrderStatus.CANCELED, cancel_id)
    return list_cancel_reply(listed, cancel_id)


def open_lists(call: Call) -> Any:
    """GET margin/openOrderList."""
    return [list_row(listed) for listed in _lists_of(on_margin(call)) if listed.is_open]


def all_lists(call: Call) -> Any:
    """GET margin/allOrderList: by list id ascending."""
    margin = on_margin(call)
    from_id = margin.params.optional_integer("fromId")
    return [
        list_row(listed) for listed in rows_in_span(_lists_of(margin), margin.params, from_id, _list_id, _list_time)
    ]


def _lists_of(margin: Call) -> list[OrderList]:
    return [listed for listed in margin.venue.lists.values() if listed.account == margin.account]


def _list_id(listed: OrderList) -> int:
    return listed.list_id


def _list_time(listed: OrderList) -> int:
    return listed.orders[0].created_ms


ROUTES = (
    Route("POST", "/sapi/v1/margin/order/oco", new_oco, SIGNED, placing_weight, orders=2, meter=UID),
    Route("GET", "/sapi/v1/margin/orderList", get_list, SIGNED, 10, meter=IP),
    Route("DELETE", "/sapi/v1/margin/orderList", delete_list, SIGNED, 1, meter=UID),
    Route("GET", "/sapi/v1/margin/openOrderList", open_lists, SIGNED, 10, meter=IP),
    Route("GET", "/sapi/v1/margin/allOrderList", all_lists, SIGNED, 200, meter=IP),
)
