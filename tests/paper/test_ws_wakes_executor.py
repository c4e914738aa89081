"""Two processes: `run.py run` trades against `run.py exchange`, and its stream wakes it long before it would poll."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from signals.bars import HEADER

ROOT = Path(__file__).parents[2]
SELDOM_S = "600"
WAIT_S = 60
SOON_S = 5
PRICE = 95000


@contextmanager
def program(*words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`run.py` with these words, ended by SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "run.py", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_S)
    assert process.returncode == 0


def ledger(url: str) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{url}/paper/ledger", timeout=WAIT_S).json()
    return found


def wait_until(condition: Callable[[], bool], longest_s: float = WAIT_S) -> float:
    """Seconds until it holds; a condition that never does fails the test."""
    began_s = time.monotonic()
    while not condition():
        assert time.monotonic() - began_s < longest_s
        time.sleep(0.01)
    return time.monotonic() - began_s


def write_bars(path: Path) -> None:
    minute_s = int(time.time()) // 60 * 60
    lines = [HEADER]
    for age in range(10, -1, -1):
        when = datetime.fromtimestamp(minute_s - 60 * age, UTC).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(f"{when},10,1,0.1,0.5,0.5,{PRICE},{PRICE},{PRICE + 10},{PRICE - 10}")
    path.write_text("\n".join(lines) + "\n")


def test_a_filled_target_moves_the_stops_at_once(tmp_path: Path) -> None:
    """It polls every ten minutes here, so nothing but the stream can have told it."""
    signal_log, bars = tmp_path / "deltascout.log", tmp_path / "aggregated.csv"
    signal_log.write_text("")
    write_bars(bars)
    with program("exchange") as exchange:
        assert exchange.stdout is not None
        url = exchange.stdout.readline().split()[-1]
        settings = {
            "BINANCE_BASE_URL": url,
            "DATA_DIR": str(tmp_path / "data"),
            "DELTASCOUT_LOG": str(signal_log),
            "AGG_CSV": str(bars),
            "POLL_SEC": SELDOM_S,
            "MANAGE_EVERY_SEC": SELDOM_S,
            "QTY_USD": "500",
        }
        with program("run", **settings):
            wait_until(lambda: any("userDataStream" in row["method"] for row in ledger(url)["requests"]))
            peak = {"action": "PEAK", "source": "DeltaScout", "ts": datetime.now(UTC).isoformat(), "kind": "long"}
            with signal_log.open("a") as file:
                file.write(json.dumps({**peak, "price": PRICE}) + "\n")
            wait_until(lambda: len(ledger(url)["orders"]) == 6)
            target = next(order for order in ledger(url)["orders"] if order["type"] == "LIMIT_MAKER")
            price = {"symbol": "BTCUSDC", "price": target["price"]}
            requests.post(f"{url}/paper/trade", json=price, timeout=WAIT_S).raise_for_status()
            assert wait_until(lambda: len(ledger(url)["orders"]) > 6) < SOON_S
