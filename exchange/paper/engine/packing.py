"""Past orders and fills in a small form: an order that is over never changes, and is mostly never asked for again.

Packed, a row is one string of bytes, which the garbage collector need not look into: a million of them slow nothing.
"""

import marshal
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any

from exchange.paper.engine.orders import (
    ExpiryReason,
    Fill,
    Order,
    OrderStatus,
    OrderType,
    SelfTradeMode,
    Side,
    TimeInForce,
)

Reader = Callable[[Any], Any]

# what a past order still shows, and how it is read back
ORDER_FIELDS: dict[str, Reader] = {
    "order_id": int,
    "client_order_id": str,
    "side": Side,
    "order_type": OrderType,
    "quantity": Decimal,
    "limit_price": Decimal,
    "stop_price": Decimal,
    "time_in_force": TimeInForce,
    "quote_quantity": Decimal,
    "iceberg_quantity": Decimal,
    "trailing_delta": int,
    "strategy_id": int,
    "strategy_type": int,
    "self_trade_mode": SelfTradeMode,
    "status": OrderStatus,
    "executed_quantity": Decimal,
    "executed_quote": Decimal,
    "created_ms": int,
    "updated_ms": int,
    "working_since_ms": int,
    "trailing_since_ms": int,
    "is_working": bool,
    "expiry_reason": ExpiryReason,
}
FILL_FIELDS: dict[str, Reader] = {
    "fill_id": int,
    "price": Decimal,
    "quantity": Decimal,
    "notional": Decimal,
    "commission": Decimal,
    "commission_asset": str,
    "time_ms": int,
    "is_maker": bool,
}


def can_be_packed(order: Order) -> bool:
    """Over, and neither a member of a list nor one of the few that have a story to tell: these stay as they are."""
    has_story = order.amendments or order.prevented_match_id is not None
    return not order.is_open and order.order_list is None and not has_story


def pack_order(order: Order) -> bytes:
    """All that the venue shows of an order but its fills."""
    return marshal.dumps([_plain(getattr(order, name)) for name in ORDER_FIELDS])


def unpack_order(packed: bytes, account: str, symbol: str) -> Order:
    """The order as it was at its end, without its fills."""
    return Order(account=account, symbol=symbol, **_read(packed, ORDER_FIELDS))


def pack_fill(fill: Fill) -> bytes:
    """A fill, without the order it belongs to."""
    return marshal.dumps([_plain(getattr(fill, name)) for name in FILL_FIELDS])


def unpack_fill(packed: bytes) -> Fill:
    """The fill again."""
    return Fill(**_read(packed, FILL_FIELDS))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, (Decimal, StrEnum)) else value


def _read(packed: bytes, fields: dict[str, Reader]) -> dict[str, Any]:
    values = zip(fields.items(), marshal.loads(packed), strict=True)
    return {name: None if value is None else read(value) for (name, read), value in values}
