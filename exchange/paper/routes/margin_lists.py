"""Order lists on margin accounts: OCO in the old parameter style, OTO, OTOCO (Binance docs: margin order lists)."""

from typing import Any

from exchange.paper.engine.errors import OcoTypeUnsupported, OrderListNotFound, UnknownOrder
from exchange.paper.engine.listing import place_list
from exchange.paper.engine.order_lists import end_list
from exchange.paper.engine.orders import Order, OrderList, OrderStatus, OrderType
from exchange.paper.http.lookup import find_list
from exchange.paper.http.routing import Call
from exchange.paper.http.spans import rows_in_span
from exchange.paper.margin.accounts import check_may_trade
from exchange.paper.margin.terms import MarginTerms, SideEffect
from exchange.paper.routes.lists import read_old_oco, read_oto, read_otoco
from exchange.paper.routes.margin_orders import IP, UID, margin_route, on_margin, placing_weight, read_terms
from exchange.paper.wire.margin_orders import list_cancel_reply, list_reply, list_row, oco_reply
from exchange.paper.wire.reply_form import reply_form

# an OTO's working order may borrow; AUTO_REPAY alone is not offered
OTO_SIDE_EFFECTS = (SideEffect.NO_SIDE_EFFECT, SideEffect.MARGIN_BUY, SideEffect.AUTO_BORROW_REPAY)
OTOCO_LEG_TYPES = (OrderType.LIMIT_MAKER, OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)


def new_oco(call: Call) -> Any:
    """POST margin/order/oco: both legs share one loan."""
    margin = on_margin(call)
    listed, terms = read_old_oco(margin), read_terms(margin.params)
    _bind(listed.orders, terms)
    return oco_reply(listed, _place(margin, listed))


def new_oto(call: Call) -> Any:
    """POST margin/order/oto."""
    margin = on_margin(call)
    listed = read_oto(margin)
    return _place_oto(margin, listed)


def new_otoco(call: Call) -> Any:
    """POST margin/order/otoco: fewer types of legs than on spot."""
    margin = on_margin(call)
    listed = read_otoco(margin)
    if any(leg.order_type not in OTOCO_LEG_TYPES for leg in listed.oco):
        raise OcoTypeUnsupported
    return _place_oto(margin, listed)


def _place_oto(margin: Call, listed: OrderList) -> Any:
    """The working order borrows; pending orders never do, but repay what AUTO_BORROW_REPAY has borrowed."""
    terms = read_terms(margin.params, OTO_SIDE_EFFECTS)
    _bind(listed.orders[:1], terms)
    _bind(listed.pending, MarginTerms(SideEffect.AUTO_REPAY if terms.side_effect.repays else SideEffect.NO_SIDE_EFFECT))
    return list_reply(listed, _place(margin, listed))


def _bind(orders: tuple[Order, ...], terms: MarginTerms) -> None:
    for order in orders:
        order.margin = terms


def _place(margin: Call, listed: OrderList) -> str:
    """Place a list and say which form its reports take."""
    form = reply_form(margin.params, "RESULT")
    check_may_trade(margin.venue, margin.account, listed.symbol)
    place_list(margin.venue, listed)
    return form


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
    """GET margin/openOrderList: lists of every kind."""
    return [list_row(listed) for listed in _lists_of(on_margin(call)) if listed.is_open]


def open_oto_lists(call: Call) -> Any:
    """GET margin/oto/openOrderList: those with a working order."""
    return [list_row(listed) for listed in _lists_of(on_margin(call)) if listed.is_open and listed.working is not None]


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
    margin_route("POST", "/sapi/v1/margin/order/oco", new_oco, placing_weight, UID, orders=2),
    margin_route("POST", "/sapi/v1/margin/order/oto", new_oto, placing_weight, UID, orders=2),
    margin_route("POST", "/sapi/v1/margin/order/otoco", new_otoco, placing_weight, UID, orders=3),
    margin_route("GET", "/sapi/v1/margin/orderList", get_list, 10, IP),
    margin_route("DELETE", "/sapi/v1/margin/orderList", delete_list, 1, UID),
    margin_route("GET", "/sapi/v1/margin/openOrderList", open_lists, 10, IP),
    margin_route("GET", "/sapi/v1/margin/oto/openOrderList", open_oto_lists, 10, IP),
    margin_route("GET", "/sapi/v1/margin/allOrderList", all_lists, 200, IP),
)
