"""Which trigger holds while the entry may still fill: PENDING and OPEN."""

from decimal import Decimal

from exchange.ids import Role
from exchange.instrument import Instrument, plain
from fsm.bracket import armed_legs, arming, legs_to_enter, spoken_for
from fsm.leaving import exit_reason, owner_acted, price_passed, protection_failed, stop_overrun
from fsm.numbers import ZERO
from fsm.orders import Order, OrderStatus
from fsm.periods import elapsed_ms
from fsm.planning.legs import lowest_prices, split, stop_limit
from fsm.planning.plan import broken_by_fill
from fsm.position import LEG_NUMBERS, Position
from fsm.reconcile import without_fills
from fsm.record import Record
from fsm.settings import FsmSettings
from fsm.states import State
from fsm.world import Due, World
from guards.entry_price import PriceRefusal, executable
from signals.direction import Direction

QUOTE_AGE_MS = 1_000
"""An older quote does not say whether a market order may go now."""
PART_REST_MS = 300
"""How long the entry of a list may stay partly filled: until it is filled wholly its exits do not work."""


def pending(record: Record, world: World) -> Due | None:
    """The intent is on disk: has the venue got the entry, and what became of it?"""
    position = record.held_position
    if not position.entries:
        why = _why_never_sent(position, world)
        return Due("entry_failed", why) if why is not None else None
    seen = any(order.at_venue or order.executed for order in position.entries)
    if not seen and any(order.unsettled for order in position.entries):
        return None
    if world.flatten:
        return Due("abort", "operator")
    if position.entry_live:
        return Due("entry_working", "in the book")
    if legs_to_enter(position) and world.now_ms <= entry_due_ms(position, world.settings):
        return None
    return _entry_over(position, world)


def _why_never_sent(position: Position, world: World) -> str | None:
    """Why an entry that was not sent yet will not be; None while it still may."""
    if position.entry_refused is not None or world.flatten:
        return position.entry_refused or "operator"
    return "never_sent" if world.now_ms > entry_due_ms(position, world.settings) else None


def entry_due_ms(position: Position, settings: FsmSettings) -> int:
    """Until when the entry may be sent: a limit for its timeout, a market order while its price was judged just now."""
    at_market = settings.entry_mode == "MARKET_ONLY"
    return position.accepted_ms + (QUOTE_AGE_MS if at_market else settings.entry_timeout_s * 1000)


def working(record: Record, world: World) -> Due | None:
    """The entry works: does it grow, is its time over, did it end, or has the position to be left?"""
    position = record.held_position
    return (
        _leave_while_entering(position, world)
        or protection_failed(position, world)
        or owner_acted(position, world)
        or _cut_short(position, world)
        or _entry_progress(position, world)
    )


def _leave_while_entering(position: Position, world: World) -> Due | None:
    if world.flatten:
        return Due("abort", "operator")
    if position.exit_fills and not position.has_to_exit(world.instrument):
        return Due("position_flat", exit_reason(position))
    if any(fill.role is not Role.TARGET for fill in position.exit_fills):
        return Due("abort", "stop_loss")
    if price_passed(position, 0) or any(stop_overrun(position, leg, world) for leg in (0, *LEG_NUMBERS)):
        return Due("abort", "past_stop")
    return None


def _cut_short(position: Position, world: World) -> Due | None:
    """Entries of lists that are withdrawn before the timeout: one whose exits would come too late, or all of them once
    the market has come to a target."""
    if position.entry_withdrawn or not position.bracket:
        return None
    if position.exit_fills and legs_to_enter(position):
        return Due("entry_timed_out", "a target filled before the whole entry")
    begun = (o for o in position.entries if o.status is OrderStatus.PARTLY_FILLED and o.list_id is not None)
    legs = tuple(order.leg for order in begun if _rests(order, position, world))
    if not legs:
        return None
    return Due("entry_timed_out", f"leg {', '.join(map(str, legs))} partly filled, without its exits", {"legs": legs})


def _rests(entry: Order, position: Position, world: World) -> bool:
    """The rest of the entry has not filled soon after its first part; one that was withdrawn already counts no more."""
    fills = (fill.time_ms for fill in position.fills if fill.client_id == entry.client_id)
    since = min(fills, default=entry.updated_ms or world.now_ms)
    return entry.leg not in position.withdrawn_legs and elapsed_ms(since, world.now_ms) >= PART_REST_MS


def _entry_progress(position: Position, world: World) -> Due | None:
    if any(order.unsettled for order in position.entries) or without_fills(position):
        return None
    if not position.entry_live and not legs_to_enter(position):
        return _entry_over(position, world)
    worked_ms = elapsed_ms(position.accepted_ms, world.now_ms)
    if not position.entry_withdrawn and worked_ms >= world.settings.entry_timeout_s * 1000:
        return Due("entry_timed_out", f"not filled within {world.settings.entry_timeout_s} s")
    if position.entry_quantity > position.cover:
        return Due("entry_grew", f"{plain(position.entry_quantity)} of {plain(position.plan.quantity)} filled")
    return None


def _entry_over(position: Position, world: World) -> Due | None:
    """No entry order lives: what filled decides, once the exits that came with it are known."""
    if without_fills(position) or arming(position):
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
    undecided = position.withdrawn and position.remainder is None
    return undecided and world.quote is not None and elapsed_ms(world.quote.time_ms, world.now_ms) > QUOTE_AGE_MS


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
    return f"not_filled: {refusal}" if position.withdrawn else "not_filled"


def market_remainder_refusal(position: Position, world: World) -> str | None:
    """Why the unfilled part of a timed-out limit entry may not go to market; None if it may."""
    settings, instrument, plan = world.settings, world.instrument, position.plan
    if position.status is not State.OPEN or settings.entry_mode != "LIMIT_THEN_MARKET":
        return f"{settings.entry_mode} does not go to market"
    if not position.withdrawn or position.remainder is not None:
        return "the entry ended by itself" if not position.withdrawn else "the remainder was sent"
    if position.exit_fills:
        return "a part of the position has left already"
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


def leg_quantities(position: Position, instrument: Instrument, settings: FsmSettings) -> dict[int, Decimal] | None:
    """The legs of what was really received, by number; None if it is too small for any exit.

    Legs whose exits came with their entry keep what these trade; the others share what is left. Too little to be traded
    alone is taken along by the last leg that has exits; a step a leg, the rounding of a LONG, not before a leg closes.
    """
    armed = armed_legs(position)
    offered = spoken_for(position, instrument)
    rest = max(position.held(instrument.base) - offered, ZERO)
    limit = stop_limit(position.stop, position.direction, instrument, settings.stop_limit_gap_ticks)
    prices = dict(zip(LEG_NUMBERS, lowest_prices(position.direction, limit, position.plan.targets), strict=True))
    free = [number for number in LEG_NUMBERS if number not in armed]
    parts = split(rest, tuple(prices[number] for number in free), instrument, ZERO)
    if parts is not None:
        last = position.to_exit(instrument) - offered - sum(parts[:-1], ZERO)
        return armed | dict(zip(free, (*parts[:-1], last), strict=False))
    heir = max(armed, default=None)
    rounding = instrument.step_size * len(armed) if position.direction is Direction.LONG else ZERO
    if heir is not None and (rest > rounding or instrument.sellable(rest, prices[heir])):
        armed[heir] += instrument.quantity_down(rest)
    return armed or None
