"""Accepting a new order: filters, funds, and whether it may start at all."""

from decimal import Decimal

from exchange.paper.engine.errors import (
    DuplicateOrder,
    FilterFailure,
    LiquidityBelowMinimum,
    NoOrdersOnBook,
    WouldTake,
    WouldTrigger,
)
from exchange.paper.engine.filters import (
    check_counts,
    check_order,
    check_position,
    check_quantity_and_notional,
    check_status,
)
from exchange.paper.engine.matching import begin, fund, opposite, would_take
from exchange.paper.engine.orders import Order, OrderType, Side
from exchange.paper.engine.venue import Venue
from exchange.paper.numbers import ZERO, down8, floor_to


def place_order(venue: Venue, order: Order) -> None:
    """Check, lock, register and start a single order."""
    check_new_order(venue, order)
    check_counts(venue, order.account, order.symbol, 1, int(order.is_stop), 0)
    estimate_cost(venue, order)
    fund(venue, order)
    venue.register(order)
    begin(venue, order)


def check_new_order(venue: Venue, order: Order) -> None:
    """Everything that can refuse an order before its funds are looked at."""
    check_status(venue, order.symbol)
    check_order(venue, order)
    if order.quote_quantity > ZERO:
        size_from_quote(venue, order)
        check_quantity_and_notional(venue, order)
    check_position(venue, order)
    check_client_id(venue, order)
    check_against_market(venue, order)


def check_client_id(venue: Venue, order: Order) -> None:
    """A client order id is unique among open orders only (Binance docs: new order)."""
    earlier = venue.shelf(order.account, order.symbol).by_client_id(order.client_order_id)
    if earlier is not None and earlier.is_open:
        raise DuplicateOrder


def check_against_market(venue: Venue, order: Order) -> None:
    """A market order needs a far side, a stop must not trigger at once, a LIMIT_MAKER must not take."""
    market = venue.markets[order.symbol]
    last_price = market.last_price
    if order.order_type is OrderType.MARKET and not any(offered for _, offered in market.levels(opposite(order.side))):
        raise NoOrdersOnBook
    if order.is_stop and order.stop_price > ZERO:
        passed = order.stop_price <= last_price if order.triggers_rising else order.stop_price >= last_price
        if passed:
            raise WouldTrigger
    if order.order_type is OrderType.LIMIT_MAKER and would_take(venue, order):
        raise WouldTake


def estimate_cost(venue: Venue, order: Order) -> None:
    """What a buy without a limit price keeps locked: the cost of walking the book now."""
    if order.side is Side.SELL or not order.takes_any_price:
        return
    cost, left = ZERO, order.quantity
    for price, offered in venue.markets[order.symbol].levels(Side.SELL):
        taken = min(left, offered)
        cost += down8(price * taken)
        left -= taken
        if left == ZERO:
            break
    order.estimated_cost = cost


def size_from_quote(venue: Venue, order: Order) -> None:
    """The largest quantity on the grid whose notional does not exceed quoteOrderQty (Binance docs: MARKET)."""
    rules = venue.rules[order.symbol]
    quantity, left = ZERO, order.quote_quantity
    for price, offered in venue.markets[order.symbol].levels(opposite(order.side)):
        taken = min(offered, _affordable(left, price, rules.step_size))
        quantity += taken
        left -= price * taken
        if taken < offered:
            break
    if quantity < rules.min_qty:
        raise LiquidityBelowMinimum if order.quote_quantity >= rules.min_notional else FilterFailure("NOTIONAL")
    order.quantity = quantity


def _affordable(quote: Decimal, price: Decimal, step: Decimal) -> Decimal:
    return floor_to(quote / price, step)
