"""How fast the simulated exchange takes and cancels orders, with few and with many past orders behind it.

Run: python benchmarks/paper_orders.py
"""

import asyncio
import hmac
import sys
import time
from hashlib import sha256
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from exchange.paper.clock import ManualClock
from exchange.paper.exchange import PaperExchange
from exchange.paper.server import served
from exchange.paper.settings import PaperSettings

BUSY = PaperSettings(orders_per_10s=10**9, orders_per_day=10**9, weight_limit=10**9)
ORDER = "/api/v3/order"
HEADERS = {"X-MBX-APIKEY": "paper"}


def signed(text: str, now_ms: int) -> str:
    """A payload with timestamp and signature."""
    payload = f"{text}&timestamp={now_ms}"
    return f"{payload}&signature={hmac.new(b'paper', payload.encode(), sha256).hexdigest()}"


def place_and_cancel(exchange: PaperExchange, rounds: int) -> float:
    """Seconds for so many pairs of a resting order and its cancel, in process."""
    now_ms = exchange.clock.now_ms()
    order = signed(
        "symbol=BTCUSDC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=90000&newClientOrderId=x", now_ms
    )
    cancel = signed("symbol=BTCUSDC&origClientOrderId=x", now_ms)
    started = time.perf_counter()
    for _ in range(rounds):
        exchange.request("POST", ORDER, "", order, HEADERS)
        exchange.request("DELETE", ORDER, "", cancel, HEADERS)
    return time.perf_counter() - started


async def over_http(rounds: int) -> float:
    """Seconds for so many pairs over one kept connection."""
    async with served(BUSY) as server, aiohttp.ClientSession(headers=HEADERS) as session:
        url = server.url + ORDER
        started = time.perf_counter()
        for _ in range(rounds):
            now_ms = server.exchange.clock.now_ms()
            text = "symbol=BTCUSDC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=90000&newClientOrderId=x"
            for verb, payload in (("POST", text), ("DELETE", "symbol=BTCUSDC&origClientOrderId=x")):
                async with session.request(verb, f"{url}?{signed(payload, now_ms)}") as reply:
                    reply.raise_for_status()
        return time.perf_counter() - started


def main() -> None:
    """Print microseconds per request."""
    exchange = PaperExchange(BUSY, ManualClock())
    for past, rounds in ((0, 500), (500, 5000), (5500, 500)):
        seconds = place_and_cancel(exchange, rounds)
        print(f"in process, {past} to {past + rounds} past orders: {seconds / rounds / 2 * 1e6:.0f} µs per request")
    rounds = 500
    print(f"over HTTP: {asyncio.run(over_http(rounds)) / rounds / 2 * 1e6:.0f} µs per request")


if __name__ == "__main__":
    main()
