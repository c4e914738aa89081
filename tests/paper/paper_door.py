"""Signed requests straight to a simulated exchange that stands still in time."""

import hmac
import json
from decimal import Decimal
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from exchange.paper.clock import ManualClock
from exchange.paper.exchange import PaperExchange
from exchange.paper.http.response import Response
from exchange.paper.settings import PaperSettings

SYMBOL = "BTCUSDC"


def signature(secret: str, payload: str) -> str:
    """HMAC-SHA256 as the venue's documentation describes it."""
    return hmac.new(secret.encode(), payload.encode(), sha256).hexdigest()


class Refused(AssertionError):
    """A request was refused although the test expected it to succeed."""


class Door:
    """One client with the default key; times are the venue's own."""

    def __init__(self, settings: PaperSettings | None = None) -> None:
        self.clock = ManualClock()
        self.exchange = PaperExchange(settings or PaperSettings(), self.clock)

    def send(self, method: str, path: str, *, query: str = "", body: str = "", key: str = "paper") -> Response:
        """An unsigned request with the key header."""
        return self.exchange.request(method, path, query, body, {"X-MBX-APIKEY": key})

    def ask(self, method: str, path: str, **params: object) -> tuple[int, Any]:
        """A signed request; its status and JSON."""
        response = self.signed(method, path, **params)
        return response.status, json.loads(response.body or b"null")

    def signed(self, method: str, path: str, **params: object) -> Response:
        """A signed request; parameters in the query for GET and in the body otherwise."""
        values = {"timestamp": self.clock.now_ms(), "recvWindow": 5000, **params}
        payload = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in values.items())
        payload += f"&signature={signature('paper', payload)}"
        where = "query" if method == "GET" else "body"
        return self.send(method, path, **{where: payload})

    def ok(self, method: str, path: str, **params: object) -> Any:
        """A signed request that must succeed; its JSON."""
        status, body = self.ask(method, path, **params)
        if status != 200:
            raise Refused(f"{method} {path} {params}: {status} {body}")
        return body

    def refusal(self, method: str, path: str, **params: object) -> tuple[int, str]:
        """Code and text of a signed request that must be refused."""
        status, body = self.ask(method, path, **params)
        assert status >= 400, body
        return body["code"], body["msg"]

    def script(self, path: str, given: Any = None, method: str = "POST") -> Any:
        """A call under /paper/ that must succeed."""
        response = self.exchange.request(method, f"/paper/{path}", "", json.dumps(given), {})
        body = json.loads(response.body)
        if response.status != 200:
            raise Refused(f"/paper/{path} {given}: {body}")
        return body

    def print(self, price: str, qty: str | None = None, symbol: str = SYMBOL) -> None:
        """A public trade."""
        self.script("trade", {"symbol": symbol, "price": price, "qty": qty})

    def deposit(self, asset: str, quantity: str) -> None:
        """Coins from outside."""
        self.script("deposit", {"asset": asset, "amount": quantity})

    def order(self, side: str, order_type: str, quantity: str | None = None, **params: object) -> Any:
        """A new order in BTCUSDC that must be accepted."""
        return self.ok("POST", "/api/v3/order", **order_params(side, order_type, quantity, **params))

    def find(self, client_order_id: str) -> Any:
        """An order by its client id."""
        return self.ok("GET", "/api/v3/order", symbol=SYMBOL, origClientOrderId=client_order_id)

    def state(self, client_order_id: str) -> tuple[str, str]:
        """Status and executed quantity of an order."""
        found = self.find(client_order_id)
        return found["status"], plain(found["executedQty"])

    def balance(self, asset: str) -> tuple[str, str]:
        """Free and locked, without trailing zeros."""
        rows = {row["asset"]: row for row in self.ok("GET", "/api/v3/account")["balances"]}
        return plain(rows[asset]["free"]), plain(rows[asset]["locked"])


def order_params(side: str, order_type: str, quantity: str | None, **params: object) -> dict[str, object]:
    """Parameters of a new order in BTCUSDC."""
    given: dict[str, object] = {"symbol": SYMBOL, "side": side, "type": order_type, **params}
    if order_type in ("LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"):
        given.setdefault("timeInForce", "GTC")
    if quantity is not None:
        given["quantity"] = quantity
    return given


def plain(number: str) -> str:
    """A number without trailing zeros."""
    return f"{Decimal(number).normalize():f}"
