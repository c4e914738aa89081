"""The simulated exchange and the executor as processes of their own, as a server runs them.

Nothing is known of them here but command lines, environment names, files, exit codes and HTTP.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import requests

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, str(ROOT / "run.py")]
PATIENCE_S = 60
LOOK_EVERY_S = 0.02

Seen = TypeVar("Seen")


def until(look: Callable[[], Seen], what: str, within_s: float = PATIENCE_S) -> Seen:
    """What `look` finds, as soon as it finds something; another process cannot be waited for in another way."""
    end = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < end, f"{what} did not come within {within_s} s"
        time.sleep(LOOK_EVERY_S)
    return found


class Exchange:
    """A simulated exchange at an address, and the script's door to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = requests.Session()

    def ask(self, path: str) -> Any:
        reply = self._http.get(self.url + path, timeout=10)
        assert reply.ok, reply.text
        return reply.json()

    def paper(self, path: str, body: Any) -> Any:
        reply = self._http.post(f"{self.url}/paper/{path}", json=body, timeout=10)
        assert reply.ok, reply.text
        return reply.json()

    def prints(self, price: float, quantity: float | None = None) -> None:
        """The market trades there."""
        given = {"symbol": "BTCUSDC", "price": str(price)}
        self.paper("trade", given if quantity is None else {**given, "qty": str(quantity)})

    def orders(self) -> list[dict[str, Any]]:
        """All orders of ours, without the long list of requests."""
        found: list[dict[str, Any]] = self.ask("/paper/ledger?since_request=1000000000")["orders"]
        return [order for order in found if order["clientOrderId"].startswith("EX-")]

    def working(self) -> list[dict[str, Any]]:
        return [order for order in self.orders() if order["status"] in ("NEW", "PENDING_NEW", "PARTIALLY_FILLED")]

    def balance(self, asset: str) -> str:
        entry = self.ask("/paper/ledger?since_request=1000000000")["balances"]["spot"].get(asset, {"free": "0"})
        return str(entry["free"])


@contextmanager
def exchange_process(*options: str) -> Iterator[Exchange]:
    """`python run.py exchange` until the block is left; SIGTERM has to end it with exit code 0."""
    command = [*PROGRAM, "exchange", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=bare_environment()) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert first.startswith("listening on http://127.0.0.1:"), first
            yield Exchange(first.removeprefix("listening on ").strip())
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(PATIENCE_S)
    assert code == 0


def bare_environment() -> dict[str, str]:
    """What a program needs to run at all, and none of our settings."""
    kept = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ}


def command(folder: Path, environ: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """One command of the program to its end, in this folder."""
    return subprocess.run(
        [*PROGRAM, *words],
        cwd=folder,
        env={**bare_environment(), **environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


class Running:
    """`python run.py run` as a process; what it says is appended to `terminal.txt` in its folder."""

    def __init__(self, folder: Path, environ: Mapping[str, str], *options: str) -> None:
        with (folder / "terminal.txt").open("ab") as said:
            self._process = subprocess.Popen(
                [*PROGRAM, "run", *options],
                cwd=folder,
                env={**bare_environment(), **environ},
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        self.pid = self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ended(self) -> int:
        """The exit code, once it has ended."""
        return self._process.wait(PATIENCE_S)

    def shut_down(self) -> int:
        """SIGTERM, and the exit code; a program that does not obey is killed, and that is told."""
        self.send(signal.SIGTERM)
        try:
            return self.ended()
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
