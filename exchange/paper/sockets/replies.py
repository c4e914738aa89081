"""Replies of the WebSocket API: errors, and the counters that every reply shows (Binance docs: rate limits)."""

from typing import Any

from exchange.paper.engine.account import SPOT
from exchange.paper.errors import Banned, RateLimited, TooMuchWeight, WireError
from exchange.paper.faults import Fault
from exchange.paper.sockets.frames import Request, RequestRefused, failure
from exchange.paper.sockets.session_methods import Caller

Json = dict[str, Any]


def limits_shown(caller: Caller, request: Request, *, with_orders: bool = False) -> Json:
    """The counters that a request touches, unless nobody wants to see them."""
    wished = request.params.get("returnRateLimits")
    shows = caller.shows_limits if wished is None else wished == "true"
    if not shows:
        return {}
    exchange = caller.exchange
    settings, now_ms = exchange.settings, exchange.venue.now_ms
    rows = [_row("REQUEST_WEIGHT", "MINUTE", 1, settings.weight_limit, exchange.limits.weight.count(now_ms))]
    if with_orders:
        counts = exchange.limits.order_counts(SPOT, now_ms)
        rows.insert(0, _row("ORDERS", "DAY", 1, settings.orders_per_day, counts["1D"]))
        rows.insert(0, _row("ORDERS", "SECOND", 10, settings.orders_per_10s, counts["10S"]))
    return {"rateLimits": rows}


def _row(kind: str, interval: str, number: int, limit: int, count: int) -> Json:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit, "count": count}


def error_of(refusal: WireError, now_ms: int) -> Json:
    """A refusal's code and text; who has to wait is told until when."""
    error = refusal.body()
    if isinstance(refusal, RateLimited):
        error["data"] = {"serverTime": now_ms, "retryAfter": refusal.until_ms(now_ms)}
    return error


def refused(caller: Caller, bad: RequestRefused) -> Json:
    """The reply to a frame that is no request; it costs one like any other and shows no counters."""
    caller.exchange.limits.weight.add(caller.exchange.venue.now_ms, 1)
    return failure(bad.request_id, bad.refusal.http_status, bad.refusal.body())


def injected(caller: Caller, request: Request, fault: Fault) -> Json:
    """The reply that an error fault puts in place of the true one."""
    status, error = fault.answer()
    return failure(request.request_id, status, error) | limits_shown(caller, request)


def limited(caller: Caller, request: Request, fault: Fault) -> Json:
    """The reply of a limit fault."""
    now_ms, status, wait_s = caller.exchange.venue.now_ms, fault.status or 429, fault.retry_after
    refusal: RateLimited = TooMuchWeight(wait_s, caller.exchange.settings.weight_limit, "1 MINUTE")
    if status == 418:
        refusal = Banned(wait_s, now_ms + wait_s * 1000)
    given = {"code": fault.code, "msg": fault.msg}
    error = error_of(refusal, now_ms) | {name: value for name, value in given.items() if value is not None}
    return failure(request.request_id, status, error) | limits_shown(caller, request)
