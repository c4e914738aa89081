"""Accepting order lists: all their orders or none (Binance docs: order lists)."""

from exchange.paper.engine.errors import DuplicateOrder, NewOrderRejected, WouldTake
from exchange.paper.engine.filters import check_counts, check_order, check_status
from exchange.paper.engine.list_rules import check_oco_prices
from exchange.paper.engine.matching import begin, fund, would_take
from exchange.paper.engine.orders import Order, OrderList, OrderStatus, OrderType
from exchange.paper.engine.placing import check_client_id, check_new_order, estimate_cost
from exchange.paper.engine.venue import Venue


def place_list(venue: Venue, listed: OrderList) -> None:
    """Check, lock, register and start a list; pending orders wait."""
    _check_list(venue, listed)
    starting = list(listed.oco) if listed.working is None else [listed.working]
    if listed.working is None:
        check_oco_prices(starting, venue.markets[listed.symbol].last_price)
    for order in starting:
        if listed.working is None:
            _check_leg(venue, order)
        else:
            check_new_order(venue, order)
        estimate_cost(venue, order)
    fund(venue, *starting)
    for order in listed.orders:
        venue.register(order)
    venue.register_list(listed)
    venue.report_list(listed)
    for order in listed.pending:
        order.status = OrderStatus.PENDING_NEW
        venue.report(order, "NEW")
    for order in starting:
        begin(venue, order)


def _check_list(venue: Venue, listed: OrderList) -> None:
    rules = venue.rules[listed.symbol]
    check_status(venue, listed.symbol)
    needed = {"OCO": bool(listed.oco), "OTO": listed.working is not None, "OPO": listed.pending_from_received}
    allowed = {"OCO": rules.oco_allowed, "OTO": rules.oto_allowed, "OPO": rules.opo_allowed}
    for kind, is_needed in needed.items():
        if is_needed and not allowed[kind]:
            raise NewOrderRejected(f"{kind} orders are not supported for this symbol.")
    _check_ids(venue, listed)
    stops = sum(order.is_stop for order in listed.orders)
    check_counts(venue, listed.account, listed.symbol, len(listed.orders), stops, 1)
    for order in listed.pending:
        if not listed.pending_from_received:
            check_order(venue, order)


def _check_ids(venue: Venue, listed: OrderList) -> None:
    earlier = venue.newest_list_by_client_id.get((listed.account, listed.client_list_id))
    ids = [listed.client_list_id, *(order.client_order_id for order in listed.orders)]
    if (earlier is not None and earlier.is_open) or len(set(ids)) < len(ids):
        raise DuplicateOrder
    for order in listed.orders:
        check_client_id(venue, order)


def _check_leg(venue: Venue, order: Order) -> None:
    check_order(venue, order)
    if order.order_type is OrderType.LIMIT_MAKER and would_take(venue, order):
        raise WouldTake
