"""One request to the venue over ccxt, and what came back: an answer, silence, or held back by ourselves.

ccxt signs and sends; its error classes are not used, because one class holds failures and doubts alike. Status and
body are taken as they came. One kept-alive session, no retries, no redirects, no pace of ccxt's own.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from requests.adapters import BaseAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from exchange.budget import Urgency, WeightBudget
from exchange.carried import CarriedSession
from exchange.clock import Clock
from exchange.routes import Counter, Route
from exchange.signature_redaction import SignatureRedactor
from exchange.signing import check_secret

if TYPE_CHECKING:
    from exchange.ccxt_wire import Received

_NO_RETRY_AFTER_MS = {429: 10_000, 418: 120_000}
"""Where the venue names no time: its order window, and its shortest ban."""
_LIMITS = {Counter.API: 6_000, Counter.SAPI_IP: 12_000, Counter.SAPI_UID: 180_000}
"""Weights a minute, until the venue tells (Binance docs: IP limits; margin: IP and UID limits); a sixth is kept for
protection. A pause that the venue asks for holds for all of them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The venue's reply; `body` is None when it is no JSON. `sent_ms` is the request's timestamp."""

    request: str
    status: int
    body: object
    text: str
    retry_after_ms: int
    sent_ms: int

    @property
    def code(self) -> int | None:
        """The venue's error code, None without one."""
        code = self.body.get("code") if isinstance(self.body, dict) else None
        return code if isinstance(code, int) else None

    @property
    def message(self) -> str:
        return str(self.body.get("msg", "")) if isinstance(self.body, dict) else ""

    def __str__(self) -> str:
        return f"{self.request}: HTTP {self.status} {self.text}"


@dataclass(frozen=True, slots=True)
class Silence:
    """No usable reply; `maybe_sent` is False only when provably no byte of the request left."""

    request: str
    fault: str
    maybe_sent: bool
    sent_ms: int

    def __str__(self) -> str:
        return f"{self.request}: {self.fault}"


@dataclass(frozen=True, slots=True)
class Held:
    """Not sent: the venue asked for a pause, or the weight left is kept for protection."""

    request: str
    wait_ms: int
    sent_ms: int
    """When it would have been sent."""

    def __str__(self) -> str:
        return f"{self.request}: held back for {self.wait_ms} ms by the venue's request limit"


Reply = Answer | Silence | Held


class Transport:
    """Sends signed requests to one base URL; for one thread."""

    def __init__(self, base_url: str, credentials: tuple[str, str], recv_window_ms: int, clock: Clock) -> None:
        check_secret(credentials[1])
        self.budgets = {counter: WeightBudget(limit, limit // 6) for counter, limit in _LIMITS.items()}
        self._clock = clock
        self._redact = SignatureRedactor(*credentials)
        from exchange.ccxt_wire import CcxtWire  # noqa: PLC0415 - takes long to load: only who asks the venue waits

        self._wire = CcxtWire(base_url, credentials, recv_window_ms, clock)

    def send(self, route: Route, params: Mapping[str, str], urgency: Urgency, timeout_s: float) -> Reply:
        """Send one request once and say what came back; never raises for what venue or network do."""
        now_ms = self._clock.now_ms()
        budget = self.budgets[route.counter]
        wait_ms = budget.wait_ms(route.weight, urgency, now_ms)
        if wait_ms:
            return Held(route.method, wait_ms, now_ms)
        budget.sent(route.weight, now_ms)
        reply = self._exchange(route, params, timeout_s)
        if isinstance(reply, Answer):
            self._count(reply, urgency)
        return reply

    def carried_by(self, carrier: BaseAdapter) -> None:
        """Let the carrier take every request, in place of a socket."""
        self._wire.session = CarriedSession(carrier)

    def close(self) -> None:
        self._wire.close()

    def _exchange(self, route: Route, params: Mapping[str, str], timeout_s: float) -> Answer | Silence:
        wire = self._wire
        fault = wire.ask(route.method, params, timeout_s)
        if wire.received is not None:
            return self._answer(route, wire.received, wire.signed_ms)
        causes = tuple(_causes(fault)) if fault else ()
        maybe_sent = not any(isinstance(cause, NewConnectionError | ConnectTimeoutError) for cause in causes)
        names = " < ".join(type(cause).__name__ for cause in causes)
        return Silence(route.method, f"no answer ({names})", maybe_sent, wire.signed_ms)

    def _answer(self, route: Route, received: "Received", sent_ms: int) -> Answer:
        status, text = received.status, received.text
        retry_after = received.headers.get("Retry-After", "")
        retry_after_ms = int(retry_after) * 1000 if retry_after.isdigit() else _NO_RETRY_AFTER_MS.get(status, 0)
        return Answer(route.method, status, self._parsed(text), self._redact(text), retry_after_ms, sent_ms)

    def _parsed(self, text: str) -> object:
        """The JSON value with every decimal exact, or None; the venue's words are kept in files, so without secrets."""
        try:
            return json.loads(text, parse_float=Decimal, object_hook=self._redacted)
        except (ValueError, RecursionError):
            return None

    def _redacted(self, found: dict[str, object]) -> dict[str, object]:
        message = found.get("msg")
        return {**found, "msg": self._redact(message)} if isinstance(message, str) else found

    def _count(self, answer: Answer, urgency: Urgency) -> None:
        now_ms = self._clock.now_ms()
        for counter, budget in self.budgets.items():
            used = self._wire.used_weight(counter)
            if used is not None:
                budget.counted(used, now_ms)
            if answer.status in (418, 429):
                budget.limited(answer.status, answer.retry_after_ms, urgency, now_ms)


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """What the fault was raised from, outermost first.

    Only what the libraries name as the reason counts: an exception that the caller happened to be treating when it
    asked for this request says nothing about this request.
    """
    found: object = fault
    while isinstance(found, BaseException):
        yield found
        wrapped = found.args[0] if found.args and isinstance(found.args[0], BaseException) else None
        found = found.__cause__ or getattr(found, "reason", None) or wrapped
