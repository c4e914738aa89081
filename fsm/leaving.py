"""What makes a position, or a leg of it, leave early, whether its entry is over or not; and why it left."""

from exchange.ids import Role
from exchange.instrument import plain
from exchange.types import Reason
from fsm.bracket import waits
from fsm.periods import elapsed_ms
from fsm.position import Position
from fsm.states import State
from fsm.world import Due, World


def owner_acted(position: Position, world: World) -> Due | None:
    """The owner traded by hand, and the record has not followed yet."""
    trade = world.owner_trade
    if trade is None or trade in position.external:
        return None
    how = "liquidated by the venue" if trade.liquidated else "traded by hand"
    return Due("changed_by_owner", f"{plain(trade.quantity)} {how}", {"trade": trade})


def protection_failed(position: Position, world: World) -> Due | None:
    """Exits were refused as often as is tolerated."""
    if position.exit_failures < world.settings.exits_tries:
        return None
    return Due("protection_failed", f"exits were refused {position.exit_failures} times")


def price_passed(position: Position, leg: int) -> bool:
    """The venue's last word on the leg was that the price is past its stop or target."""
    exits = [order for order in position.orders if order.leg == leg and order.role is not Role.ENTRY]
    return bool(exits) and exits[-1].refusal == Reason.PRICE_PASSED.value


def stop_overrun(position: Position, leg: int, world: World) -> bool:
    """A stop of the leg triggered, or the market is past the stop price, for longer than the grace."""
    exits = [order for order in position.live_orders if order.leg == leg and order.role is not Role.ENTRY]
    if all(waits(position, order) for order in exits):
        return False
    triggered = [order.triggered_ms for order in position.live_orders if order.leg == leg and order.triggered_ms]
    since = min([*triggered, *([position.passed_since_ms] if position.passed_since_ms else [])], default=None)
    return since is not None and elapsed_ms(since, world.now_ms) >= world.settings.stop_grace_s * 1000


def exit_reason(position: Position) -> str:
    """Why the position is flat, from its last exit."""
    if position.external and (
        not position.exit_fills or position.external[-1].time_ms > position.exit_fills[-1].time_ms
    ):
        return "liquidated" if position.external[-1].liquidated else "external"
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
