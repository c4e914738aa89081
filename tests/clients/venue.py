"""A simulated exchange on a port of its own, and the door through which a test moves its market."""

import json
import urllib.request
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

SYMBOL = "BTCUSDC"
KEY = "paper"


class Venue:
    """What a test knows of the exchange: its address, its script door and its ledger."""

    def __init__(self, url: str) -> None:
        self.url = url

    def address(self, real: str) -> str:
        """A real address with this exchange's host in it and its path untouched."""
        return self.url + urlsplit(real).path

    def script(self, path: str, given: object = None) -> Any:
        """A call under /paper/."""
        request = urllib.request.Request(f"{self.url}/paper/{path}", json.dumps(given).encode(), method="POST")
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    def print(self, price: str) -> None:
        """A public trade in BTCUSDC."""
        self.script("trade", {"symbol": SYMBOL, "price": price})

    def deposit(self, asset: str, quantity: str) -> None:
        """Coins from outside."""
        self.script("deposit", {"asset": asset, "amount": quantity})

    def ledger(self) -> Any:
        """All that happened, as the exchange saw it."""
        with urllib.request.urlopen(f"{self.url}/paper/ledger") as reply:
            return json.load(reply)

    def requests(self) -> list[tuple[str, str]]:
        """Method and path of every request so far."""
        return [(row["method"], row["path"]) for row in self.ledger()["requests"]]

    def refused(self) -> list[dict[str, Any]]:
        """Requests that were neither answered with 200 nor became a socket."""
        return [row for row in self.ledger()["requests"] if row["status"] not in (200, 101)]


def plain(number: object) -> str:
    """A number without trailing zeros."""
    return f"{Decimal(str(number)).normalize():f}"
