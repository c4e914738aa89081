"""The machine: the transition table, running.

`Lifecycle` is the model of a `transitions.Machine` built from `fsm.table`. Entering a state does exactly two things,
in this order: save the record (what is to be sent first stands in it), then keep the state's promise. Triggers are
fired by `advance`, never from inside a callback; nothing here raises for what the venue or the network does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from transitions import EventData, Machine

from fsm.due import due
from fsm.effects import EFFECTS, entered
from fsm.entering import market_remainder_refusal
from fsm.memory import Memory
from fsm.planning.mirror import lead
from fsm.record import Move, Record
from fsm.states import State
from fsm.table import TABLE, Row
from fsm.world import Due, World
from guards.chain import GUARD_NAMES
from guards.verdict import Verdict

MOST_TRANSITIONS = 30
"""More in a row than any trade can need; what still holds then waits for the next turn."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A row that was taken, and why."""

    trigger: str
    source: State
    dest: State
    cause: str


@dataclass(frozen=True, slots=True)
class Promises:
    """How the promise of a state is kept at the venue, and where the world is known from."""

    intend: Callable[[], None]
    """Puts the intents of what `ensure` sends first into the record, so that one save holds them and the state."""
    ensure: Callable[[], int]
    report: Callable[[], None]
    """Writes the trade report; entering CLOSED promises it."""
    world: Callable[[], World]


class Lifecycle:
    """The running machine over the record in memory."""

    state: State

    def __init__(self, memory: Memory, promises: Promises, journal: Callable[[Transition], None]) -> None:
        self._memory = memory
        self._promises = promises
        self._journal = journal
        self.refused: str | None = None
        """The condition that refused the last transition, if one did."""
        self.machine = Machine(
            model=self,
            states=State,
            transitions=[self._declared(row) for row in TABLE],
            initial=memory.record.state,
            auto_transitions=False,
            send_event=True,
            after_state_change="_keep_promise",
        )

    def accept(self, verdict: Verdict, details: Mapping[str, Any]) -> bool:
        """Let an accepted signal in; False if the table's own guards do not agree."""
        return self._fire(Due("signal_accepted", "all guards allow", {"verdict": verdict, **details}))

    def advance(self) -> int:
        """Fire the triggers that hold until none does; the number of transitions made."""
        for count in range(MOST_TRANSITIONS):
            next_due = due(self._memory.record, self._promises.world())
            self.refused = None
            if next_due is None or not self._fire(next_due):
                return count
        return MOST_TRANSITIONS

    def enter_again(self) -> None:
        """Keep the promise of the present state: recovery after a restart, and every pass in between."""
        self._keep_promise()

    # --- the table, running
    def _declared(self, row: Row) -> dict[str, Any]:
        return {
            "trigger": row.trigger,
            "source": row.source,
            "dest": row.dest,
            "conditions": [self._condition(name) for name in row.conditions],
            "before": partial(self._apply, row),
        }

    def _condition(self, name: str) -> Callable[[EventData], bool]:
        ask = partial(_guard_passed, name) if name in GUARD_NAMES else getattr(self, name)
        return partial(self._asked, name, ask)

    def _asked(self, name: str, ask: Callable[[EventData], bool], event: EventData) -> bool:
        answer = ask(event)
        self.refused = None if answer else name
        return answer

    def _fire(self, next_due: Due) -> bool:
        source = self.state
        fired = bool(getattr(self, next_due.trigger)(cause=next_due.cause, **next_due.details))
        if fired:
            self._journal(Transition(next_due.trigger, source, self.state, next_due.cause))
        return fired

    def _apply(self, row: Row, event: EventData) -> None:
        """Run the row's effects on the record, and note the state it leads to."""
        world = self._promises.world()
        record = self._memory.record
        for name in row.effects:
            record = EFFECTS[name](record, world, event.kwargs)
        record = entered(record, row.dest, world.now_ms)
        self._memory.put(record.with_meta(last_move=_move(record, row, event.kwargs["cause"])))

    def _keep_promise(self, _event: EventData | None = None) -> None:
        """The state is on disk, with the intents of what is sent first, before anything is sent."""
        if self.state is State.CLOSED:
            self._memory.save()
            self._promises.report()
        else:
            self._promises.intend()
            self._memory.save()
            self._promises.ensure()

    # --- conditions, by the names in the table
    def market_entry_allowed(self, _event: EventData) -> bool:
        return market_remainder_refusal(self._memory.position, self._promises.world()) is None

    def trailing_enabled(self, _event: EventData) -> bool:
        return self._promises.world().settings.trail_after_tp2

    def stop_improves(self, event: EventData) -> bool:
        position = self._memory.position
        return lead(position.direction, event.kwargs["stop"], position.stop) > 0

    def flatten_allowed(self, _event: EventData) -> bool:
        return self._promises.world().settings.flatten_unprotected

    def venue_shows_flat(self, _event: EventData) -> bool:
        return self._memory.position.verified_ms is not None

    def something_filled(self, _event: EventData) -> bool:
        return bool(self._memory.position.entry_fills)

    def nothing_filled(self, _event: EventData) -> bool:
        return not self._memory.position.entry_fills

    def cooldown_elapsed(self, _event: EventData) -> bool:
        return self._promises.world().now_ms >= (self._memory.record.cooldown_until or 0)


def _move(record: Record, row: Row, cause: str) -> Move:
    before = record.meta.last_move
    number = 1 if before is None else before.number + 1
    return Move(number=number, trigger=row.trigger, source=row.source, dest=row.dest, cause=cause)


def _guard_passed(name: str, event: EventData) -> bool:
    """A guard of the first row: the verdict that came with the signal must say that it allowed."""
    verdict: Verdict = event.kwargs["verdict"]
    return name in verdict.passed
