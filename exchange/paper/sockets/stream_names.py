"""Names of market streams (Binance docs: WebSocket streams, detailed stream information)."""

import re
from dataclasses import dataclass

from exchange.paper.market.intervals import HOUR_MS, INTERVALS

DEPTHS = ("5", "10", "20")
WINDOWS = ("1h", "4h", "1d")
# anything else before or after the @ is no stream name at all
WELL_FORMED = re.compile(r"^!?[a-zA-Z0-9_]{1,30}@[a-zA-Z0-9_@+:]{1,30}$")

# milliseconds between two updates; zero: whenever there is something new
REAL_TIME = 0
FAST_MS, SLOW_MS, CANDLE_MS = 100, 1000, 2000


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream by its name; `symbol` is empty for all symbols."""

    name: str
    symbol: str
    kind: str
    argument: str = ""
    period_ms: int = REAL_TIME
    shift_ms: int = 0


def is_well_formed(name: str) -> bool:
    """Whether a name could be that of a stream; unknown ones are accepted and stay silent."""
    return WELL_FORMED.fullmatch(name) is not None


def read_stream(name: str) -> Stream | None:
    """What a name stands for, if it stands for anything."""
    head, _, tail = name.partition("@")
    if head.startswith("!"):
        return _all_symbols(name, head, tail)
    if not head.islower():
        return None
    kind, _, speed = tail.partition("@")
    symbol = head.upper()
    if kind.startswith("depth") and speed in ("", "100ms", "1000ms"):
        return _depth(name, symbol, kind.removeprefix("depth"), FAST_MS if speed == "100ms" else SLOW_MS)
    if speed and not (kind.startswith("kline_") and speed == "+08:00"):
        return None
    return _single(name, symbol, kind, 8 * HOUR_MS if speed else 0)


def _all_symbols(name: str, head: str, tail: str) -> Stream | None:
    if head == "!miniTicker" and tail in ("arr", "arr@1000ms"):
        return Stream(name, "", "miniTicker", period_ms=SLOW_MS)
    window = head.removeprefix("!ticker_")
    if window in WINDOWS and tail == "arr":
        return Stream(name, "", "window", window, SLOW_MS)
    return None


def _depth(name: str, symbol: str, levels: str, period_ms: int) -> Stream | None:
    if levels == "":
        return Stream(name, symbol, "depth", period_ms=period_ms)
    return Stream(name, symbol, "book", levels, period_ms) if levels in DEPTHS else None


def _single(name: str, symbol: str, kind: str, shift_ms: int) -> Stream | None:
    if kind in ("trade", "aggTrade", "bookTicker"):
        return Stream(name, symbol, kind)
    if kind in ("miniTicker", "ticker", "avgPrice"):
        return Stream(name, symbol, kind, period_ms=SLOW_MS)
    family, _, argument = kind.partition("_")
    if family == "kline" and argument in INTERVALS:
        return Stream(name, symbol, "kline", argument, SLOW_MS if argument == "1s" else CANDLE_MS, shift_ms)
    if family == "ticker" and argument in WINDOWS:
        return Stream(name, symbol, "window", argument, SLOW_MS)
    return None
