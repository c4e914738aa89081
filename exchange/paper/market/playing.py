"""Moving the market: single prints, and bars as a path of prices."""

from decimal import Decimal

from exchange.paper.engine.activation import begin_ready_lists
from exchange.paper.engine.matching import print_price
from exchange.paper.engine.venue import Venue
from exchange.paper.margin.liquidation import liquidate_fallen

PRINTS_PER_BAR = 4


def play_print(
    venue: Venue, symbol: str, price: Decimal, quantity: Decimal | None = None, volume: Decimal | None = None
) -> None:
    """One print, and whatever it sets off."""
    print_price(venue, symbol, price, quantity, volume)
    begin_ready_lists(venue)
    liquidate_fallen(venue)


def bar_path(open_price: Decimal, high: Decimal, low: Decimal, close_price: Decimal) -> tuple[Decimal, ...]:
    """Open, the nearer extreme (the low if both are as near), the other one, close."""
    low_first = open_price - low <= high - open_price
    return (open_price, low, high, close_price) if low_first else (open_price, high, low, close_price)


def play_bar(venue: Venue, symbol: str, path: tuple[Decimal, ...], volume: Decimal | None, *, gaps: bool) -> None:
    """Jump to the first price of the path, then go on without leaving out a price of ours, unless gaps are wished."""
    share = None if volume is None else volume / len(path)
    play_print(venue, symbol, path[0], None, share)
    for price in path[1:]:
        if not gaps:
            _visit_between(venue, symbol, price)
        play_print(venue, symbol, price, None, share)


def walk_to(venue: Venue, symbol: str, price: Decimal, volume: Decimal | None) -> None:
    """Move to a price by way of every price of ours in between."""
    _visit_between(venue, symbol, price)
    play_print(venue, symbol, price, None, volume)


def _visit_between(venue: Venue, symbol: str, price: Decimal) -> None:
    while True:
        last_price = venue.markets[symbol].last_price
        low, high = min(last_price, price), max(last_price, price)
        ahead = venue.books[symbol].prices_between(low, high)
        if not ahead:
            return
        play_print(venue, symbol, min(ahead) if price > last_price else max(ahead))
