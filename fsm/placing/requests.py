"""From a wanted group to the requests that place it, and to the orders the record will know it by."""

from dataclasses import replace

from exchange.ids import OrderName, Role
from exchange.types import BracketRequest, OcoRequest, OrderRequest, OrderType
from fsm.orders import Order
from fsm.placing.desired import Kind, Wanted
from fsm.position import Position

_TYPES: dict[Kind, OrderType] = {
    Kind.ENTRY_LIMIT: OrderType.LIMIT,
    Kind.ENTRY_MARKET: OrderType.MARKET,
    Kind.STOP: OrderType.STOP_LOSS_LIMIT,
    Kind.EXIT_MARKET: OrderType.MARKET,
}

Request = OrderRequest | OcoRequest | BracketRequest


def request_for(position: Position, wanted: Wanted, revision: int) -> Request:
    """The request that places the group under the ids of this revision."""
    if wanted.kind is Kind.BRACKET:
        return _bracket(position, wanted, revision)
    if wanted.kind is not Kind.OCO:
        return _single(position, wanted, revision, wanted.kind)
    stop = _single(position, wanted, revision, Kind.STOP)
    return OcoRequest(_id(position, Role.LIST, wanted.leg, revision), _target(position, wanted, revision), stop)


def _bracket(position: Position, wanted: Wanted, revision: int) -> BracketRequest:
    exits = replace(wanted, kind=Kind.OCO, quantity=wanted.exit_quantity or wanted.quantity, price=wanted.target)
    return BracketRequest(
        list_client_id=_id(position, Role.LIST, wanted.leg, revision),
        entry=_single(position, wanted, revision, Kind.ENTRY_LIMIT),
        stop=_single(position, exits, revision, Kind.STOP),
        target=_target(position, exits, revision) if wanted.target is not None else None,
        sized_by_venue=position.sized_by_venue,
    )


def _target(position: Position, wanted: Wanted, revision: int) -> OrderRequest:
    return OrderRequest(
        client_id=_id(position, Role.TARGET, wanted.leg, revision),
        side=position.exit_side,
        order_type=OrderType.LIMIT_MAKER,
        quantity=wanted.quantity,
        price=wanted.price,
    )


def _single(position: Position, wanted: Wanted, revision: int, kind: Kind) -> OrderRequest:
    role = Role.STOP if kind is Kind.STOP else wanted.roles[0]
    return OrderRequest(
        client_id=_id(position, role, wanted.leg, revision),
        side=position.entry_side if kind.is_entry else position.exit_side,
        order_type=_TYPES[kind],
        quantity=wanted.quantity,
        price=wanted.stop_limit if kind is Kind.STOP else wanted.price,
        stop_price=wanted.stop if kind is Kind.STOP else None,
    )


def intended(wanted: Wanted, request: Request, revision: int, now_ms: int) -> tuple[Order, ...]:
    """The orders of a request as the record knows them before it is sent."""
    if isinstance(request, OrderRequest):
        return (_order(wanted, request, wanted.roles[0], revision, now_ms, None),)
    entry = request.entry if isinstance(request, BracketRequest) else None
    members = ((Role.ENTRY, entry), (Role.TARGET, request.target), (Role.STOP, request.stop))
    return tuple(
        _order(wanted, member, role, revision, now_ms, request.list_client_id)
        for role, member in members
        if member is not None
    )


def _order(wanted: Wanted, request: OrderRequest, role: Role, revision: int, now_ms: int, list_id: str | None) -> Order:
    return Order(
        client_id=request.client_id,
        list_id=list_id,
        role=role,
        leg=wanted.leg,
        revision=revision,
        side=request.side,
        order_type=request.order_type,
        quantity=request.quantity,
        price=request.price,
        stop_price=request.stop_price,
        sent_ms=now_ms,
    )


def _id(position: Position, role: Role, leg: int, revision: int) -> str:
    return OrderName(position.trade_id, role, leg, revision).client_id
