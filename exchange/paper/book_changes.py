"""What a follower of the book's differences has not been told yet (Binance docs: how to manage a local order book)."""

from decimal import Decimal

from .market import Market
from .numbers import ZERO
from .orders import Side
from .stream_payloads import Json, Level, depth_update

Levels = dict[Decimal, Decimal]


class BookChanges:
    """Remembers the book as it was last told; ids of updates leave no gap."""

    def __init__(self, market: Market) -> None:
        self._last_id = market.changes
        self._told = {side: _levels(market, side) for side in Side}

    def update(self, market: Market, now_ms: int) -> Json | None:
        """The differences since the last time, if there are any."""
        bids, asks = (self._difference(market, side) for side in (Side.BUY, Side.SELL))
        if not bids and not asks:
            return None
        first_id, self._last_id = self._last_id + 1, market.changes
        return depth_update(market.rules.symbol, first_id, self._last_id, bids, asks, now_ms)

    def _difference(self, market: Market, side: Side) -> list[Level]:
        was, now = self._told[side], _levels(market, side)
        self._told[side] = now
        gone = {price: ZERO for price in was if price not in now}
        changed = {price: quantity for price, quantity in now.items() if was.get(price) != quantity}
        return sorted((gone | changed).items(), reverse=side is Side.BUY)


def _levels(market: Market, side: Side) -> Levels:
    return {price: quantity for price, quantity in market.levels(side) if quantity}
