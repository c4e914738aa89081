"""What a follower of the book's differences has not been told yet (Binance docs: how to manage a local order book)."""

from decimal import Decimal

from exchange.paper.engine.orders import Side
from exchange.paper.market.far_side import Market
from exchange.paper.numbers import ZERO
from exchange.paper.sockets.stream_payloads import Json, Level, depth_update

Levels = dict[Decimal, Decimal]


class BookChanges:
    """Collects the levels that change; ids of updates leave no gap.

    A level that has changed and changed back is told as well: somebody may have asked for the book in between.
    """

    def __init__(self, market: Market) -> None:
        self._last_id = self._noted_id = market.changes
        self._seen = {side: _levels(market, side) for side in Side}
        self._touched: dict[Side, set[Decimal]] = {side: set() for side in Side}

    def note(self, market: Market) -> None:
        """Take in what the book looks like now."""
        if market.changes == self._noted_id:
            return
        self._noted_id = market.changes
        for side in Side:
            was, now = self._seen[side], _levels(market, side)
            self._seen[side] = now
            self._touched[side] |= {price for price, _ in was.items() ^ now.items()}

    def update(self, market: Market, now_ms: int) -> Json | None:
        """The levels that have changed since the last time, as they are now, if there are any."""
        self.note(market)
        if not any(self._touched.values()):
            return None
        first_id, self._last_id = self._last_id + 1, market.changes
        bids, asks = (self._pop_touched(side) for side in (Side.BUY, Side.SELL))
        return depth_update(market.rules.symbol, first_id, self._last_id, bids, asks, now_ms)

    def _pop_touched(self, side: Side) -> list[Level]:
        touched, self._touched[side] = self._touched[side], set()
        return [(price, self._seen[side].get(price, ZERO)) for price in sorted(touched, reverse=side is Side.BUY)]


def _levels(market: Market, side: Side) -> Levels:
    return {price: quantity for price, quantity in market.levels(side) if quantity}
