"""The simulated exchange's own door, as a script opens it: JSON over HTTP, numbers as text."""

import http.client
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from exchange.instrument import plain
from fsm.sample.market import Step

TIMEOUT_S = 10


class ScriptFailed(Exception):
    """The simulated exchange did not do what the script asked for."""


class PaperDoor:
    """Moves the market, the account and the rules of one symbol; one connection, kept open."""

    def __init__(self, url: str, symbol: str, account: str) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_S)
        self._symbol = symbol
        self._account = account

    def move(self, step: Step) -> None:
        """Play one step; the market meets every order on its way."""
        prices = {"open": step.first, "high": step.high, "low": step.low, "close": step.last}
        self._post("bar", {"symbol": self._symbol, **{name: plain(price) for name, price in prices.items()}})

    def print_at(self, price: Decimal, quantity: Decimal) -> None:
        """One trade of a limited quantity, which may fill an order only in part."""
        self._post("trade", {"symbol": self._symbol, "price": plain(price), "qty": plain(quantity)})

    def quote(self, bid: Decimal, ask: Decimal) -> None:
        """Bid and ask until the next trade."""
        self._post("book", {"symbol": self._symbol, "bid": plain(bid), "ask": plain(ask)})

    def rule(self, name: str, value: str) -> None:
        """Change the symbol's status or one of its filters."""
        self._post("symbol", {"symbol": self._symbol, name: value})

    def deposit(self, asset: str, quantity: Decimal) -> None:
        """Bring coins in; a negative quantity takes them out."""
        self._post("deposit", {"asset": asset, "amount": plain(quantity), "account": self._account})

    def balance(self, asset: str) -> Mapping[str, str]:
        """What the account has of the asset: free, locked, borrowed, interest."""
        nothing = dict.fromkeys(("free", "locked", "borrowed", "interest"), "0")
        return {**nothing, **self.ledger()["balances"].get(self._account, {}).get(asset, {})}

    def ledger(self) -> dict[str, Any]:
        """Balances, orders and trades, without the log of requests."""
        found: dict[str, Any] = self._ask("GET", "ledger?since_request=1000000000", None)
        return found

    def shut(self) -> None:
        self._connection.close()

    def _post(self, path: str, body: Mapping[str, str]) -> None:
        self._ask("POST", path, json.dumps(body))

    def _ask(self, method: str, path: str, body: str | None) -> Any:
        self._connection.request(method, f"/paper/{path}", body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if answer.status != http.client.OK:
            raise ScriptFailed(f"{method} /paper/{path} {body or ''}: HTTP {answer.status} {text}")
        return json.loads(text)
