"""Orders, their fills and order lists as the venue keeps them."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from exchange.paper.numbers import ZERO

if TYPE_CHECKING:
    from exchange.paper.engine.account import Hold
    from exchange.paper.margin.terms import MarginTerms


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    LIMIT = "LIMIT"
    MARKET = "MARKET"
    LIMIT_MAKER = "LIMIT_MAKER"
    STOP_LOSS = "STOP_LOSS"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"


class TimeInForce(StrEnum):
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderStatus(StrEnum):
    NEW = "NEW"
    PENDING_NEW = "PENDING_NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"


class ExpiryReason(StrEnum):
    """Why an order expired (Binance docs: enums, order expiry reason)."""

    REJECTED = "REJECTED"
    OCO_TRIGGER = "OCO_TRIGGER"
    OTO_PHASE_ONE_EXPIRED = "OTO_PHASE_ONE_EXPIRED"
    UNFILLED_IOC = "UNFILLED_IOC_QUANTITY_EXPIRED"
    UNFILLED_FOK = "UNFILLED_FOK_ORDER_EXPIRED"
    INSUFFICIENT_LIQUIDITY = "INSUFFICIENT_LIQUIDITY"
    EXCHANGE_CANCELED = "EXCHANGE_CANCELED"


class SelfTradeMode(StrEnum):
    NONE = "NONE"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"
    DECREMENT = "DECREMENT"


OPEN_STATUSES = frozenset({OrderStatus.NEW, OrderStatus.PENDING_NEW, OrderStatus.PARTIALLY_FILLED})
STOP_TYPES = frozenset(
    {OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT}
)
STOP_LOSS_TYPES = frozenset({OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT})
MARKET_TYPES = frozenset({OrderType.MARKET, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT})


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of an order."""

    fill_id: int
    price: Decimal
    quantity: Decimal
    notional: Decimal
    commission: Decimal
    commission_asset: str
    time_ms: int
    is_maker: bool


@dataclass(slots=True)
class FillSlice:
    """A script wants fills in part: `skip` of them are let pass, of the next `count` only a fraction is executed.

    A negative count never ends.
    """

    skip: int
    count: int
    fraction: Decimal


@dataclass(frozen=True, slots=True)
class Amendment:
    """One reduction of an order's quantity."""

    execution_id: int
    old_client_id: str
    new_client_id: str
    old_quantity: Decimal
    new_quantity: Decimal
    time_ms: int


@dataclass(slots=True, eq=False)
class Order:
    """One order, from its acceptance to its end."""

    account: str
    symbol: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    client_order_id: str
    limit_price: Decimal = ZERO
    stop_price: Decimal = ZERO
    time_in_force: TimeInForce = TimeInForce.GTC
    quote_quantity: Decimal = ZERO
    iceberg_quantity: Decimal = ZERO
    trailing_delta: int | None = None
    strategy_id: int | None = None
    strategy_type: int | None = None
    self_trade_mode: SelfTradeMode = SelfTradeMode.EXPIRE_MAKER
    margin: "MarginTerms | None" = None
    # given by the venue
    order_id: int = 0
    order_list: "OrderList | None" = None
    status: OrderStatus = OrderStatus.NEW
    executed_quantity: Decimal = ZERO
    executed_quote: Decimal = ZERO
    created_ms: int = 0
    updated_ms: int = 0
    working_since_ms: int = -1
    trailing_since_ms: int = -1
    trailing_extreme: Decimal = ZERO
    is_working: bool = False
    place: int = 0
    hold: "Hold | None" = None
    estimated_cost: Decimal = ZERO
    shown_quantity: Decimal = ZERO
    expiry_reason: ExpiryReason | None = None
    prevented_match_id: int | None = None
    prevented_quantity: Decimal = ZERO
    amendments: list[Amendment] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)

    @property
    def open_quantity(self) -> Decimal:
        """What may still be executed, in base."""
        return self.quantity - self.executed_quantity - self.prevented_quantity

    @property
    def offered_quantity(self) -> Decimal:
        """What of it stands on the book: of an iceberg order, what is left of the visible part."""
        return min(self.shown_quantity, self.open_quantity) if self.iceberg_quantity else self.open_quantity

    @property
    def is_open(self) -> bool:
        """Not yet at its end."""
        return self.status in OPEN_STATUSES

    @property
    def is_stop(self) -> bool:
        """Waits for a trigger, or did."""
        return self.order_type in STOP_TYPES

    @property
    def awaits_trigger(self) -> bool:
        """A stop whose trigger has not been reached."""
        return self.is_stop and not self.is_working

    @property
    def takes_any_price(self) -> bool:
        """Has no limit price once it works."""
        return self.order_type in MARKET_TYPES

    @property
    def triggers_rising(self) -> bool:
        """Triggers at or above the stop price, otherwise at or below (Binance docs: order types)."""
        return (self.side is Side.BUY) == (self.order_type in STOP_LOSS_TYPES)

    @property
    def list_id(self) -> int:
        """The order list's id, or -1."""
        return -1 if self.order_list is None else self.order_list.list_id


@dataclass(frozen=True, slots=True)
class PreventedMatch:
    """Two orders of one account that were kept from trading with each other."""

    match_id: int
    taker: Order
    maker: Order
    quantity: Decimal
    time_ms: int


class ListStatus(StrEnum):
    EXEC_STARTED = "EXEC_STARTED"
    UPDATED = "UPDATED"
    ALL_DONE = "ALL_DONE"


class ListOrderStatus(StrEnum):
    EXECUTING = "EXECUTING"
    ALL_DONE = "ALL_DONE"


@dataclass(slots=True, eq=False)
class OrderList:
    """Orders that live and die together: `oco` legs exclude each other, `pending` ones wait for `working`."""

    account: str
    symbol: str
    client_list_id: str
    oco: tuple[Order, ...] = ()
    working: Order | None = None
    pending: tuple[Order, ...] = ()
    pending_from_received: bool = False
    received_locked: Decimal = ZERO
    list_id: int = 0
    list_status: ListStatus = ListStatus.EXEC_STARTED
    order_status: ListOrderStatus = ListOrderStatus.EXECUTING
    updated_ms: int = 0
    is_ending: bool = False

    @property
    def contingency(self) -> str:
        """OCO, or OTO for every list with a working order (Binance docs: order lists)."""
        return "OCO" if self.working is None else "OTO"

    @property
    def orders(self) -> tuple[Order, ...]:
        """All members, working order first."""
        if self.working is None:
            return self.oco
        return (self.working, *self.pending)

    @property
    def is_open(self) -> bool:
        """Some member is not at its end."""
        return self.order_status is ListOrderStatus.EXECUTING
