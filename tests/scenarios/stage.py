"""A stage for whole trades: the real executor, the simulated exchange over real HTTP, real files, one virtual clock.

`Stage` writes DeltaScout's files, moves the market, steps time and lets the executor take its turns. The exchange's
ledger is the evidence; nothing of the executor is replaced. After every turn the promises are checked (`checks.Watch`).
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from fsm.assembly import Assembled, Outside, assemble, load_record
from fsm.environment import AllSettings, read_settings
from fsm.executor import Executor
from fsm.position import Position
from fsm.record import Record
from fsm.simulation.checks import Watch
from fsm.simulation.written import Written
from fsm.states import State
from fsm.storage.disk import Disk, RealDisk
from fsm.storage.places import Places
from fsm.telling.notify import Notification
from signals.bars import HEADER

START_MS = 1_736_798_400_000  # 2025-01-13T20:00:00Z
MINUTE_MS = 60_000


@dataclass
class Told:
    """A notifier that keeps what it was told."""

    notifications: list[Notification] = field(default_factory=list)

    def send(self, notification: Notification) -> None:
        self.notifications.append(notification)

    def events(self) -> list[str]:
        return [notification.event for notification in self.notifications]


class Stage:
    """One executor and one exchange, stepped together."""

    def __init__(self, url: str, clock: VirtualClock, folder: Path, settings: AllSettings) -> None:
        self.url = url
        self.clock = clock
        self.folder = folder
        self.settings = settings
        self.told = Told()
        self.disk: Disk = RealDisk()
        self.log = folder / "deltascout.log"
        self.csv = folder / "aggregated.csv"
        self._http = requests.Session()
        self.watch = Watch(self.ask, written(folder, settings.places), settings.exchange.symbol)
        self.watching = True
        """Whether the promises are checked after every turn."""
        self.start()

    # --- the executor
    def start(self) -> None:
        """Start the executor from what is on disk, as after any stop; the one before is discarded where it stands."""
        self.client = self.new_client()
        self.client.connect()
        record = load_record(self.settings.places, self.disk, self.clock.now_ms(), 2_000) or Record()
        outside = Outside(self.client, self.clock, self.disk, self.told, lambda path: None, self.client.lender)
        self.assembled: Assembled = assemble(self.settings, outside, record)
        self.executor.start()

    def new_client(self) -> BinanceClient:
        return BinanceClient(self.settings.exchange, self.clock, lambda s: self.clock.advance(int(s * 1000)))

    @property
    def executor(self) -> Executor:
        return self.assembled.executor

    @property
    def record(self) -> Record:
        return self.assembled.memory.record

    @property
    def state(self) -> State:
        return self.record.state

    @property
    def position(self) -> Position:
        return self.record.held_position

    def turn(self) -> None:
        self.executor.turn()
        if self.watching:
            self.watch.check()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, turn by turn, as deadlines fall due."""
        end = self.clock.now_ms() + int(seconds * 1000)
        while self.clock.now_ms() < end:
            wait = min(max(self.executor.next_ms() - self.clock.now_ms(), 10), end - self.clock.now_ms())
            self.advance(wait)
            self.turn()

    def advance(self, milliseconds: int) -> None:
        self.paper("clock", {"advance_ms": milliseconds})

    # --- DeltaScout
    def bars(self, *rows: tuple[float, float, float]) -> None:
        """Write (close, high, low) rows, one a minute, the last one ending now."""
        first = self.clock.now_ms() // MINUTE_MS * MINUTE_MS - (len(rows) - 1) * MINUTE_MS
        lines = [HEADER]
        for index, (close, high, low) in enumerate(rows):
            time = datetime.fromtimestamp((first + index * MINUTE_MS) / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
            lines.append(f"{time},10,1,0.1,0.5,0.5,{close},{close},{high},{low}")
        self.csv.write_text("\n".join(lines) + "\n")

    def bar(self, close: float, high: float, low: float) -> None:
        """Append one bar for the present minute."""
        time = datetime.fromtimestamp(self.clock.now_ms() // MINUTE_MS * 60, UTC).strftime("%Y-%m-%d %H:%M:%S")
        with self.csv.open("a") as file:
            file.write(f"{time},10,1,0.1,0.5,0.5,{close},{close},{high},{low}\n")

    def signal(self, kind: str, price: float, *, turn: bool = True, **fields: Any) -> None:
        """Append a PEAK of this moment, and let the executor read it."""
        when = datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC).isoformat()
        line = {"action": "PEAK", "source": "DeltaScout", "ts": when, "kind": kind, "price": price, **fields}
        with self.log.open("a") as file:
            file.write(json.dumps(line) + "\n")
        if turn:
            self.turn()

    # --- the exchange
    def ask(self, path: str) -> Any:
        """GET a path of the exchange, past the executor."""
        return self._http.get(self.url + path).json()

    def paper(self, path: str, body: Any = None, method: str = "POST") -> Any:
        reply = self._http.request(method, f"{self.url}/paper/{path}", json=body)
        assert reply.ok, reply.text
        return reply.json()

    def trade(
        self, price: float | str, quantity: float | str | None = None, *, turn: bool = True, symbol: str | None = None
    ) -> None:
        """Print a trade, of the executor's symbol unless told otherwise."""
        body = {"symbol": symbol or self.settings.exchange.symbol, "price": str(price)}
        if quantity is not None:
            body["qty"] = str(quantity)
        self.paper("trade", body)
        if turn:
            self.look()

    def look(self) -> None:
        """Let the next poll come, and the executor take its turn."""
        self.pass_time(1)

    def faults(self, *faults: Mapping[str, Any]) -> None:
        self.paper("faults", list(faults))

    def ledger(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("/paper/ledger")
        return found

    def open_orders(self) -> list[dict[str, Any]]:
        return [o for o in self.ledger()["orders"] if o["status"] in ("NEW", "PARTIALLY_FILLED", "PENDING_NEW")]

    def stops(self) -> dict[str, Decimal]:
        """Stop price and quantity of each working stop, by client id."""
        orders = [o for o in self.open_orders() if o["type"] == "STOP_LOSS_LIMIT"]
        return {o["clientOrderId"]: Decimal(o["stopPrice"]) for o in orders}

    def stop_quantity(self) -> Decimal:
        """What untriggered stops at the venue cover."""
        orders = (o for o in self.open_orders() if o["type"] == "STOP_LOSS_LIMIT" and not o["isWorking"])
        return sum((Decimal(o["origQty"]) - Decimal(o["executedQty"]) for o in orders), Decimal(0))

    def balance(self, asset: str) -> Decimal:
        entry = self.ledger()["balances"]["spot"].get(asset, {"free": "0", "locked": "0"})
        return Decimal(entry["free"]) + Decimal(entry["locked"])

    def posted(self, path: str = "/api/v3/order") -> list[dict[str, Any]]:
        return [r for r in self.ledger()["requests"] if r["method"] == "POST" and r["path"] == path]

    # --- what was written
    def journal(self) -> list[dict[str, Any]]:
        files = sorted(self.settings.places.journal.glob("journal-*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def transitions(self) -> list[str]:
        return [entry["trigger"] for entry in self.journal() if entry["event"] == "transition"]

    def verdicts(self) -> list[dict[str, Any]]:
        path = self.settings.places.verdicts
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def reports(self) -> list[dict[str, Any]]:
        path = self.settings.places.trades
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def written(folder: Path, places: Places) -> Written:
    """Where the executor of a stage writes, and the log it reads."""
    return Written(places.state, places.journal, places.verdicts, places.trades, folder / "deltascout.log")


@contextmanager
def stage(folder: Path, paper: PaperSettings | None = None, **environ: str) -> Iterator[Stage]:
    """A stage with flat bars at 95000 and the given settings."""
    clock = VirtualClock(START_MS)
    with running(paper or PaperSettings(manual=True, latency_ms=10), clock) as exchange:
        settings = read_settings(
            {
                "MODE": "paper",
                "BINANCE_BASE_URL": exchange.url,
                "DATA_DIR": str(folder / "data"),
                "DELTASCOUT_LOG": str(folder / "deltascout.log"),
                "AGG_CSV": str(folder / "aggregated.csv"),
                **environ,
            }
        )
        (folder / "deltascout.log").touch()
        acted = Stage(exchange.url, clock, folder, settings)
        acted.bars(*[(95000, 95010, 94990)] * 200)
        acted.trade(95000, turn=False)
        acted.turn()
        yield acted
        acted.client.close()
