"""The most that the venue would lend, kept warm while nothing is traded, so that a refusal comes before the trade.

One asset every half minute, base and quote in turn: 750 of the 180000 weights that an account has a minute, twice a
minute (Binance docs: margin, maxBorrowable; SAPI limits by UID). Never read while a position is held. Before an entry
is refused for it, it is read once more: the owner may just have added collateral.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange.errors import VenueError
from exchange.lending import Lender
from exchange.types import Venue
from fsm.periods import Every
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.notify import Severity

READ_EVERY_MS = 30_000
OLDEST_MS = 120_000
"""What was read longer ago says nothing: the account has traded since."""


@dataclass(frozen=True, slots=True)
class _Read:
    quantity: Decimal
    read_ms: int


class Lendable:
    """`refresh` reads what is due; `known` is what a verdict may use. Without a lender nothing is ever read."""

    def __init__(self, venue: Venue, lender: Lender | None, tell: Tell, now_ms: Callable[[], int]) -> None:
        self._venue = venue
        self._lender = lender
        self._tell = tell
        self._now_ms = now_ms
        self._every = Every(READ_EVERY_MS)
        self._read: dict[str, _Read] = {}
        self._failing = False

    def refresh(self) -> None:
        """Read the asset that was read longer ago, if it is time; call it while idle."""
        now = self._now_ms()
        if self._lender is None or not self._every.is_due(now):
            return
        instrument = self._venue.instrument
        self.renew(min((instrument.quote, instrument.base), key=self._read_ms))
        self._every.done(now)

    def renew(self, asset: str) -> None:
        """Read what would be lent of the asset; where the venue does not tell, nothing is known of it."""
        if self._lender is None:
            return
        try:
            self._read[asset] = _Read(self._lender.max_borrowable(asset), self._now_ms())
        except VenueError as error:
            self._read.pop(asset, None)
            if not self._failing:
                self._tell(Announcement(Severity.WARN, "borrowable_not_known", f"{asset}: {error}"))
            self._failing = True
        else:
            self._failing = False

    def _read_ms(self, asset: str) -> int:
        return self._read[asset].read_ms if asset in self._read else 0

    def known(self) -> Mapping[str, Decimal]:
        """The most by asset, as far as it was read lately."""
        return {asset: read.quantity for asset, read in self._recent().items()}

    def known_ms(self) -> int | None:
        """When the older of them was read."""
        return min((read.read_ms for read in self._recent().values()), default=None)

    def _recent(self) -> dict[str, _Read]:
        now = self._now_ms()
        return {asset: read for asset, read in self._read.items() if now - read.read_ms <= OLDEST_MS}
