"""Which trigger holds now: from the record and what is known of the world, never from anything else.

`due` is asked again after every transition, until it answers None. Its answers name the cause, which the journal keeps.
"""

from collections.abc import Callable

from exchange.ids import Role
from exchange.instrument import Instrument, plain
from fsm import entering
from fsm.leaving import exit_reason, owner_acted, price_passed, protection_failed, stop_overrun
from fsm.numbers import ZERO
from fsm.planning.mirror import lead
from fsm.position import RUNNER, Leg, Position
from fsm.reconcile import without_fills
from fsm.record import Record
from fsm.states import State
from fsm.world import Due, World


def due(record: Record, world: World) -> Due | None:
    """The next trigger, or None when the record and the world agree."""
    return _RULES[record.state](record, world)


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
    owner = owner_acted(position, world)
    if owner is not None:
        return owner
    if not position.has_to_exit(world.instrument):
        return Due("position_flat", exit_reason(position))
    if position.cover_hit:
        return Due("abort", "stop_loss")
    return protection_failed(position, world)


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
    """True if the market came to the leg's target: its order filled, partly at least, or the leg left no worse."""
    fills = [fill for fill in position.exit_fills if fill.leg == leg.number]
    quantity = sum((fill.quantity for fill in fills), ZERO)
    if leg.target is None or not quantity:
        return False
    average = sum((fill.quote_quantity for fill in fills), ZERO) / quantity
    return any(fill.role is Role.TARGET for fill in fills) or lead(position.direction, average, leg.target) >= 0


def _forced_exit(position: Position, world: World) -> Due | None:
    """A leg whose level the market has passed, or whose stop was passed and did not fill, leaves at market."""
    for leg in position.open_legs:
        if leg.leave is not None:
            continue
        if price_passed(position, leg.number):
            return Due("exit_at_market", "past_level", {"leg": leg.number})
        if stop_overrun(position, leg.number, world):
            return Due("exit_at_market", "stop_not_filled", {"leg": leg.number})
    return None


def _trail(position: Position, world: World) -> Due | None:
    trail = world.trail
    if trail is None or trail.stop is None or lead(position.direction, trail.stop, position.stop) <= 0:
        return None
    return Due("stop_moved", f"stop to {plain(trail.stop)}", {"stop": trail.stop, "reference": trail.reference})


# --- closing
def _closing(record: Record, world: World) -> Due | None:
    position = record.held_position
    owner = owner_acted(position, world)
    if owner is not None:
        return owner
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
    State.PENDING: entering.pending,
    State.OPEN: entering.working,
    State.OPEN_FILLED: _open_filled,
    State.TRAILING: _trailing,
    State.CLOSING: _closing,
    State.CLOSED: _closed,
    State.COOLDOWN: _cooldown,
}
