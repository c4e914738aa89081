"""Ask the venue what is: orders, executions, balances; fold the answers into the record.

The truth about an order is its report, found by client order id; a stream or a timer only says when to look.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from exchange.errors import RateLimited, VenueError
from exchange.types import OrderReport, Venue
from fsm.bracket import arming
from fsm.memory import Memory
from fsm.orders import Order
from fsm.position import Position
from fsm.reconcile import (
    adopt,
    fold,
    fold_absence,
    fold_fills,
    foreign_trades,
    guessed_triggers,
    own_strangers,
    to_ask_for,
    without_fills,
)
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.notify import Severity


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the venue's state is not known now."""

    text: str
    since_ms: int


class Observer:
    """Reads the venue for the record in memory; what cannot be read is remembered as a problem, never raised."""

    def __init__(self, memory: Memory, venue: Venue, tell: Tell, now_ms: Callable[[], int]) -> None:
        self._memory = memory
        self._venue = venue
        self._tell = tell
        self._now_ms = now_ms
        self.unreachable: Problem | None = None
        self.foreign: tuple[OrderReport, ...] = ()
        """Open orders with our prefix that belong to no trade of this record."""
        self._told_foreign: frozenset[str] = frozenset()
        self.open_orders: tuple[OrderReport, ...] = ()
        position = memory.record.position
        self._unrecalled = position.trade_id if position is not None else None
        """The trade of an earlier process whose orders the venue has not told yet."""
        self._held_back = False
        """True if it was a request limit that kept the last read from an answer."""

    def look(self) -> bool:
        """One look at all open orders and at ours that are missing among them; False if the venue did not answer.

        Where our request weight is used up, what can be settled for good is asked for all the same: a leg may wait for
        it without a stop, and such questions have a reserve.
        """
        if self._reading("open orders", self._look):
            return True
        if self._held_back:
            self._settle_overdue()
        return False

    def knows_all_of(self, position: Position) -> bool:
        """Whether the record cannot lack an order that an earlier process sent for this trade."""
        return position.trade_id != self._unrecalled

    def settle(self) -> bool:
        """Ask for every order in doubt."""
        return self._reading("orders in doubt", self._settle)

    def ask(self, client_id: str) -> bool:
        """Ask for one order and its executions."""
        return self._reading(client_id, lambda: self._ask(client_id))

    def complete_fills(self) -> bool:
        """Fetch executions until our fills account for all that is executed."""
        return self._reading("executions", self._complete_fills)

    def ask_arming(self) -> bool:
        """Ask whether the exits of entries that are over have begun."""
        return self._reading("exits of an entry", self._ask_arming)

    def rules_changed(self) -> bool:
        """Read the symbol's rules anew; True if they are others than before."""
        before = self._venue.instrument
        return self._reading("symbol rules", self._venue.refresh_instrument) and self._venue.instrument != before

    def _look(self) -> None:
        self.open_orders = self._venue.open_orders()
        position = self._memory.record.position
        self._note_foreign(foreign_trades(position, self.open_orders))
        if position is None:
            return
        for report in own_strangers(position, (*self._recall(position), *self.open_orders)):
            self._announce("order_adopted", f"{report.client_id} is at the venue, but the record did not know it")
            self._memory.put_position(adopt(self._memory.position, report))
        for report in self.open_orders:
            self._memory.put_position(fold(self._memory.position, report))
        self._ask_each(to_ask_for(self._memory.position, self.open_orders))
        self._complete_fills()
        self._ask_arming()
        self._ask_triggers()

    def _note_foreign(self, found: tuple[OrderReport, ...]) -> None:
        """Told when two looks in a row show them: one that lags shows orders of the trade before."""
        before, now = ({report.client_id for report in reports} for reports in (self.foreign, found))
        self.foreign = found
        lasting = frozenset(before & now)
        if lasting - self._told_foreign:
            text = f"{', '.join(sorted(lasting))} bear our prefix, but belong to no trade of ours: no new entries"
            self._tell(Announcement(Severity.ERROR, "unknown_orders", text))
        self._told_foreign = lasting

    def _recall(self, position: Position) -> tuple[OrderReport, ...]:
        """Once after a start: all orders of the trade, ended ones too. A full disk may have kept their intents from the
        record, and a market order is executed a second time under the same id."""
        if self.knows_all_of(position):
            return ()
        reports = self._venue.orders_since(position.accepted_ms)
        self._unrecalled = None
        return reports

    def _settle(self) -> None:
        self._ask_each(self._memory.position.unsettled)
        self._complete_fills()
        self._ask_arming()

    def _settle_overdue(self) -> None:
        """Ask for what can be settled for good; where that fails too, the look before has told it."""
        position = self._memory.record.position
        for order in position.unsettled if position is not None else ():
            if (order.settled_after_ms or 0) < self._now_ms():
                with suppress(VenueError):
                    self._ask_one(order.client_id)

    def _ask(self, client_id: str) -> None:
        self._ask_one(client_id)
        self._complete_fills()
        self._ask_arming()

    def _ask_each(self, orders: tuple[Order, ...]) -> None:
        """Ask for these; while one of a list has not arrived, none of it has, and asking for all would cost the weight
        that a row of restarts lacks then."""
        not_arrived: set[str] = set()
        for order in orders:
            if order.list_id in not_arrived:
                continue
            self._ask_one(order.client_id)
            asked = self._memory.position.order(order.client_id)
            if asked is not None and asked.unsettled and asked.list_id is not None:
                not_arrived.add(asked.list_id)

    def _ask_one(self, client_id: str) -> None:
        asked_ms = self._now_ms()
        report = self._venue.order(client_id)
        position = self._memory.position
        if report is None:
            self._memory.put_position(fold_absence(position, client_id, asked_ms))
        else:
            self._memory.put_position(fold(position, report))

    def _ask_triggers(self) -> None:
        """Once each; where the venue does not tell either, the guess stays."""
        for order in guessed_triggers(self._memory.position):
            self._ask_one(order.client_id)
            asked = self._memory.position.order(order.client_id) or order
            told = asked.model_copy(update={"trigger_guessed": False})
            self._memory.put_position(self._memory.position.with_order(told))

    def _complete_fills(self) -> None:
        if self._memory.record.position is None:
            return
        for order in without_fills(self._memory.position):
            if order.order_id is not None:
                fills = self._venue.fills(order.order_id)
                self._memory.put_position(fold_fills(self._memory.position, order.client_id, fills))

    def _ask_arming(self) -> None:
        for order in arming(self._memory.position):
            self._ask_one(order.client_id)

    def _reading(self, what: str, read: Callable[[], object]) -> bool:
        try:
            read()
        except VenueError as error:
            self._held_back = isinstance(error, RateLimited)
            if self.unreachable is None:
                self._announce("venue_unreachable", f"{what}: {error}")
                self.unreachable = Problem(str(error), self._now_ms())
            return False
        if self.unreachable is not None:
            self._announce("venue_reachable", f"the venue answers again after {self._outage_s()} s")
            self.unreachable = None
        return True

    def _outage_s(self) -> int:
        return (self._now_ms() - self.unreachable.since_ms) // 1000 if self.unreachable else 0

    def _announce(self, event: str, text: str) -> None:
        self._tell(Announcement(Severity.WARN, event, text))
