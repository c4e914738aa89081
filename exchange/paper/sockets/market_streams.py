"""Market streams: who follows which, and when each of them speaks (Binance docs: WebSocket streams)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from exchange.paper.engine.events import MarketEvent, MarketPrint
from exchange.paper.sockets.stream_names import REAL_TIME, Stream, read_stream
from exchange.paper.sockets.stream_payloads import aggregate_trade, trade
from exchange.paper.sockets.stream_sources import BestQuotes, BookDifferences, Source, source_of

if TYPE_CHECKING:
    from exchange.paper.exchange import PaperExchange


class Follower(Protocol):
    """A connection that follows streams."""

    def show(self, stream: str, kind: str, payload: Any) -> None:
        """Send one payload of a stream it follows."""


class MarketStreams:
    """Every stream that somebody follows; nobody's streams do not run."""

    def __init__(self, exchange: "PaperExchange") -> None:
        self._exchange = exchange
        self._followers: dict[str, list[Follower]] = {}
        self._streams: dict[str, Stream] = {}
        self._sources: dict[str, Source] = {}
        self._ticking: set[int] = set()

    def follow(self, follower: Follower, name: str) -> None:
        """Follow a stream; names that stand for nothing stay silent."""
        followers = self._followers.setdefault(name, [])
        if follower in followers:
            return
        followers.append(follower)
        stream = read_stream(name)
        if len(followers) == 1 and stream is not None:
            self._start(stream)

    def leave(self, follower: Follower, name: str) -> None:
        """Follow it no longer."""
        followers = self._followers.get(name, [])
        if follower in followers:
            followers.remove(follower)
        if not followers:
            self._stop(name)

    def _start(self, stream: Stream) -> None:
        if not self._streams:
            self._exchange.bus.markets.append(self._tell)
        self._streams[stream.name] = stream
        source = source_of(stream, self._exchange.venue)
        if source is not None:
            self._sources[stream.name] = source
        if stream.period_ms != REAL_TIME and stream.period_ms not in self._ticking:
            self._ticking.add(stream.period_ms)
            self._tick_later(stream.period_ms)

    def _stop(self, name: str) -> None:
        self._followers.pop(name, None)
        self._sources.pop(name, None)
        if self._streams.pop(name, None) is not None and not self._streams:
            self._exchange.bus.markets.remove(self._tell)

    def _tick_later(self, period_ms: int) -> None:
        """Periods are aligned to the clock."""
        now_ms = self._exchange.venue.now_ms
        self._exchange.sockets.agenda.add(now_ms - now_ms % period_ms + period_ms, lambda: self._tick(period_ms))

    def _tick(self, period_ms: int) -> None:
        due = [stream for stream in self._streams.values() if stream.period_ms == period_ms]
        if not due:
            self._ticking.remove(period_ms)
            return
        for stream in due:
            self._update(stream)
        self._tick_later(period_ms)

    def _update(self, stream: Stream) -> None:
        source = self._sources.get(stream.name)
        for payload in source.updates(self._exchange.venue) if source else ():
            self._publish(stream, payload)

    def _tell(self, event: MarketEvent) -> None:
        """Something was traded, or the book has changed without a trade."""
        for stream in [one for one in self._streams.values() if one.symbol == event.symbol]:
            source = self._sources.get(stream.name)
            if isinstance(source, BookDifferences):
                source.note(self._exchange.venue)
            elif isinstance(source, BestQuotes):
                self._update(stream)
            elif isinstance(event, MarketPrint) and stream.kind in ("trade", "aggTrade"):
                shape = trade if stream.kind == "trade" else aggregate_trade
                self._publish(stream, shape(event.symbol, event.printed, self._exchange.venue.now_ms))

    def _publish(self, stream: Stream, payload: Any) -> None:
        kind = payload.get("e", stream.kind) if isinstance(payload, Mapping) else stream.kind
        for follower in list(self._followers.get(stream.name, ())):
            follower.show(stream.name, kind, payload)
