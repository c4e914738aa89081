"""What `status` and the live view show: one value, computed from the record and the last price seen.

Distances are in quote per base; they are positive while the level has not been reached. `_r` values are multiples of R.
"""

from fsm.numbers import Number, Value
from fsm.states import State


class Level(Value):
    """A price that matters to the position: its stop, or the target of a leg."""

    name: str
    price: Number
    distance: Number | None
    """From the reference price; positive: still ahead; None for a target whose leg is closed."""
    distance_r: Number | None
    reached: bool = False
    """True for a target at which its leg left, or better."""


class LegLine(Value):
    """One leg: what its exits trade in all, and what is left of it."""

    number: int
    quantity: Number
    left: Number
    target: Number | None
    closed: bool
    leave: str | None
    """Why it leaves at market, if it does."""


class OrderLine(Value):
    """One order of the position, as the record knows it."""

    client_id: str
    role: str
    leg: int
    side: str
    order_type: str
    status: str
    quantity: Number
    executed: Number
    price: Number | None
    stop_price: Number | None
    live: bool
    why: str | None


class Holding(Value):
    """The position; quantities in base."""

    trade_id: str
    signal_key: str
    symbol: str
    direction: str
    accepted_time: str
    entry_protection: str
    """`bracket`: the exits came with the entry; else `after_fill`."""
    planned_quantity: Number
    planned_entry: Number
    filled_quantity: Number
    average_entry: Number | None
    held: Number
    covered: Number
    """What untriggered stops at the venue cover."""
    uncovered: Number
    """Held without such a stop, leaving out what is too fine for an order."""
    r: Number
    open_profit: Number | None
    """In quote, if all that is held left at the reference price; commission still to come is not in it."""
    open_profit_r: Number | None
    measured_from: str | None
    """What distances are measured from: `last price`, `average entry` or `planned entry`."""
    reference_price: Number | None
    stop: Level
    targets: tuple[Level, ...]
    legs: tuple[LegLine, ...]
    orders: tuple[OrderLine, ...]
    close_reason: str | None


class Hindrance(Value):
    """Something that keeps a new signal from being traded now."""

    guard: str
    detail: str
    until: str | None = None
    seconds_left: int | None = None
    """None where it does not lift by itself."""


class PriceSeen(Value):
    """The last prices that the executor saw."""

    bid: Number
    ask: Number
    last: Number
    time: str
    age_s: int


class ClosedLine(Value):
    """What is remembered of the last trade."""

    trade_id: str
    signal_key: str
    reason: str
    closed_time: str
    profit_quote: Number


class Loan(Value):
    """What was borrowed for a trade, in units of the asset; what was owed before is not in it."""

    trade_id: str
    asset: str
    borrowed: Number
    repaid: Number
    """Of principal and interest."""
    in_doubt: bool
    """True while the outcome of a loan request is not known."""


class Situation(Value):
    """Everything that `status --json` says; see docs/json.md."""

    time: str
    running: bool
    pid: int | None
    """Process of the executor, while it runs."""
    state: State
    entered: str | None
    """When the state was last entered; a transition that stays enters it again."""
    promise: str
    """What the state promises about the venue."""
    ways_out: tuple[str, ...]
    """Triggers that lead to another state."""
    position: Holding | None
    loan: Loan | None
    """On margin, from the first loan of a trade to the next trade."""
    price: PriceSeen | None
    venue_problem: str | None
    hindrances: tuple[Hindrance, ...]
    last_closed: ClosedLine | None
    seen_keys: int
    events: tuple[dict[str, object], ...]
    """The last lines of the journal, oldest first."""
    state_file: str
