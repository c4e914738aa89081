"""Notices what the owner does by hand, or the venue by a liquidation, and says how much of the position it was."""

from exchange.errors import VenueError
from exchange.instrument import plain
from exchange.lending import Lender
from exchange.types import Venue
from fsm.memory import Memory
from fsm.numbers import ZERO
from fsm.orders import Order
from fsm.position import External, Position
from fsm.reconcile import without_fills
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.notify import Severity
from fsm.watching.account import newly_canceled_by_owner, shortfall, traded_by_others
from fsm.watching.surroundings import Surroundings


class OwnerWatch:
    """`trade` is what was found and not yet followed by the record."""

    def __init__(
        self, memory: Memory, venue: Venue, lender: Lender | None, surroundings: Surroundings, tell: Tell
    ) -> None:
        self._memory = memory
        self._venue = venue
        self._lender = lender
        self._surroundings = surroundings
        self._tell = tell
        self._short_before = ZERO
        self._checked_ms: int | None = None
        """When the balances of the last check were read."""
        self._unanswered: tuple[Order, ...] = ()
        """Orders ended by others, of which the venue has not told yet whether their coins were traded."""
        self.trade: External | None = None

    def compare(self, before: Position) -> None:
        """Our stop or target was ended by others since `before`: were its coins traded? If not, it comes again."""
        released = (*self._unanswered, *newly_canceled_by_owner(before, self._memory.position))
        if not released:
            return
        try:
            liquidations = self._liquidations(released)
            fills = self._venue.fills_since(_earliest_end(released))
        except VenueError as error:
            self._unanswered = released
            self._warn("venue_unreachable", f"who ended {_names(released)}: {error}")
            return
        self._unanswered = ()
        self._tell_ended(released, liquidated=bool(liquidations))
        base = self._venue.instrument.base
        self.trade = traded_by_others(self._memory.position, fills, released, base, liquidations)

    def _liquidations(self, released: tuple[Order, ...]) -> frozenset[int]:
        """The orders by which the venue liquidated since then; none on spot."""
        found = self._lender.liquidations(_earliest_end(released)) if self._lender is not None else ()
        return frozenset(liquidation.order_id for liquidation in found)

    def _tell_ended(self, ended: tuple[Order, ...], *, liquidated: bool) -> None:
        if liquidated:
            text = f"THE VENUE LIQUIDATES: it ended {_names(ended)}; what it leaves of the position is protected again"
            self._tell(Announcement(Severity.ERROR, "liquidated", text))
        else:
            text = f"{_names(ended)} ended without our doing; what is still held is protected again"
            self._warn("canceled_by_owner", text)

    def check_balances(self) -> None:
        """Coins that are missing in two readings in a row are gone; too few to be traded, they may have repaid a debt.
        A reading from before a fill tells nothing: the coins that it lacks were bought since."""
        around, position = self._surroundings, self._memory.position
        if around.balances is None or around.problem is not None or without_fills(position) or self.trade is not None:
            return
        if around.balances_ms is None or around.balances_ms == self._checked_ms:
            return
        self._checked_ms = around.balances_ms
        instrument = self._venue.instrument
        is_old = around.balances_ms <= max((fill.time_ms for fill in position.fills), default=0)
        is_dust = not position.has_to_exit(instrument)
        short = ZERO if is_old or is_dust else shortfall(position, around.balances, instrument)
        gone, self._short_before = min(short, self._short_before), short
        if gone <= ZERO:
            return
        price = around.quote.last if around.quote else position.stop
        self.trade = External(quantity=gone, quote_quantity=gone * price, time_ms=self._venue.venue_ms())
        self._short_before = ZERO
        carried = self._memory.record.margin.carried.get(instrument.base, ZERO)
        if gone <= instrument.quantity_up(carried):
            text = f"{plain(gone)} of what was bought repaid the {plain(carried)} that an earlier trade left owing"
            self._tell(Announcement(Severity.INFO, "carried_repaid", text))
        else:
            self._warn("coins_missing", f"the account has {plain(gone)} less than the position holds")

    def forget(self) -> None:
        """The record has followed, or there is nothing left to follow."""
        position = self._memory.record.position
        if position is None:
            self._unanswered = ()
        if position is None or (self.trade is not None and self.trade in position.external):
            self.trade = None

    def _warn(self, event: str, text: str) -> None:
        self._tell(Announcement(Severity.WARN, event, text))


def _names(orders: tuple[Order, ...]) -> str:
    return ", ".join(order.client_id for order in orders)


def _earliest_end(orders: tuple[Order, ...]) -> int:
    return min(order.ended_ms or 0 for order in orders)
