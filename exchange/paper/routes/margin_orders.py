"""Orders on margin accounts: place, query, cancel (Binance docs: margin trade)."""

from dataclasses import replace
from typing import Any

from exchange.paper.engine.errors import UnknownOrder
from exchange.paper.engine.order_lists import end, end_list
from exchange.paper.engine.orders import Order, OrderStatus
from exchange.paper.engine.placing import place_order
from exchange.paper.errors import ParameterValueInvalid
from exchange.paper.http.limits import Meter
from exchange.paper.http.lookup import find_open_order, find_order
from exchange.paper.http.order_params import read_order
from exchange.paper.http.params import Params
from exchange.paper.http.routing import Answer, Call, Route, Security, Weight
from exchange.paper.margin.accounts import check_may_trade, named_account, read_account
from exchange.paper.margin.terms import MarginTerms, SideEffect
from exchange.paper.routes.account import order_counts
from exchange.paper.routes.history import past_fills, past_orders
from exchange.paper.wire.margin_orders import (
    cancel_all_reply,
    cancel_reply,
    fill_row,
    list_cancel_reply,
    order_query,
    order_reply,
)
from exchange.paper.wire.orders import default_form
from exchange.paper.wire.reply_form import reply_form

SIGNED, IP, UID = Security.SIGNED, Meter.SAPI_IP, Meter.SAPI_UID
PLACING_WEIGHT, BORROWING_WEIGHT = 6, 1500


def on_margin(call: Call) -> Call:
    """The same call, on the margin account that it names."""
    return replace(call, account=read_account(call.venue, call.params))


def read_terms(params: Params, allowed: tuple[SideEffect, ...] = tuple(SideEffect)) -> MarginTerms:
    """sideEffectType and autoRepayAtCancel."""
    wanted = params.optional("sideEffectType") or SideEffect.NO_SIDE_EFFECT
    side_effect = params.optional_choice(wanted, SideEffect, ParameterValueInvalid("sideEffectType"))
    if side_effect not in allowed:
        raise ParameterValueInvalid("sideEffectType")
    repays = params.flag("autoRepayAtCancel") if "autoRepayAtCancel" in params else True
    return MarginTerms(side_effect, repays)


def placing_weight(params: Params) -> int:
    """An order that may borrow costs far more."""
    borrows = (SideEffect.MARGIN_BUY, SideEffect.AUTO_BORROW_REPAY)
    return (
        BORROWING_WEIGHT if "sideEffectType" in params and params.text("sideEffectType") in borrows else PLACING_WEIGHT
    )


def new_order(call: Call) -> Any:
    """POST margin/order."""
    margin = on_margin(call)
    order = read_order(margin.venue, margin.account, margin.params)
    order.margin = read_terms(margin.params)
    form = reply_form(margin.params, default_form(order.order_type))
    check_may_trade(margin.venue, margin.account, order.symbol)
    place_order(margin.venue, order)
    return order_reply(order, form)


def get_order(call: Call) -> Any:
    """GET margin/order."""
    margin = on_margin(call)
    return order_query(find_order(margin.venue, margin.account, margin.params))


def delete_order(call: Call) -> Any:
    """DELETE margin/order: a member of a list takes the whole list along."""
    margin = on_margin(call)
    order = find_open_order(margin.venue, margin.account, margin.params, "orderId", "origClientOrderId")
    cancel_id = margin.params.client_id("newClientOrderId") or margin.venue.new_client_id()
    if order.order_list is not None:
        end_list(margin.venue, order.order_list, OrderStatus.CANCELED, cancel_id)
        return list_cancel_reply(order.order_list, cancel_id)
    end(margin.venue, order, OrderStatus.CANCELED, None, cancel_id)
    return cancel_reply(order, cancel_id)


def delete_open_orders(call: Call) -> Any:
    """DELETE margin/openOrders: of one symbol, lists included."""
    margin = on_margin(call)
    venue, symbol = margin.venue, margin.venue.market(margin.params.symbol()).rules.symbol
    opened = venue.open_orders(margin.account, symbol)
    if not opened:
        raise UnknownOrder
    replies = []
    while opened:
        order, cancel_id = opened[min(opened)], venue.new_client_id()
        if order.order_list is None:
            end(venue, order, OrderStatus.CANCELED, None, cancel_id)
            replies.append(cancel_all_reply(order, cancel_id))
        else:
            end_list(venue, order.order_list, OrderStatus.CANCELED, cancel_id)
            replies.append(list_cancel_reply(order.order_list, cancel_id))
    return replies


def open_orders(call: Call) -> Any:
    """GET margin/openOrders: of one symbol, or of the whole cross account."""
    margin = on_margin(call)
    venue = margin.venue
    symbols = [venue.market(margin.params.symbol()).rules.symbol] if "symbol" in margin.params else list(venue.rules)
    found = [order for symbol in symbols for order in venue.open_orders(margin.account, symbol).values()]
    return [order_query(order) for order in sorted(found, key=_symbol_and_id)]


def _symbol_and_id(order: Order) -> tuple[str, int]:
    return order.symbol, order.order_id


def all_orders(call: Call) -> Any:
    """GET margin/allOrders: by order id ascending."""
    return [order_query(order) for order in past_orders(on_margin(call))]


def my_trades(call: Call) -> Any:
    """GET margin/myTrades: of a symbol, or of one order."""
    return [fill_row(order, fill) for order, fill in past_fills(on_margin(call))]


def margin_route(method: str, path: str, answer: Answer, weight: Weight, meter: Meter, orders: int = 0) -> Route:
    """A route whose orders belong to the margin account that isIsolated and symbol name."""
    return Route(method, path, answer, SIGNED, weight, orders, meter=meter, account=named_account)


ROUTES = (
    margin_route("POST", "/sapi/v1/margin/order", new_order, placing_weight, UID, orders=1),
    margin_route("GET", "/sapi/v1/margin/order", get_order, 10, IP),
    margin_route("DELETE", "/sapi/v1/margin/order", delete_order, 10, IP),
    margin_route("GET", "/sapi/v1/margin/openOrders", open_orders, 10, IP),
    margin_route("DELETE", "/sapi/v1/margin/openOrders", delete_open_orders, 1, IP),
    margin_route("GET", "/sapi/v1/margin/allOrders", all_orders, 200, IP),
    margin_route("GET", "/sapi/v1/margin/myTrades", my_trades, 10, IP),
    margin_route("GET", "/sapi/v1/margin/rateLimit/order", order_counts, 20, IP),
)
