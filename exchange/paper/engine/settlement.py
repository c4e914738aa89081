"""One fill: funds change hands to the last digit, commission is taken, the order advances."""

from decimal import Decimal

from exchange.paper.engine.account import Account, Hold
from exchange.paper.engine.commission import commission
from exchange.paper.engine.orders import Fill, Order, OrderStatus, Side
from exchange.paper.engine.venue import Venue
from exchange.paper.numbers import down8

# what a first fill takes off the unfilled order count (Binance docs: unfilled order count)
TAKER_CREDIT, MAKER_CREDIT = 1, 5


def settle(venue: Venue, order: Order, quantity: Decimal, price: Decimal, *, is_maker: bool) -> Fill:
    """Execute `quantity` of an order at `price`; its hold must cover the cost."""
    notional = down8(price * quantity)
    asset, fee = commission(venue, order, quantity, notional, is_maker=is_maker)
    _exchange(venue, order, quantity, notional)
    _move(venue.account(order.account), venue.commissions, asset, fee)
    if not order.fills:
        venue.order_credit[order.account] += MAKER_CREDIT if is_maker else TAKER_CREDIT
    order.executed_quantity += quantity
    order.executed_quote += notional
    order.status = OrderStatus.PARTIALLY_FILLED if order.open_quantity else OrderStatus.FILLED
    fill_id = venue.markets[order.symbol].next_id()
    fill = Fill(fill_id, price, quantity, notional, fee, asset, venue.now_ms, is_maker)
    venue.record(order, fill)
    hold_of(order).shrink()
    venue.report(order, "TRADE", fill)
    return fill


def hold_of(order: Order) -> Hold:
    """The hold of a funded order."""
    if order.hold is None:
        raise AssertionError(f"order {order.order_id} of {order.symbol} was filled before it was funded")
    return order.hold


def _exchange(venue: Venue, order: Order, quantity: Decimal, notional: Decimal) -> None:
    rules = venue.rules[order.symbol]
    account, other = venue.account(order.account), venue.counterparty
    if order.side is Side.SELL:
        hold_of(order).spend(quantity)
        other.balance(rules.base).free += quantity
        _move(other, account, rules.quote, notional)
    else:
        hold_of(order).spend(notional)
        other.balance(rules.quote).free += notional
        _move(other, account, rules.base, quantity)


def _move(giver: Account, taker: Account, asset: str, quantity: Decimal) -> None:
    giver.balance(asset).free -= quantity
    taker.balance(asset).free += quantity
