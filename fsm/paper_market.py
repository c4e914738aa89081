"""On paper, the simulated exchange's prices follow DeltaScout's bars: each new bar is played as it is written."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from loguru import logger

from exchange.instrument import plain
from signals.bars import Bar, BarFeed
from signals.watch import watch

BARS_KEPT = 10
TIMEOUT_S = 10


def last_close(path: Path | None) -> Decimal | None:
    """The close of the newest bar: where the simulated market begins."""
    bars = BarFeed(path, BARS_KEPT).read().bars if path is not None else ()
    return bars[-1].close if bars else None


@contextmanager
def market_follows(path: Path | None, url: str, symbols: frozenset[str]) -> Iterator[None]:
    """Play the bars that are appended to the file, at the exchange of that URL, until the block is left."""
    if path is None:
        yield
        return
    player, leaving = _Player(path, url, symbols), threading.Event()
    watch([path], player.play, leaving)
    try:
        yield
    finally:
        leaving.set()


class _Player:
    """Knows the newest bar that was played; called from the thread that watches the file."""

    def __init__(self, path: Path, url: str, symbols: frozenset[str]) -> None:
        self._feed = BarFeed(path, BARS_KEPT)
        self._address = urlsplit(url)
        self._symbols = symbols
        bars = self._feed.read().bars
        self._played = bars[-1] if bars else None

    def play(self) -> None:
        for bar in self._feed.read().bars:
            if self._played is None or bar.time_ms > self._played.time_ms:
                self._post(bar, self._played.close if self._played is not None else bar.close)
                self._played = bar

    def _post(self, bar: Bar, before: Decimal) -> None:
        """A bar opens where the one before it closed, as far as its own range allows."""
        first = min(max(before, bar.low), bar.high)
        prices = {"open": first, "high": bar.high, "low": bar.low, "close": bar.close}
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=TIMEOUT_S)
        try:
            for symbol in sorted(self._symbols):
                body = {"symbol": symbol, **{name: plain(price) for name, price in prices.items()}}
                connection.request("POST", "/paper/bar", json.dumps(body), {"Content-Type": "application/json"})
                connection.getresponse().read()
        except OSError as error:
            logger.warning("the simulated market missed the bar of {}: {}", bar.time_ms, error)
        finally:
            connection.close()
