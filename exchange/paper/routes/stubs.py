"""What clients ask for at start-up and this venue has little to say about."""

from typing import Any

from exchange.paper.http.routing import Call, Route, Security
from exchange.paper.numbers import fixed8
from exchange.paper.routes.reference import rate_limits

SIGNED = Security.SIGNED


def _no_contracts(call: Call) -> Any:
    return {
        "timezone": "UTC",
        "serverTime": call.venue.now_ms,
        "rateLimits": rate_limits(call.venue.settings),
        "exchangeFilters": [],
        "symbols": [],
    }


def _system_status(_: Call) -> Any:
    return {"status": 0, "msg": "normal"}


def _trade_fees(call: Call) -> Any:
    symbols = [call.venue.market(call.params.symbol()).rules.symbol] if "symbol" in call.params else call.venue.rules
    return [
        {"symbol": symbol, "makerCommission": fixed8(maker), "takerCommission": fixed8(taker)}
        for symbol in symbols
        for maker, taker in [call.venue.fees.rates(symbol)]
    ]


ROUTES = (
    Route("GET", "/fapi/v1/exchangeInfo", _no_contracts),
    Route("GET", "/dapi/v1/exchangeInfo", _no_contracts),
    Route("GET", "/sapi/v1/system/status", _system_status),
    Route("GET", "/sapi/v1/asset/tradeFee", _trade_fees, SIGNED),
)
