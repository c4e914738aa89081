"""Our own working and waiting orders of one symbol, in price-time order."""

from collections.abc import Iterator
from decimal import Decimal

from exchange.paper.engine.ladder import Ladder
from exchange.paper.engine.orders import Order, Side
from exchange.paper.engine.trailing import follow
from exchange.paper.numbers import ZERO


class Book:
    """Resting limit orders by side, stops by the direction that triggers them, and stops that trail."""

    def __init__(self) -> None:
        self._resting = {Side.BUY: Ladder(highest_first=True), Side.SELL: Ladder(highest_first=False)}
        self._rising = Ladder(highest_first=False)
        self._falling = Ladder(highest_first=True)
        self._trailing: list[Order] = []

    def rest(self, order: Order) -> None:
        """Put a limit order on the book; of an iceberg order a new visible part, once the one before is gone."""
        if order.shown_quantity == ZERO:
            order.shown_quantity = order.iceberg_quantity
        self._resting[order.side].add(order.limit_price, order)

    def arm(self, order: Order) -> None:
        """Let a stop wait for its trigger."""
        if order.trailing_delta is not None:
            self._trailing.append(order)
        else:
            self._waiting(order).add(order.stop_price, order)

    def remove(self, order: Order) -> None:
        """Take an order off, wherever it is."""
        if order.is_working:
            self._resting[order.side].remove(order.limit_price, order)
        elif order.trailing_delta is not None:
            if order in self._trailing:
                self._trailing.remove(order)
        elif order.is_stop:
            self._waiting(order).remove(order.stop_price, order)

    def best(self, side: Side) -> Order | None:
        """The resting order of a side that a counterparty meets first."""
        return self._resting[side].first()

    def resting(self, side: Side) -> Iterator[Order]:
        """All resting orders of a side, best first."""
        return self._resting[side].orders()

    def pop_triggered(self, last_price: Decimal) -> list[Order]:
        """Take out the stops that `last_price` triggers, in the order of their arrival."""
        reached = self._pop_trailing(last_price)
        while (order := self._rising.first()) and order.stop_price <= last_price:
            reached.append(self._rising.pop())
        while (order := self._falling.first()) and order.stop_price >= last_price:
            reached.append(self._falling.pop())
        return sorted(reached, key=lambda stop: stop.place)

    def prices_between(self, low: Decimal, high: Decimal) -> set[Decimal]:
        """The limit and stop prices of ours that lie strictly between two prices."""
        ladders = (*self._resting.values(), self._rising, self._falling)
        return set[Decimal]().union(*(ladder.prices_between(low, high) for ladder in ladders))

    def _waiting(self, order: Order) -> Ladder:
        return self._rising if order.triggers_rising else self._falling

    def _pop_trailing(self, last_price: Decimal) -> list[Order]:
        reached = [order for order in self._trailing if follow(order, last_price)]
        self._trailing = [order for order in self._trailing if order not in reached]
        return reached
