"""Past orders, fills and lists (Binance docs: account endpoints)."""

from typing import Any

from exchange.paper.engine.orders import Fill, Order, OrderList
from exchange.paper.errors import OptionalParametersInvalid
from exchange.paper.http.lookup import find_order
from exchange.paper.http.params import Params
from exchange.paper.http.routing import Call, Route, Security
from exchange.paper.http.spans import rows_in_span
from exchange.paper.numbers import fixed8
from exchange.paper.wire.orders import fill_row, list_query, order_query
from exchange.paper.wire.symbols import filters

SIGNED = Security.SIGNED

# what may be sent together with the symbol (and limit) to ask for fills
FILL_QUERIES = (
    frozenset[str](),
    frozenset({"orderId"}),
    frozenset({"startTime"}),
    frozenset({"endTime"}),
    frozenset({"fromId"}),
    frozenset({"startTime", "endTime"}),
    frozenset({"orderId", "fromId"}),
)


def all_orders(call: Call) -> Any:
    """GET allOrders: by order id ascending."""
    return [order_query(order) for order in past_orders(call)]


def past_orders(call: Call) -> list[Order]:
    """The call's symbol's orders of its account, from `orderId` on or in its span."""
    symbol = call.venue.market(call.params.symbol()).rules.symbol
    rows = call.venue.shelf(call.account, symbol)
    return rows_in_span(rows, call.params, call.params.optional_integer("orderId"), _order_id, _order_time)


def _order_id(order: Order) -> int:
    return order.order_id


def _order_time(order: Order) -> int:
    return order.created_ms


def my_fills(call: Call) -> Any:
    """GET myTrades: some combinations of parameters are refused."""
    call.venue.market(call.params.symbol())  # an unknown symbol is told before an impossible combination
    sent = frozenset(name for name in ("orderId", "startTime", "endTime", "fromId") if name in call.params)
    if sent not in FILL_QUERIES:
        raise OptionalParametersInvalid
    return [fill_row(order, fill) for order, fill in past_fills(call)]


def past_fills(call: Call) -> list[tuple[Order, Fill]]:
    """The call's symbol's fills of its account, or those of `orderId`, from `fromId` on or in its span."""
    venue, params = call.venue, call.params
    symbol = venue.market(params.symbol()).rules.symbol
    order_id = params.optional_integer("orderId")
    fills = venue.shelf(call.account, symbol).fills
    rows = fills if order_id is None else fills.of_order(order_id)
    return rows_in_span(rows, params, params.optional_integer("fromId"), _fill_id, _fill_time)


def _fill_id(row: tuple[Order, Fill]) -> int:
    return row[1].fill_id


def _fill_time(row: tuple[Order, Fill]) -> int:
    return row[1].time_ms


def _fills_weight(params: Params) -> int:
    return 5 if "orderId" in params else 20


def all_lists(call: Call) -> Any:
    """GET allOrderList: by list id ascending."""
    params = call.params
    if "fromId" in params and ("startTime" in params or "endTime" in params):
        raise OptionalParametersInvalid
    rows = [listed for listed in call.venue.lists.values() if listed.account == call.account]
    found = rows_in_span(rows, params, params.optional_integer("fromId"), _list_id, _list_time)
    return [list_query(listed) for listed in found]


def _list_id(listed: OrderList) -> int:
    return listed.list_id


def _list_time(listed: OrderList) -> int:
    return listed.orders[0].created_ms


def amendments(call: Call) -> Any:
    """GET order/amendments: of one order."""
    call.params.text("orderId")
    order = find_order(call.venue, call.account, call.params)
    from_id = call.params.optional_integer("fromExecutionId") or 0
    rows = [entry for entry in order.amendments if entry.execution_id >= from_id][: call.params.limit(500, 1000)]
    return [
        {
            "symbol": order.symbol,
            "orderId": order.order_id,
            "executionId": entry.execution_id,
            "origClientOrderId": entry.old_client_id,
            "newClientOrderId": entry.new_client_id,
            "origQty": fixed8(entry.old_quantity),
            "newQty": fixed8(entry.new_quantity),
            "time": entry.time_ms,
        }
        for entry in rows
    ]


def prevented_matches(call: Call) -> Any:
    """GET myPreventedMatches: what self-trade prevention kept apart."""
    venue, params = call.venue, call.params
    symbol = venue.market(params.symbol()).rules.symbol
    match_id, order_id = params.optional_integer("preventedMatchId"), params.optional_integer("orderId")
    if match_id is None and order_id is None:
        raise OptionalParametersInvalid
    return [
        {
            "symbol": symbol,
            "preventedMatchId": match.match_id,
            "takerOrderId": match.taker.order_id,
            "makerSymbol": symbol,
            "makerOrderId": match.maker.order_id,
            "tradeGroupId": -1,
            "selfTradePreventionMode": match.taker.self_trade_mode.value,
            "price": fixed8(match.maker.limit_price),
            "makerPreventedQuantity": fixed8(match.quantity),
            "transactTime": match.time_ms,
        }
        for match in venue.prevented_matches
        if (match.taker.account, match.taker.symbol) == (call.account, symbol)
        and match_id in (None, match.match_id)
        and order_id in (None, match.taker.order_id, match.maker.order_id)
    ]


def _matches_weight(params: Params) -> int:
    return 2 if "preventedMatchId" in params else 20


def my_filters(call: Call) -> Any:
    """GET myFilters: no filters of its own for this account."""
    rules = call.venue.market(call.params.symbol()).rules
    return {"exchangeFilters": [], "symbolFilters": filters(rules), "assetFilters": []}


ROUTES = (
    Route("GET", "/api/v3/allOrders", all_orders, SIGNED, 20),
    Route("GET", "/api/v3/myTrades", my_fills, SIGNED, _fills_weight),
    Route("GET", "/api/v3/allOrderList", all_lists, SIGNED, 20),
    Route("GET", "/api/v3/order/amendments", amendments, SIGNED, 4),
    Route("GET", "/api/v3/myPreventedMatches", prevented_matches, SIGNED, _matches_weight),
    Route("GET", "/api/v3/myFilters", my_filters, SIGNED, 40),
)
