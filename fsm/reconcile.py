"""What the venue said, folded into the record: pure functions.

- A report never shrinks what is executed and never revives an order that ended.
- Absence is not evidence: an order that the venue does not know is given up only if it was in doubt and its time is
  over.
- Orders that are not ours are never touched; orders with our prefix that the record does not know are strangers.
"""

from decimal import Decimal

from exchange.ids import Role, parse
from exchange.types import Fill, OrderReport, OrderType
from fsm.numbers import ZERO
from fsm.orders import ABSENT, Order, OrderStatus, fold_report
from fsm.position import FillRecord, Position


def fold(position: Position, report: OrderReport) -> Position:
    """The position after one report; a report of an unknown order changes nothing."""
    order = position.order(report.client_id)
    if order is None:
        return position
    folded = _with_triggered(position.with_order(fold_report(order, report)), order.list_id)
    return folded if report.fills is None else fold_fills(folded, order.client_id, report.fills)


def _with_triggered(position: Position, list_id: str | None) -> Position:
    """A stop that lives on after the target of its list expired without a fill has triggered (Binance docs: order
    lists)."""
    members = [order for order in position.orders if list_id is not None and order.list_id == list_id]
    expired = [o for o in members if o.role is Role.TARGET and o.status is OrderStatus.EXPIRED and not o.executed]
    waiting = (order for order in members if order.role is Role.STOP and order.at_venue and order.triggered_ms is None)
    for stop in waiting if expired else ():
        position = position.with_order(stop.model_copy(update={"triggered_ms": expired[0].ended_ms}))
    return position


def fold_fills(position: Position, client_id: str, fills: tuple[Fill, ...]) -> Position:
    """The position with the executions of one of its orders."""
    order = position.order(client_id)
    if order is None:
        return position
    return position.with_fills(tuple(_fill_record(fill, order) for fill in fills))


def _fill_record(fill: Fill, order: Order) -> FillRecord:
    return FillRecord(
        trade_id=fill.trade_id,
        client_id=order.client_id,
        role=order.role,
        leg=order.leg,
        side=order.side,
        price=fill.price,
        quantity=fill.quantity,
        quote_quantity=fill.quote_quantity,
        commission=fill.commission,
        commission_asset=fill.commission_asset,
        time_ms=fill.time_ms,
    )


def fold_absence(position: Position, client_id: str, now_ms: int) -> Position:
    """The venue does not know the order: final for one in doubt whose time is over, no evidence otherwise."""
    order = position.order(client_id)
    if order is None or not order.unsettled or now_ms <= (order.settled_after_ms or now_ms):
        return position
    why = "the venue does not know it, and it can no longer arrive"
    return position.with_order(order.to(OrderStatus.REJECTED, refusal=ABSENT, why=why, ended_ms=now_ms))


def without_fills(position: Position) -> tuple[Order, ...]:
    """Orders of which more is executed than our fills account for: ask for their executions."""
    return tuple(order for order in position.orders if order.executed > _filled(position, order.client_id))


def _filled(position: Position, client_id: str) -> Decimal:
    return sum((fill.quantity for fill in position.fills if fill.client_id == client_id), ZERO)


def to_ask_for(position: Position, open_orders: tuple[OrderReport, ...]) -> tuple[Order, ...]:
    """Live orders that are not among the venue's open ones: filled, ended, not arrived yet, or a stale answer."""
    listed = {report.client_id for report in open_orders}
    return tuple(order for order in position.live_orders if order.client_id not in listed)


def guessed_triggers(position: Position) -> tuple[Order, ...]:
    """Ended stops of which only prices say when they triggered: the answer to a cancel does not (Binance docs), the
    order itself does."""
    return tuple(order for order in position.orders if order.trigger_guessed and not order.live)


def own_strangers(position: Position, reports: tuple[OrderReport, ...]) -> tuple[OrderReport, ...]:
    """Orders of this very trade that the record does not know, and that matter.

    A record drops superseded orders (`fsm.coverage`): one that ended, executed nothing and is older than what the
    record has of its leg and role was one of those.
    """
    newest: dict[tuple[int, Role], int] = {}
    for order in position.orders:
        newest[order.leg, order.role] = max(order.revision, newest.get((order.leg, order.role), -1))
    return tuple(
        report
        for report in reports
        if (name := parse(report.client_id)) is not None
        and name.trade_id == position.trade_id
        and position.order(report.client_id) is None
        and (not report.status.ended or report.executed or name.revision > newest.get((name.leg, name.role), -1))
    )


def foreign_trades(position: Position | None, open_orders: tuple[OrderReport, ...]) -> tuple[OrderReport, ...]:
    """Open orders with our prefix that belong to another trade than the one in the record."""
    trade_id = position.trade_id if position is not None else None
    names = ((report, parse(report.client_id)) for report in open_orders)
    return tuple(report for report, name in names if name is not None and name.trade_id != trade_id)


def adopt(position: Position, report: OrderReport) -> Position:
    """The position with an order of its own that the record had lost; what should become of it, `desired` says."""
    name = parse(report.client_id)
    if name is None:
        return position
    order = Order(
        client_id=report.client_id,
        list_id=str(report.list_id) if report.list_id is not None else None,
        role=Role(name.role),
        leg=name.leg,
        revision=name.revision,
        side=report.side,
        order_type=OrderType(report.order_type),
        quantity=report.quantity,
        price=report.price,
        stop_price=report.stop_price or None,
        sent_ms=report.updated_ms,
    )
    return fold(position.with_order(order), report)
