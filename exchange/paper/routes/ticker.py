"""Tickers (Binance docs: market data endpoints)."""

from collections.abc import Callable
from typing import Any

from exchange.paper.engine.orders import Side
from exchange.paper.errors import ParameterValueInvalid
from exchange.paper.http.params import Params
from exchange.paper.http.routing import Call, Route
from exchange.paper.market.far_side import Market
from exchange.paper.market.tape import MINUTE_MS, Candle, flat
from exchange.paper.numbers import ZERO, fixed8
from exchange.paper.routes.reference import read_symbols, wanted_symbols

DAY_MS = 24 * 60 * MINUTE_MS

Shape = Callable[[Market, int], dict[str, Any]]


def _one_or_many(call: Call, shape: Shape) -> Any:
    rows = [shape(call.venue.markets[symbol], call.venue.now_ms) for symbol in wanted_symbols(call)]
    return rows[0] if "symbol" in call.params else rows


def last_price(call: Call) -> Any:
    """GET ticker/price."""
    return _one_or_many(call, lambda market, _: {"symbol": market.rules.symbol, "price": fixed8(market.last_price)})


def book_ticker(call: Call) -> Any:
    """GET ticker/bookTicker."""
    return _one_or_many(call, lambda market, _: {"symbol": market.rules.symbol, **quotes(market)})


def quotes(market: Market) -> dict[str, str]:
    """Best bid and ask with their quantities."""
    row: dict[str, str] = {}
    for name, side in (("bid", Side.BUY), ("ask", Side.SELL)):
        price, quantity = next(market.levels(side), (ZERO, ZERO))
        row |= {f"{name}Price": fixed8(price), f"{name}Qty": fixed8(quantity)}
    return row


def day(call: Call) -> Any:
    """GET ticker/24hr."""
    form = call.params.optional("type") or "FULL"
    if form not in DAY_SHAPES:
        raise ParameterValueInvalid("type")
    return _one_or_many(call, DAY_SHAPES[form])


def _day_mini(market: Market, now_ms: int) -> dict[str, Any]:
    whole = summed_day(market, now_ms)
    return {
        "symbol": market.rules.symbol,
        "openPrice": fixed8(whole.open_price),
        "highPrice": fixed8(whole.high),
        "lowPrice": fixed8(whole.low),
        "lastPrice": fixed8(market.last_price),
        "volume": fixed8(whole.volume),
        "quoteVolume": fixed8(whole.quote_volume),
        "openTime": now_ms - DAY_MS,
        "closeTime": now_ms,
        "firstId": whole.first_id,
        "lastId": whole.last_id,
        "count": whole.count,
    }


def _day_full(market: Market, now_ms: int) -> dict[str, Any]:
    whole = summed_day(market, now_ms)
    change = market.last_price - whole.open_price
    average = whole.quote_volume / whole.volume if whole.volume else market.last_price
    last_quantity = market.tape.prints[-1].quantity if market.tape.prints else ZERO
    return {
        **_day_mini(market, now_ms),
        "priceChange": fixed8(change),
        "priceChangePercent": f"{change * 100 / whole.open_price:.3f}",
        "weightedAvgPrice": fixed8(average),
        "prevClosePrice": fixed8(whole.open_price),
        "lastQty": fixed8(last_quantity),
        **quotes(market),
    }


DAY_SHAPES: dict[str, Shape] = {"FULL": _day_full, "MINI": _day_mini}


def summed_day(market: Market, now_ms: int) -> Candle:
    """The last 24 hours as one candle."""
    whole: Candle | None = None
    for candle in market.tape.traded_minutes(now_ms - DAY_MS):
        if whole is None:
            whole = flat(candle.open_ms, candle.open_price)
        whole.absorb(candle)
    return whole or flat(now_ms, market.last_price)


def _weight(one: int, many: int) -> Callable[[Params], int]:
    return lambda params: one if "symbol" in params else many


def _day_weight(params: Params) -> int:
    if "symbol" in params:
        return 2
    count = len(read_symbols(params)) if "symbols" in params else 101
    return 2 if count <= 20 else 40 if count <= 100 else 80


ROUTES = (
    Route("GET", "/api/v3/ticker/price", last_price, weight=_weight(2, 4)),
    Route("GET", "/api/v3/ticker/bookTicker", book_ticker, weight=_weight(2, 4)),
    Route("GET", "/api/v3/ticker/24hr", day, weight=_day_weight),
)
