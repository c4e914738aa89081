"""Order values as the venue's parameters (Binance docs: POST order, orderList/oco, oto, otoco, opo, opoco,
order/cancelReplace, margin/order/oco).

Every value is a plain string, so that nothing between here and the wire can write it differently (X20). FULL replies
are asked for always: they carry the fills, so that an order is known by its own reply (E7).
"""

from exchange.instrument import plain
from exchange.types import BracketRequest, OcoRequest, OrderRequest, OrderType, Side

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
    return {
        "side": request.target.side.value,
        "quantity": plain(request.target.quantity),
        "listClientOrderId": request.list_client_id,
        **_pair("above", "below", request.target, request.stop),
        "newOrderRespType": "FULL",
    }


def bracket(request: BracketRequest) -> dict[str, str]:
    """The entry is the working order; its exits are pending until it is filled wholly (Binance docs: order list, OTO).

    Only without a quantity of their own may the venue size them (Binance docs: order list, OPO).
    """
    entry, stop, target = request.entry, request.stop, request.target
    exits = _pair("pendingAbove", "pendingBelow", target, stop) if target is not None else _member("pending", stop)
    return {
        "listClientOrderId": request.list_client_id,
        **_member("working", entry),
        "workingSide": entry.side.value,
        "workingQuantity": plain(entry.quantity),
        **exits,
        "pendingSide": stop.side.value,
        **({} if request.sized_by_venue else {"pendingQuantity": plain(stop.quantity)}),
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


def _pair(above: str, below: str, target: OrderRequest, stop: OrderRequest) -> dict[str, str]:
    """A selling target stands above its stop, a buying one below (Binance docs: order list, OCO)."""
    higher, lower = (target, stop) if target.side is Side.SELL else (stop, target)
    return {**_member(above, higher), **_member(below, lower)}


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
