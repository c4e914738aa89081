"""Order values as the venue's parameters (Binance docs: POST order, orderList/oco, order/cancelReplace,
margin/order/oco).

Every value is a plain string, so that nothing between here and the wire can write it differently (X20). FULL replies
are asked for always: they carry the fills, so that an order is known by its own reply (E7).
"""

from exchange.instrument import plain
from exchange.types import OcoRequest, OrderRequest, OrderType, Side

_RESTS = (OrderType.LIMIT, OrderType.STOP_LOSS_LIMIT)


def order(request: OrderRequest) -> dict[str, str]:
    return {
        "side": request.side.value,
        "type": request.order_type.value,
        "newClientOrderId": request.client_id,
        "quantity": plain(request.quantity),
        **_prices(request),
        "newOrderRespType": "FULL",
    }


def oco(request: OcoRequest) -> dict[str, str]:
    """A selling target stands above its stop, a buying one below (Binance docs: order list, OCO)."""
    selling = request.target.side is Side.SELL
    above, below = (request.target, request.stop) if selling else (request.stop, request.target)
    return {
        "side": request.target.side.value,
        "quantity": plain(request.target.quantity),
        "listClientOrderId": request.list_client_id,
        **_member("above", above),
        **_member("below", below),
        "newOrderRespType": "FULL",
    }


def margin_oco(request: OcoRequest) -> dict[str, str]:
    """A list in the older style, where the venue tells target and stop by their names (Binance docs: margin/order/oco).

    The limit leg of that style is a LIMIT_MAKER, and a stop with a limit price is a STOP_LOSS_LIMIT.
    """
    target, stop = request.target, request.stop
    if target.price is None or stop.price is None or stop.stop_price is None:
        raise ValueError(f"{request.list_client_id}: a list needs a target price, a stop price and the stop's limit")
    return {
        "side": target.side.value,
        "quantity": plain(target.quantity),
        "listClientOrderId": request.list_client_id,
        "limitClientOrderId": target.client_id,
        "price": plain(target.price),
        "stopClientOrderId": stop.client_id,
        "stopPrice": plain(stop.stop_price),
        "stopLimitPrice": plain(stop.price),
        "stopLimitTimeInForce": "GTC",
        "newOrderRespType": "FULL",
    }


def replacement(client_id: str, request: OrderRequest) -> dict[str, str]:
    return {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": client_id, **order(request)}


def _member(prefix: str, request: OrderRequest) -> dict[str, str]:
    named = {"type": request.order_type.value, "clientOrderId": request.client_id, **_prices(request)}
    return {f"{prefix}{name[0].upper()}{name[1:]}": value for name, value in named.items()}


def _prices(request: OrderRequest) -> dict[str, str]:
    found = {}
    if request.price is not None:
        found["price"] = plain(request.price)
    if request.stop_price is not None:
        found["stopPrice"] = plain(request.stop_price)
    if request.order_type in _RESTS:
        found["timeInForce"] = "GTC"
    return found
