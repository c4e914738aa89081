"""How fast the simulated exchange takes, shows, cancels and matches orders, next to a server that only echoes.

    python benchmarks/paper_orders.py [ROUNDS [PAST_ORDERS]]

Each server has a process of its own: the echo, an exchange without orders, and one with PAST_ORDERS past orders (a
million unless told otherwise; filling them in takes some minutes) and a hundred open ones. One client asks all of them
over one kept connection each, taking turns.
"""

import asyncio
import hmac
import multiprocessing
import resource
import socket
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path

from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from exchange.paper.clock import ManualClock
from exchange.paper.engine.order_lists import end
from exchange.paper.engine.orders import Order, OrderStatus, OrderType, Side
from exchange.paper.engine.placing import place_order
from exchange.paper.exchange import PaperExchange
from exchange.paper.market.playing import walk_to
from exchange.paper.server import running
from exchange.paper.settings import PaperSettings

RICH = {"USDC": Decimal(10**9), "BTC": Decimal(10**6)}
BUSY = PaperSettings(orders_per_10s=10**9, orders_per_day=10**9, weight_limit=10**9, balances=RICH)
OPEN = 100
ORDER = "/api/v3/order"
SYMBOL = "BTCUSDC"
HEADERS = {"X-MBX-APIKEY": "paper"}
PLACE = "symbol=BTCUSDC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.0001&price=90000&newClientOrderId=x"
NAME = "symbol=BTCUSDC&origClientOrderId=x"
WARM_UP = 100
STEPS = (("POST", PLACE), ("GET", NAME), ("DELETE", NAME))


def signed(text: str, now_ms: int) -> str:
    """A payload with timestamp and signature."""
    payload = f"{text}&timestamp={now_ms}"
    return f"{payload}&signature={hmac.new(b'paper', payload.encode(), sha256).hexdigest()}"


# Servers -----------------------------------------------------------------------------------------


def serve_exchange(tell: Connection, past: int) -> None:
    """Serve until told to stop; past orders and a hundred open ones are there from the start, or no order at all."""
    with running(BUSY) as served:
        before = resident_bytes()
        if past:
            fill_in(served.exchange, past)
        tell.send(int(served.url.rsplit(":", 1)[1]))
        tell.send(resident_bytes() - before)
        answer_for_work(tell)


def fill_in(exchange: PaperExchange, past: int) -> None:
    """Past orders by way of the engine, a third of them canceled and the others filled; then the open ones."""
    venue = exchange.venue
    for number in range(past):
        side = Side.BUY if number % 2 else Side.SELL
        quantity, client_id = Decimal("0.0001"), venue.new_client_id()
        if number % 3:
            place_order(venue, Order("spot", SYMBOL, side, OrderType.MARKET, quantity, client_id))
        else:
            far = Decimal(80000) if side is Side.BUY else Decimal(110000)
            canceled = Order("spot", SYMBOL, side, OrderType.LIMIT, quantity, client_id, far)
            place_order(venue, canceled)
            end(venue, canceled, OrderStatus.CANCELED)
        exchange.settle()
    for number in range(OPEN):
        price = Decimal(80000 + number)
        open_order = Order("spot", SYMBOL, Side.BUY, OrderType.LIMIT, Decimal("0.0001"), venue.new_client_id(), price)
        place_order(venue, open_order)


def resident_bytes() -> int:
    """Memory of this process (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def answer_for_work(tell: Connection) -> None:
    """Say how much processor time was spent whenever asked, until told to stop."""
    while tell.recv() != "stop":
        tell.send(time.process_time())


def serve_echo(tell: Connection, _: int) -> None:
    """The least that the same library can do: give back what was sent."""

    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read() or request.query_string.encode())

    async def until_told() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", echo)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        tell.send(runner.addresses[0][1])
        tell.send(0)
        await asyncio.get_running_loop().run_in_executor(None, answer_for_work, tell)
        await runner.cleanup()

    asyncio.run(until_told())


class Served:
    """A server in a process of its own, and one kept connection to it."""

    def __init__(self, serve: Callable[[Connection, int], None], past: int = 0) -> None:
        self._tell, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=serve, args=(theirs, past))
        self._process.start()
        self._socket = socket.create_connection(("127.0.0.1", self._tell.recv()))
        self.grown_bytes: int = self._tell.recv()
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, payload: str) -> float:
        """Seconds from the first byte sent to the last one received."""
        query, body = (f"?{payload}", "") if method == "GET" else ("", payload)
        head = f"{method} {ORDER}{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-MBX-APIKEY: paper\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\n" if body else ""
        request = f"{head}{kind}Content-Length: {len(body)}\r\n\r\n{body}".encode()
        started = time.perf_counter()
        self._socket.sendall(request)
        reply = self._socket.recv(65536)
        while not _is_whole(reply):
            reply += self._socket.recv(65536)
        seconds = time.perf_counter() - started
        if not reply.startswith(b"HTTP/1.1 200"):
            raise ValueError(f"{method} {payload} was answered with {reply.decode()}")
        return seconds

    def processor_s(self) -> float:
        """Processor time that the server has spent so far."""
        self._tell.send("how much")
        spent = self._tell.recv()
        assert isinstance(spent, float)
        return spent

    def stop(self) -> None:
        """End the process."""
        self._socket.close()
        self._tell.send("stop")
        self._process.join()


def _is_whole(reply: bytes) -> bool:
    head, found, body = reply.partition(b"\r\n\r\n")
    return bool(found) and len(body) >= int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])


def ask_all(server: Served, rounds: int) -> list[tuple[str, float]]:
    """Place, query and cancel so many times; each verb with its seconds."""
    return [
        (method, server.ask(method, signed(text, time.time_ns() // 1_000_000)))
        for _ in range(rounds)
        for method, text in STEPS
    ]


def over_http(rounds: int, past: int) -> None:
    """Latency of each verb on all servers, and what that makes of requests a second."""
    servers = {"echo": Served(serve_echo), "empty": Served(serve_exchange), "full": Served(serve_exchange, past)}
    for server in servers.values():
        ask_all(server, WARM_UP)
    before = {name: server.processor_s() for name, server in servers.items()}
    seconds = taking_turns(servers, rounds)
    work = {name: server.processor_s() - before[name] for name, server in servers.items()}
    for server in servers.values():
        server.stop()
    print(f"over HTTP, one kept connection, {rounds} rounds; full: {past} past orders, {OPEN} open ones:")
    for method, _ in STEPS:
        row = {name: statistics.quantiles(seconds[name, method], n=100) for name in servers}
        shown = ", ".join(f"{name} {q[49] * 1e6:.0f} µs (99th {q[98] * 1e6:.0f} µs)" for name, q in row.items())
        empty, full = row["empty"][49], row["full"][49]
        print(f"  {method:6} median: {shown}; {empty / row['echo'][49]:.2f} × echo, full {full / empty:.2f} × empty")
    for name in servers:
        spent = sum(sum(seconds[name, method]) for method, _ in STEPS)
        rate, each = rounds * len(STEPS) / spent, work[name] / rounds / len(STEPS)
        print(f"  {name}: {rate:.0f} requests per second, {each * 1e6:.0f} µs of processor time each")
    print(f"  a past order keeps {servers['full'].grown_bytes / past:.0f} bytes")


def taking_turns(servers: Mapping[str, Served], rounds: int) -> dict[tuple[str, str], list[float]]:
    """Seconds of each server and verb."""
    seconds: dict[tuple[str, str], list[float]] = {(name, method): [] for name in servers for method, _ in STEPS}
    for _ in range(rounds):
        for name, server in servers.items():
            for method, spent in ask_all(server, 1):
                seconds[name, method].append(spent)
    return seconds


# In process --------------------------------------------------------------------------------------


def requests_in_process(exchange: PaperExchange, rounds: int) -> float:
    """Requests a second for rounds of place, query and cancel, without a socket."""
    now_ms = exchange.clock.now_ms()
    asked = [(method, signed(text, now_ms)) for method, text in STEPS]
    started = time.perf_counter()
    for _ in range(rounds):
        for method, payload in asked:
            exchange.request(method, ORDER, payload, "", HEADERS)
    return rounds * len(STEPS) / (time.perf_counter() - started)


def fills_in_process(resting: int) -> float:
    """Fills a second when one print reaches so many resting orders."""
    exchange = PaperExchange(BUSY, ManualClock())
    exchange.request("POST", "/paper/symbol", "", f'{{"symbol": "{SYMBOL}", "max_orders": 1000000}}', {})
    order = signed(PLACE.removesuffix("&newClientOrderId=x"), exchange.clock.now_ms())
    for _ in range(resting):
        exchange.request("POST", ORDER, "", order, HEADERS)
    started = time.perf_counter()
    exchange.request("POST", "/paper/trade", "", f'{{"symbol": "{SYMBOL}", "price": "89000"}}', {})
    return resting / (time.perf_counter() - started)


def prints_in_process(past: int, prints: int) -> float:
    """Public trades a second that reach nothing of ours, beside past and open orders, or none."""
    exchange = PaperExchange(BUSY, ManualClock())
    if past:
        fill_in(exchange, past)
    started = time.perf_counter()
    for number in range(prints):
        walk_to(exchange.venue, SYMBOL, Decimal(95000 + number % 7), Decimal(1))
        exchange.settle()
    return prints / (time.perf_counter() - started)


def in_process(rounds: int) -> None:
    """Throughput without a socket."""
    print(f"in process: {requests_in_process(PaperExchange(BUSY, ManualClock()), rounds):.0f} requests per second")
    print(f"matching: {fills_in_process(2000):.0f} fills per second")
    none, many = prints_in_process(0, rounds), prints_in_process(10_000, rounds)
    print(f"prints: {none:.0f} per second; beside 10000 past and {OPEN} open orders {many:.0f}")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    over_http(given[0] if given else 2000, given[1] if len(given) > 1 else 1_000_000)
    in_process(5000)
