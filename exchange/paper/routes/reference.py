"""The venue itself: ping, time, exchangeInfo (Binance docs: general endpoints)."""

import json
import re
from typing import Any

from exchange.paper.engine.symbols import SYMBOL_STATUSES, SymbolRules
from exchange.paper.errors import IllegalCharacters, OptionalParametersInvalid, ParameterValueInvalid, SymbolInvalid
from exchange.paper.http.params import Params
from exchange.paper.http.routing import Call, Route
from exchange.paper.settings import PaperSettings
from exchange.paper.wire.symbols import permissions_of, symbol_object

SYMBOLS_RANGE = r"^\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\]$"


def ping(_: Call) -> Any:
    """GET ping."""
    return {}


def server_time(call: Call) -> Any:
    """GET time."""
    return {"serverTime": call.venue.now_ms}


def exchange_information(call: Call) -> Any:
    """GET exchangeInfo: symbols by name, or those of a status that have any of the permissions."""
    params = call.params
    shows_sets = params.flag("showPermissionSets") if "showPermissionSets" in params else True
    symbols = [symbol_object(rules) for rules in _listed(call)]
    return {
        "timezone": "UTC",
        "serverTime": call.venue.now_ms,
        "rateLimits": rate_limits(call.venue.settings),
        "exchangeFilters": [],
        "symbols": symbols if shows_sets else [{**row, "permissionSets": []} for row in symbols],
    }


def _listed(call: Call) -> list[SymbolRules]:
    params = call.params
    found = [call.venue.rules[symbol] for symbol in wanted_symbols(call)]
    if "permissions" not in params and "symbolStatus" not in params:
        return found
    if "symbol" in params or "symbols" in params:
        raise OptionalParametersInvalid
    status = params.optional("symbolStatus")
    if status is not None and status not in SYMBOL_STATUSES:
        raise ParameterValueInvalid("symbolStatus")
    wanted = _permissions(params)
    return [rules for rules in found if status in (None, rules.status) and not wanted.isdisjoint(permissions_of(rules))]


def _permissions(params: Params) -> set[str]:
    text = params.optional("permissions") or "SPOT"
    if re.fullmatch(SYMBOLS_RANGE, text, re.ASCII):
        return set(json.loads(text))
    if not text.isalpha():
        raise ParameterValueInvalid("permissions")
    return {text}


def rate_limits(settings: PaperSettings) -> list[dict[str, Any]]:
    """The limits of this venue (Binance docs: limits)."""
    rows = (
        ("REQUEST_WEIGHT", "MINUTE", 1, settings.weight_limit),
        ("ORDERS", "SECOND", 10, settings.orders_per_10s),
        ("ORDERS", "DAY", 1, settings.orders_per_day),
        ("RAW_REQUESTS", "MINUTE", 5, 300000),
    )
    names = ("rateLimitType", "interval", "intervalNum", "limit")
    return [dict(zip(names, row, strict=True)) for row in rows]


def wanted_symbols(call: Call) -> list[str]:
    """The symbol, the symbols, or all of them."""
    listed = call.venue.rules
    if "symbol" in call.params and "symbols" in call.params:
        raise OptionalParametersInvalid
    if "symbol" in call.params:
        return [call.venue.market(call.params.symbol()).rules.symbol]
    if "symbols" not in call.params:
        return list(listed)
    names = read_symbols(call.params)
    if any(name not in listed for name in names):
        raise SymbolInvalid
    return names


def read_symbols(params: Params) -> list[str]:
    """The JSON array in `symbols`."""
    text = params.text("symbols")
    if not re.fullmatch(SYMBOLS_RANGE, text, re.ASCII):
        raise IllegalCharacters("symbols", SYMBOLS_RANGE)
    names: list[str] = json.loads(text)
    return names


ROUTES = (
    Route("GET", "/api/v3/ping", ping),
    Route("GET", "/api/v1/ping", ping),
    Route("GET", "/api/v3/time", server_time),
    Route("GET", "/api/v3/exchangeInfo", exchange_information, weight=20),
)
