"""What was traded in public: single prints, and one candle per minute."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal

from exchange.paper.numbers import ZERO

MINUTE_MS = 60_000
KEPT_PRINTS = 5000
KEPT_MINUTES = 3 * 24 * 60


@dataclass(frozen=True, slots=True)
class Print:
    """One public trade."""

    print_id: int
    price: Decimal
    quantity: Decimal
    time_ms: int
    buyer_is_maker: bool


@dataclass(slots=True)
class Candle:
    """What happened from `open_ms` on, for one interval."""

    open_ms: int
    open_price: Decimal
    high: Decimal
    low: Decimal
    close_price: Decimal
    volume: Decimal = ZERO
    quote_volume: Decimal = ZERO
    count: int = 0
    taker_buy_volume: Decimal = ZERO
    taker_buy_quote: Decimal = ZERO
    first_id: int = -1
    last_id: int = -1

    def add(self, printed: Print) -> None:
        """Take in one print."""
        notional = printed.price * printed.quantity
        self.high, self.low = max(self.high, printed.price), min(self.low, printed.price)
        self.close_price = printed.price
        self.volume += printed.quantity
        self.quote_volume += notional
        self.count += 1
        if not printed.buyer_is_maker:
            self.taker_buy_volume += printed.quantity
            self.taker_buy_quote += notional
        self.first_id = printed.print_id if self.first_id < 0 else self.first_id
        self.last_id = printed.print_id

    def absorb(self, later: "Candle") -> None:
        """Take in the candle that follows."""
        self.high, self.low = max(self.high, later.high), min(self.low, later.low)
        self.close_price = later.close_price
        self.volume += later.volume
        self.quote_volume += later.quote_volume
        self.count += later.count
        self.taker_buy_volume += later.taker_buy_volume
        self.taker_buy_quote += later.taker_buy_quote
        if later.count:
            self.first_id = later.first_id if self.first_id < 0 else self.first_id
            self.last_id = later.last_id


def flat(open_ms: int, price: Decimal) -> Candle:
    """A candle in which nothing was traded."""
    return Candle(open_ms, price, price, price, price)


class Tape:
    """The newest prints and minutes of one symbol."""

    def __init__(self, first_price: Decimal) -> None:
        self._first_price = first_price
        self.prints: deque[Print] = deque(maxlen=KEPT_PRINTS)
        self._minutes: deque[Candle] = deque(maxlen=KEPT_MINUTES)

    def __deepcopy__(self, memo: object) -> "Tape":
        """Prints, and all minutes but the newest, never change any more and are shared."""
        copied = Tape(self._first_price)
        copied.prints, copied._minutes = self.prints.copy(), self._minutes.copy()
        if copied._minutes:
            copied._minutes[-1] = copy(copied._minutes[-1])
        return copied

    def add(self, printed: Print) -> None:
        """Record one print."""
        minute = printed.time_ms - printed.time_ms % MINUTE_MS
        if not self._minutes or self._minutes[-1].open_ms < minute:
            self._minutes.append(flat(minute, printed.price))
        self._minutes[-1].add(printed)
        self.prints.append(printed)

    def traded_minutes(self, since_ms: int) -> Iterator[Candle]:
        """The minutes from `since_ms` on in which something was traded."""
        return (candle for candle in self._minutes if candle.open_ms >= since_ms)

    def candles(self, bounds: Sequence[int]) -> list[Candle]:
        """A candle from each bound to the next one, quiet ones flat at the close before."""
        if len(bounds) < 2:
            return []
        pieces = self._minutes if bounds[1] - bounds[0] >= MINUTE_MS else tuple(self._singly())[::-1]
        price, found = self._price_before(bounds[0]), dict[int, Candle]()
        for piece in pieces:
            place = bisect_right(bounds, piece.open_ms) - 1
            if place < 0:
                price = piece.close_price
            elif place < len(bounds) - 1:
                found.setdefault(place, flat(bounds[place], piece.open_price)).absorb(piece)
        whole: list[Candle] = []
        for place, open_ms in enumerate(bounds[:-1]):
            whole.append(found.get(place) or flat(open_ms, price))
            price = whole[-1].close_price
        return whole

    def _price_before(self, open_ms: int) -> Decimal:
        """The close of the last minute that was over by then."""
        earlier = (minute for minute in reversed(self._minutes) if minute.open_ms + MINUTE_MS <= open_ms)
        found = next(earlier, None)
        return self._first_price if found is None else found.close_price

    def candle(self, open_ms: int, end_ms: int) -> Candle:
        """What was traded from `open_ms` until before `end_ms`; if nothing was, flat at the price before."""
        newest_first = reversed(self._minutes) if end_ms - open_ms >= MINUTE_MS else self._singly()
        pieces: list[Candle] = []
        price = self._first_price
        for piece in newest_first:
            if piece.open_ms < open_ms:
                price = piece.close_price
                break
            if piece.open_ms < end_ms:
                pieces.append(piece)
        whole = flat(open_ms, pieces[-1].open_price if pieces else price)
        for piece in reversed(pieces):
            whole.absorb(piece)
        return whole

    def _singly(self) -> Iterator[Candle]:
        """A candle of each print, newest first."""
        for printed in reversed(self.prints):
            candle = flat(printed.time_ms, printed.price)
            candle.add(printed)
            yield candle

    def average_price(self, now_ms: int, minutes: int) -> Decimal | None:
        """The volume-weighted price of this and the last minutes, if anything was traded in them."""
        volume = quote_volume = ZERO
        for candle in reversed(self._minutes):
            if candle.open_ms <= now_ms - minutes * MINUTE_MS:
                break
            volume += candle.volume
            quote_volume += candle.quote_volume
        return quote_volume / volume if volume else None
