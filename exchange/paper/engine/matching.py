"""How orders meet the market.

A taker walks the levels of the far side. A print at price P first becomes the last price, then triggers stops in the
order of their arrival, then fills the resting orders it reaches, best price first and equal prices in order of arrival,
each at its own limit price. An order that begins to rest because of a print is not filled by that print.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from itertools import takewhile

from exchange.paper.engine.account import Hold
from exchange.paper.engine.events import MarketPrint
from exchange.paper.engine.order_lists import after_end, before_execution, end, keep_received
from exchange.paper.engine.orders import (
    ExpiryReason,
    Order,
    OrderStatus,
    PreventedMatch,
    SelfTradeMode,
    Side,
    TimeInForce,
)
from exchange.paper.engine.settlement import hold_of, settle
from exchange.paper.engine.venue import Venue
from exchange.paper.margin.side_effects import borrow_missing, repay_received
from exchange.paper.numbers import ONE, ZERO, down8, floor_to


def opposite(side: Side) -> Side:
    """The side that an order of this side meets."""
    return Side.SELL if side is Side.BUY else Side.BUY


def fund(venue: Venue, *orders: Order) -> None:
    """Lock what the orders need (the legs of an OCO once), or refuse."""
    rules = venue.rules[orders[0].symbol]
    asset = rules.base if orders[0].side is Side.SELL else rules.quote
    hold = Hold(venue.account(orders[0].account), asset, list(orders))
    borrow_missing(venue, hold)
    hold.fund()
    for order in orders:
        order.hold = hold


def begin(venue: Venue, order: Order) -> None:
    """A registered and funded order starts: a stop waits for its trigger, any other goes to work."""
    order.status = OrderStatus.NEW
    venue.take_place(order)
    if not order.is_stop:
        work(venue, order)
        return
    if order.trailing_delta is not None and order.stop_price == ZERO:
        order.trailing_extreme = venue.markets[order.symbol].last_price
        order.trailing_since_ms = venue.now_ms
    venue.books[order.symbol].arm(order)
    venue.report(order, "NEW")


def work(venue: Venue, order: Order) -> None:
    """Take what the far side offers, then rest or expire."""
    order.is_working, order.working_since_ms = True, venue.now_ms
    venue.report(order, "NEW")
    if order.time_in_force is not TimeInForce.FOK or _can_fill(venue, order):
        _take(venue, order)
    if not order.is_open:
        return
    if order.takes_any_price:
        end(venue, order, OrderStatus.EXPIRED, ExpiryReason.INSUFFICIENT_LIQUIDITY)
    elif order.time_in_force is TimeInForce.IOC:
        end(venue, order, OrderStatus.EXPIRED, ExpiryReason.UNFILLED_IOC)
    elif order.time_in_force is TimeInForce.FOK:
        end(venue, order, OrderStatus.EXPIRED, ExpiryReason.UNFILLED_FOK)
    else:
        venue.books[order.symbol].rest(order)


def would_take(venue: Venue, order: Order) -> bool:
    """Whether a limit order would meet the far side at once."""
    return accepts(order, venue.markets[order.symbol].best(opposite(order.side)))


def print_price(
    venue: Venue, symbol: str, price: Decimal, quantity: Decimal | None = None, volume: Decimal | None = None
) -> None:
    """A public trade; without a quantity it is enough for everything of ours that it reaches, and shows `volume`."""
    market = venue.market(symbol)
    barrier = venue.last_place
    printed = market.record(price, quantity or volume or market.rules.min_qty, venue.now_ms)
    for order in venue.books[symbol].pop_triggered(price):
        if order.is_open:
            trigger(venue, order)
    left = quantity
    for side in Side:
        left = _fill_reached(venue, symbol, side, left, barrier)
    venue.bus.show(MarketPrint(symbol, printed))


def trigger(venue: Venue, order: Order) -> None:
    """The stop price was reached: the other leg of the list expires first, then the stop goes to work."""
    before_execution(venue, order)
    venue.take_place(order)
    work(venue, order)


def accepts(order: Order, price: Decimal) -> bool:
    """Whether the order may be executed at this price."""
    if order.takes_any_price:
        return True
    return price <= order.limit_price if order.side is Side.BUY else price >= order.limit_price


def _fill_reached(venue: Venue, symbol: str, side: Side, left: Decimal | None, barrier: int) -> Decimal | None:
    """Fill one side's orders that the last price reaches; what is left of the print."""
    book = venue.books[symbol]
    kept: list[Order] = []
    renewed: set[Order] = set()
    while left != ZERO and (order := book.best(side)) and _reaches(venue, order):
        book.remove(order)
        if order.place > barrier and order not in renewed:
            kept.append(order)
            continue
        wished = order.offered_quantity if left is None else min(left, order.offered_quantity)
        executed = _fill(venue, order, wished, order.limit_price, is_maker=True)
        left = None if left is None else left - executed
        if _shows_more(venue, order, executed):
            renewed.add(order)
            book.rest(order)
        else:
            kept.append(order)
    for order in kept:
        if order.is_open:
            book.rest(order)
    return left


def _shows_more(venue: Venue, order: Order, executed: Decimal) -> bool:
    """Whether the visible part of an iceberg order is gone and the next one stands behind all others of its price."""
    if not order.iceberg_quantity:
        return False
    order.shown_quantity -= min(executed, order.shown_quantity)
    if order.shown_quantity > ZERO or not order.is_open:
        return False
    venue.take_place(order)
    return True


def _reaches(venue: Venue, order: Order) -> bool:
    """Whether the last price touches, or with `through` passes, a resting order."""
    price = venue.markets[order.symbol].last_price
    if price == order.limit_price:
        return venue.settings.fill == "touch"
    return price < order.limit_price if order.side is Side.BUY else price > order.limit_price


def _take(venue: Venue, order: Order) -> None:
    for price, offered in venue.markets[order.symbol].levels(opposite(order.side)):
        if not accepts(order, price):
            break
        if not _prevent_self_trade(venue, order, partial(_is_better, order, price)):
            return
        if not _take_level(venue, order, price, min(offered, order.open_quantity)):
            return
    _prevent_self_trade(venue, order, partial(accepts, order))


def _take_level(venue: Venue, order: Order, price: Decimal, left: Decimal) -> bool:
    """Take from one level; whether to go on to the next."""
    while left > ZERO:
        executed = _fill(venue, order, left, price, is_maker=False)
        left -= executed
        if not order.is_open or (left > ZERO and not order.takes_any_price):
            return False
    return True


def _fill(venue: Venue, order: Order, wished: Decimal, price: Decimal, *, is_maker: bool) -> Decimal:
    """Execute up to the wished quantity and say how much that was; a script may cut it into slices."""
    quantity = _sliced(venue, order, min(wished, order.open_quantity))
    if order.side is Side.BUY and not hold_of(order).cover(down8(price * quantity)):
        end(venue, order, OrderStatus.EXPIRED, ExpiryReason.REJECTED)
        return ZERO
    before_execution(venue, order)
    fill = settle(venue, order, quantity, price, is_maker=is_maker)
    keep_received(venue, order, fill)
    repay_received(venue, order, fill)
    if not order.is_open:
        after_end(venue, order)
    return quantity


def _sliced(venue: Venue, order: Order, quantity: Decimal) -> Decimal:
    fraction = venue.next_fraction()
    if fraction == ONE:
        return quantity
    step = venue.rules[order.symbol].step_size
    part = min(quantity, max(floor_to(quantity * fraction, step), step))
    venue.sliced.append((order, part))
    return part


def _can_fill(venue: Venue, order: Order) -> bool:
    levels = venue.markets[order.symbol].levels(opposite(order.side))
    return sum((offered for price, offered in levels if accepts(order, price)), ZERO) >= order.open_quantity


def _prevent_self_trade(venue: Venue, order: Order, would_meet: Callable[[Decimal], bool]) -> bool:
    """Own resting orders at prices that it would meet are never traded with (Binance docs: STP); whether it goes on."""
    met = takewhile(lambda own: would_meet(own.limit_price), venue.books[order.symbol].resting(opposite(order.side)))
    for own in [own for own in met if own.account == order.account]:
        if order.self_trade_mode is not SelfTradeMode.NONE and own.is_open:
            _keep_apart(venue, order, own)
        if not order.is_open:
            return False
    return True


def _keep_apart(venue: Venue, taker: Order, maker: Order) -> None:
    """The taker's mode decides which of the two expires; with DECREMENT both lose the quantity of the smaller."""
    quantity = min(taker.open_quantity, maker.open_quantity)
    match = PreventedMatch(len(venue.prevented_matches) + 1, taker, maker, quantity, venue.now_ms)
    venue.prevented_matches.append(match)
    expiring = {
        SelfTradeMode.EXPIRE_MAKER: (maker,),
        SelfTradeMode.EXPIRE_TAKER: (taker,),
        SelfTradeMode.EXPIRE_BOTH: (maker, taker),
        SelfTradeMode.DECREMENT: tuple(order for order in (maker, taker) if order.open_quantity == quantity),
    }[taker.self_trade_mode]
    decremented = (maker, taker) if taker.self_trade_mode is SelfTradeMode.DECREMENT else expiring
    for order in decremented:
        order.prevented_match_id = match.match_id
        order.prevented_quantity += quantity
        hold_of(order).shrink()
        if order not in expiring:
            venue.report(order, "TRADE_PREVENTION")
    for order in expiring:
        end(venue, order, OrderStatus.EXPIRED_IN_MATCH)


def _is_better(order: Order, price: Decimal, own: Decimal) -> bool:
    """Whether an own order at this price stands before the level."""
    return own < price if order.side is Side.BUY else own > price
