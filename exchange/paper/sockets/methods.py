"""Carrying out one request of the WebSocket API (Binance docs: WebSocket API, request security)."""

import hmac
from typing import Any

from exchange.paper.errors import ApiKeyUnknown, SignatureInvalid, WireError
from exchange.paper.http.params import Params
from exchange.paper.http.routing import Security
from exchange.paper.http.security import check_timestamp, sign
from exchange.paper.http.serving import Asked, serve
from exchange.paper.sockets.frames import MethodInvalid, Request, RequestRefused, failure, success
from exchange.paper.sockets.method_routes import STANDS_FOR
from exchange.paper.sockets.replies import Json, error_of, limits_shown, refused
from exchange.paper.sockets.session_methods import SESSION_METHODS, Caller, SessionMethod


def reply_to(caller: Caller, request: Request) -> Json:
    """Do what was asked and say what came of it."""
    if request.method in SESSION_METHODS:
        return _about_session(caller, request, SESSION_METHODS[request.method])
    if request.method in STANDS_FOR:
        return _by_route(caller, request, *STANDS_FOR[request.method])
    return refused(caller, RequestRefused(request.request_id, MethodInvalid(request.method)))


def _by_route(caller: Caller, request: Request, verb: str, path: str) -> Json:
    """The same work as for the REST request that the method stands for."""
    params, exchange = Params(request.params), caller.exchange
    asked = Asked(verb, path, params, exchange.venue, lambda need: _check_caller(caller, request, params, need))
    served = serve(exchange, asked)
    shown = limits_shown(caller, request, with_orders=served.route is not None and served.route.orders > 0)
    if served.refusal is not None:
        return _failed(caller, request, served.refusal) | shown
    return success(request.request_id, served.body) | shown


def _about_session(caller: Caller, request: Request, method: SessionMethod) -> Json:
    params, exchange = Params(request.params), caller.exchange
    now_ms = exchange.venue.now_ms
    try:
        exchange.limits.check_weight(now_ms, method.weight)
        _check_caller(caller, request, params, method.security)
        reply = success(request.request_id, method.answer(caller, params))
    except WireError as refusal:
        reply = _failed(caller, request, refusal)
    exchange.limits.weight.add(now_ms, method.weight)
    return reply | limits_shown(caller, request)


def _failed(caller: Caller, request: Request, refusal: WireError) -> dict[str, Any]:
    return failure(request.request_id, refusal.http_status, error_of(refusal, caller.exchange.venue.now_ms))


def _check_caller(caller: Caller, request: Request, params: Params, need: Security) -> None:
    """Key, time and signature over all other parameters, sorted by name and not percent-encoded."""
    if need is Security.NONE:
        return
    secret = caller.exchange.settings.credentials.get(params.text("apiKey"))
    if secret is None:
        raise ApiKeyUnknown
    if need is Security.KEY:
        return
    params.text("timestamp")
    given = params.text("signature")
    check_timestamp(params, caller.exchange.venue.now_ms)
    unsigned = sorted((name, value) for name, value in request.params.items() if name != "signature")
    payload = "&".join(f"{name}={value}" for name, value in unsigned)
    if not hmac.compare_digest(sign(secret, payload).encode(), given.lower().encode()):
        raise SignatureInvalid
