"""Methods of the WebSocket API: who may call them, what they cost, what they answer (Binance docs: WebSocket API)."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .account import SPOT
from .errors import ApiKeyUnknown, Banned, ParameterMissing, RateLimited, SignatureInvalid, TooMuchWeight, WireError
from .faults import Fault
from .limits import Meter
from .params import Params
from .security import check_timestamp, sign
from .sockets import Session
from .ws_frames import Request, RequestRefused, failure, success

if TYPE_CHECKING:
    from .exchange import PaperExchange

Json = dict[str, Any]


@dataclass(slots=True)
class Caller:
    """Who asks: a connection, and what it wished for when it was opened."""

    exchange: "PaperExchange"
    session: Session
    connected_ms: int
    shows_limits: bool


Answer = Callable[[Caller, Params], Any]


@dataclass(frozen=True, slots=True)
class Method:
    """One method that only this interface has."""

    answer: Answer
    is_signed: bool = False
    weight: int = 2


class MethodUnknown(WireError):
    code = -1000
    text = "Unknown method: '%s'."


class LogonRefused(WireError):
    """HMAC keys cannot log on (Binance docs: session authentication)."""

    code = -1020
    text = "This operation is not supported."


def reply_to(caller: Caller, request: Request) -> Json:
    """Carry a request out and say what came of it."""
    params = Params(request.params)
    limits, now_ms = caller.exchange.limits, caller.exchange.venue.now_ms
    cost = 1
    try:
        method = METHODS.get(request.method)
        if method is None:
            raise MethodUnknown(request.method)
        cost = method.weight
        limits.check_weight(now_ms, cost, Meter.API)
        if method.is_signed:
            check_request(caller, request, params)
        frame = success(request.request_id, method.answer(caller, params))
    except WireError as refusal:
        frame = failure(request.request_id, refusal.http_status, _error(refusal, now_ms))
    limits.weight.add(now_ms, cost)
    return frame | _limits_shown(caller, request.params)


def check_request(caller: Caller, request: Request, params: Params) -> None:
    """Key, time and signature: all parameters by name, not percent-encoded (Binance docs: SIGNED request security)."""
    key = params.text("apiKey")
    params.text("timestamp")
    given = params.text("signature")
    secret = caller.exchange.settings.credentials.get(key)
    if secret is None:
        raise ApiKeyUnknown
    check_timestamp(params, caller.exchange.venue.now_ms)
    unsigned = sorted((name, value) for name, value in request.params.items() if name != "signature")
    payload = "&".join(f"{name}={value}" for name, value in unsigned)
    if not hmac.compare_digest(sign(secret, payload).encode(), given.lower().encode()):
        raise SignatureInvalid


def _error(refusal: WireError, now_ms: int) -> Json:
    """The error of a reply; who has to wait is told until when."""
    error = refusal.body()
    if isinstance(refusal, RateLimited):
        error["data"] = {"serverTime": now_ms, "retryAfter": now_ms + refusal.retry_after_s * 1000}
    return error


def refused(caller: Caller, bad: RequestRefused) -> Json:
    """The reply to a frame that is no request."""
    now_ms = caller.exchange.venue.now_ms
    caller.exchange.limits.weight.add(now_ms, 1)
    return failure(bad.request_id, bad.refusal.http_status, bad.refusal.body()) | _limits_shown(caller, {})


def injected(caller: Caller, request: Request, fault: Fault) -> Json:
    """The reply that an error fault puts in place of the true one."""
    status, error = fault.answer()
    return failure(request.request_id, status, error) | _limits_shown(caller, request.params)


def limited(caller: Caller, request: Request, fault: Fault) -> Json:
    """The reply of a limit fault."""
    now_ms = caller.exchange.venue.now_ms
    until_ms = now_ms + fault.retry_after * 1000
    status, limit = fault.status or 429, caller.exchange.settings.weight_limit
    refusal = (
        Banned(fault.retry_after, until_ms) if status == 418 else TooMuchWeight(fault.retry_after, limit, "1 MINUTE")
    )
    error = _error(refusal, now_ms)
    error["code"] = error["code"] if fault.code is None else fault.code
    error["msg"] = fault.msg or error["msg"]
    return failure(request.request_id, status, error) | _limits_shown(caller, request.params)


def _limits_shown(caller: Caller, params: Mapping[str, str]) -> Json:
    """The counters that the request has touched, unless nobody wants to see them."""
    wished = params.get("returnRateLimits")
    if not (caller.shows_limits if wished is None else wished == "true"):
        return {}
    weight = caller.exchange.limits.weight
    row = {
        "rateLimitType": "REQUEST_WEIGHT",
        "interval": "MINUTE",
        "intervalNum": 1,
        "limit": weight.limit,
        "count": weight.count(caller.exchange.venue.now_ms),
    }
    return {"rateLimits": [row]}


def subscribe_signature(caller: Caller, _: Params) -> Json:
    """userDataStream.subscribe.signature: follow the key's spot account."""
    subscription = caller.exchange.user_streams.subscribe(caller.session, SPOT)
    return {"subscriptionId": subscription.subscription_id}


def subscribe_session(_caller: Caller, _params: Params) -> Json:
    """userDataStream.subscribe needs a session that is logged on, which HMAC keys cannot be."""
    raise ParameterMissing("apiKey")


def unsubscribe(caller: Caller, params: Params) -> Json:
    """userDataStream.unsubscribe: one subscription, or all of the connection."""
    caller.exchange.user_streams.unsubscribe(caller.session, params.optional_integer("subscriptionId"))
    return {}


def subscriptions(caller: Caller, _: Params) -> list[Json]:
    """session.subscriptions."""
    mine = caller.exchange.user_streams.of(caller.session)
    return [{"subscriptionId": subscription.subscription_id} for subscription in mine]


def session_status(caller: Caller, _: Params) -> Json:
    """session.status: nobody is logged on."""
    return {
        "apiKey": None,
        "authorizedSince": None,
        "connectedSince": caller.connected_ms,
        "returnRateLimits": caller.shows_limits,
        "serverTime": caller.exchange.venue.now_ms,
        "userDataStream": bool(caller.exchange.user_streams.of(caller.session)),
    }


def logon(_caller: Caller, _params: Params) -> Json:
    """session.logon: for Ed25519 keys only."""
    raise LogonRefused


METHODS: dict[str, Method] = {
    "session.logon": Method(logon, is_signed=True),
    "session.logout": Method(session_status),
    "session.status": Method(session_status),
    "session.subscriptions": Method(subscriptions),
    "userDataStream.subscribe": Method(subscribe_session),
    "userDataStream.subscribe.signature": Method(subscribe_signature, is_signed=True),
    "userDataStream.unsubscribe": Method(unsubscribe),
}
