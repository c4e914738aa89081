"""Methods about the connection and the accounts it follows (Binance docs: session, user data stream requests)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exchange.paper.engine.account import SPOT
from exchange.paper.errors import ParameterMissing, WireError
from exchange.paper.http.params import Params
from exchange.paper.http.routing import Security
from exchange.paper.sockets.connections import Session

if TYPE_CHECKING:
    from exchange.paper.exchange import PaperExchange

Json = dict[str, Any]


@dataclass(slots=True)
class Caller:
    """Who asks: a connection, and what it wished for when it was opened."""

    exchange: "PaperExchange"
    session: Session
    connected_ms: int
    shows_limits: bool


@dataclass(frozen=True, slots=True)
class SessionMethod:
    """One method that only this interface has."""

    answer: Callable[[Caller, Params], Any]
    security: Security = Security.NONE
    weight: int = 2


class LogonRefused(WireError):
    """Only Ed25519 keys can log on (Binance docs: authentication requests); there are none here."""

    code = -4056
    text = "HMAC_SHA256 API key is not supported."


def logon(_caller: Caller, _params: Params) -> Any:
    """session.logon."""
    raise LogonRefused


def session_status(caller: Caller, _: Params) -> Json:
    """session.status and session.logout: nobody is logged on."""
    return {
        "apiKey": None,
        "authorizedSince": None,
        "connectedSince": caller.connected_ms,
        "returnRateLimits": caller.shows_limits,
        "serverTime": caller.exchange.venue.now_ms,
        "userDataStream": bool(caller.exchange.user_streams.of(caller.session)),
    }


def subscriptions(caller: Caller, _: Params) -> list[Json]:
    """session.subscriptions."""
    return [{"subscriptionId": mine.subscription_id} for mine in caller.exchange.user_streams.of(caller.session)]


def subscribe(_caller: Caller, _params: Params) -> Any:
    """userDataStream.subscribe is for a connection that is logged on."""
    raise ParameterMissing("apiKey")


def subscribe_signature(caller: Caller, _: Params) -> Json:
    """userDataStream.subscribe.signature: follow the key's spot account."""
    return {"subscriptionId": caller.exchange.user_streams.subscribe(caller.session, SPOT).subscription_id}


def subscribe_listen_token(caller: Caller, params: Params) -> Json:
    """userDataStream.subscribe.listenToken: follow a margin account; a second token of the account extends it."""
    venue = caller.exchange.venue
    token = venue.margin.tokens.find(params.text("listenToken"), venue.now_ms)
    subscription = caller.exchange.user_streams.subscribe_until(caller.session, token.account, token.expires_ms)
    return {"subscriptionId": subscription.subscription_id, "expirationTime": token.expires_ms}


def unsubscribe(caller: Caller, params: Params) -> Json:
    """userDataStream.unsubscribe: one subscription, or all of the connection."""
    caller.exchange.user_streams.unsubscribe(caller.session, params.optional_integer("subscriptionId"))
    return {}


SESSION_METHODS = {
    "session.logon": SessionMethod(logon, Security.SIGNED),
    "session.logout": SessionMethod(session_status),
    "session.status": SessionMethod(session_status),
    "session.subscriptions": SessionMethod(subscriptions),
    "userDataStream.subscribe": SessionMethod(subscribe),
    "userDataStream.subscribe.signature": SessionMethod(subscribe_signature, Security.SIGNED),
    "userDataStream.subscribe.listenToken": SessionMethod(subscribe_listen_token),
    "userDataStream.unsubscribe": SessionMethod(unsubscribe),
}
