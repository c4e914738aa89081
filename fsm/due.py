"""Which trigger holds now: from the record and what is known of the world, never from anything else.

`due` is asked again after every transition, until it answers None. Its answers name the cause, which the journal keeps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange.ids import Role
from exchange.instrument import Instrument, plain
from exchange.types import Quote, Reason
from fsm.legs import lowest_prices, split, stop_limit
from fsm.mirror import lead
from fsm.numbers import ZERO
from fsm.orders import Order
from fsm.plan import broken_by_fill
from fsm.position import RUNNER, External, Leg, Position
from fsm.reconcile import without_fills
from fsm.record import Record
from fsm.settings import FsmSettings
from fsm.states import State
from fsm.trailing import TrailDecision
from guards.entry_price import PriceRefusal, PriceRule, executable

QUOTE_AGE_MS = 1_000
"""An older quote does not say whether a market order may go now."""


@dataclass(frozen=True, slots=True)
class World:
    """What is known beyond the record at this moment; times on the venue's clock."""

    now_ms: int
    instrument: Instrument
    settings: FsmSettings
    price_rule: PriceRule
    cooldown_ms: int
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    """What one unit of a third asset, in which commission was paid, costs in quote."""
    quote: Quote | None = None
    flatten: bool = False
    """The operator asked for the position to be closed."""
    owner_trade: External | None = None
    """What the owner traded by hand out of the position, found by the last check of the account."""
    trail: TrailDecision | None = None
    """The answer of the last look at the trailing stop."""


@dataclass(frozen=True, slots=True)
class Due:
    """A trigger to fire, and why; `details` are the values its effects need."""

    trigger: str
    cause: str
    details: dict[str, object] = field(default_factory=dict)


def due(record: Record, world: World) -> Due | None:
    """The next trigger, or None when the record and the world agree."""
    return _RULES[record.state](record, world)


# --- entering
def _pending(record: Record, world: World) -> Due | None:
    position = record.held_position
    if not position.entries:
        too_late = world.now_ms - position.accepted_ms > world.settings.entry_timeout_s * 1000
        if world.flatten or too_late:
            return Due("entry_failed", "operator" if world.flatten else "never_sent")
        return None
    if any(order.unsettled for order in position.entries):
        return None
    if world.flatten:
        return Due("abort", "operator")
    if position.entry_live:
        return Due("entry_working", "in the book")
    return _entry_over(position, world)


def _open(record: Record, world: World) -> Due | None:
    position = record.held_position
    return (
        _leave_while_entering(position, world)
        or _failed(position, world)
        or _owner(world)
        or _entry_progress(position, world)
    )


def _leave_while_entering(position: Position, world: World) -> Due | None:
    if world.flatten:
        return Due("abort", "operator")
    if position.exit_fills and not position.has_to_exit(world.instrument):
        return Due("position_flat", "stop_loss")
    if position.exit_fills:
        return Due("abort", "stop_loss")
    if _price_passed(position, 0) or _stop_overrun(position, 0, world):
        return Due("abort", "past_stop")
    return None


def _entry_progress(position: Position, world: World) -> Due | None:
    if any(order.unsettled for order in position.entries) or without_fills(position):
        return None
    if not position.entry_live:
        return _entry_over(position, world)
    if not position.entry_withdrawn and world.now_ms - position.accepted_ms >= world.settings.entry_timeout_s * 1000:
        return Due("entry_timed_out", f"not filled within {world.settings.entry_timeout_s} s")
    if position.entry_quantity > position.cover:
        return Due("entry_grew", f"{plain(position.entry_quantity)} of {plain(position.plan.quantity)} filled")
    return None


def _entry_over(position: Position, world: World) -> Due | None:
    """No entry order lives: what filled decides."""
    if without_fills(position):
        return None
    filled = position.entry_quantity
    if filled >= position.plan.quantity:
        return _complete(position, world, "entry_filled", "filled")
    if _needs_quote(position, world):
        return None
    refusal = market_remainder_refusal(position, world)
    if refusal is None:
        return Due("remainder_to_market", "the price rule allows it")
    if filled == ZERO:
        last = position.entries[-1]
        trigger = "entry_failed" if position.status is State.PENDING else "entry_ended_empty"
        return Due(trigger, _why_unfilled(position, last, refusal))
    return _complete(position, world, "entry_ended_partial", refusal)


def _needs_quote(position: Position, world: World) -> bool:
    """The remainder is judged by a quote of this moment: until the old one was asked for anew, it waits."""
    undecided = position.entry_withdrawn and position.remainder is None
    return undecided and world.quote is not None and world.now_ms - world.quote.time_ms > QUOTE_AGE_MS


def _complete(position: Position, world: World, trigger: str, cause: str) -> Due:
    """The entry is over with something held: protect it, unless the fill makes that pointless."""
    average = position.average_entry
    if average is not None and broken_by_fill(position.plan, average):
        return Due("abort", "bad_fill")
    if leg_quantities(position, world.instrument, world.settings) is None:
        return Due("abort", "too_small")
    return Due(trigger, cause)


def _why_unfilled(position: Position, last: Order, refusal: str) -> str:
    if last.refusal is not None:
        return f"entry_{last.refusal}"
    if last.canceled_by_owner:
        return "canceled_by_owner"
    return f"not_filled: {refusal}" if position.entry_withdrawn else "not_filled"


def market_remainder_refusal(position: Position, world: World) -> str | None:
    """Why the unfilled part of a timed-out limit entry may not go to market; None if it may."""
    settings, instrument, plan = world.settings, world.instrument, position.plan
    if position.status is not State.OPEN or settings.entry_mode != "LIMIT_THEN_MARKET":
        return f"{settings.entry_mode} does not go to market"
    if not position.entry_withdrawn or position.remainder is not None:
        return "the entry ended by itself" if not position.entry_withdrawn else "the remainder was sent"
    missing = instrument.quantity_down(plan.quantity - position.entry_quantity)
    if not instrument.sellable(missing, plan.entry):
        return f"the remainder {plain(missing)} is too small"
    refusal = _executable(position, world)
    return refusal.text if refusal is not None else None


def _executable(position: Position, world: World) -> PriceRefusal | None:
    return executable(
        position.direction,
        entry=position.plan.entry,
        stop=position.stop,
        tp1=position.plan.targets[0],
        r=position.plan.r,
        quote_bid=world.quote.bid if world.quote else None,
        quote_ask=world.quote.ask if world.quote else None,
        settings=world.price_rule,
    )


def leg_quantities(position: Position, instrument: Instrument, settings: FsmSettings) -> tuple[Decimal, ...] | None:
    """The legs of what was really received; None if it is too small for any exit."""
    held = max(position.held(instrument.base), ZERO)
    limit = stop_limit(position.stop, position.direction, instrument, settings.stop_limit_gap_ticks)
    lowest = lowest_prices(position.direction, limit, position.plan.targets)
    parts = split(held, lowest, instrument, ZERO)
    if parts is None:
        return None
    return (*parts[:-1], position.to_exit(instrument) - sum(parts[:-1], ZERO))


# --- holding
def _open_filled(record: Record, world: World) -> Due | None:
    position = record.held_position
    return _leave(position, world) or _finished_legs(position, world) or _forced_exit(position, world)


def _trailing(record: Record, world: World) -> Due | None:
    position = record.held_position
    return _leave(position, world) or _forced_exit(position, world) or _trail(position, world)


def _leave(position: Position, world: World) -> Due | None:
    if world.flatten:
        return Due("abort", "operator")
    if without_fills(position):
        return None
    owner = _owner(world)
    if owner is not None:
        return owner
    if not position.has_to_exit(world.instrument):
        return Due("position_flat", exit_reason(position))
    return _failed(position, world)


def _owner(world: World) -> Due | None:
    trade = world.owner_trade
    if trade is None:
        return None
    return Due("changed_by_owner", f"{plain(trade.quantity)} traded by hand", {"trade": trade})


def _failed(position: Position, world: World) -> Due | None:
    if position.exit_failures < world.settings.exits_tries:
        return None
    return Due("protection_failed", f"exits were refused {position.exit_failures} times")


def _finished_legs(position: Position, world: World) -> Due | None:
    finished = tuple(leg for leg in position.open_legs if is_finished(leg, position, world.instrument))
    if not finished:
        return None
    names = ", ".join(str(leg.number) for leg in finished)
    left = [leg.number for leg in position.open_legs if leg not in finished]
    tp2 = position.leg(2)
    if left == [RUNNER] and world.settings.trail_after_tp2 and tp2 is not None and reached_target(tp2, position):
        return Due("runner_left", f"leg {names} closed")
    return Due("leg_closed", f"leg {names} closed")


def is_finished(leg: Leg, position: Position, instrument: Instrument) -> bool:
    """True if nothing of the leg works, all its executions are known, and what is left is too small to be traded."""
    orders = [order for order in position.orders if order.leg == leg.number]
    if any(order.live or position.untold(order) for order in orders):
        return False
    return not instrument.sellable(position.left_of(leg), position.stop)


def reached_target(leg: Leg, position: Position) -> bool:
    """True if the leg left, on average, at its target or better."""
    fills = [fill for fill in position.exit_fills if fill.leg == leg.number]
    quantity = sum((fill.quantity for fill in fills), ZERO)
    if leg.target is None or not quantity:
        return False
    average = sum((fill.quote_quantity for fill in fills), ZERO) / quantity
    return lead(position.direction, average, leg.target) >= 0


def _forced_exit(position: Position, world: World) -> Due | None:
    """A leg whose level the market has passed, or whose stop was passed and did not fill, leaves at market."""
    for leg in position.open_legs:
        if leg.leave is not None:
            continue
        if _price_passed(position, leg.number):
            return Due("exit_at_market", "past_level", {"leg": leg.number})
        if _stop_overrun(position, leg.number, world):
            return Due("exit_at_market", "stop_not_filled", {"leg": leg.number})
    return None


def _price_passed(position: Position, leg: int) -> bool:
    """The venue's last word on the leg was that the price is past its stop or target."""
    exits = [order for order in position.orders if order.leg == leg and order.role is not Role.ENTRY]
    return bool(exits) and exits[-1].refusal == Reason.PRICE_PASSED.value


def _stop_overrun(position: Position, leg: int, world: World) -> bool:
    """A stop of the leg triggered, or the market is past the stop price, for longer than the grace."""
    if not any(order.leg == leg and order.role is not Role.ENTRY for order in position.live_orders):
        return False
    triggered = [order.triggered_ms for order in position.live_orders if order.leg == leg and order.triggered_ms]
    since = min([*triggered, *([position.passed_since_ms] if position.passed_since_ms else [])], default=None)
    return since is not None and world.now_ms - since >= world.settings.stop_grace_s * 1000


def _trail(position: Position, world: World) -> Due | None:
    trail = world.trail
    if trail is None or trail.stop is None or lead(position.direction, trail.stop, position.stop) <= 0:
        return None
    return Due("stop_moved", f"stop to {plain(trail.stop)}", {"stop": trail.stop, "reference": trail.reference})


def exit_reason(position: Position) -> str:
    """Why the position is flat, from its last exit."""
    if position.external and (
        not position.exit_fills or position.external[-1].time_ms > position.exit_fills[-1].time_ms
    ):
        return "external"
    if not position.exit_fills:
        return "nothing_held"
    last = position.exit_fills[-1]
    if last.role is Role.TARGET:
        return "target"
    leg = position.leg(last.leg)
    if last.role is Role.MARKET_EXIT:
        return leg.leave if leg is not None and leg.leave is not None else "market_exit"
    return _stop_reason(position)


def _stop_reason(position: Position) -> str:
    if position.status is State.TRAILING and position.trailed_ms is not None:
        return "trailing_stop"
    return "stop_loss" if position.stop == position.plan.stop else "breakeven"


# --- closing
def _closing(record: Record, world: World) -> Due | None:
    position = record.held_position
    if world.owner_trade is not None:
        return _owner(world)
    if late_fills(position) > position.late_fills:
        return Due("late_fill", "an order filled after its cancel was sent")
    if position.live_orders or without_fills(position) or position.has_to_exit(world.instrument):
        return None
    return Due("closed", "verified") if position.verified_ms is not None else None


def late_fills(position: Position) -> int:
    """Fills of entries, stops and targets that happened since the close began."""
    since = position.entered_ms.get(State.CLOSING, 0)
    late = (fill for fill in position.fills if fill.role is not Role.MARKET_EXIT and fill.time_ms > since)
    return sum(1 for _ in late)


def _closed(record: Record, world: World) -> Due | None:
    position = record.held_position
    if position.live_orders or position.has_to_exit(world.instrument):
        return Due("reopened", "the venue shows an order of this trade")
    return Due("cool_down", "after a trade") if position.entry_fills else Due("reset", "nothing was filled")


def _cooldown(record: Record, world: World) -> Due | None:
    return Due("cooldown_over", "the cooldown is over") if cooldown_left_ms(record, world) <= 0 else None


def cooldown_left_ms(record: Record, world: World) -> int:
    return (record.cooldown_until or 0) - world.now_ms


def _idle(_record: Record, _world: World) -> Due | None:
    return None


_RULES: dict[State, Callable[[Record, World], Due | None]] = {
    State.IDLE: _idle,
    State.PENDING: _pending,
    State.OPEN: _open,
    State.OPEN_FILLED: _open_filled,
    State.TRAILING: _trailing,
    State.CLOSING: _closing,
    State.CLOSED: _closed,
    State.COOLDOWN: _cooldown,
}
