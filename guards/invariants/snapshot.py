"""What the invariants look at: a copy of the record and of what the venue last reported, as plain values.

Prices in quote per base, quantities in base, times in milliseconds on the venue's clock.
"""

from dataclasses import dataclass
from decimal import Decimal

from exchange.instrument import Instrument
from signals.direction import Direction


@dataclass(frozen=True, slots=True)
class WorkingOrder:
    """An order with our prefix among the venue's open orders."""

    client_id: str
    is_stop: bool
    """A stop order that has not triggered, and does not wait for its entry."""
    is_target: bool
    leg: int
    open_quantity: Decimal
    has_triggered: bool = False
    """A stop that came into the book: its leg leaves by it, and the target of its list has ended."""


@dataclass(frozen=True, slots=True)
class LegView:
    number: int
    quantity: Decimal
    left: Decimal
    target: Decimal | None
    closed: bool
    leaving: bool
    """It leaves at market, so it needs no target."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """The newest entry order as the record knows it."""

    client_id: str
    order_id: int | None
    in_doubt: bool
    quantity: Decimal
    mode: str


@dataclass(frozen=True, slots=True)
class PositionView:
    """The position as the record has it."""

    trade_id: str
    direction: Direction
    held: Decimal
    exits_least: Decimal
    exits_most: Decimal
    """What its exits trade in all, done and to be done: a SHORT buys commission and interest back as well, from none
    of either to the worst of both."""
    sl: Decimal
    """The stop price that it deserves now."""
    prices: tuple[Decimal, ...]
    """The plan's stop, entry, TP1 and TP2."""
    average_entry: Decimal | None
    breakeven_due: bool
    """TP1 filled and the stops should be at breakeven or better."""
    legs: tuple[LegView, ...]
    entry: EntryView | None
    entry_awaited: bool
    """No entry was sent yet, and it still may be: its funds are awaited, or the venue would not take it yet."""
    trail_looked_ms: int | None
    """When the trailing stop was last looked at."""


@dataclass(frozen=True, slots=True)
class MarginView:
    """What margin says of itself; trade keys are None where nothing is active."""

    borrow_mode: str
    side_effect: str
    hooks_key: str | None
    debt_key: str | None
    debt: Decimal = Decimal(0)
    """Debt of ours at the venue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    now_ms: int
    state: str
    instrument: Instrument
    position: PositionView | None
    working: tuple[WorkingOrder, ...]
    shape_fault: str | None
    """Why the record does not fit its schema."""
    rejections_ms: tuple[int, ...]
    """When the venue rejected orders of ours."""
    trails_by_bars: bool
    trail_every_s: int
    newest_bar_ms: int | None
    """End of the newest complete bar."""
    closed_ms: int | None
    """When the last trade was closed."""
    margin: MarginView | None = None

    @property
    def stop_quantity(self) -> Decimal:
        """What stops at the venue cover."""
        return sum((order.open_quantity for order in self.working if order.is_stop), Decimal(0))
