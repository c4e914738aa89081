"""Order lists: OCO in both parameter styles, OTO, OTOCO, OPO, OPOCO (Binance docs: order lists)."""

from decimal import Decimal
from typing import Any

from exchange.paper.engine.errors import OpoPendingNotSell, OpoWorkingNotBuy, OrderListNotFound, UnknownOrder
from exchange.paper.engine.list_rules import check_oco_types
from exchange.paper.engine.listing import place_list
from exchange.paper.engine.orders import Order, OrderList, OrderType, Side
from exchange.paper.errors import OrderTypeInvalid
from exchange.paper.http.cancelling import cancel_list
from exchange.paper.http.lookup import find_list
from exchange.paper.http.order_params import LegNames, read_leg, read_list_client_id, read_side, read_type
from exchange.paper.http.routing import Call, Route, Security
from exchange.paper.numbers import ZERO
from exchange.paper.wire.orders import list_query, list_reply
from exchange.paper.wire.reply_form import reply_form

SIGNED = Security.SIGNED
WORKING_TYPES = (OrderType.LIMIT, OrderType.LIMIT_MAKER)


def new_oco(call: Call) -> Any:
    """POST orderList/oco."""
    side = read_side(call.params, "side")
    legs = _read_oco(call, side, call.params.decimal("quantity"), "above", "below")
    return _place(call, _list(call, oco=legs))


def new_oto(call: Call) -> Any:
    """POST orderList/oto."""
    return _place(call, read_oto(call))


def read_oto(call: Call) -> OrderList:
    """A working order and one that waits for it."""
    return _list(call, working=_read_working(call), pending=(_read_pending(call),))


def new_otoco(call: Call) -> Any:
    """POST orderList/otoco."""
    return _place(call, read_otoco(call))


def read_otoco(call: Call) -> OrderList:
    """A working order and a pair that waits for it."""
    side = read_side(call.params, "pendingSide")
    quantity = call.params.decimal("pendingQuantity")
    legs = _read_oco(call, side, quantity, "pendingAbove", "pendingBelow")
    return _list(call, working=_read_working(call), pending=legs, oco=legs)


def new_opo(call: Call) -> Any:
    """POST orderList/opo: the pending order sells what was received."""
    working = _read_opo_working(call)
    return _place(call, _list(call, working=working, pending=(_read_pending(call, ZERO),), from_received=True))


def new_opoco(call: Call) -> Any:
    """POST orderList/opoco: the pending pair sells what was received."""
    working = _read_opo_working(call)
    side = _read_opo_side(call)
    legs = _read_oco(call, side, ZERO, "pendingAbove", "pendingBelow")
    return _place(call, _list(call, working=working, pending=legs, oco=legs, from_received=True))


def get_list(call: Call) -> Any:
    """GET orderList."""
    return list_query(find_list(call.venue, call.account, call.params, "origClientOrderId", OrderListNotFound))


def delete_list(call: Call) -> Any:
    """DELETE orderList."""
    call.venue.market(call.params.symbol())
    listed = find_list(call.venue, call.account, call.params, "listClientOrderId", UnknownOrder)
    cancel_id = call.params.client_id("newClientOrderId") or call.venue.new_client_id()
    return cancel_list(call.venue, listed, cancel_id)


def open_lists(call: Call) -> Any:
    """GET openOrderList."""
    lists = call.venue.lists.values()
    return [list_query(listed) for listed in lists if listed.account == call.account and listed.is_open]


def _list(
    call: Call,
    oco: tuple[Order, ...] = (),
    working: Order | None = None,
    pending: tuple[Order, ...] = (),
    *,
    from_received: bool = False,
) -> OrderList:
    symbol = call.params.symbol()
    client_id = read_list_client_id(call.venue, call.params)
    return OrderList(call.account, symbol, client_id, oco, working, pending, from_received)


def _place(call: Call, listed: OrderList) -> Any:
    form = reply_form(call.params, "RESULT")
    place_list(call.venue, listed)
    return list_reply(listed, form)


def _read_oco(call: Call, side: Side, quantity: Decimal, above: str, below: str) -> tuple[Order, ...]:
    """Both legs, the stop leg first as the venue lists them."""
    types = {prefix: read_type(call.params, f"{prefix}Type") for prefix in (above, below)}
    check_oco_types(side, types[above], types[below])
    legs = [_read_leg(call, prefix, side, types[prefix], quantity) for prefix in (below, above)]
    return tuple(legs if side is Side.SELL else reversed(legs))


def _read_leg(call: Call, prefix: str, side: Side, order_type: OrderType, quantity: Decimal) -> Order:
    symbol = call.venue.market(call.params.symbol()).rules.symbol
    return read_leg(call.venue, call.params, LegNames(prefix), call.account, symbol, side, order_type, quantity)


def _read_working(call: Call) -> Order:
    order_type = read_type(call.params, "workingType")
    if order_type not in WORKING_TYPES:
        raise OrderTypeInvalid
    side, quantity = read_side(call.params, "workingSide"), call.params.decimal("workingQuantity")
    return _read_leg(call, "working", side, order_type, quantity)


def _read_pending(call: Call, quantity: Decimal | None = None) -> Order:
    order_type = read_type(call.params, "pendingType")
    side = read_side(call.params, "pendingSide") if quantity is None else _read_opo_side(call)
    wanted = call.params.decimal("pendingQuantity") if quantity is None else quantity
    return _read_leg(call, "pending", side, order_type, wanted)


def _read_opo_working(call: Call) -> Order:
    working = _read_working(call)
    if working.side is not Side.BUY:
        raise OpoWorkingNotBuy
    return working


def _read_opo_side(call: Call) -> Side:
    side = read_side(call.params, "pendingSide")
    if side is not Side.SELL:
        raise OpoPendingNotSell
    return side


def new_oco_old_style(call: Call) -> Any:
    """POST order/oco (deprecated): limit leg by price, stop leg by stopPrice and stopLimitPrice."""
    return _place(call, read_old_oco(call))


def read_old_oco(call: Call) -> OrderList:
    """The list that the deprecated parameters describe; margin has no others."""
    params = call.params
    side = read_side(params, "side")
    quantity = params.decimal("quantity")
    params.text("price")
    params.text("stopPrice")
    stop_type = OrderType.STOP_LOSS_LIMIT if "stopLimitPrice" in params else OrderType.STOP_LOSS
    renamed = Call(call.venue, params.renamed(OLD_STYLE), call.account)
    limit = _read_leg(renamed, "limit", side, OrderType.LIMIT_MAKER, quantity)
    stop = _read_leg(renamed, "stop", side, stop_type, quantity)
    return _list(call, oco=(stop, limit))


# the deprecated names of what a leg's prefix would give
OLD_STYLE = {
    "limitPrice": "price",
    "stopPrice": "stopLimitPrice",
    "stopTimeInForce": "stopLimitTimeInForce",
    "stopStopPrice": "stopPrice",
    "stopTrailingDelta": "trailingDelta",
}


def _list_route(path: str, answer: Any, orders: int) -> Route:
    return Route("POST", path, answer, SIGNED, 1, orders=orders, free_on_success=True)


ROUTES = (
    _list_route("/api/v3/orderList/oco", new_oco, 2),
    _list_route("/api/v3/order/oco", new_oco_old_style, 2),
    _list_route("/api/v3/orderList/oto", new_oto, 2),
    _list_route("/api/v3/orderList/otoco", new_otoco, 3),
    _list_route("/api/v3/orderList/opo", new_opo, 2),
    _list_route("/api/v3/orderList/opoco", new_opoco, 3),
    Route("GET", "/api/v3/orderList", get_list, SIGNED, 4),
    Route("DELETE", "/api/v3/orderList", delete_list, SIGNED, 1, free_on_success=True),
    Route("GET", "/api/v3/openOrderList", open_lists, SIGNED, 6),
)
