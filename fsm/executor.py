"""The executor: one thread, one event at a time.

A turn takes what woke it (a line of the signal log, a word of the user stream, an operator's command, a deadline),
folds it into the record, lets the machine fire what now holds, and writes the journal. Signals come first: between a
line and its order there is no request. Waiting is the caller's business; `next_ms` says until when at most.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from exchange.errors import VenueError
from exchange.lending import Lender
from exchange.types import Balance, Venue
from fsm.clock_step import NOTICED_MS, brought_back
from fsm.intake import Intake
from fsm.lifecycle import Lifecycle, Promises, Transition
from fsm.margin_desk import MarginDesk
from fsm.memory import Memory
from fsm.operator import Command, Switches
from fsm.periods import Every
from fsm.placing.ensure import Ensure
from fsm.placing.leftovers import Leftovers
from fsm.position import Position
from fsm.reconcile import without_fills
from fsm.record import Record
from fsm.settings import FsmSettings
from fsm.states import State
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.chronicle import Chronicle
from fsm.telling.notify import Severity
from fsm.telling.report import third_assets
from fsm.watching.full_check import FullCheck
from fsm.watching.invariants import InvariantWatch
from fsm.watching.market import MarketWatch
from fsm.watching.observe import Observer
from fsm.watching.owner import OwnerWatch
from fsm.watching.surroundings import Surroundings
from fsm.watching.valuing import price_in_quote
from fsm.world import World
from guards.cooldown import latest_until
from guards.settings import GuardSettings

HURRIED_POLL_MS = 250
"""While a position is in motion (entering, closing, an order in doubt or partly filled), the venue is asked this
often."""
MOST_ROUNDS = 20
"""A turn that still changes something after this many rounds goes on in the next one."""


class Wake(StrEnum):
    """What may wake the executor."""

    SIGNALS = "signals"
    STREAM = "stream"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the executor is made of; put together by the composition root."""

    memory: Memory
    venue: Venue
    lender: Lender | None
    """None on spot."""
    observer: Observer
    margin: MarginDesk
    surroundings: Surroundings
    intake: Intake
    chronicle: Chronicle
    switches: Switches
    settings: FsmSettings
    guards: GuardSettings
    invariants: Callable[[MarketWatch], InvariantWatch]
    tell: Tell
    now_ms: Callable[[], int]


@dataclass
class _Wishes:
    """What was asked for or learnt and is used once."""

    flatten: bool = False
    prices: dict[str, Decimal] = field(default_factory=dict)


class Executor:
    """Runs the machine over the record, turn by turn."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._memory = parts.memory
        self._now_ms = parts.now_ms
        self._wishes = _Wishes()
        self._owner = OwnerWatch(parts.memory, parts.venue, parts.lender, parts.surroundings, parts.tell)
        self._leftovers = Leftovers(parts.memory, parts.venue, parts.tell)
        self._market = MarketWatch(parts.memory, parts.venue, parts.surroundings, parts.settings, parts.now_ms)
        self._invariants = parts.invariants(self._market)
        ensure = Ensure(
            parts.memory, parts.venue, parts.observer, parts.margin, parts.settings, parts.tell, parts.now_ms
        )
        self.lifecycle = Lifecycle(
            parts.memory, Promises(ensure.intend, ensure, self._report, self.world), self._journal
        )
        self._poll = Every(int(parts.settings.poll_s * 1000))
        self._hurry = Every(min(HURRIED_POLL_MS, int(parts.settings.poll_s * 1000)))
        self._check = FullCheck(parts.memory, parts.surroundings, parts.settings, parts.now_ms)
        self._latest_ms = 0

    def world(self) -> World:
        """What is known beyond the record, now."""
        return World(
            now_ms=self._now_ms(),
            instrument=self._parts.venue.instrument,
            settings=self._parts.settings,
            price_rule=self._parts.guards.price_rule,
            cooldown_ms=self._parts.guards.cooldown_s * 1000,
            prices=self._wishes.prices,
            quote=self._parts.surroundings.quote,
            flatten=self._wishes.flatten,
            owner_trade=self._owner.trade,
            trail=self._market.trail,
        )

    # --- running
    def start(self) -> None:
        """Recovery: look at the venue, then enter the saved state again."""
        before = self._memory.record
        self._parts.chronicle.mend(before, self._now_ms())
        self._cap_waits()
        self._parts.surroundings.refresh()
        if self._parts.observer.look() and before.position is not None:
            self._owner.compare(before.position)
        self._parts.margin.start()
        self._parts.intake.start(self._memory)
        self._progress()
        self._write_down(before)

    def turn(self, woken: frozenset[Wake] = frozenset(Wake)) -> None:
        """Take what is there now, in the order of its urgency."""
        before = self._memory.record
        self._heed_clock()
        self._take_signals()
        self._take_commands()
        self._check.heed_missing_coins()
        self._parts.surroundings.refresh()
        if self._memory.record.state is State.IDLE:
            self._parts.surroundings.lendable.refresh()
        self._heed_clock()
        self._observe(hurried=Wake.STREAM in woken)
        self._progress()
        self._write_down(before)

    def next_ms(self) -> int:
        """When the next turn is due at the latest, on the venue's clock."""
        if self._back_ms >= NOTICED_MS:
            return self._now_ms()
        record = self._memory.record
        deadlines = [self._parts.surroundings.next_ms, self._check.next_ms]
        if record.position is not None:
            deadlines.append(self._pace(record.position).next_ms)
            if record.position.next_try_ms > self._now_ms():
                deadlines.append(record.position.next_try_ms)
        if record.state is State.TRAILING:
            deadlines.append(self._market.trail_every.next_ms)
        if record.state is State.COOLDOWN:
            deadlines.append(record.cooldown_until or 0)
        return min(deadline for deadline in deadlines)

    # --- what comes in
    def _take_signals(self) -> None:
        for judged in self._parts.intake.lines(self._memory):
            self._parts.chronicle.verdict(judged, self._now_ms())
            if judged.details is not None and self.lifecycle.accept(judged.verdict, judged.details):
                self.lifecycle.advance()
                self._note_opened()

    def _take_commands(self) -> None:
        for command in self._parts.switches.take():
            self._parts.chronicle.note("command", {"command": command}, self._now_ms())
            self._parts.tell(Announcement(Severity.INFO, "command", f"operator: {command}"))
            if command is Command.FLATTEN:
                self._wishes.flatten = self._memory.record.position is not None
            elif command is Command.PAUSE:
                self._memory.put(self._memory.record.with_meta(paused=True))
            else:
                self._memory.put(self._memory.record.with_meta(paused=False, halted=None))

    # --- the venue
    def _observe(self, *, hurried: bool) -> None:
        now, position = self._now_ms(), self._memory.record.position
        checking = self._check.is_due()
        if checking:
            self._check.done()
        if not (checking or (position is not None and (hurried or self._pace(position).is_due(now)))):
            return
        self._poll.done(now)
        self._hurry.done(now)
        before = self._memory.record
        if not self._parts.observer.look():
            return
        self._leftovers.withdraw(self._parts.observer.foreign)
        if self._memory.record == before:
            self._invariants.look()
        if position is not None:
            self._owner.compare(position)
            self._parts.margin.note_interest(self._base_balance())
        if position is not None and checking:
            self._owner.check_balances()
        self._parts.margin.check_again(self._parts.surroundings.margin_account)

    def _pace(self, position: Position) -> Every:
        return self._hurry if position.in_motion else self._poll

    # --- progress
    def _progress(self) -> None:
        """Keep the promise of the state, fire what holds, until nothing changes; what the owner traded comes first."""
        self._market.look()
        if self._owner.trade is not None:
            self.lifecycle.advance()
            self._forget_used()
        self.lifecycle.enter_again()
        for _ in range(MOST_ROUNDS):
            self._price_remainder()
            moved = self.lifecycle.advance()
            self._forget_used()
            if not moved and not self._verify_close():
                break
        self._note_halt()
        self._note_opened()
        self._memory.save()

    def _note_opened(self) -> None:
        """The hooks hear of a new position at once; what its loan costs from the first moment is read soon."""
        if self._parts.margin.note_opened():
            self._parts.surroundings.balances_every.now()

    def _note_halt(self) -> None:
        """Exits cannot be placed and flattening is forbidden: no new entries, and the alarm repeats until resolved."""
        if self.lifecycle.refused != "flatten_allowed":
            return
        position = self._memory.position
        reason = f"exits of {position.trade_id} were refused {position.exit_failures} times and FAILSAFE_FLATTEN is off"
        if self._memory.record.meta.halted is None:
            self._memory.put(self._memory.record.with_meta(halted=reason))
        self._parts.chronicle.halted(position, reason, self._now_ms())

    def _price_remainder(self) -> None:
        """The remainder of a withdrawn entry is judged by a quote of this moment."""
        position = self._memory.record.position
        if position is None or position.status is not State.OPEN:
            return
        if position.withdrawn and not position.entry_live and position.remainder is None:
            self._parts.surroundings.price_now()

    def _forget_used(self) -> None:
        position = self._memory.record.position
        if position is None or position.status in (State.CLOSING, State.CLOSED):
            self._wishes.flatten = False
        self._owner.forget()
        self._market.trail = None

    def _verify_close(self) -> bool:
        """While closing: once the record shows nothing left, the venue has to say so too."""
        if self._memory.record.state is not State.CLOSING or self._memory.position.verified_ms is not None:
            return False
        if not self._looks_flat(self._memory.position) or not self._parts.observer.look():
            return False
        if not self._looks_flat(self._memory.position) or not self._parts.margin.debts_cleared():
            return False
        self._read_prices(self._memory.position)
        verified = self._memory.position.model_copy(update={"verified_ms": self._now_ms()})
        self._memory.put_position(verified)
        return True

    def _looks_flat(self, position: Position) -> bool:
        nothing_lives = not position.live_orders and not without_fills(position)
        return nothing_lives and not position.has_to_exit(self._parts.venue.instrument)

    def _read_prices(self, position: Position) -> None:
        """Commission in a third asset is valued at the price of the close."""
        venue = self._parts.venue
        try:
            for asset in third_assets(position, venue.instrument):
                self._wishes.prices[asset] = price_in_quote(venue, asset)
        except VenueError as error:
            self._parts.tell(Announcement(Severity.WARN, "commission_not_valued", str(error)))

    def _base_balance(self) -> Balance | None:
        return (self._parts.surroundings.balances or {}).get(self._parts.venue.instrument.base)

    # --- what is written down
    def _report(self) -> None:
        self._invariants.note()
        self._parts.chronicle.cover(self._memory.position, self._parts.venue.instrument, self._now_ms())
        problem = self._parts.chronicle.trade(
            self._memory.record, self._parts.venue.instrument, self._wishes.prices, self._now_ms()
        )
        if problem is not None:
            self._parts.tell(Announcement(Severity.ERROR, "report_not_written", problem))

    def _journal(self, transition: Transition) -> None:
        self._parts.chronicle.transition(transition, self._memory.record, self._now_ms())

    def _write_down(self, before: Record) -> None:
        record, now = self._memory.record, self._now_ms()
        if record is not before:
            self._parts.chronicle.orders(before, record, now)
        self._invariants.note()
        self._parts.chronicle.cover(record.position, self._parts.venue.instrument, now)

    def _heed_clock(self) -> None:
        """Where the clock was corrected backwards, no wait becomes longer by that."""
        back_ms = self._back_ms
        self._latest_ms = self._now_ms()
        if back_ms < NOTICED_MS:
            return
        self._memory.put(brought_back(self._memory.record, back_ms))
        self._parts.margin.forget_waits()
        text = f"the venue's clock is {back_ms / 1000:.0f} s behind what it was"
        self._parts.tell(Announcement(Severity.WARN, "clock_went_back", text))

    @property
    def _back_ms(self) -> int:
        """How far the clock is behind what it was when it was last heeded."""
        return self._latest_ms - self._now_ms()

    def _cap_waits(self) -> None:
        """No wait is longer than its setting, whatever a clock did in between (R9)."""
        record, now, guards = self._memory.record, self._now_ms(), self._parts.guards
        lock_until = latest_until(record.lock_until, now, guards.lock_s)
        cooldown_until = latest_until(record.cooldown_until, now, guards.cooldown_s)
        self._memory.put(record.model_copy(update={"lock_until": lock_until, "cooldown_until": cooldown_until}))
