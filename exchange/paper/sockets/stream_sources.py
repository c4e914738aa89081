"""Where the updates of each stream come from; each remembers what it has told (Binance docs: WebSocket streams)."""

from collections.abc import Callable
from typing import Any, Protocol

from exchange.paper.engine.venue import Venue
from exchange.paper.market.far_side import Market
from exchange.paper.market.intervals import ends_ms, opens_ms
from exchange.paper.sockets.book_changes import BookChanges
from exchange.paper.sockets.stream_names import Stream
from exchange.paper.sockets.stream_payloads import (
    Json,
    average_price,
    book_ticker,
    kline,
    mini_ticker,
    partial_book,
    ticker,
    window_ticker,
)

Payload = Json | list[Json]


class Source(Protocol):
    """One stream's memory."""

    def updates(self, venue: Venue) -> list[Any]:
        """The payloads that are due now, oldest first."""
        ...


class Snapshots:
    """Says how things stand, every time."""

    def __init__(self, symbol: str, payload: Callable[[Market, int], Json]) -> None:
        self._symbol = symbol
        self._payload = payload

    def updates(self, venue: Venue) -> list[Any]:
        """One payload."""
        return [self._payload(venue.markets[self._symbol], venue.now_ms)]


class BestQuotes:
    """Says when best bid or ask, or their quantities, have changed."""

    def __init__(self, symbol: str, venue: Venue) -> None:
        self._symbol = symbol
        self._told = self._quotes(venue)

    def updates(self, venue: Venue) -> list[Any]:
        """One payload, or none if it would say the same."""
        was, self._told = self._told, self._quotes(venue)
        return [book_ticker(venue.markets[self._symbol])] if self._told != was else []

    def _quotes(self, venue: Venue) -> Json:
        return {name: text for name, text in book_ticker(venue.markets[self._symbol]).items() if name != "u"}


class Candles:
    """Says how the present candle stands, after telling the one before to be closed."""

    def __init__(self, stream: Stream, venue: Venue) -> None:
        self._symbol, self._interval, self._shift_ms = stream.symbol, stream.argument, stream.shift_ms
        self._open_ms = opens_ms(self._interval, venue.now_ms, self._shift_ms)

    def updates(self, venue: Venue) -> list[Any]:
        """The candle that has just ended, if one has, and the present one."""
        was_ms, self._open_ms = self._open_ms, opens_ms(self._interval, venue.now_ms, self._shift_ms)
        times_ms = [self._open_ms] if was_ms == self._open_ms else [was_ms, self._open_ms]
        return [self._kline(venue, open_ms) for open_ms in times_ms]

    def _kline(self, venue: Venue, open_ms: int) -> Json:
        end_ms = ends_ms(self._interval, open_ms, self._shift_ms)
        candle = venue.markets[self._symbol].tape.candle(open_ms, end_ms)
        return kline(self._symbol, self._interval, candle, end_ms, venue.now_ms)


class BookDifferences:
    """Says what has changed in the book since the last time."""

    def __init__(self, symbol: str, venue: Venue) -> None:
        self._symbol = symbol
        self._changes = BookChanges(venue.markets[symbol])

    def note(self, venue: Venue) -> None:
        """The book has changed."""
        self._changes.note(venue.markets[self._symbol])

    def updates(self, venue: Venue) -> list[Any]:
        """One payload, or none."""
        update = self._changes.update(venue.markets[self._symbol], venue.now_ms)
        return [] if update is None else [update]


class ChangedTickers:
    """Says in one array how the symbols stand in which something was traded since the last time."""

    def __init__(self, payload: Callable[[Market, int], Json], venue: Venue) -> None:
        self._payload = payload
        self._told = self._prints(venue)

    def updates(self, venue: Venue) -> list[Any]:
        """One array, or none if it would be empty."""
        was, self._told = self._told, self._prints(venue)
        changed = [symbol for symbol, print_id in self._told.items() if was.get(symbol) != print_id]
        array = [self._payload(venue.markets[symbol], venue.now_ms) for symbol in changed]
        return [array] if array else []

    @staticmethod
    def _prints(venue: Venue) -> dict[str, int]:
        return {symbol: market.tape.prints[-1].print_id for symbol, market in venue.markets.items()}


def source_of(stream: Stream, venue: Venue) -> Source | None:
    """The source of a stream, if its symbol is listed; trades come from the tape and need none."""
    payload = _payload(stream)
    if not stream.symbol:
        return ChangedTickers(payload, venue) if payload else None
    if stream.symbol not in venue.markets:
        return None
    if payload is not None:
        return Snapshots(stream.symbol, payload)
    if stream.kind == "kline":
        return Candles(stream, venue)
    if stream.kind == "depth":
        return BookDifferences(stream.symbol, venue)
    return BestQuotes(stream.symbol, venue) if stream.kind == "bookTicker" else None


def _payload(stream: Stream) -> Callable[[Market, int], Json] | None:
    """For streams that say how things stand."""
    argument = stream.argument
    if stream.kind == "window":
        return lambda market, now_ms: window_ticker(market, argument, now_ms)
    if stream.kind == "book":
        return lambda market, _: partial_book(market, int(argument))
    return {"miniTicker": mini_ticker, "ticker": ticker, "avgPrice": average_price}.get(stream.kind)
