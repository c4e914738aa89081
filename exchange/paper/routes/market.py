"""Depth, public trades and candles (Binance docs: market data endpoints)."""

import re
from itertools import islice
from typing import Any

from exchange.paper.engine.errors import NoReferencePrice
from exchange.paper.engine.orders import Side
from exchange.paper.errors import IntervalInvalid, ParameterValueInvalid
from exchange.paper.http.params import Params
from exchange.paper.http.routing import Call, Route
from exchange.paper.market.far_side import Market
from exchange.paper.market.intervals import INTERVALS, candle_bounds
from exchange.paper.market.tape import MINUTE_MS, Candle, Print
from exchange.paper.numbers import fixed8

TIME_ZONE = re.compile(r"[+-]?(?P<hours>[0-9]{1,2})(:(?P<minutes>[0-5][0-9]))?", re.ASCII)


def _market(call: Call) -> Market:
    return call.venue.market(call.params.symbol())


def depth(call: Call) -> Any:
    """GET depth: the levels a taker would meet."""
    market, limit = _market(call), call.params.limit(100, 5000)
    return {
        "lastUpdateId": market.changes,
        "bids": _levels(market, Side.BUY, limit),
        "asks": _levels(market, Side.SELL, limit),
    }


def _levels(market: Market, side: Side, limit: int) -> list[list[str]]:
    return [[fixed8(price), fixed8(quantity)] for price, quantity in islice(market.levels(side), limit) if quantity]


def _depth_weight(params: Params) -> int:
    limit = params.limit(100, 5000)
    return next(weight for highest, weight in ((100, 5), (500, 25), (1000, 50), (5000, 250)) if limit <= highest)


def public_prints(call: Call) -> Any:
    """GET trades: the newest prints, oldest first."""
    market = _market(call)
    return [_print_row(printed) for printed in list(market.tape.prints)[-call.params.limit(500, 1000) :]]


def historical_prints(call: Call) -> Any:
    """GET historicalTrades: prints from an id on."""
    market, from_id = _market(call), call.params.optional_integer("fromId")
    limit = call.params.limit(500, 1000)
    if from_id is None:
        return [_print_row(printed) for printed in list(market.tape.prints)[-limit:]]
    return [_print_row(printed) for printed in market.tape.prints if printed.print_id >= from_id][:limit]


def _print_row(printed: Print) -> dict[str, Any]:
    return {
        "id": printed.print_id,
        "price": fixed8(printed.price),
        "qty": fixed8(printed.quantity),
        "quoteQty": fixed8(printed.price * printed.quantity),
        "time": printed.time_ms,
        "isBuyerMaker": printed.buyer_is_maker,
        "isBestMatch": True,
    }


def aggregate_prints(call: Call) -> Any:
    """GET aggTrades: every print stands alone."""
    market, params = _market(call), call.params
    from_id, limit = params.optional_integer("fromId"), params.limit(500, 1000)
    start_ms, end_ms = params.optional_integer("startTime"), params.optional_integer("endTime")
    found = [
        printed
        for printed in market.tape.prints
        if (from_id is None or printed.print_id >= from_id)
        and (start_ms is None or printed.time_ms >= start_ms)
        and (end_ms is None or printed.time_ms <= end_ms)
    ]
    kept = found[-limit:] if from_id is None and start_ms is None else found[:limit]
    return [aggregate_row(printed) for printed in kept]


def aggregate_row(printed: Print) -> dict[str, Any]:
    """The trades of one taker order; here every print stands alone."""
    return {
        "a": printed.print_id,
        "p": fixed8(printed.price),
        "q": fixed8(printed.quantity),
        "f": printed.print_id,
        "l": printed.print_id,
        "T": printed.time_ms,
        "m": printed.buyer_is_maker,
        "M": True,
    }


def klines(call: Call) -> Any:
    """GET klines: by interval and time zone; before the first print the market stood still."""
    market, params = _market(call), call.params
    interval = params.text("interval")
    if interval not in INTERVALS:
        raise IntervalInvalid
    shift_ms = _time_zone_ms(params)
    start_ms, end_ms = params.optional_integer("startTime"), params.optional_integer("endTime")
    last_ms = call.venue.now_ms if end_ms is None else min(end_ms, call.venue.now_ms)
    bounds = candle_bounds(interval, shift_ms, start_ms, last_ms, params.limit(500, 1000))
    return [_kline(candle, end_ms) for candle, end_ms in zip(market.tape.candles(bounds), bounds[1:], strict=True)]


def _time_zone_ms(params: Params) -> int:
    """Hours, or hours and minutes, from -12:00 to +14:00 (Binance docs: kline data, timeZone)."""
    text = params.optional("timeZone") or "0"
    found = TIME_ZONE.fullmatch(text)
    minutes = 0 if found is None else int(found["hours"]) * 60 + int(found["minutes"] or 0)
    shift = -minutes if text.startswith("-") else minutes
    if found is None or not -12 * 60 <= shift <= 14 * 60:
        raise ParameterValueInvalid("timeZone")
    return shift * MINUTE_MS


def _kline(candle: Candle, end_ms: int) -> list[Any]:
    return [
        candle.open_ms,
        fixed8(candle.open_price),
        fixed8(candle.high),
        fixed8(candle.low),
        fixed8(candle.close_price),
        fixed8(candle.volume),
        end_ms - 1,
        fixed8(candle.quote_volume),
        candle.count,
        fixed8(candle.taker_buy_volume),
        fixed8(candle.taker_buy_quote),
        "0",
    ]


def average_price(call: Call) -> Any:
    """GET avgPrice."""
    market = _market(call)
    mins = market.rules.average_mins
    price = market.reference_price(call.venue.now_ms)
    return {"mins": mins, "price": fixed8(price), "closeTime": call.venue.now_ms}


def reference_price(call: Call) -> Any:
    """GET referencePrice: none is ever set here."""
    _market(call)
    raise NoReferencePrice


def execution_rules(_: Call) -> Any:
    """GET executionRules: no price range rule here."""
    return {"symbolRules": []}


def _rules_weight(params: Params) -> int:
    return 2 if "symbol" in params or "symbols" in params else 40


ROUTES = (
    Route("GET", "/api/v3/depth", depth, weight=_depth_weight),
    Route("GET", "/api/v3/trades", public_prints, weight=25),
    Route("GET", "/api/v3/historicalTrades", historical_prints, weight=25),
    Route("GET", "/api/v3/aggTrades", aggregate_prints, weight=4),
    Route("GET", "/api/v3/klines", klines, weight=2),
    Route("GET", "/api/v3/uiKlines", klines, weight=2),
    Route("GET", "/api/v3/avgPrice", average_price, weight=2),
    Route("GET", "/api/v3/referencePrice", reference_price, weight=2),
    Route("GET", "/api/v3/executionRules", execution_rules, weight=_rules_weight),
)
