"""One sample session: market, DeltaScout, exchange and executor, stepped together under one clock.

The methods are the words in which the script is written.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from fsm.operator import Command, Switches
from fsm.planning.mirror import ahead
from fsm.position import Position
from fsm.sample.checks import Script, fault_of
from fsm.sample.deltascout import DeltaScout
from fsm.sample.market import STEP_MS, Market, Step
from fsm.sample.narrator import Narrator
from fsm.sample.paper_door import PaperDoor
from fsm.sample.rig import Rig
from fsm.states import State
from signals.direction import Direction
from signals.timestamp import MINUTE_MS

SEEN_AT_START = "seen_at_start"
LOOK_MS = 500
"""The executor runs for this long after each step of the market; until the next one there is nothing to be seen."""
STRIDE_MS = 1_000
"""While an entry works it also looks this often in between: its timeout may fall due."""


class OffScript(Exception):
    """The session is not where the script says."""


class Session:
    """What the script can do and see."""

    def __init__(
        self,
        rig: Rig,
        door: PaperDoor,
        market: Market,
        deltascout: DeltaScout,
        narrator: Narrator,
    ) -> None:
        self.rig = rig
        self.door = door
        self.market = market
        self.deltascout = deltascout
        self.narrator = narrator
        self._verdicts: list[str] = [SEEN_AT_START] * deltascout.signals
        self._exits: list[str] = []
        self._unfilled = 0
        self.faults: list[str] = []
        self.deposited = Decimal(0)
        """What the script brought in, in quote."""
        rig.watch = self._show

    @property
    def script(self) -> Script:
        return Script(tuple(self._verdicts), tuple(self._exits), self._unfilled)

    @property
    def now_ms(self) -> int:
        return self.rig.clock.now_ms()

    @property
    def state(self) -> State:
        return self.rig.record.state

    @property
    def position(self) -> Position:
        if self.rig.record.position is None:
            raise OffScript(f"there should be a position, but the state is {self.state}")
        return self.rig.record.position

    # --- the market
    def go(self, multiple: str, minutes: str) -> None:
        """To this multiple of R beyond the entry; negative: towards the stop loss and past it."""
        plan = self.position.plan
        self.go_to(ahead(plan.direction, plan.entry, plan.r * Decimal(multiple)), minutes)

    def go_to(self, goal: Decimal, minutes: str) -> None:
        self._play(self.market.leg(goal.quantize(Decimal("0.01")), Decimal(minutes)))

    def calm(self, minutes: str, reach: str | None = None) -> None:
        self._play(self.market.calm(Decimal(minutes), None if reach is None else Decimal(reach)))

    def idle(self, minutes: int) -> None:
        """Nothing to be seen for some minutes: the market hardly moves."""
        for _ in range(minutes):
            self.calm("0.25")
            self._align(MINUTE_MS)

    def until(self, state: State, minutes: int) -> None:
        """Let the market be calm until the machine is in this state."""
        self.wait(lambda: self.state is state, f"the state {state}", minutes)

    def wait(self, holds: Callable[[], bool], what: str, minutes: int) -> None:
        for _ in range(minutes):
            if holds():
                return
            self.idle(1)
        if not holds():
            raise OffScript(f"{what} did not come within {minutes} minutes; the state is {self.state}")

    # --- DeltaScout
    def signal(self, kind: str, verdict: str, age_s: int = 0) -> None:
        """A signal at the present price, so many seconds old, and what should be said of it."""
        self.look()
        self.deltascout.peak(kind, self.market.last, self.now_ms - age_s * 1000)
        self.expect(verdict)

    def line(self, text: str, verdict: str) -> None:
        """A line as it stands."""
        self.deltascout.line(text)
        self.expect(verdict)

    def next_minute(self) -> None:
        """Up to the moment at which the present minute's bar is written."""
        self._align()
        while self.now_ms % MINUTE_MS:
            self.calm("0.25")
            self._align()

    def enter(self, kind: str, away: str | None = None) -> None:
        """A signal that is accepted; with `away`, the market has moved off by that much since the bar closed."""
        self.next_minute()
        if away is not None:
            direction = Direction(kind.upper())
            self.go_to(ahead(direction, self.market.last, Decimal(away)), "0.25")
        self.signal(kind, "accepted")

    def expect(self, verdict: str) -> None:
        """What should be said of the line that was just written."""
        self._verdicts.append(verdict)
        self.rig.turn()
        self.look()

    # --- the operator
    def command(self, command: Command) -> None:
        self.narrator.act(f"python run.py {command}")
        Switches(self.rig.settings.places.commands).give(command)
        self.look()

    def kill(self) -> None:
        """The process ends without a word, and begins anew from its files."""
        self.narrator.act("the process is killed; a new one starts from the state file")
        self.rig.shut()
        self.rig.start()
        self.look()

    # --- the venue
    def look(self) -> None:
        """Let the executor look for a while; then the venue's books must agree with its state."""
        self.rig.look(LOOK_MS)
        record, rate = self.rig.record, Decimal(0)
        if record.position is not None:
            rate = record.position.rates.get("taker", rate)
        fault = fault_of(self.door.ledger(), record, self.rig.client.instrument, rate)
        if fault is not None and fault not in self.faults:
            self.faults.append(fault)

    def deposit(self, asset: str, quantity: Decimal) -> None:
        """Bring coins in or take them out, and wait until the executor has seen it."""
        self.door.deposit(asset, quantity)
        if asset == self.rig.client.instrument.quote:
            self.deposited += quantity
        self.calm("0.5")

    def quote_balance(self) -> Decimal:
        """All that the account has in quote."""
        balance = self.door.balance(self.rig.client.instrument.quote)
        return Decimal(balance["free"]) + Decimal(balance["locked"])

    @contextmanager
    def costs_beside_the_trades(self) -> Iterator[None]:
        """What the account loses in here is in no trade report: interest for an entry that never filled."""
        before = self.quote_balance()
        yield
        self.deposited += self.quote_balance() - before

    def owes_nothing(self) -> None:
        """The venue shows no debt in either asset."""
        instrument = self.rig.client.instrument
        for asset in (instrument.base, instrument.quote):
            balance = self.door.balance(asset)
            if Decimal(balance["borrowed"]) + Decimal(balance["interest"]):
                raise OffScript(f"{balance['borrowed']} {asset} and {balance['interest']} of interest are still owed")
        self.narrator.act("nothing is owed any more")

    def owes(self, asset: str) -> None:
        """The venue shows that the asset was borrowed."""
        borrowed = self.door.balance(asset)["borrowed"]
        if not Decimal(borrowed):
            raise OffScript(f"{asset} should be borrowed by now")
        self.narrator.act(f"{borrowed} {asset} are borrowed")

    def change_rule(self, name: str, value: str) -> None:
        """Change one of the symbol's rules, and wait until the executor has read it."""
        before = self.rig.client.instrument
        self.narrator.act(f"the venue sets {name} to {value}")
        self.door.rule(name, value)
        self.wait(lambda: self.rig.client.instrument != before, f"the new {name}", 6)

    # --- what should have come of it
    def left(self, reason: str) -> None:
        """The position is over, for this reason."""
        self._exits.append(reason)
        last = self.rig.record.last_closed
        if self.state is not State.COOLDOWN or last is None or last.reason != reason:
            found = f"the last reason is {last.reason}" if last is not None else "nothing was closed"
            raise OffScript(f"the position should have ended with {reason}; the state is {self.state}, {found}")

    def unfilled(self) -> None:
        """The entry is over, and nothing was bought."""
        self._unfilled += 1
        if self.state is not State.IDLE:
            raise OffScript(f"the entry should have ended without a fill, but the state is {self.state}")

    def be(self, state: State) -> None:
        if self.state is not state:
            raise OffScript(f"the state should be {state}, but it is {self.state}")

    # --- inside
    def _play(self, steps: Iterator[Step]) -> None:
        for step in steps:
            self._align()
            self.deltascout.take(step, self.now_ms)
            self.door.move(step)
            self.narrator.market(step.last)
            self.look()

    def _align(self, period_ms: int = STEP_MS) -> None:
        """To the next period's beginning."""
        begins_ms = self.now_ms + -self.now_ms % period_ms
        while self.state is State.OPEN and self.now_ms + STRIDE_MS < begins_ms:
            self.rig.clock.advance(STRIDE_MS)
            self.rig.turn()
        self.rig.clock.advance(max(begins_ms - self.now_ms, 0))
        self.deltascout.complete(self.now_ms)

    def _show(self) -> None:
        self.narrator.turn(self.rig.record, self.rig.client.instrument)


def damaged_lines() -> tuple[str, ...]:
    """Lines that claim to be signals and cannot be read."""
    peak = {"action": "PEAK", "source": "DeltaScout", "ts": "2025-01-13T20:00:00", "kind": "long"}
    return ('{"action": "PEAK", "source": "Delta', json.dumps({**peak, "price": "NaN"}))
