"""What is sent over a fresh WebSocket API connection to be told of one account's events.

Spot subscribes with a signature. A margin account is followed with a token that is asked for over REST and good for a
day; when it ends, the venue ends the stream (Binance docs: user data stream; margin: userListenToken).
"""

import json
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlencode

import aiohttp

from exchange.clock import Clock
from exchange.settings import ExchangeSettings
from exchange.signing import signature


class SubscriptionRefused(Exception):
    """The venue did not grant the subscription."""


class Subscription(Protocol):
    async def request(self, session: aiohttp.ClientSession) -> Mapping[str, object]:
        """Method and parameters of the frame that subscribes; raises `SubscriptionRefused`."""


def subscription(settings: ExchangeSettings, clock: Clock) -> Subscription:
    """The one of the account that trades."""
    return MarginSubscription(settings, clock) if settings.trade_mode == "margin" else SpotSubscription(settings, clock)


class SpotSubscription:
    """Signed over its parameters, sorted and not encoded (Binance docs: WebSocket API, request security)."""

    def __init__(self, settings: ExchangeSettings, clock: Clock) -> None:
        self._key, self._secret = settings.credentials
        self._recv_window_ms = settings.recv_window_ms
        self._clock = clock

    async def request(self, _session: aiohttp.ClientSession) -> Mapping[str, object]:
        params: dict[str, object] = {
            "apiKey": self._key,
            "recvWindow": self._recv_window_ms,
            "timestamp": self._clock.now_ms(),
        }
        payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
        signed = {**params, "signature": signature(payload, self._secret)}
        return {"method": "userDataStream.subscribe.signature", "params": signed}


class MarginSubscription:
    """A token for the cross account, or for the isolated one of our symbol."""

    def __init__(self, settings: ExchangeSettings, clock: Clock) -> None:
        self._url = f"{settings.rest_url}/sapi/v1/userListenToken"
        self._key, self._secret = settings.credentials
        self._recv_window_ms = settings.recv_window_ms
        self._clock = clock
        isolated = {"isIsolated": "true", "symbol": settings.symbol}
        self._account = isolated if settings.margin_isolated else {"isIsolated": "false"}

    async def request(self, session: aiohttp.ClientSession) -> Mapping[str, object]:
        token = await self._token(session)
        return {"method": "userDataStream.subscribe.listenToken", "params": {"listenToken": token}}

    async def _token(self, session: aiohttp.ClientSession) -> str:
        window = {"recvWindow": self._recv_window_ms, "timestamp": self._clock.now_ms()}
        payload = urlencode({**self._account, **window})
        body = f"{payload}&{urlencode({'signature': signature(payload, self._secret)})}"
        headers = {"X-MBX-APIKEY": self._key, "Content-Type": "application/x-www-form-urlencoded"}
        async with session.post(self._url, data=body, headers=headers) as reply:
            text = await reply.text()
        answer = json.loads(text) if reply.status == 200 else {}
        if not isinstance(answer, dict) or not isinstance(answer.get("token"), str):
            raise SubscriptionRefused(f"{self._url} was answered HTTP {reply.status} {text}")
        return str(answer["token"])
