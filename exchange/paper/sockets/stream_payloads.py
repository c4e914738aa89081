"""What market streams say, one function per payload (Binance docs: WebSocket streams, detailed stream information)."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from exchange.paper.engine.orders import Side
from exchange.paper.market.far_side import Market
from exchange.paper.market.intervals import DAY_MS, HOUR_MS
from exchange.paper.market.tape import MINUTE_MS, Candle, Print
from exchange.paper.numbers import ZERO, fixed8
from exchange.paper.routes.market import aggregate_row
from exchange.paper.routes.ticker import quotes, summed_day

Json = dict[str, Any]
Level = tuple[Decimal, Decimal]
WINDOWS_MS = {"1h": HOUR_MS, "4h": 4 * HOUR_MS, "1d": DAY_MS}


def trade(symbol: str, printed: Print, now_ms: int) -> Json:
    """One public trade."""
    return {
        "e": "trade",
        "E": now_ms,
        "s": symbol,
        "t": printed.print_id,
        "p": fixed8(printed.price),
        "q": fixed8(printed.quantity),
        "T": printed.time_ms,
        "m": printed.buyer_is_maker,
        "M": True,
    }


def aggregate_trade(symbol: str, printed: Print, now_ms: int) -> Json:
    """An aggregate trade."""
    return {"e": "aggTrade", "E": now_ms, "s": symbol, **aggregate_row(printed)}


def book_ticker(market: Market) -> Json:
    """Best bid and ask: no event type, no time."""
    best = quotes(market)
    return {
        "u": market.changes,
        "s": market.rules.symbol,
        "b": best["bidPrice"],
        "B": best["bidQty"],
        "a": best["askPrice"],
        "A": best["askQty"],
    }


def kline(symbol: str, interval: str, candle: Candle, end_ms: int, now_ms: int) -> Json:
    """One candle so far, or closed when its time is over."""
    shape = {
        "t": candle.open_ms,
        "T": end_ms - 1,
        "s": symbol,
        "i": interval,
        "f": candle.first_id,
        "L": candle.last_id,
        "o": fixed8(candle.open_price),
        "c": fixed8(candle.close_price),
        "h": fixed8(candle.high),
        "l": fixed8(candle.low),
        "v": fixed8(candle.volume),
        "n": candle.count,
        "x": now_ms >= end_ms,
        "q": fixed8(candle.quote_volume),
        "V": fixed8(candle.taker_buy_volume),
        "Q": fixed8(candle.taker_buy_quote),
        "B": "0",
    }
    return {"e": "kline", "E": now_ms, "s": symbol, "k": shape}


def mini_ticker(market: Market, now_ms: int) -> Json:
    """The last 24 hours in short."""
    day = summed_day(market, now_ms)
    return {
        "e": "24hrMiniTicker",
        "E": now_ms,
        "s": market.rules.symbol,
        "c": fixed8(market.last_price),
        "o": fixed8(day.open_price),
        "h": fixed8(day.high),
        "l": fixed8(day.low),
        "v": fixed8(day.volume),
        "q": fixed8(day.quote_volume),
    }


def ticker(market: Market, now_ms: int) -> Json:
    """The last 24 hours in full."""
    day, best = summed_day(market, now_ms), quotes(market)
    return {
        "e": "24hrTicker",
        "E": now_ms,
        "s": market.rules.symbol,
        **_change(market, day),
        "x": fixed8(day.open_price),
        "c": fixed8(market.last_price),
        "Q": fixed8(market.tape.prints[-1].quantity if market.tape.prints else ZERO),
        "b": best["bidPrice"],
        "B": best["bidQty"],
        "a": best["askPrice"],
        "A": best["askQty"],
        "o": fixed8(day.open_price),
        "h": fixed8(day.high),
        "l": fixed8(day.low),
        **_volume(day, now_ms - DAY_MS, now_ms),
    }


def window_ticker(market: Market, window: str, now_ms: int) -> Json:
    """A rolling window; its beginning is always the beginning of a minute."""
    open_ms = now_ms - WINDOWS_MS[window]
    open_ms -= open_ms % MINUTE_MS
    candle = market.tape.candle(open_ms, now_ms + MINUTE_MS)
    change = _change(market, candle)
    return {
        "e": f"{window}Ticker",
        "E": now_ms,
        "s": market.rules.symbol,
        "p": change["p"],
        "P": change["P"],
        "o": fixed8(candle.open_price),
        "h": fixed8(candle.high),
        "l": fixed8(candle.low),
        "c": fixed8(market.last_price),
        "w": change["w"],
        **_volume(candle, open_ms, now_ms),
    }


def _change(market: Market, candle: Candle) -> Json:
    difference = market.last_price - candle.open_price
    average = candle.quote_volume / candle.volume if candle.volume else market.last_price
    percent = difference * 100 / candle.open_price
    return {"p": fixed8(difference), "P": f"{percent:.3f}", "w": fixed8(average)}


def _volume(candle: Candle, open_ms: int, close_ms: int) -> Json:
    return {
        "v": fixed8(candle.volume),
        "q": fixed8(candle.quote_volume),
        "O": open_ms,
        "C": close_ms,
        "F": candle.first_id,
        "L": candle.last_id,
        "n": candle.count,
    }


def average_price(market: Market, now_ms: int) -> Json:
    """The average price of the last minutes."""
    return {
        "e": "avgPrice",
        "E": now_ms,
        "s": market.rules.symbol,
        "i": f"{market.rules.average_mins}m",
        "w": fixed8(market.reference_price(now_ms)),
        "T": market.tape.prints[-1].time_ms,
    }


def partial_book(market: Market, levels: int) -> Json:
    """The best levels of both sides."""
    return {
        "lastUpdateId": market.changes,
        "bids": rows(best_levels(market, Side.BUY, levels)),
        "asks": rows(best_levels(market, Side.SELL, levels)),
    }


def best_levels(market: Market, side: Side, levels: int) -> list[Level]:
    """One side's best levels that offer anything."""
    return list(islice((level for level in market.levels(side) if level[1]), levels))


def rows(levels: Sequence[Level]) -> list[list[str]]:
    """Levels as pairs of text."""
    return [[fixed8(price), fixed8(quantity)] for price, quantity in levels]


def depth_update(symbol: str, first_id: int, last_id: int, bids: list[Level], asks: list[Level], now_ms: int) -> Json:
    """What has changed in the book; a quantity of zero takes a level away."""
    return {
        "e": "depthUpdate",
        "E": now_ms,
        "s": symbol,
        "U": first_id,
        "u": last_id,
        "b": rows(bids),
        "a": rows(asks),
    }
