"""Pending orders begin once their working order is filled completely (Binance docs: OTO, OPO)."""

from exchange.paper.engine.filters import check_quantity_and_notional
from exchange.paper.engine.list_rules import check_oco_prices
from exchange.paper.engine.matching import begin, fund
from exchange.paper.engine.order_lists import end, release_received
from exchange.paper.engine.orders import ExpiryReason, Order, OrderList, OrderStatus
from exchange.paper.engine.placing import check_against_market, estimate_cost
from exchange.paper.engine.venue import Venue
from exchange.paper.errors import WireError
from exchange.paper.numbers import floor_to


def begin_ready_lists(venue: Venue) -> None:
    """Start the pending orders of every list whose working order has been filled since the last time."""
    while venue.ready_lists:
        listed = venue.ready_lists.popleft()
        pending = [order for order in listed.pending if order.status is OrderStatus.PENDING_NEW]
        if pending:
            _activate(venue, listed, pending)


def _activate(venue: Venue, listed: OrderList, pending: list[Order]) -> None:
    """Orders that can no longer be placed expire with the reason REJECTED."""
    if listed.pending_from_received:
        _size_from_received(venue, listed, pending)
    try:
        _check(venue, pending)
        fund(venue, *pending)
    except WireError:
        for order in pending:
            end(venue, order, OrderStatus.EXPIRED, ExpiryReason.REJECTED)
        return
    venue.report_list(listed)
    for order in sorted(pending, key=lambda leg: not leg.is_stop):
        if order.is_open:
            begin(venue, order)


def _check(venue: Venue, pending: list[Order]) -> None:
    if len(pending) > 1:
        check_oco_prices(pending, venue.markets[pending[0].symbol].last_price)
    for order in pending:
        check_quantity_and_notional(venue, order)
        check_against_market(venue, order)
        estimate_cost(venue, order)


def _size_from_received(venue: Venue, listed: OrderList, pending: list[Order]) -> None:
    """What the working order brought in, cut to the step size; the rest becomes free."""
    step = venue.rules[listed.symbol].step_size
    for order in pending:
        order.quantity = floor_to(listed.received_locked, step)
    release_received(venue, listed)
