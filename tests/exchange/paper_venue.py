"""The simulated exchange for the client's tests: its own door, a client of it, and orders that suit its prices."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace as changed
from decimal import Decimal
from typing import Any

from exchange.client import BinanceClient
from exchange.clock import Clock
from exchange.ids import OrderName, Role
from exchange.settings import ExchangeSettings
from exchange.types import Confirmed, OcoRequest, OrderReport, OrderRequest, OrderType, Outcome, Side

ORDER = "/api/v3/order"
DAY_MS = 86_400_000
QUANTITY = Decimal("0.00105")


def name(role: Role, leg: int = 0, revision: int = 0) -> str:
    return OrderName("2501132000L3f9a1c", role, leg, revision).client_id


BUY = OrderRequest(name(Role.ENTRY), Side.BUY, OrderType.LIMIT, QUANTITY, Decimal("94000.50"))
MARKET = OrderRequest(name(Role.ENTRY), Side.BUY, OrderType.MARKET, QUANTITY)
TARGET = OrderRequest(name(Role.TARGET, 1), Side.SELL, OrderType.LIMIT_MAKER, QUANTITY, Decimal(96000))
STOP = OrderRequest(
    name(Role.STOP, 1), Side.SELL, OrderType.STOP_LOSS_LIMIT, QUANTITY, Decimal("93999.98"), Decimal(94000)
)
OCO = OcoRequest(name(Role.LIST, 1), TARGET, STOP)


def runner(revision: int, stop_price: str) -> OrderRequest:
    price = Decimal(stop_price)
    return changed(STOP, client_id=name(Role.STOP, 3, revision), stop_price=price, price=price - Decimal("0.02"))


class Paper:
    """The simulated exchange's own door."""

    def __init__(self, url: str) -> None:
        self.url = url

    def script(self, path: str, body: object = None) -> Any:
        request = urllib.request.Request(f"{self.url}/paper/{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    def ledger(self) -> Any:
        with urllib.request.urlopen(f"{self.url}/paper/ledger") as reply:
            return json.load(reply)

    def trade(self, price: str) -> None:
        self.script("trade", {"symbol": "BTCUSDC", "price": price})

    def fault(self, route: str, kind: str, **more: object) -> None:
        self.script("faults", [{"route": route, "kind": kind, **more}])

    def sent(self, method: str, path: str) -> int:
        requests = self.ledger()["requests"]
        return sum((request["method"], request["path"]) == (method, path) for request in requests)


@contextmanager
def client_of(url: str, clock: Clock, **settings: Any) -> Iterator[BinanceClient]:
    client = BinanceClient(ExchangeSettings(base_url=url, request_timeout_s=0.3, **settings), clock, lambda _: None)
    yield client
    client.close()


def confirmed(outcome: Outcome | None) -> tuple[OrderReport, ...]:
    assert isinstance(outcome, Confirmed), outcome
    return outcome.reports
