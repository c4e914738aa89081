"""World(seed): the real program on a virtual clock; market, network, disk and owner are what one seed decides.

Checkers that share no code with the program compare the exchange's ledger with the program's files as it goes.
"""

import random
import traceback
from decimal import Decimal
from pathlib import Path

from exchange.clock import VirtualClock
from fsm.operator import Command
from fsm.simulation.checks import PromiseBroken
from fsm.simulation.deltascout import Scribe
from fsm.simulation.door import OpenDoor
from fsm.simulation.drawn import (
    MARGIN_DEPOSIT_USDC,
    SPOT_BALANCES,
    drawn_fees,
    drawn_settings,
    drawn_weather,
    settings_with,
)
from fsm.simulation.fate import Fate, Weather
from fsm.simulation.market import SYMBOL, Market
from fsm.simulation.outcome import Outcome, digest, read_reports, reason_of
from fsm.simulation.owner import Owner
from fsm.simulation.program import Program
from fsm.simulation.promises import Promises
from fsm.simulation.scripts import Beat, Script
from fsm.simulation.stream import Hearing, Wakes
from fsm.simulation.wish import Wish
from fsm.states import State

START_MS = 1_736_798_400_000
STEP_SECONDS = (0.1, 0.5, 1, 2, 5, 10)
CALM_STEPS = 80
CALM_STEP_S = 5
"""After its last step a world is calm; a position left by then is flattened, and all must come to rest."""
FLATTEN_AFTER = 5
SETTLE_AFTER = 40
"""A close that still waits by then waits for coins that the owner has sold."""
CHECK_EVERY_MS = 5_000
"""Where nothing happens, the promises are checked only this often."""
MOST_TURNS = 20_000
"""A world that needs more turns than this spins."""


class World:
    """One wish's world; `run` plays it to its end."""

    def __init__(self, wish: Wish, folder: Path, open_door: OpenDoor, script: Script | None = None) -> None:
        self.wish = wish
        self.trace: list[str] = []
        self.rng = random.Random(wish.seed)
        self.clock = VirtualClock(START_MS)
        self._script = script
        self._folder = folder
        weather = drawn_weather(self.rng)
        if script is not None or wish.stops:
            weather = Weather()
        self.fate = Fate(self.rng, weather, self.clock.now_ms, frozenset(wish.stops), wish.power)
        self.calm = weather.is_calm and not wish.stops
        self.settings = drawn_settings(self.rng, folder) if script is None else settings_with(script.settings, folder)
        self.door = open_door(self.clock, SPOT_BALANCES)
        hearing = self.rng.choice(tuple(Hearing)) if script is None else Hearing.GOOD
        self.program = Program(self.settings, self.clock, self.door, self.fate, Wakes(self.rng, hearing))
        self._scribe = Scribe(folder, self.rng)
        self._market = Market(self.door, self.rng, self.fate, self._scribe.saw)
        if script is None:
            self.program.on_the_way = self._market.stir
        self._promises = Promises(self.program, self.door, self.fate, self._scribe, hearing, calm=self.calm)
        self._owner = Owner(self.settings, self.clock, self.door, self.rng, self.fate, self._promises.brought_in)
        self._turns = 0
        self._checked_ms = 0
        self._seen: tuple[int, Decimal] | None = None

    # --- playing
    def run(self) -> Outcome:
        """Play the steps, calm down, come to rest; what broke is in the outcome, never raised."""
        fault = None
        try:
            self._begin()
            self._play()
            self._come_to_rest()
        except PromiseBroken as broken:
            fault = str(broken)
        except Exception:  # noqa: BLE001 - whatever escapes the program is a finding like any other
            fault = f"escaped: the program raised\n{traceback.format_exc()}"
        return self._outcome(fault)

    def _begin(self) -> None:
        self._scribe.history(self._market.price, self.clock.now_ms())
        self.door.script("fees", {"symbol": SYMBOL, **drawn_fees(self.rng)})
        if self.settings.exchange.trade_mode == "margin":
            account = f"isolated:{SYMBOL}" if self.settings.exchange.margin_isolated else "cross"
            self.door.script("deposit", {"asset": "USDC", "amount": MARGIN_DEPOSIT_USDC, "account": account})
        self._market.print_at(self._market.price)
        self._turn()

    def _play(self) -> None:
        if self._script is not None:
            for beat in self._script.beats:
                self._play_beat(self._script, beat)
            return
        for number in range(self.wish.steps):
            self._say(f"step {number}: price {self._market.price}, {dict(self.fate.happened)}")
            self._step()
            self._pass(self.rng.choice(STEP_SECONDS))

    def _play_beat(self, script: Script, beat: Beat) -> None:
        self._say(f"{beat.does} to {script.price(beat)}")
        if beat.does == "signal":
            self._scribe.write(script.price(beat), self.clock.now_ms(), script.kind)
        elif beat.does == "rotate":
            self._scribe.rotate(self.clock.now_ms())
        elif beat.does == "flatten":
            self._owner.switch(Command.FLATTEN)
        elif beat.does == "walk":
            self._market.go_to(script.price(beat))
        else:
            self._market.print_at(script.price(beat), Decimal("0.0006") if beat.does == "trickle" else None)
        self._pass(beat.seconds)

    def _step(self) -> None:
        if self._market.move():
            self._promises.read_rules()
        self._deltascout_writes()
        self._owner.act()

    def _come_to_rest(self) -> None:
        self.fate.weather = Weather()
        self._market.calm_down()
        self._owner.switch(Command.RESUME)
        for number in range(CALM_STEPS):
            if self._at_rest and (number > FLATTEN_AFTER or self._script is not None):
                break
            if number == FLATTEN_AFTER and not self._at_rest:
                self._owner.switch(Command.FLATTEN)
            if number == SETTLE_AFTER:
                self._owner.buy_what_is_owed()
            if self._script is None:
                self._market.move()
            self._pass(CALM_STEP_S)
        if not self._at_rest:
            raise PromiseBroken(f"rest: still {self.program.state} after {CALM_STEPS * CALM_STEP_S} calm seconds")
        self._check(always=True)

    def _deltascout_writes(self) -> None:
        likely = 0.4 if self.program.state is State.IDLE else 0.05
        if self.rng.random() < likely:
            self._scribe.signal(self._market.price, self.clock.now_ms())
        if self.rng.random() < 0.02:
            self._scribe.nonsense()
        if self.rng.random() < 0.01:
            self._scribe.rotate(self.clock.now_ms())
        if self.rng.random() < 0.005:
            self._scribe.truncate(self.clock.now_ms())
        if self.rng.random() < 0.005:
            self._scribe.burst(self._market.price, self.clock.now_ms())

    # --- the program
    @property
    def _at_rest(self) -> bool:
        return self.program.state in (State.IDLE, State.COOLDOWN)

    def _pass(self, seconds: float) -> None:
        end = self.clock.now_ms() + int(seconds * 1000)
        while self.clock.now_ms() < end:
            self.program.sleep_until(end)
            self._turn()

    def _turn(self) -> None:
        self._turns += 1
        if self._turns > MOST_TURNS:
            raise PromiseBroken(f"spins: more than {MOST_TURNS} turns in {self.clock.now_ms() - START_MS} ms")
        stopped_at = self.program.turn(self.rng)
        self._scribe.was_looked_at()
        for place in stopped_at:
            self._say(f"  stopped {place}")
        for text in self.program.ears.heard:
            self._say(f"  told {text}")
        self.program.ears.heard.clear()
        self._say_state()
        self._check(always=bool(stopped_at))

    def _check(self, *, always: bool) -> None:
        """Check when something was written anywhere, and now and then."""
        seen = (self.fate.writes, self._market.price)
        if always or seen != self._seen or self.clock.now_ms() - self._checked_ms >= CHECK_EVERY_MS:
            self._seen, self._checked_ms = seen, self.clock.now_ms()
            self._promises.check(at_rest=self._at_rest)

    # --- the books
    def _outcome(self, fault: str | None) -> Outcome:
        places = self.settings.places
        reports = read_reports(places)
        return Outcome(
            wish=self.wish,
            fault=fault,
            signals=self._scribe.signals,
            turns=self._turns,
            places=tuple(self.fate.places),
            checks=self._promises.checks_made,
            happened=dict(self.fate.happened),
            reasons=tuple(reason_of(report) for report in reports),
            gaps=dict(self._promises.gaps),
            most_weight=self.program.sent.most_weight,
            alarms=tuple(self._promises.alarms),
            calm=self.calm,
            digest=digest(places, self._folder),
        )

    def _say(self, text: str) -> None:
        self.trace.append(text.replace(str(self._folder), ""))

    def _say_state(self) -> None:
        record = self.program.record
        orders = record.position.live_orders if record.position is not None else ()
        working = " ".join(f"{order.client_id[21:]}:{order.status}" for order in orders)
        self._say(f"  {self.clock.now_ms() - START_MS:>9} {record.state} {working}")
