"""Orders sorted by a price and then by time; the next one to be reached is at the end."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from decimal import Decimal

from exchange.paper.engine.orders import Order

Entry = tuple[Decimal, int, Order]


def _rank(entry: Entry) -> tuple[Decimal, int]:
    return entry[:2]


def _key_of(entry: Entry) -> Decimal:
    return entry[0]


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

    def orders(self) -> Iterator[Order]:
        """All orders, the one reached first at the front; not while the ladder is changed."""
        return (entry[2] for entry in reversed(self._entries))

    def prices_between(self, low: Decimal, high: Decimal) -> set[Decimal]:
        """The prices strictly between two."""
        lower, upper = sorted((self._key(low), self._key(high)))
        first = bisect_right(self._entries, lower, key=_key_of)
        last = bisect_left(self._entries, upper, key=_key_of)
        return {self._key(entry[0]) for entry in self._entries[first:last]}
