"""How long a signal takes from its line in the log to its order at the exchange: `python benchmarks/signal_to_wire.py`.

Two real processes: the simulated exchange and the executor, over loopback. Each round appends one PEAK line, waits for
the order's arrival in the exchange's request log, and flattens. In the same run, as yardsticks: one durable save of the
state (write, fsync, rename, fsync of the directory), and one signed order request from an idle client.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from exchange.client import BinanceClient  # noqa: E402
from exchange.clock import SystemClock  # noqa: E402
from exchange.settings import ExchangeSettings  # noqa: E402
from exchange.types import OrderRequest, OrderType, Side  # noqa: E402
from fsm.storage.disk import RealDisk  # noqa: E402
from fsm.storage.store import Store  # noqa: E402
from signals.bars import HEADER  # noqa: E402


class Pair:
    """The two processes, and the files between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "deltascout.log"
        self.log.touch()
        _write_bars(folder / "aggregated.csv")
        self.exchange = subprocess.Popen(
            [sys.executable, "run.py", "exchange"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self.exchange.stdout is not None
        self.url = self.exchange.stdout.readline().split()[-1]
        self.trade("95000")
        environ = {
            "MODE": "live",
            "BINANCE_BASE_URL": self.url,
            "BINANCE_API_KEY": "paper",
            "BINANCE_API_SECRET": "paper",
            "DATA_DIR": str(folder / "data"),
            "DELTASCOUT_LOG": str(self.log),
            "AGG_CSV": str(folder / "aggregated.csv"),
            "COOLDOWN_SEC": "0",
            "LOCK_SEC": "0",
        }
        self.executor = subprocess.Popen(
            [sys.executable, "run.py", "run"], cwd=ROOT, env={**os.environ, **environ}, stderr=subprocess.DEVNULL
        )
        self.state = folder / "data" / "state" / "executor_state.json"

    def trade(self, price: str) -> None:
        requests.post(f"{self.url}/paper/trade", json={"symbol": "BTCUSDC", "price": price}, timeout=10)

    def orders(self, since: int) -> list[dict[str, Any]]:
        reply = requests.get(f"{self.url}/paper/ledger", params={"since_request": since}, timeout=10).json()
        return [r for r in reply["requests"] if r["method"] == "POST" and r["path"] == "/api/v3/order"]

    def last_request(self) -> int:
        rows = requests.get(f"{self.url}/paper/ledger", timeout=10).json()["requests"]
        return int(rows[-1]["n"]) if rows else 0

    def until_state(self, wanted: str) -> None:
        deadline = time.monotonic() + 20
        while not self.state.exists() or json.loads(self.state.read_text())["state"] != wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the executor did not reach {wanted}")
            time.sleep(0.02)

    def stop(self) -> None:
        for process in (self.executor, self.exchange):
            process.terminate()
            process.wait()


def _write_bars(path: Path) -> None:
    first = int(time.time()) // 60 * 60 - 199 * 60
    rows = (datetime.fromtimestamp(first + i * 60, UTC).strftime("%Y-%m-%d %H:%M:%S") for i in range(200))
    path.write_text("\n".join([HEADER, *(f"{row},10,1,0.1,0.5,0.5,95000,95000,95010,94990" for row in rows)]) + "\n")


def one_signal(pair: Pair, number: int) -> float:
    """Milliseconds from the appended line to the entry's arrival at the exchange."""
    pair.until_state("IDLE")
    time.sleep(1.2)  # the quiet of a program that waits, its connection warm
    known = pair.last_request()
    price = 95000 + number / 10  # another key each time
    line = {"action": "PEAK", "source": "DeltaScout", "kind": "long", "price": price}
    now = time.time()
    stamped = {**line, "ts": datetime.fromtimestamp(now, UTC).isoformat()}
    with pair.log.open("a") as file:
        file.write(json.dumps(stamped) + "\n")
    appended_ms = time.time() * 1000
    pair.until_state("OPEN_FILLED")
    arrived = pair.orders(known)[0]["time"]
    subprocess.run(
        [sys.executable, "run.py", "flatten"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(pair.folder / "data")},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return float(arrived) - appended_ms


def one_save(store: Store, document: dict[str, object]) -> float:
    started = time.perf_counter()
    store.save(document)
    return (time.perf_counter() - started) * 1000


def one_order(client: BinanceClient, number: int) -> float:
    """Milliseconds for one signed order that rests far from the market, reply included."""
    request = OrderRequest(
        f"bench-{os.getpid()}-{number}", Side.BUY, OrderType.LIMIT, Decimal("0.001"), Decimal("50000")
    )
    started = time.perf_counter()
    client.place(request)
    elapsed = (time.perf_counter() - started) * 1000
    client.cancel(request.client_id)
    return elapsed


def show(name: str, values: list[float], yardstick: float | None = None) -> float:
    median = statistics.median(values)
    ratio = f"   {median / yardstick:5.1f} × the yardstick" if yardstick else ""
    print(f"{name:42} median {median:7.2f} ms   min {min(values):7.2f}   max {max(values):7.2f}{ratio}")
    return median


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        pair = Pair(Path(name))
        try:
            latencies = [one_signal(pair, number) for number in range(rounds)]
            document: dict[str, object] = json.loads(pair.state.read_text())
            for reserved in ("schema", "checksum", "generation"):
                document.pop(reserved)
            store = Store(Path(name) / "bench.json", Path(name) / "newest", {}, 1, RealDisk())
            saves = [one_save(store, document) for _ in range(rounds * 3)]
            venue = ExchangeSettings.model_validate({"MODE": "paper", "BINANCE_BASE_URL": pair.url})
            client = BinanceClient(venue, SystemClock(), time.sleep)
            client.connect()
            orders = [one_order(client, number) for number in range(rounds * 3)]
        finally:
            pair.stop()
    save = show("one durable save of the state", saves)
    order = show("one signed order request, reply included", orders)
    show("signal line to order at the exchange", latencies, save + order)


if __name__ == "__main__":
    main()
