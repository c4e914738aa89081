"""ccxt as it is used here: it signs, and it sends over its session; nothing else of it is asked."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ccxt  # type: ignore[import-untyped]

from exchange.clock import Clock
from exchange.routes import Counter


@dataclass(frozen=True, slots=True)
class Received:
    """A reply as it came."""

    status: int
    headers: Mapping[str, str]
    text: str


class CcxtWire(ccxt.binance):  # type: ignore[misc]
    """ccxt's Binance with our clock, our base URL alone, and the raw reply kept."""

    def __init__(self, base_url: str, credentials: tuple[str, str], recv_window_ms: int, clock: Clock) -> None:
        self._clock = clock
        self.received: Received | None = None
        self.signed_ms = 0
        super().__init__(
            {
                "apiKey": credentials[0],
                "secret": credentials[1],
                "enableRateLimit": False,
                "options": {"recvWindow": recv_window_ms, "timeDifference": 0},
            }
        )
        self.urls["api"] = {
            "public": f"{base_url}/api/v3",
            "private": f"{base_url}/api/v3",
            "sapi": f"{base_url}/sapi/v1",
        }
        self.session.max_redirects = 0
        self.logger = logging.Logger("ccxt", level=logging.CRITICAL + 1)

    def ask(self, method: str, params: Mapping[str, str], timeout_s: float) -> Exception | None:
        """Send one request by ccxt's implicit method; the reply is in `received`, what went wrong is returned."""
        self.received = None
        self.signed_ms = self._clock.now_ms()
        self.timeout = timeout_s * 1000
        try:
            getattr(self, method)(dict(params))
        except (ccxt.BaseError, OSError) as fault:
            return fault
        return None

    def handle_errors(self, *_reply: Any) -> None:
        """ccxt's reading of an error body is not asked: on odd contents it fails itself, and the body is read by us."""

    def used_weight(self, counter: Counter) -> int | None:
        """The sum of this minute, where the last reply names it."""
        used = self.received.headers.get(counter.value, "") if self.received else ""
        return int(used) if used.isdigit() else None

    def milliseconds(self) -> int:
        return self._clock.now_ms()

    def nonce(self) -> int:
        self.signed_ms = self._clock.now_ms()
        return self.signed_ms

    def on_rest_response(self, *reply: Any) -> str:
        """ccxt's hook: status, reason, URL, method, headers and text of the reply, then headers and body of ours."""
        status, _, _, _, headers, text, *_ = reply
        self.received = Received(status, headers, text.strip())
        return self.received.text
