"""What the client adds to an order: time from `place` to its outcome, against bare signed requests.

    python benchmarks/order_latency.py [ORDERS]

Both talk to a simulated exchange in a process of its own, over one warm connection each, taking turns.
"""

import hashlib
import hmac
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from multiprocessing.connection import Connection
from urllib.parse import urlencode

import requests

from exchange.client import BinanceClient
from exchange.clock import SystemClock
from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from exchange.settings import ExchangeSettings
from exchange.types import Confirmed, OrderRequest, OrderType, Side

QUANTITY, PRICE = Decimal("0.001"), Decimal(90_000)


def serve(tell: Connection) -> None:
    """Serve until the other end says anything."""
    with running(PaperSettings(orders_per_10s=10**9)) as exchange:
        tell.send(exchange.url)
        tell.recv()


def bare_place(session: requests.Session, url: str, client_id: str, now_ms: int) -> None:
    """The same order with nothing but a signature around it."""
    payload = urlencode(
        {
            "timestamp": now_ms,
            "symbol": "BTCUSDC",
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": f"{QUANTITY}",
            "price": f"{PRICE}",
            "newClientOrderId": client_id,
            "newOrderRespType": "FULL",
        }
    )
    signature = hmac.new(b"paper", payload.encode(), hashlib.sha256).hexdigest()
    headers = {"X-MBX-APIKEY": "paper", "Content-Type": "application/x-www-form-urlencoded"}
    session.post(
        f"{url}/api/v3/order", f"{payload}&signature={signature}", headers=headers, timeout=5
    ).raise_for_status()


def timed_us(work: Callable[[], None]) -> float:
    began_ns = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - began_ns) / 1_000


def measure(url: str, orders: int) -> tuple[list[float], list[float]]:
    """Microseconds of each placement: through the client, and bare."""
    clock = SystemClock()
    client = BinanceClient(ExchangeSettings(base_url=url), clock, time.sleep)
    client.connect()
    session = requests.Session()
    session.trust_env = False
    session.get(f"{url}/api/v3/ping", timeout=5)

    def place(client_id: str) -> None:
        outcome = client.place(OrderRequest(client_id, Side.BUY, OrderType.LIMIT, QUANTITY, PRICE))
        if not isinstance(outcome, Confirmed):
            raise SystemExit(f"order {client_id} was not placed: {outcome}")

    ours, bare = [], []
    for number in range(orders):
        ours.append(timed_us(lambda: place("ours")))
        client.cancel("ours")
        bare.append(timed_us(lambda: bare_place(session, url, "bare", clock.now_ms())))
        client.cancel("bare")
        if number == 0:
            ours.clear()
            bare.clear()
    return ours, bare


def main() -> None:
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,))
    server.start()
    try:
        ours, bare = measure(here.recv(), orders)
    finally:
        here.send("stop")
        server.join()
    for name, times in (("client", ours), ("bare requests", bare)):
        quantiles = statistics.quantiles(times, n=100)
        print(f"{name:14} median {quantiles[49]:7.0f} us   95 % {quantiles[94]:7.0f} us   99 % {quantiles[98]:7.0f} us")
    print(f"the client adds {statistics.median(ours) - statistics.median(bare):.0f} us to an order")


if __name__ == "__main__":
    main()
