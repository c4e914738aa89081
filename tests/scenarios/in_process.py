"""The stage without sockets: the same engine behind the real ccxt client, for sweeps of hundreds of whole trades.

Every request of the executor has a number. At one of them a fault can be put in its way, or the program can be stopped
before it leaves or after it was answered. Silence lasts as long as the client waits, on the virtual clock.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests import PreparedRequest
from requests.adapters import BaseAdapter

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.paper.exchange import PaperExchange
from exchange.paper.faults import read_fault
from exchange.paper.in_process import InProcessAdapter
from exchange.paper.settings import PaperSettings
from fsm.environment import AllSettings, read_settings
from fsm.storage.disk import RealDisk
from tests.scenarios.stage import START_MS, Stage

URL = "http://paper.invalid"
MEMORY = Path("/dev/shm")
BALANCES = {"USDC": Decimal(10_000), "BTC": Decimal("0.1")}
"""Enough coins of the owner's that a SHORT can sell some."""


class Stopped(BaseException):
    """The program ends here: nothing that follows is run, no handler either."""


@dataclass
class Stop:
    """Where the program is stopped: at the `at`-th of the events that follow, before or after it takes place."""

    at: int | None = None
    after: bool = False
    names: list[str] = field(default_factory=list)
    """What has been counted."""

    @contextmanager
    def counting(self, name: str) -> Iterator[None]:
        self.names.append(name)
        is_here = len(self.names) == self.at
        if is_here and not self.after:
            raise Stopped(f"before {name}, number {self.at}")
        yield
        if is_here:
            raise Stopped(f"after {name}, number {self.at}")


class StoppingDisk(RealDisk):
    """Counts what becomes durable: generations of the state file, and lines of journal, verdicts and reports."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    def replace(self, source: Path, target: Path) -> None:
        if target.suffix != ".json":  # the generation before, whose durability has tests of its own
            super().replace(source, target)
            return
        with self._stop.counting(f"save {target.name}"):
            super().replace(source, target)

    def append_line(self, path: Path, line: bytes, *, durable: bool) -> int:
        with self._stop.counting(f"append {path.parent.name}"):
            return super().append_line(path, line, durable=durable)


class Carrier(BaseAdapter):
    """Carries the executor's requests to the exchange; arms `fault` for request number `fault_at`, and for it alone."""

    def __init__(self, exchange: PaperExchange, stop: Stop) -> None:
        super().__init__()
        self._exchange = exchange
        self._inner = InProcessAdapter(exchange)
        self._stop = stop
        self.fault: Mapping[str, Any] | None = None
        self.fault_at: int | None = None
        self.sent: list[str] = []

    def send(self, request: PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        self.sent.append(_name(request))
        if self.fault is not None and len(self.sent) == self.fault_at:
            self._exchange.arm(read_fault(self.fault))
        with self._stop.counting(f"request {self.sent[-1]}"):
            return self._inner.send(request, *rest, **more)

    def close(self) -> None:
        """Nothing is kept open."""


def _name(request: PreparedRequest) -> str:
    """What is asked; for a placement also role, leg and revision of what is placed."""
    address = urlsplit(request.url or "")
    body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
    given = dict(parse_qsl(f"{address.query}&{body}"))
    placed = given.get("newClientOrderId", given.get("listClientOrderId", ""))
    return f"{request.method} {address.path} {placed[21:]}".rstrip()


class InProcessStage(Stage):
    """A stage whose executor can be stopped at any request or save; it is started again at once."""

    def __init__(self, exchange: PaperExchange, clock: VirtualClock, folder: Path, settings: AllSettings) -> None:
        self.exchange = exchange
        self.stop = Stop()
        self.carrier = Carrier(exchange, self.stop)
        self.stopped: list[str] = []
        super().__init__(URL, clock, folder, settings)

    def start(self) -> None:
        self.disk = StoppingDisk(self.stop)
        super().start()

    def new_client(self) -> BinanceClient:
        client = super().new_client()
        client._transport._wire.session.mount(URL, self.carrier)
        return client

    def ask(self, path: str) -> Any:
        return self._read("GET", path, "")

    def paper(self, path: str, body: Any = None, method: str = "POST") -> Any:
        return self._read(method, f"/paper/{path}", json.dumps(body))

    def _read(self, method: str, path: str, body: str) -> Any:
        address, _, query = path.partition("?")
        reply = self.exchange.request(method, address, query, body, {})
        assert reply.status == 200, reply.body.decode()
        return json.loads(reply.body)

    def turn(self) -> None:
        """One turn; if the program is stopped in it, discard it and start it again, as often as that happens."""
        is_running = True
        while True:
            try:
                if not is_running:
                    self.start()
                super().turn()
            except Stopped as stopped:
                self.stopped.append(str(stopped))
                is_running = False
            else:
                return


@contextmanager
def in_process_stage(**environ: str) -> Iterator[InProcessStage]:
    """A stage with flat bars at 95000; files live in memory where the system has a place for that."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        folder = Path(name)
        clock = VirtualClock(START_MS)
        exchange = PaperExchange(PaperSettings(manual=True, latency_ms=10, balances=BALANCES), clock)
        places = {"DATA_DIR": str(folder / "data"), "AGG_CSV": str(folder / "aggregated.csv")}
        log = folder / "deltascout.log"
        log.touch()
        settings = read_settings(
            {"MODE": "paper", "BINANCE_BASE_URL": URL, "DELTASCOUT_LOG": str(log), **places, **environ}
        )
        acted = InProcessStage(exchange, clock, folder, settings)
        acted.bars(*[(95000, 95010, 94990)] * 200)
        acted.trade(95000, turn=False)
        acted.turn()
        yield acted
        acted.client.close()
