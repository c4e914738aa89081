"""One account's orders and fills of one symbol, oldest first: found by id, by client id, or row by row."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import overload

from exchange.paper.engine.orders import Fill, Order
from exchange.paper.engine.packing import can_be_packed, pack_fill, pack_order, unpack_fill, unpack_order

OrderFill = tuple[Order, Fill]


class Shelf(Sequence[Order]):
    """Orders in the order of their ids; past ones are packed and come back as copies."""

    def __init__(self, account: str, symbol: str) -> None:
        self._account, self._symbol = account, symbol
        self.open: dict[int, Order] = {}
        self.fills = FillRows(self)
        self._ids = array("q")
        self._rows: list[Order | bytes] = []
        self._newest: dict[str, int] = {}

    def add(self, order: Order) -> None:
        """A new order, whose id is the highest."""
        self.open[order.order_id] = order
        self._newest[order.client_order_id] = len(self._rows)
        self._ids.append(order.order_id)
        self._rows.append(order)

    def rename(self, order: Order, was: str) -> None:
        """An order has got another client id."""
        place = self._place(order.order_id)
        if place is not None and self._newest.get(was) == place:
            del self._newest[was]
        if place is not None:
            self._newest[order.client_order_id] = place

    def pack(self, order: Order) -> None:
        """An order is over and nobody works on it any more."""
        place = self._place(order.order_id)
        if place is not None and can_be_packed(order):
            self._rows[place] = pack_order(order)

    def by_id(self, order_id: int) -> Order | None:
        """The order with its fills, if there is one of that id."""
        place = self._place(order_id)
        return None if place is None else self._order(place)

    def by_client_id(self, client_id: str) -> Order | None:
        """The newest order of that client id."""
        place = self._newest.get(client_id)
        return None if place is None else self._order(place)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Order: ...
    @overload
    def __getitem__(self, place: slice) -> list[Order]: ...
    def __getitem__(self, place: int | slice) -> Order | list[Order]:
        if isinstance(place, slice):
            return [self._order(at) for at in range(*place.indices(len(self)))]
        return self._order(place)

    def _order(self, place: int) -> Order:
        row = self._rows[place]
        return row if isinstance(row, Order) else unpack_order(row, self._account, self._symbol)

    def _place(self, order_id: int) -> int | None:
        place = bisect_left(self._ids, order_id)
        return place if place < len(self._ids) and self._ids[place] == order_id else None


class FillRows(Sequence[OrderFill]):
    """Fills in the order of their ids, each with its order."""

    def __init__(self, orders: Shelf) -> None:
        self._orders = orders
        self._order_ids, self._times = array("q"), array("q")
        self._rows: list[bytes] = []

    def add(self, order: Order, fill: Fill) -> None:
        """A new fill, whose id is the highest."""
        self._order_ids.append(order.order_id)
        self._times.append(fill.time_ms)
        self._rows.append(pack_fill(fill))

    def of_order(self, order_id: int) -> list[OrderFill]:
        """The fills of one order; they lie between its creation and its latest update."""
        order = self._orders.by_id(order_id)
        if order is None:
            return []
        places = range(bisect_left(self._times, order.created_ms), bisect_right(self._times, order.updated_ms))
        return [self[place] for place in places if self._order_ids[place] == order_id]

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> OrderFill: ...
    @overload
    def __getitem__(self, place: slice) -> list[OrderFill]: ...
    def __getitem__(self, place: int | slice) -> OrderFill | list[OrderFill]:
        if isinstance(place, slice):
            return [self._row(at) for at in range(*place.indices(len(self)))]
        return self._row(place)

    def _row(self, place: int) -> OrderFill:
        order = self._orders.by_id(self._order_ids[place])
        if order is None:
            raise AssertionError(f"fill {place} belongs to order {self._order_ids[place]}, which is unknown")
        return order, unpack_fill(self._rows[place])
