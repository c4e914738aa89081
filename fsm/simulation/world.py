"""World(seed): the real program on a virtual clock; market, network, disk and owner are what one seed decides.

The program inside is the assembly that `run` uses; only clock, carrier of requests, disk and notifier are others. A
checker that shares no code with the program compares the exchange's ledger with the program's files as it goes.
"""

import json
import random
from decimal import Decimal
from pathlib import Path

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.errors import VenueError
from fsm.assembly import Assembled, Outside, assemble, load_record
from fsm.operator import Command
from fsm.record import Record
from fsm.simulation.books import BooksKept
from fsm.simulation.checks import PromiseBroken, Watch
from fsm.simulation.deltascout import Scribe
from fsm.simulation.door import OpenDoor
from fsm.simulation.drawn import MARGIN_DEPOSIT_USDC, REGIMES, SPOT_BALANCES, drawn_fees, drawn_settings, drawn_weather
from fsm.simulation.failing_disk import FailingDisk
from fsm.simulation.fate import Fate, Stopped, Weather
from fsm.simulation.network import Network
from fsm.simulation.outcome import Ears, Outcome, digest, reason_of, worst_naked
from fsm.simulation.owner import DUST, Owner
from fsm.simulation.written import Written
from fsm.states import State
from fsm.storage.store import StateDamaged

START_MS = 1_736_798_400_000
START_PRICE = Decimal(95_000)
LEAST_PRICE = Decimal(50_000)
REGIME_CHANGES = 0.05
WALKS = 0.7
"""The other steps are jumps over a gap."""
LEAST_WAIT_MS = 10
STEP_SECONDS = (0.2, 1, 1, 3, 10, 20)
PAUSE_AT_RESTART_MS = (100, 20_000)
CONNECT_AGAIN_MS = 5_000
CALM_STEPS = 40
CALM_STEP_S = 10
"""After its last step a world is calm; a position left by then is flattened, and all must come to rest."""
FLATTEN_AFTER = 5
CHECK_EVERY_MS = 5_000
"""Where nothing happens, the promises are checked only this often."""
MOST_NAKED_CALM_MS = 8_000
"""A jump past a stop's limit: a poll of 3 s, 3 s of grace, and the exit."""
MOST_NAKED_MS = 90_000
"""Where answers fail to come and restarts take up to 20 s, several times in a row."""
MOST_TURNS = 20_000
"""A world that needs more turns than this spins."""


class World:
    """One seed's world; `run` plays it to its end."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        open_door: OpenDoor,
        *,
        weather: Weather | None = None,
        crash_at: int | None = None,
    ) -> None:
        self.seed = seed
        self.trace: list[str] = []
        self.rng = random.Random(seed)
        self.clock = VirtualClock(START_MS)
        drawn = drawn_weather(self.rng)
        self.fate = Fate(self.rng, weather or drawn, frozenset() if crash_at is None else frozenset({crash_at}))
        self.calm = self.fate.weather.is_calm and crash_at is None
        self._disk_fails = self.fate.weather.disk_fails
        self.settings = drawn_settings(self.rng, folder)
        self.door = open_door(self.clock, SPOT_BALANCES)
        self._ears = Ears()
        self._scribe = Scribe(folder, self.rng)
        self._price = START_PRICE
        self._regime = self.rng.choice(REGIMES)
        self._watch = self._new_watch()
        self._books = BooksKept()
        venue, commands = self.settings.exchange, self.settings.places.commands
        self._owner = Owner(venue, commands, self.clock, self.door, self.rng, self.fate.happened)
        self._turns = 0
        self._checked_ms = 0
        self._seen: tuple[int, Decimal] | None = None
        self.assembled: Assembled

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
        except StateDamaged as damaged:
            fault = f"state: the program refuses its own file: {damaged}"
        return self._outcome(fault)

    def _begin(self) -> None:
        self._scribe.history(self._price, self.clock.now_ms())
        self.door.script("fees", {"symbol": "BTCUSDC", **drawn_fees(self.rng)})
        if self.settings.exchange.trade_mode == "margin":
            account = "isolated:BTCUSDC" if self.settings.exchange.margin_isolated else "cross"
            self.door.script("deposit", {"asset": "USDC", "amount": MARGIN_DEPOSIT_USDC, "account": account})
        self._print(self._price)
        self._turn(restart=True)

    def _step(self, number: int) -> None:
        self._say(f"step {number}: price {self._price}, {dict(self.fate.happened)}")
        self._market_moves()
        self._deltascout_writes()
        self._owner.act()
        self._pass(self.rng.choice(STEP_SECONDS))

    def _come_to_rest(self) -> None:
        self.fate.weather = Weather()
        self._owner.switch(Command.RESUME)
        for number in range(CALM_STEPS):
            if self._at_rest and number > FLATTEN_AFTER:
                break
            if number == FLATTEN_AFTER and not self._at_rest:
                self._owner.switch(Command.FLATTEN)
            self._market_moves()
            self._pass(CALM_STEP_S)
        if not self._at_rest:
            raise PromiseBroken(f"rest: still {self._state} after {CALM_STEPS * CALM_STEP_S} calm seconds")
        self._check(always=True, excused=self._lost_for_good())

    # --- what the world does
    def _market_moves(self) -> None:
        if self.rng.random() < REGIME_CHANGES:
            self._regime = self.rng.choice(REGIMES)
        before, self._price = self._price, max(self._price + self._regime.step(self.rng), LEAST_PRICE)
        if self.rng.random() < WALKS:
            self._walk(before)
            return
        quantity = None if self.rng.random() < 0.8 else Decimal(self.rng.randint(1, 60)) * DUST
        self._print(self._price, quantity)

    def _walk(self, before: Decimal) -> None:
        """From the price before through all prices in between."""
        low, high = sorted((before, self._price))
        bar = {"open": before, "high": high, "low": low, "close": self._price}
        self.door.script("bar", {"symbol": "BTCUSDC", "volume": "5", **{name: str(p) for name, p in bar.items()}})
        self._scribe.saw(self._price, self.clock.now_ms())

    def _print(self, price: Decimal, quantity: Decimal | None = None) -> None:
        body = {"symbol": "BTCUSDC", "price": str(price)}
        self.door.script("trade", body if quantity is None else {**body, "qty": str(quantity)})
        self._scribe.saw(price, self.clock.now_ms())

    def _deltascout_writes(self) -> None:
        likely = 0.4 if self._state is State.IDLE else 0.05
        if self.rng.random() < likely:
            self._scribe.signal(self._price, self.clock.now_ms())
        if self.rng.random() < 0.02:
            self._scribe.nonsense()
        if self.rng.random() < 0.01:
            self._scribe.rotate()

    # --- the program
    @property
    def _state(self) -> State:
        return self.assembled.memory.record.state

    @property
    def _at_rest(self) -> bool:
        return self._state in (State.IDLE, State.COOLDOWN)

    def _pass(self, seconds: float) -> None:
        end = self.clock.now_ms() + int(seconds * 1000)
        while self.clock.now_ms() < end:
            due_ms = max(self.assembled.executor.next_ms() - self.clock.now_ms(), LEAST_WAIT_MS)
            self._network.pass_time(min(due_ms, end - self.clock.now_ms()))
            self._turn()

    def _turn(self, *, restart: bool = False) -> None:
        """One turn of the program; where it is stopped, it is started again, as often as that happens."""
        self._turns += 1
        if self._turns > MOST_TURNS:
            raise PromiseBroken(f"spins: more than {MOST_TURNS} turns in {self.clock.now_ms() - START_MS} ms")
        while True:
            try:
                if restart:
                    self._start()
                self.assembled.executor.turn()
                break
            except Stopped as stopped:
                self._say(f"  stopped {stopped}")
                restart = True
                if self.fate.power_is_lost():
                    self._disk.lose_unsynced()
                self.door.advance(self.rng.randint(*PAUSE_AT_RESTART_MS))
        self._say_state()
        self._check(always=restart)

    def _start(self) -> None:
        """As a supervisor does: a start that the network prevents is tried again."""
        self._disk, self._network = FailingDisk(self.fate), Network(self.door, self.fate)
        client = BinanceClient(self.settings.exchange, self.clock, self._sleep).carried_by(self._network)
        while True:
            try:
                client.connect()
                record = self._saved(client)
                break
            except VenueError:
                self._network.pass_time(CONNECT_AGAIN_MS)
        outside = Outside(client, self.clock, self._disk, self._ears, lambda _path: None, client.lender)
        self.assembled = assemble(self.settings, outside, record)
        self.assembled.executor.start()

    def _sleep(self, seconds: float) -> None:
        self._network.pass_time(int(seconds * 1000))

    def _saved(self, client: BinanceClient) -> Record:
        venue = self.settings.exchange
        record = load_record(self.settings.places, self._disk, self.clock.now_ms(), venue.order_recv_window_ms)
        if record is None and any(order.client_id.startswith("EX-") for order in client.open_orders()):
            raise PromiseBroken("lost: there is no record, but orders of ours work at the venue")
        return record or Record()

    # --- the promises
    def _new_watch(self) -> Watch:
        places = self.settings.places
        written = Written(places.state, places.journal, places.verdicts, places.trades, self._scribe.log)
        watch = Watch(self.door.read, written)
        watch.reaction_ms = int(self.settings.fsm.poll_s * 1000) + 500
        watch.most_naked_ms = MOST_NAKED_CALM_MS if self.calm else MOST_NAKED_MS
        return watch

    def _check(self, *, always: bool, excused: frozenset[str] | None = None) -> None:
        """Check when something was written anywhere, and now and then."""
        seen = (self.fate.writes, self._price)
        if always or seen != self._seen or self.clock.now_ms() - self._checked_ms >= CHECK_EVERY_MS:
            self._seen, self._checked_ms = seen, self.clock.now_ms()
            self._watch.excused = self._not_told_at_once() if excused is None else excused
            ledger = self.door.read(self._watch.ledger_path)
            self._watch.check_ledger(ledger)
            self._books.check(ledger, at_rest=self._at_rest)

    def _not_told_at_once(self) -> frozenset[str]:
        """What cannot be told at once: a blind program does not know, a disk that refuses takes no line."""
        if self._disk_fails:
            return frozenset({"cover", "verdicts", "journal", "unknown_order", "closed", "report", "entry"})
        return self._lost_for_good() if self.calm else self._lost_for_good() | {"cover"}

    def _lost_for_good(self) -> frozenset[str]:
        """Lines that waited in memory for a disk are gone when the process is; the journal's last, without power."""
        happened = self.fate.happened
        if self._disk_fails and happened["crash"]:
            return frozenset({"journal", "cover", "report"})
        return frozenset({"journal", "cover"}) if happened["unsynced_lost"] else frozenset()

    # --- the books
    def _outcome(self, fault: str | None) -> Outcome:
        reports = _lines(self.settings.places.trades)
        return Outcome(
            seed=self.seed,
            stopped_at=next(iter(self.fate.crash_at), None),
            fault=fault,
            signals=self._scribe.signals,
            turns=self._turns,
            places=len(self.fate.places),
            checks=self._watch.checks_made,
            happened=dict(self.fate.happened),
            reasons=tuple(reason_of(report) for report in reports),
            worst_naked=worst_naked(reports),
            alarms=tuple(self._ears.alarms),
            calm=self.calm,
            digest=digest(self.settings.places),
        )

    def _say(self, text: str) -> None:
        self.trace.append(text)

    def _say_state(self) -> None:
        record = self.assembled.memory.record
        orders = record.position.live_orders if record.position is not None else ()
        working = " ".join(f"{order.client_id[21:]}:{order.status}" for order in orders)
        self._say(f"  {self.clock.now_ms() - START_MS:>9} {record.state} {working}")


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
