"""Margin orders, lists and fills in the venue's JSON shapes, which differ from spot (Binance docs: margin trade)."""

from typing import Any

from exchange.paper.engine.orders import Fill, Order, OrderList
from exchange.paper.margin.accounts import isolated_symbol
from exchange.paper.numbers import ZERO, fixed8
from exchange.paper.wire.orders import fill_of_order, list_query

Json = dict[str, Any]


def order_reply(order: Order, form: str) -> Json:
    """A reply to a new order; what was borrowed for it is a JSON number."""
    reply = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "clientOrderId": order.client_order_id,
        "isIsolated": is_isolated(order.account),
        "transactTime": order.updated_ms,
    }
    if form == "ACK":
        return reply
    reply |= {**_progress(order), "selfTradePreventionMode": order.self_trade_mode.value}
    if order.margin is not None and order.margin.borrowed > ZERO:
        reply["marginBuyBorrowAmount"] = order.margin.borrowed
        reply["marginBuyBorrowAsset"] = order.margin.borrowed_asset
    if form == "FULL":
        reply["fills"] = [fill_of_order(fill) for fill in order.fills]
    return reply


def order_query(order: Order) -> Json:
    """An order as GET margin/order, openOrders and allOrders show it; no list id."""
    return {
        "clientOrderId": order.client_order_id,
        "cummulativeQuoteQty": fixed8(order.executed_quote),
        "executedQty": fixed8(order.executed_quantity),
        "icebergQty": fixed8(order.iceberg_quantity),
        "isWorking": order.is_working,
        "orderId": order.order_id,
        "origQty": fixed8(order.quantity),
        "price": fixed8(order.limit_price),
        "side": order.side.value,
        "status": order.status.value,
        "stopPrice": fixed8(order.stop_price),
        "symbol": order.symbol,
        "isIsolated": is_isolated(order.account),
        "time": order.created_ms,
        "timeInForce": order.time_in_force.value,
        "type": order.order_type.value,
        "selfTradePreventionMode": order.self_trade_mode.value,
        "updateTime": order.updated_ms,
    }


def cancel_reply(order: Order, cancel_id: str) -> Json:
    """A canceled order: its id is text, and there is no time."""
    return {
        "symbol": order.symbol,
        "orderId": str(order.order_id),
        "origClientOrderId": order.client_order_id,
        "clientOrderId": cancel_id,
        **_progress(order),
        "isIsolated": is_isolated(order.account),
    }


def cancel_all_reply(order: Order, cancel_id: str) -> Json:
    """A canceled order among those of DELETE margin/openOrders: its id is a number there."""
    own = {"orderId": order.order_id, "orderListId": order.list_id}
    return {**cancel_reply(order, cancel_id), **own, "selfTradePreventionMode": order.self_trade_mode.value}


def fill_row(order: Order, fill: Fill) -> Json:
    """A fill as margin/myTrades shows it: no quote quantity, no list id."""
    return {
        "commission": fixed8(fill.commission),
        "commissionAsset": fill.commission_asset,
        "id": fill.fill_id,
        "isBestMatch": True,
        "isBuyer": order.side == "BUY",
        "isMaker": fill.is_maker,
        "orderId": order.order_id,
        "price": fixed8(fill.price),
        "qty": fixed8(fill.quantity),
        "symbol": order.symbol,
        "isIsolated": is_isolated(order.account),
        "time": fill.time_ms,
    }


def list_row(listed: OrderList) -> Json:
    """A list as GET margin/orderList shows it."""
    return {**list_query(listed), "isIsolated": is_isolated(listed.account)}


def list_reply(listed: OrderList, form: str) -> Json:
    """A list as its placement shows it."""
    return {**list_row(listed), "orderReports": [_member_report(order, form) for order in listed.orders]}


def oco_reply(listed: OrderList, form: str) -> Json:
    """An OCO as its placement shows it; what was borrowed for it is text here."""
    reply, terms = list_reply(listed, form), listed.orders[0].margin
    if terms is not None and terms.borrowed > ZERO:
        reply["marginBuyBorrowAmount"] = fixed8(terms.borrowed)
        reply["marginBuyBorrowAsset"] = terms.borrowed_asset
    return reply


def list_cancel_reply(listed: OrderList, cancel_id: str) -> Json:
    """A list as its cancel shows it."""
    reports = [_member_cancel(order, cancel_id) for order in listed.orders]
    return {**list_row(listed), "orderReports": reports}


def is_isolated(account: str) -> bool:
    """Whether an account is an isolated one."""
    return isolated_symbol(account) != ""


def _member_report(order: Order, form: str) -> Json:
    report = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_order_id,
        "transactTime": order.updated_ms,
    }
    if form == "ACK":
        return report
    report |= {**_progress(order), **_trigger(order), "selfTradePreventionMode": order.self_trade_mode.value}
    return {**report, "fills": [fill_of_order(fill) for fill in order.fills]} if form == "FULL" else report


def _member_cancel(order: Order, cancel_id: str) -> Json:
    return {
        "symbol": order.symbol,
        "origClientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": cancel_id,
        **_progress(order),
        **_trigger(order),
        "selfTradePreventionMode": order.self_trade_mode.value,
    }


def _progress(order: Order) -> Json:
    return {
        "price": fixed8(order.limit_price),
        "origQty": fixed8(order.quantity),
        "executedQty": fixed8(order.executed_quantity),
        "cummulativeQuoteQty": fixed8(order.executed_quote),
        "status": order.status.value,
        "timeInForce": order.time_in_force.value,
        "type": order.order_type.value,
        "side": order.side.value,
    }


def _trigger(order: Order) -> Json:
    return {"stopPrice": fixed8(order.stop_price)} if order.stop_price > ZERO else {}
