"""Orders: place, query, cancel, replace (Binance docs: trading endpoints)."""

from typing import Any

from exchange.paper.engine.orders import Order
from exchange.paper.engine.placing import check_new_order, place_order
from exchange.paper.http.amending import amend
from exchange.paper.http.cancelling import cancel_all, cancel_order
from exchange.paper.http.lookup import find_open_order, find_order
from exchange.paper.http.order_params import read_order
from exchange.paper.http.params import Params
from exchange.paper.http.replacing import cancel_replace
from exchange.paper.http.routing import Call, Route, Security
from exchange.paper.wire.orders import default_form, order_query, order_reply
from exchange.paper.wire.reply_form import reply_form

SIGNED = Security.SIGNED


def new_order(call: Call) -> Any:
    """POST order."""
    order = read_order(call.venue, call.account, call.params)
    form = reply_form(call.params, default_form(order.order_type))
    place_order(call.venue, order)
    return order_reply(order, form)


def test_order(call: Call) -> Any:
    """POST order/test: parameters and filters are checked, funds are not."""
    check_new_order(call.venue, read_order(call.venue, call.account, call.params))
    if not call.params.flag("computeCommissionRates"):
        return {}
    maker, taker = (f"{rate:.8f}" for rate in call.venue.fees.rates(call.params.symbol()))
    none = {"maker": "0.00000000", "taker": "0.00000000"}
    return {
        "standardCommissionForOrder": {"maker": maker, "taker": taker},
        "specialCommissionForOrder": none,
        "taxCommissionForOrder": none,
        "discount": {
            "enabledForAccount": call.venue.fees.bnb_burn,
            "enabledForSymbol": True,
            "discountAsset": "BNB",
            "discount": f"{call.venue.fees.bnb_discount:.8f}",
        },
    }


def get_order(call: Call) -> Any:
    """GET order."""
    return order_query(find_order(call.venue, call.account, call.params))


def delete_order(call: Call) -> Any:
    """DELETE order."""
    order = find_open_order(call.venue, call.account, call.params, "orderId", "origClientOrderId")
    return cancel_order(call.venue, order, call.params, "newClientOrderId")


def delete_open_orders(call: Call) -> Any:
    """DELETE openOrders."""
    symbol = call.venue.market(call.params.symbol()).rules.symbol
    return cancel_all(call.venue, call.account, symbol)


def open_orders(call: Call) -> Any:
    """GET openOrders: of one symbol or of all."""
    venue = call.venue
    symbols = [venue.market(call.params.symbol()).rules.symbol] if "symbol" in call.params else list(venue.rules)
    return [
        order_query(order)
        for symbol in symbols
        for order in sorted(venue.open_orders(call.account, symbol).values(), key=_by_id)
    ]


def _by_id(order: Order) -> int:
    return order.order_id


def _symbol_weight(params: Params) -> int:
    return 6 if "symbol" in params else 80


ROUTES = (
    Route("POST", "/api/v3/order", new_order, SIGNED, 1, orders=1, free_on_success=True),
    Route("POST", "/api/v3/order/test", test_order, SIGNED, 1),
    Route("GET", "/api/v3/order", get_order, SIGNED, 4),
    Route("DELETE", "/api/v3/order", delete_order, SIGNED, 1, free_on_success=True),
    Route("DELETE", "/api/v3/openOrders", delete_open_orders, SIGNED, 1, free_on_success=True),
    Route(
        "POST",
        "/api/v3/order/cancelReplace",
        cancel_replace,
        SIGNED,
        1,
        orders=1,
        free_on_success=True,
        limits_itself=True,
    ),
    Route("GET", "/api/v3/openOrders", open_orders, SIGNED, _symbol_weight),
    Route("PUT", "/api/v3/order/amend/keepPriority", amend, SIGNED, 4),
)
