"""One position: its plan, its legs, its orders, its fills, and what follows from them.

Everything that can be computed from the fills is computed, never stored: what is held, the average entry, what is
left of a leg. For a SHORT "held" is what was sold and not yet bought back.
"""

from decimal import Decimal

from exchange.ids import Role
from exchange.instrument import Instrument
from exchange.types import Reason, Side
from fsm.numbers import ZERO, Number, Value
from fsm.orders import Order, OrderStatus
from fsm.planning.legs import buy_back
from fsm.planning.plan import Plan, Positive
from fsm.states import ENTERING, PROTECTED, State
from signals.direction import Direction

RUNNER = 3
"""The leg without a target; legs 1 and 2 have TP1 and TP2. Leg 0 is the whole position: its entry, and its cover
while filling."""


LEG_NUMBERS = (1, 2, RUNNER)


class FillRecord(Value):
    """One execution of one of our orders; the commission in its own asset."""

    trade_id: int
    client_id: str
    role: Role
    leg: int
    side: Side
    price: Positive
    quantity: Positive
    quote_quantity: Number
    commission: Number
    commission_asset: str
    time_ms: int

    def base_change(self, base: str) -> Decimal:
        """What it added to our base, commission included."""
        commission = self.commission if self.commission_asset == base else ZERO
        return (self.quantity if self.side is Side.BUY else -self.quantity) - commission


class Leg(Value):
    """A part of the position with an exit of its own."""

    number: int
    quantity: Number
    """What its exits have to trade in all, in base."""
    target: Number | None
    leave: str | None = None
    """Why it leaves at market now, instead of waiting for its stop or target."""
    closed: bool = False


class External(Value):
    """What others than us traded out of the position: the owner by hand, or the venue."""

    quantity: Number
    quote_quantity: Number
    time_ms: int
    liquidated: bool = False
    """The venue did it, to have its loan back."""


class PastGap(Value):
    """A time without full cover that is over; kept when the orders that prove it are dropped."""

    start_ms: int
    end_ms: int
    quantity: Number


class Position(Value):
    """The one position, from the accepted signal to the verified close."""

    trade_id: str
    status: State
    signal_key: str
    signal_ms: int
    accepted_ms: int
    symbol: str
    direction: Direction
    plan: Plan
    stop: Positive
    """The stop price that every remaining leg deserves now; it is never loosened."""
    bracket: bool = False
    """Each leg is entered by a list of its own, together with its exits."""
    sized_by_venue: bool = False
    """The venue gives these exits the quantity that their entry received."""
    ratio: Number | None = None
    """Trading price over signal price at decision time, where the two markets differ."""
    legs: tuple[Leg, ...] = ()
    orders: tuple[Order, ...] = ()
    fills: tuple[FillRecord, ...] = ()
    external: tuple[External, ...] = ()
    cover: Number = ZERO
    """How much of a filling entry its stop should cover."""
    entry_refused: str | None = None
    """Why no entry order may be sent: the funds could not be borrowed."""
    entry_withdrawn: bool = False
    withdrawn_legs: tuple[int, ...] = ()
    """Legs whose list was withdrawn before the others, because its entry filled in part."""
    remainder: str | None = None
    """What became of the unfilled part of the entry: `market`, or why not."""
    close_reason: str | None = None
    trail_reference: Number | None = None
    trailed_ms: int | None = None
    exit_failures: int = 0
    next_try_ms: int = 0
    """No refused exit is placed again before this venue time."""
    passed_since_ms: int | None = None
    """Since when the market has been past the stop."""
    verified_ms: int | None = None
    """When the venue last showed, while closing, that nothing of this trade is left."""
    past_gaps: tuple[PastGap, ...] = ()
    """Times without full cover that ended before `gaps_known_ms`."""
    gaps_known_ms: int = 0
    """Cover before this time is known from `past_gaps` alone: superseded stops of then are no longer kept."""
    late_fills: int = 0
    """Fills that came after their cancel, while closing."""
    entered_ms: dict[State, int] = {}
    """When each state was first entered."""
    time_in: dict[State, int] = {}
    """Milliseconds spent in each state, the present one excluded."""
    interest: Number = ZERO
    """Interest in base that a borrowed SHORT owes beyond what it sold."""
    interest_unpaid: Number | None = None
    """Of all debts in base, what the venue last showed as unpaid interest; None before it was first looked at."""
    interest_paid: Number = ZERO
    """What the loan of the trade cost, in the borrowed asset."""
    rates: dict[str, Number] = {}
    """Commission fractions known at the entry: `maker`, `taker`."""

    # --- what the orders say
    @property
    def live_orders(self) -> tuple[Order, ...]:
        return tuple(order for order in self.orders if order.live)

    def order(self, client_id: str) -> Order | None:
        return next((order for order in self.orders if order.client_id == client_id), None)

    def of_role(self, role: Role) -> tuple[Order, ...]:
        return tuple(order for order in self.orders if order.role is role)

    @property
    def entries(self) -> tuple[Order, ...]:
        """The entry orders that were sent; one that was denied was no attempt."""
        return tuple(order for order in self.of_role(Role.ENTRY) if not order.denied)

    @property
    def entry_live(self) -> bool:
        return any(order.live for order in self.entries)

    @property
    def withdrawn(self) -> bool:
        """We ended the entry, or a part of it, before it was filled."""
        return self.entry_withdrawn or bool(self.withdrawn_legs)

    @property
    def unsettled(self) -> tuple[Order, ...]:
        return tuple(order for order in self.orders if order.unsettled)

    @property
    def lacked_coins(self) -> bool:
        """Whether the last request that was refused found too little in the account."""
        refusals = [order.refusal for order in self.orders if order.refusal is not None]
        return refusals[-1:] == [Reason.INSUFFICIENT_BALANCE]

    @property
    def in_motion(self) -> bool:
        """Something may change at any moment: an entry may fill, a close is under way, an order is in doubt or partly
        filled."""
        begun = any(order.status is OrderStatus.PARTLY_FILLED for order in self.orders)
        return begun or self.status in ENTERING or self.status is State.CLOSING or bool(self.unsettled)

    @property
    def cover_hit(self) -> bool:
        """The stop of the filling entry has executed: the market came to it, whatever else was known by then."""
        return any(order.role is Role.STOP and order.leg not in LEG_NUMBERS and order.executed for order in self.orders)

    # --- what the fills say
    @property
    def entry_side(self) -> Side:
        return Side.BUY if self.direction is Direction.LONG else Side.SELL

    @property
    def exit_side(self) -> Side:
        return self.entry_side.opposite

    @property
    def entry_fills(self) -> tuple[FillRecord, ...]:
        return tuple(fill for fill in self.fills if fill.role is Role.ENTRY)

    @property
    def exit_fills(self) -> tuple[FillRecord, ...]:
        return tuple(fill for fill in self.fills if fill.role is not Role.ENTRY)

    @property
    def entry_quantity(self) -> Decimal:
        return sum((fill.quantity for fill in self.entry_fills), ZERO)

    @property
    def average_entry(self) -> Decimal | None:
        quantity = self.entry_quantity
        return sum((fill.quote_quantity for fill in self.entry_fills), ZERO) / quantity if quantity else None

    def held(self, base: str) -> Decimal:
        """Base still to be sold (LONG) or bought back (SHORT), net of commission taken in base."""
        change = sum((fill.base_change(base) for fill in self.fills), self.untold_change())
        held = change if self.direction is Direction.LONG else self.interest - change
        return held - sum((external.quantity for external in self.external), ZERO)

    def received(self, entry: Order, base: str) -> Decimal:
        """What an entry brought so far, net of commission taken in base."""
        change = sum((fill.base_change(base) for fill in self.fills if fill.client_id == entry.client_id), ZERO)
        change += self._untold_change_of(entry)
        return change if self.direction is Direction.LONG else -change

    def untold(self, order: Order) -> Decimal:
        """What is executed of an order and not yet among our fills."""
        told = sum((fill.quantity for fill in self.fills if fill.client_id == order.client_id), ZERO)
        return max(order.executed - told, ZERO)

    def untold_change(self, at_ms: int | None = None) -> Decimal:
        """What executions without a fill added to our base, the worst commission taken; until then, if a time is given.

        An execution counts from the moment the venue reports it, whether or not it can be asked for its trades.
        """
        known = (order for order in self.orders if at_ms is None or (order.updated_ms or 0) <= at_ms)
        return sum((self._untold_change_of(order) for order in known), ZERO)

    def _untold_change_of(self, order: Order) -> Decimal:
        kept = 1 - max(self.rates.values(), default=ZERO)
        return self.untold(order) * (kept if order.side is Side.BUY else -1)

    def left_of(self, leg: Leg) -> Decimal:
        """What the leg's exits have still to trade."""
        exits = (order for order in self.orders if order.leg == leg.number and order.role is not Role.ENTRY)
        return leg.quantity - sum((order.executed for order in exits), ZERO)

    @property
    def open_legs(self) -> tuple[Leg, ...]:
        return tuple(leg for leg in self.legs if not leg.closed)

    def leg(self, number: int) -> Leg | None:
        return next((leg for leg in self.legs if leg.number == number), None)

    def to_exit(self, instrument: Instrument, *, at_market: bool = False) -> Decimal:
        """The quantity one order must trade to leave the position: floored when selling, grossed up when buying."""
        held = self.held(instrument.base)
        if self.direction is Direction.LONG:
            return instrument.quantity_down(max(held, ZERO))
        return buy_back(max(held, ZERO), self.base_commission(instrument, at_market=at_market), instrument)

    def tradable(self, instrument: Instrument) -> Decimal:
        """The quantity that all exits together may offer: what the open legs still have to trade, else all."""
        if self.status in PROTECTED:
            return sum((self.offer_of(leg, instrument) for leg in self.open_legs), ZERO)
        return self.to_exit(instrument)

    def offer_of(self, leg: Leg, instrument: Instrument) -> Decimal:
        """The quantity that the leg's exits should offer now, in whole steps.

        The last open leg of a SHORT buys whatever is still missing, commission and interest included, so that nothing
        remains owed. An order that works for it and would at most buy the worst commission in vain is left alone.
        """
        if self.direction is Direction.LONG or leg != self.open_legs[-1]:
            return instrument.quantity_down(self.left_of(leg))
        others = sum((instrument.quantity_down(self.left_of(other)) for other in self.open_legs[:-1]), ZERO)
        if leg.leave is not None:
            return max(self.to_exit(instrument, at_market=True) - others, ZERO)
        missing = max(self.to_exit(instrument) - others, ZERO)
        most = buy_back(max(self.held(instrument.base), ZERO), max(self.rates.values(), default=ZERO), instrument)
        offered = (order.open_quantity for order in self.live_orders if order.leg == leg.number)
        return next((quantity for quantity in offered if missing < quantity <= most - others), missing)

    def base_commission(self, instrument: Instrument, *, at_market: bool = False) -> Decimal:
        """The fraction of a purchase that is kept in base: nothing while a third asset pays.

        A market order pays the taker's rate. A stop or a target may come to pay either, so it is the dearer one: what
        is bought too much is less than a step and the difference of the rates, what is bought too little would be owed.
        """
        last = next(reversed(self.exit_fills or self.entry_fills), None)
        paid_by_third = last is not None and last.commission_asset not in (instrument.base, instrument.quote)
        worst = max(self.rates.values(), default=ZERO)
        dearest = self.rates.get("taker", worst) if at_market else worst
        return ZERO if paid_by_third else dearest

    def has_to_exit(self, instrument: Instrument) -> bool:
        """True while what is held is large enough for the venue to trade it at the stop price."""
        held = max(self.held(instrument.base), ZERO)
        return instrument.sellable(held, min(self.stop, self.average_entry or self.stop))

    # --- changed copies
    def with_order(self, order: Order) -> "Position":
        """The position with the order added, or in place of the one with its client id."""
        if self.order(order.client_id) is None:
            return self.model_copy(update={"orders": (*self.orders, order)})
        orders = tuple(order if old.client_id == order.client_id else old for old in self.orders)
        return self.model_copy(update={"orders": orders})

    def without_orders(self, unsent: tuple[Order, ...]) -> "Position":
        """The position without intents that were never sent."""
        return self.model_copy(update={"orders": tuple(order for order in self.orders if order not in unsent)})

    def with_leg(self, leg: Leg) -> "Position":
        legs = tuple(leg if old.number == leg.number else old for old in self.legs)
        return self.model_copy(update={"legs": legs})

    def with_fills(self, fills: tuple[FillRecord, ...]) -> "Position":
        """The position with these fills added once, in the order of their time."""
        known = {fill.trade_id for fill in self.fills}
        new = tuple(fill for fill in fills if fill.trade_id not in known)
        merged = sorted((*self.fills, *new), key=lambda fill: (fill.time_ms, fill.trade_id))
        return self.model_copy(update={"fills": tuple(merged)}) if new else self
