"""World(seed): the real program on a virtual clock, among a market, a network, a disk and an owner that one seed decides.

The program inside is the assembly that `run` uses; only clock, carrier of requests, disk and notifier are others. After
every turn a checker that shares no code with the program compares the exchange's ledger with the program's files.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.types import OrderRequest, OrderType, Side
from fsm.assembly import Assembled, Outside, assemble, load_record
from fsm.environment import AllSettings, read_settings
from fsm.operator import Command, Switches
from fsm.record import Record
from fsm.simulation.checks import PromiseBroken, Watch, Written
from fsm.simulation.deltascout import Scribe
from fsm.simulation.door import URL, Door, OpenDoor
from fsm.simulation.network import FailingDisk, Fate, Network, Stopped, Weather
from fsm.states import State
from fsm.telling.notify import Notification

START_MS = 1_736_798_400_000
LEAST_WAIT_MS = 10
STEP_SECONDS = (0.2, 1, 1, 3, 10, 30)
SETTLING_S = 1_500
"""After its last step a world is calm; a position left by then is flattened, and all must come to rest."""
DUST = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one world."""

    seed: int
    fault: str | None
    """The promise that was broken, or None."""
    trades: int
    signals: int
    crashes: int
    stops_seen: int
    happened: dict[str, int]
    reasons: dict[str, int]
    worst_naked_ms: int
    invariant_faults: tuple[str, ...]
    calm: bool
    digest: str
    """SHA-256 of journal, verdicts and reports: equal seeds give equal bytes."""


class Ears:
    """Counts what the owner was told."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.faults: list[str] = []
        """What the invariants found."""

    def send(self, notification: Notification) -> None:
        self.events[notification.event] += 1
        if notification.event == "INVARIANT_FAIL":
            self.faults.append(f"{notification.severity} {notification.text}")


class World:
    """One seed's world; `run` plays it to its end."""

    def __init__(self, seed: int, folder: Path, open_door: OpenDoor, trace: list[str] | None = None) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.clock = VirtualClock(START_MS)
        self.fate = Fate(self.rng, _weather(self.rng))
        self.was_calm = self.fate.weather.is_calm
        self._lost_for_good = _lost_for_good(self.fate.weather)
        self.ears = Ears()
        self._trace = trace
        self._folder = folder
        self._door = open_door(self.clock, {"USDC": Decimal(10_000), "BTC": Decimal("0.5"), "BNB": Decimal(1)})
        self._settings = _settings(self.rng, folder)
        self._scribe = Scribe(folder, self.rng)
        self._price = Decimal(95_000)
        self._watch = _watch(self._door, self._settings, self._scribe.log)
        self._watch.excused = _excused(self.fate.weather)
        self._owner = BinanceClient(self._settings.exchange, self.clock, lambda _s: None).carried_by(self._door.carrier)
        self._hands = 0
        self.assembled: Assembled | None = None

    # --- playing
    def run(self, steps: int) -> Outcome:
        """Play the steps, calm down, come to rest; what broke is in the outcome, never raised."""
        fault = None
        try:
            self._begin()
            for number in range(steps):
                self._step(number)
            self._come_to_rest()
        except PromiseBroken as broken:
            fault = str(broken)
        return self._outcome(fault)

    def _begin(self) -> None:
        self._scribe.history(self._price, self.clock.now_ms())
        self._door.script("fees", {"symbol": "BTCUSDC", **_fees(self.rng)})
        self._print(self._price)
        self._turn(restart=True)

    def _step(self, number: int) -> None:
        self._say(f"step {number} at {self.clock.now_ms() - START_MS} ms, price {self._price}")
        for act in (self._market_moves, self._deltascout_writes, self._owner_acts):
            act()
        self._pass(self.rng.choice(STEP_SECONDS))

    def _come_to_rest(self) -> None:
        self.fate.weather = Weather()
        Switches(self._settings.places.commands).give(Command.RESUME)
        for waited in range(0, SETTLING_S, 30):
            if self._state in (State.IDLE, State.COOLDOWN) and waited > 60:
                break
            if waited == SETTLING_S // 2:
                Switches(self._settings.places.commands).give(Command.FLATTEN)
            self._market_moves()
            self._pass(30)
        if self._state not in (State.IDLE, State.COOLDOWN):
            raise PromiseBroken(f"rest: still {self._state} after {SETTLING_S} calm seconds")
        self._watch.excused = self._lost_for_good
        self._watch.check()

    # --- what the world does
    def _market_moves(self) -> None:
        drift = Decimal(self.rng.randint(-4_000, 4_000)) / 100
        if self.rng.random() < 0.03:
            drift *= 15
        self._price = max(self._price + drift, Decimal(50_000)).quantize(Decimal("0.01"))
        quantity = None if self.rng.random() < 0.8 else Decimal(self.rng.randint(1, 60)) * DUST
        self._print(self._price, quantity)

    def _print(self, price: Decimal, quantity: Decimal | None = None) -> None:
        body = {"symbol": "BTCUSDC", "price": str(price)}
        self._door.script("trade", body if quantity is None else {**body, "qty": str(quantity)})
        self._scribe.saw(price, self.clock.now_ms())

    def _deltascout_writes(self) -> None:
        likely = 0.2 if self._state is State.IDLE else 0.05
        if self.rng.random() < likely:
            self._scribe.signal(self._price, self.clock.now_ms())
        if self.rng.random() < 0.02:
            self._scribe.nonsense()
        if self.rng.random() < 0.01:
            self._scribe.rotate()

    def _owner_acts(self) -> None:
        if self.rng.random() < 0.01:
            Switches(self._settings.places.commands).give(self.rng.choice(tuple(Command)))
        if self.rng.random() < 0.02:
            self._cancel_something()
        if self.rng.random() < 0.01:
            self._trade_by_hand()

    def _cancel_something(self) -> None:
        orders = self._owner.open_orders()
        if orders:
            self.fate.happened["owner_cancels"] += 1
            self._owner.cancel(self.rng.choice(orders).client_id)

    def _trade_by_hand(self) -> None:
        self._hands += 1
        self.fate.happened["owner_trades"] += 1
        quantity = Decimal(self.rng.randint(10, 100)) * DUST
        side = self.rng.choice((Side.BUY, Side.SELL))
        self._owner.place(OrderRequest(f"hand-{self.seed}-{self._hands}", side, OrderType.MARKET, quantity))

    # --- the program
    @property
    def _state(self) -> State:
        return self.assembled.memory.record.state if self.assembled is not None else State.IDLE

    def _pass(self, seconds: float) -> None:
        end = self.clock.now_ms() + int(seconds * 1000)
        while self.clock.now_ms() < end:
            assert self.assembled is not None
            due = self.assembled.executor.next_ms() - self.clock.now_ms()
            self._door.script("clock", {"advance_ms": min(max(due, LEAST_WAIT_MS), end - self.clock.now_ms())})
            self._network.deliver_late()
            self._turn()

    def _turn(self, *, restart: bool = False) -> None:
        """One turn of the program; where it is stopped, it is started again, as often as that happens."""
        while True:
            try:
                if restart:
                    self._start()
                elif self.assembled is not None:
                    self.assembled.executor.turn()
                break
            except Stopped as stopped:
                self._say(f"  stopped {stopped}")
                restart = True
                self._door.script("clock", {"advance_ms": self.rng.randint(100, 20_000)})
        self._say_state()
        self._watch.check()

    def _start(self) -> None:
        disk = FailingDisk(self.fate)
        self._network = Network(self._door.carrier, self.clock, self.fate)
        sleep = lambda seconds: self.clock.advance(int(seconds * 1000))  # noqa: E731 - the clock is the sleep
        client = BinanceClient(self._settings.exchange, self.clock, sleep).carried_by(self._network)
        self._connect(client)
        record = load_record(self._settings.places, disk, self.clock.now_ms(), 2_000) or Record()
        self.assembled = assemble(
            self._settings, Outside(client, self.clock, disk, self.ears, lambda _path: None), record
        )
        self.assembled.executor.start()

    def _connect(self, client: BinanceClient) -> None:
        """As a supervisor does: a start that the network prevents is tried again."""
        from exchange.errors import VenueError

        while True:
            try:
                client.connect()
            except VenueError:
                self._door.script("clock", {"advance_ms": 5_000})
            else:
                return

    # --- the books
    def _outcome(self, fault: str | None) -> Outcome:
        reports = list(self._reports())
        return Outcome(
            seed=self.seed,
            fault=fault,
            trades=len(reports),
            signals=self._scribe.signals,
            crashes=self.fate.happened["crash"],
            stops_seen=self.fate.stops_seen,
            happened=dict(self.fate.happened),
            reasons=dict(Counter(str(report["exit_reason"]).partition(":")[0] for report in reports)),
            worst_naked_ms=max((int(str(report["naked_worst_ms"])) for report in reports), default=0),
            invariant_faults=tuple(self.ears.faults),
            calm=self.was_calm,
            digest=self._digest(),
        )

    def _reports(self) -> Iterator[dict[str, object]]:
        from fsm.storage.report_log import ReportLog

        yield from ReportLog(self._settings.places.trades, FailingDisk(Fate(random.Random(0), Weather()))).read()

    def _digest(self) -> str:
        places = self._settings.places
        files = [*sorted(places.journal.glob("*.jsonl")), places.verdicts, places.trades]
        return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.exists())).hexdigest()

    def _say(self, text: str) -> None:
        if self._trace is not None:
            self._trace.append(text)

    def _say_state(self) -> None:
        if self._trace is not None and self.assembled is not None:
            record = self.assembled.memory.record
            orders = record.position.live_orders if record.position is not None else ()
            working = " ".join(f"{order.client_id[21:]}:{order.status}" for order in orders)
            self._say(f"  {self.clock.now_ms() - START_MS:>9} {record.state} {working}")


def _weather(rng: random.Random) -> Weather:
    """A third of the worlds is calm; the others have some or all of the perils."""
    if rng.random() < 0.34:
        return Weather()
    peril = {name: rng.choice((0.0, 0.01, 0.04)) for name in ("lost", "answer_lost", "silent", "late", "disk_fails")}
    return Weather(**peril, crash=rng.choice((0.0, 0.002, 0.01)))


def _excused(weather: Weather) -> frozenset[str]:
    """What cannot be told at once: a blind program does not know, a disk that refuses takes no line."""
    if weather.disk_fails:
        return frozenset({"cover", "verdicts", "journal", "unknown_order", "closed", "report", "entry"})
    return frozenset() if weather.is_calm else frozenset({"cover"})


def _lost_for_good(weather: Weather) -> frozenset[str]:
    """Lines that wait in memory for a disk that refuses are gone when the process is."""
    return frozenset({"journal", "cover", "report"}) if weather.disk_fails and weather.crash else frozenset()


def _settings(rng: random.Random, folder: Path) -> AllSettings:
    drawn = {
        "ENTRY_MODE": rng.choice(("LIMIT_THEN_MARKET", "LIMIT_ONLY", "MARKET_ONLY")),
        "TP1_BREAKEVEN": rng.choice(("fees", "entry", "off")),
        "TRAIL_SOURCE": rng.choice(("AGG", "BINANCE")),
        "QTY_USD": rng.choice(("12", "20", "100", "1000")),
        "SL_PCT": rng.choice(("0.0008", "0.002", "0.004")),
        "SWING_MINS": rng.choice(("1", "10")),
        "COOLDOWN_SEC": rng.choice(("0", "30", "180")),
        "TRAIL_STEP_USD": rng.choice(("1", "20")),
        "LIVE_ENTRY_TIMEOUT_SEC": rng.choice(("10", "90")),
    }
    fixed = {
        "MODE": "paper",
        "BINANCE_BASE_URL": URL,
        "DATA_DIR": str(folder / "data"),
        "DELTASCOUT_LOG": str(folder / "deltascout.log"),
        "AGG_CSV": str(folder / "aggregated.csv"),
        "SPOT_SHORT": "sell_holdings",
    }
    return read_settings({**fixed, **drawn})


def _fees(rng: random.Random) -> dict[str, object]:
    return {"maker": rng.choice(("0", "0.001")), "taker": rng.choice(("0", "0.001")), "bnb_burn": rng.random() < 0.2}


def _watch(door: Door, settings: AllSettings, log: Path) -> Watch:
    places = settings.places
    written = Written(places.state, places.journal, places.verdicts, places.trades, log)
    return Watch(door.read, written)
