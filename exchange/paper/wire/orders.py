"""Orders, lists and fills in the venue's JSON shapes (Binance docs: new, query and cancel order, order lists)."""

from typing import Any

from exchange.paper.engine.orders import Fill, Order, OrderList, OrderType
from exchange.paper.engine.venue import Venue
from exchange.paper.numbers import ZERO, fixed8

Json = dict[str, Any]


def ack(order: Order) -> Json:
    """The shortest reply to a new order."""
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_order_id,
        "transactTime": order.updated_ms,
    }


def result(order: Order) -> Json:
    """The reply to a new order without its fills."""
    return {**ack(order), **_progress(order), "workingTime": order.working_since_ms, **_mode(order), **_extras(order)}


def full(order: Order) -> Json:
    """The reply to a new order with its fills."""
    return {**result(order), "fills": [fill_of_order(fill) for fill in order.fills]}


def order_reply(order: Order, form: str) -> Json:
    """A reply to a new order as newOrderRespType asks for."""
    return {"ACK": ack, "RESULT": result, "FULL": full}[form](order)


def default_form(order_type: OrderType) -> str:
    """FULL for MARKET and LIMIT, ACK for all others."""
    return "FULL" if order_type in (OrderType.MARKET, OrderType.LIMIT) else "ACK"


def order_query(order: Order) -> Json:
    """An order as GET order, openOrders and allOrders show it."""
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_order_id,
        **_progress(order),
        "stopPrice": fixed8(order.stop_price),
        "icebergQty": fixed8(order.iceberg_quantity),
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": order.is_working,
        "workingTime": order.working_since_ms,
        **_mode(order),
        **_extras(order),
    }


def cancel_reply(order: Order, cancel_id: str) -> Json:
    """A canceled order; clientOrderId is the id of the cancel."""
    return {
        "symbol": order.symbol,
        "origClientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": cancel_id,
        "transactTime": order.updated_ms,
        **_progress(order),
        **_mode(order),
        **_extras(order),
    }


def amend_reply(order: Order, old_client_id: str, execution_id: int) -> Json:
    """An amended order: qty instead of origQty, and cumulativeQuoteQty with one m."""
    listed = order.order_list
    amended = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "origClientOrderId": old_client_id,
        "clientOrderId": order.client_order_id,
        "price": fixed8(order.limit_price),
        "qty": fixed8(order.quantity),
        "executedQty": fixed8(order.executed_quantity),
        "preventedQty": fixed8(order.prevented_quantity),
        "quoteOrderQty": fixed8(order.quote_quantity),
        "cumulativeQuoteQty": fixed8(order.executed_quote),
        "status": order.status.value,
        "timeInForce": order.time_in_force.value,
        "type": order.order_type.value,
        "side": order.side.value,
        "workingTime": order.working_since_ms,
        **_mode(order),
    }
    reply: Json = {"transactTime": order.updated_ms, "executionId": execution_id, "amendedOrder": amended}
    if listed is not None:
        shown = list_query(listed)
        names = ("orderListId", "contingencyType", "listOrderStatus", "listClientOrderId", "symbol", "orders")
        reply["listStatus"] = {name: shown[name] for name in names}
    return reply


def _progress(order: Order) -> Json:
    return {
        "price": fixed8(order.limit_price),
        "origQty": fixed8(order.quantity),
        "executedQty": fixed8(order.executed_quantity),
        "origQuoteOrderQty": fixed8(order.quote_quantity),
        "cummulativeQuoteQty": fixed8(order.executed_quote),
        "status": order.status.value,
        "timeInForce": order.time_in_force.value,
        "type": order.order_type.value,
        "side": order.side.value,
    }


def _mode(order: Order) -> Json:
    return {"selfTradePreventionMode": order.self_trade_mode.value}


def _extras(order: Order) -> Json:
    """Fields that appear only where they mean something."""
    extras: Json = {}
    if order.stop_price > ZERO:
        extras["stopPrice"] = fixed8(order.stop_price)
    if order.iceberg_quantity > ZERO:
        extras["icebergQty"] = fixed8(order.iceberg_quantity)
    if order.trailing_delta is not None:
        extras["trailingDelta"] = order.trailing_delta
        extras["trailingTime"] = order.trailing_since_ms
    optional = {
        "strategyId": order.strategy_id,
        "strategyType": order.strategy_type,
        "expiryReason": order.expiry_reason,
        "preventedMatchId": order.prevented_match_id,
    }
    extras |= {name: value for name, value in optional.items() if value is not None}
    if order.prevented_match_id is not None:
        extras["preventedQuantity"] = fixed8(order.prevented_quantity)
    return extras


def fill_of_order(fill: Fill) -> Json:
    """A fill within the reply to a new order."""
    return {
        "price": fixed8(fill.price),
        "qty": fixed8(fill.quantity),
        "commission": fixed8(fill.commission),
        "commissionAsset": fill.commission_asset,
        "tradeId": fill.fill_id,
    }


def fill_row(order: Order, fill: Fill) -> Json:
    """A fill as myTrades shows it."""
    return {
        "symbol": order.symbol,
        "id": fill.fill_id,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "price": fixed8(fill.price),
        "qty": fixed8(fill.quantity),
        "quoteQty": fixed8(fill.notional),
        "commission": fixed8(fill.commission),
        "commissionAsset": fill.commission_asset,
        "time": fill.time_ms,
        "isBuyer": order.side == "BUY",
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


def list_query(listed: OrderList) -> Json:
    """A list as GET orderList shows it."""
    return {
        "orderListId": listed.list_id,
        "contingencyType": listed.contingency,
        "listStatusType": listed.list_status.value,
        "listOrderStatus": listed.order_status.value,
        "listClientOrderId": listed.client_list_id,
        "transactionTime": listed.updated_ms,
        "symbol": listed.symbol,
        "orders": [
            {"symbol": order.symbol, "orderId": order.order_id, "clientOrderId": order.client_order_id}
            for order in listed.orders
        ],
    }


def list_reply(listed: OrderList, form: str) -> Json:
    """A list as its placement shows it, with a report for each order."""
    return {**list_query(listed), "orderReports": [order_reply(order, form) for order in listed.orders]}


def list_cancel_reply(listed: OrderList, cancel_id: str) -> Json:
    """A list as its cancel shows it."""
    return {**list_query(listed), "orderReports": [cancel_reply(order, cancel_id) for order in listed.orders]}


def balances(venue: Venue, account: str, *, omit_zero: bool) -> list[Json]:
    """An account's balances as GET account shows them; assets never held are shown as zero."""
    listed = {asset for rules in venue.rules.values() for asset in (rules.base, rules.quote)}
    held = venue.account(account).balances
    rows = []
    for asset in sorted(listed | set(held)):
        balance = held.get(asset)
        free, locked = (balance.free, balance.locked) if balance else (ZERO, ZERO)
        if not omit_zero or free or locked:
            rows.append({"asset": asset, "free": fixed8(free), "locked": fixed8(locked)})
    return rows
