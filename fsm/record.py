"""The record: everything the program must know after a restart, as one frozen value.

Its JSON is the state file. Numbers are strings, times are venue milliseconds, and the machine's state stands under
`state` as well as in `position.status`.
"""

from typing import Any

from pydantic import model_validator

from fsm.numbers import ZERO, Number, Value
from fsm.orders import Order, OrderStatus
from fsm.position import Position
from fsm.states import WITH_POSITION, State
from guards.margin_memory import MarginBook, MarginRuntime
from signals.position import LogPosition

SCHEMA = 2


def _numbered(document: dict[str, Any]) -> dict[str, Any]:
    """Schema 2 numbers the generations (see `fsm.storage.store`); the record itself is as it was."""
    return document


MIGRATIONS = {1: _numbered}
"""How a stored document becomes one of the next schema."""


class LastClosed(Value):
    """What is remembered of the last trade."""

    trade_id: str
    signal_key: str
    reason: str
    entered: bool
    closed_ms: int
    profit_quote: Number = ZERO


class Move(Value):
    """The last transition; with it a journal line that a crash prevented is written at the next start."""

    number: int
    """Transitions are numbered from 1, for as long as this state file lives."""
    trigger: str
    source: State
    dest: State
    cause: str


class Meta(Value):
    """Memories that outlive a position."""

    seen_keys: tuple[str, ...] = ()
    dedup_fp: str = ""
    log_position: LogPosition | None = None
    """Where following of the signal log goes on (see `signals.tail`)."""
    paused: bool = False
    halted: str | None = None
    """Why no new entry is made until the operator says `resume`."""
    last_move: Move | None = None


class Record(Value):
    """The whole memory of the program."""

    state: State = State.IDLE
    position: Position | None = None
    last_closed: LastClosed | None = None
    meta: Meta = Meta()
    cooldown_until: int | None = None
    lock_until: int | None = None
    margin: MarginBook = MarginBook()
    mg_runtime: MarginRuntime = MarginRuntime()

    @model_validator(mode="after")
    def _state_and_position_agree(self) -> "Record":
        if (self.position is not None) != (self.state in WITH_POSITION):
            raise ValueError(f"state {self.state} {'with' if self.position else 'without'} a position")
        if self.position is not None and self.position.status is not self.state:
            raise ValueError(f"state {self.state}, but position.status {self.position.status}")
        return self

    @property
    def held_position(self) -> Position:
        """The position, where the state says that there is one."""
        if self.position is None:
            raise LookupError(f"no position in state {self.state}")
        return self.position

    def with_position(self, position: Position | None) -> "Record":
        return self.model_copy(update={"position": position})

    def without_position(self) -> "Record":
        """The same memories in IDLE: the venue that the position was at no longer exists."""
        return self.model_copy(update={"state": State.IDLE, "position": None, "cooldown_until": None})

    def with_meta(self, **changes: object) -> "Record":
        return self.model_copy(update={"meta": self.meta.model_copy(update=changes)})

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


def from_json(document: dict[str, Any], now_ms: int, doubt_ms: int) -> Record:
    """The record of a stored document, as a program that was stopped at any instant must read it.

    An order that was intended may have been sent: it is in doubt, and its absence is final only `doubt_ms` after now,
    for nothing was sent later than this restart. Raises pydantic's ValidationError naming each field at fault.
    """
    record = Record.model_validate(document)
    if record.position is None:
        return record
    orders = tuple(_doubted(order, now_ms + doubt_ms) for order in record.position.orders)
    return record.with_position(record.position.model_copy(update={"orders": orders}))


def _doubted(order: Order, settled_after_ms: int) -> Order:
    if order.status is not OrderStatus.INTENDED:
        return order
    return order.to(OrderStatus.IN_DOUBT, settled_after_ms=settled_after_ms)
