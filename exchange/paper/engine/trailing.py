"""Stops that follow the last price at a distance in basis points (Binance docs: trailing stop FAQ)."""

from decimal import Decimal

from exchange.paper.engine.orders import Order
from exchange.paper.numbers import ZERO

BASIS_POINTS = Decimal(10000)


def follow(order: Order, last_price: Decimal) -> bool:
    """Take note of the last price; whether it triggers the order."""
    if order.trailing_extreme == ZERO:
        if not _activates(order, last_price):
            return False
        order.trailing_extreme = last_price
    delta = Decimal(order.trailing_delta or 0) / BASIS_POINTS
    if order.triggers_rising:
        order.trailing_extreme = min(order.trailing_extreme, last_price)
        return last_price >= order.trailing_extreme * (1 + delta)
    order.trailing_extreme = max(order.trailing_extreme, last_price)
    return last_price <= order.trailing_extreme * (1 - delta)


def _activates(order: Order, last_price: Decimal) -> bool:
    """With a stop price tracking starts when it is reached, without one at once."""
    if order.stop_price == ZERO:
        return True
    return last_price >= order.stop_price if order.triggers_rising else last_price <= order.stop_price
