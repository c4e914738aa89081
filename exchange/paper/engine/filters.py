"""The symbol's filters (Binance docs: filters); a part with value zero is off."""

from decimal import Decimal

from exchange.paper.engine.errors import (
    AccountFilterFailure,
    FilterFailure,
    IcebergExceedsQuantity,
    MarketClosed,
    NewOrderRejected,
)
from exchange.paper.engine.orders import Order, OrderType, Side
from exchange.paper.engine.symbols import SymbolRules
from exchange.paper.engine.venue import Venue
from exchange.paper.numbers import ZERO, is_multiple

UNSUPPORTED = {
    OrderType.MARKET: "Market orders are not supported for this symbol.",
    OrderType.STOP_LOSS: "Stop loss orders are not supported for this symbol.",
    OrderType.STOP_LOSS_LIMIT: "Stop loss limit orders are not supported for this symbol.",
    OrderType.TAKE_PROFIT: "Take profit orders are not supported for this symbol.",
    OrderType.TAKE_PROFIT_LIMIT: "Take profit limit orders are not supported for this symbol.",
}


def check_status(venue: Venue, symbol: str) -> None:
    """New orders need a symbol that is TRADING."""
    if venue.rules[symbol].status != "TRADING":
        raise MarketClosed


def check_order(venue: Venue, order: Order) -> None:
    """All filters that look at one order alone."""
    rules = venue.rules[order.symbol]
    if order.order_type not in rules.order_types:
        raise NewOrderRejected(UNSUPPORTED.get(order.order_type, "This order type is not supported for this symbol."))
    for price in (order.limit_price, order.stop_price):
        _check_price(rules, price)
    if order.trailing_delta is not None:
        _check_trailing_delta(rules, order.trailing_delta)
    if order.quote_quantity == ZERO:
        check_quantity_and_notional(venue, order)
    if order.limit_price > ZERO:
        _check_percent_price(venue, order)


def check_quantity_and_notional(venue: Venue, order: Order) -> None:
    """LOT_SIZE, MARKET_LOT_SIZE, ICEBERG_PARTS and NOTIONAL."""
    rules = venue.rules[order.symbol]
    _check_lot(rules, order.quantity)
    if order.iceberg_quantity > ZERO:
        _check_iceberg(rules, order)
    if order.takes_any_price:
        _check_market_lot(rules, order.quantity)
    price = order.limit_price if order.limit_price > ZERO else venue.markets[order.symbol].reference_price(venue.now_ms)
    if order.quantity * price < rules.min_notional:
        raise FilterFailure("NOTIONAL")
    if order.quantity * price > rules.max_notional and not order.takes_any_price:
        raise FilterFailure("NOTIONAL")


def check_counts(venue: Venue, account: str, symbol: str, orders: int, stops: int, lists: int) -> None:
    """MAX_NUM_ORDERS, MAX_NUM_ALGO_ORDERS and MAX_NUM_ORDER_LISTS, with what is to be added."""
    rules = venue.rules[symbol]
    working = venue.open_orders(account, symbol)
    if len(working) + orders > rules.max_orders:
        raise AccountFilterFailure("MAX_NUM_ORDERS")
    if stops and sum(order.awaits_trigger for order in working.values()) + stops > rules.max_algo_orders:
        raise AccountFilterFailure("MAX_NUM_ALGO_ORDERS")
    if lists and len({order.list_id for order in working.values()} - {-1}) + lists > rules.max_order_lists:
        raise AccountFilterFailure("MAX_NUM_ORDER_LISTS")


def check_position(venue: Venue, order: Order) -> None:
    """MAX_POSITION: base held plus all open buys."""
    rules = venue.rules[order.symbol]
    if rules.max_position is None or order.side is Side.SELL:
        return
    held = venue.account(order.account).balance(rules.base)
    others = venue.open_orders(order.account, order.symbol).values()
    buys = [other.open_quantity for other in others if other.side is Side.BUY]
    if held.free + held.locked + sum(buys, order.quantity) > rules.max_position:
        raise AccountFilterFailure("MAX_POSITION")


def _check_price(rules: SymbolRules, price: Decimal) -> None:
    if price == ZERO:
        return
    within = rules.min_price <= price and (rules.max_price == ZERO or price <= rules.max_price)
    if not within or not is_multiple(price, rules.tick_size):
        raise FilterFailure("PRICE_FILTER")


def _check_lot(rules: SymbolRules, quantity: Decimal) -> None:
    if not rules.min_qty <= quantity <= rules.max_qty or not is_multiple(quantity, rules.step_size):
        raise FilterFailure("LOT_SIZE")


def _check_market_lot(rules: SymbolRules, quantity: Decimal) -> None:
    within = rules.market_min_qty <= quantity <= rules.market_max_qty
    if not within or not is_multiple(quantity, rules.market_step_size):
        raise FilterFailure("MARKET_LOT_SIZE")


def _check_iceberg(rules: SymbolRules, order: Order) -> None:
    if order.iceberg_quantity > order.quantity:
        raise IcebergExceedsQuantity
    if order.iceberg_quantity * rules.max_iceberg_parts < order.quantity:
        raise FilterFailure("ICEBERG_PARTS")
    _check_lot(rules, order.iceberg_quantity)


def _check_trailing_delta(rules: SymbolRules, delta: int) -> None:
    if not rules.min_trailing_delta <= delta <= rules.max_trailing_delta:
        raise FilterFailure("TRAILING_DELTA")


def _check_percent_price(venue: Venue, order: Order) -> None:
    rules = venue.rules[order.symbol]
    reference = venue.markets[order.symbol].reference_price(venue.now_ms)
    if not reference * rules.multiplier_down <= order.limit_price <= reference * rules.multiplier_up:
        raise FilterFailure("PERCENT_PRICE_BY_SIDE")
