"""Orders sorted by a price and then by time; the next one to be reached is at the end."""

from bisect import bisect_left, insort
from decimal import Decimal

from exchange.paper.engine.orders import Order

Entry = tuple[Decimal, int, Order]


def _rank(entry: Entry) -> tuple[Decimal, int]:
    return entry[:2]


class Ladder:
    """A sorted list; `highest_first` decides which price is reached first, equal prices keep their order of arrival."""

    def __init__(self, *, highest_first: bool) -> None:
        self._highest_first = highest_first
        self._entries: list[Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def _key(self, price: Decimal) -> Decimal:
        return price if self._highest_first else -price

    def add(self, price: Decimal, order: Order) -> None:
        """Put an order in at its price, behind those that are there."""
        insort(self._entries, (self._key(price), -order.place, order), key=_rank)

    def remove(self, price: Decimal, order: Order) -> bool:
        """Take an order out again; whether it was there."""
        at = bisect_left(self._entries, (self._key(price), -order.place), key=_rank)
        if at < len(self._entries) and self._entries[at][2] is order:
            del self._entries[at]
            return True
        return False

    def first(self) -> Order | None:
        """The order that is reached first."""
        return self._entries[-1][2] if self._entries else None

    def pop(self) -> Order:
        """Take out the order that is reached first."""
        return self._entries.pop()[2]

    def orders(self) -> list[Order]:
        """All orders, the one reached first at the front."""
        return [entry[2] for entry in reversed(self._entries)]
