"""Values that cross the border to the venue, and the four outcomes of asking it for something.

Prices and quantities are `Decimal` in the units of the symbol (price: quote per base; quantity: base). Times are
milliseconds since the epoch on the venue's clock.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from exchange.instrument import Instrument


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """The order types that we place (Binance docs: order types)."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    LIMIT_MAKER = "LIMIT_MAKER"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"


class VenueStatus(StrEnum):
    """Order statuses as the venue spells them (Binance docs: order status)."""

    NEW = "NEW"
    PENDING_NEW = "PENDING_NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    PENDING_CANCEL = "PENDING_CANCEL"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"

    @property
    def ended(self) -> bool:
        """True when the order can never fill again."""
        return self not in (
            VenueStatus.NEW,
            VenueStatus.PENDING_NEW,
            VenueStatus.PARTIALLY_FILLED,
            VenueStatus.PENDING_CANCEL,
        )


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One order to place, already on the venue's grid; LIMIT and STOP_LOSS_LIMIT go as GTC."""

    client_id: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal | None = None
    stop_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OcoRequest:
    """A one-cancels-other list: a LIMIT_MAKER target and a STOP_LOSS_LIMIT stop of the same side and quantity."""

    list_client_id: str
    target: OrderRequest
    stop: OrderRequest


@dataclass(frozen=True, slots=True)
class BracketRequest:
    """An entry in one list with its exits, which the venue arms when the entry is filled wholly (OTOCO; OTO without a
    target).
    """

    list_client_id: str
    entry: OrderRequest
    stop: OrderRequest
    target: OrderRequest | None = None
    sized_by_venue: bool = False
    """The venue gives the exits of a purchase the quantity that was received (OPOCO, OPO); ours is not sent."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of one order; `commission` is positive and in `commission_asset`."""

    trade_id: int
    order_id: int
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    commission: Decimal
    commission_asset: str
    time_ms: int
    side: Side


@dataclass(frozen=True, slots=True)
class OrderReport:
    """What the venue said of one order; `fills` is None where that reply carries none."""

    client_id: str
    order_id: int
    list_id: int | None
    side: Side
    order_type: str
    status: VenueStatus
    quantity: Decimal
    executed: Decimal
    quote_executed: Decimal
    price: Decimal
    stop_price: Decimal
    working_ms: int | None
    """When it came onto the book; None for a stop that has not triggered, and always on margin, which does not say."""
    updated_ms: int
    """The venue's time of the last change (transactTime or updateTime)."""
    placed_ms: int | None = None
    """When the venue took it; None where the reply does not say."""
    fills: tuple[Fill, ...] | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """The best prices; the venue writes 0 for a side of the book that is empty."""

    bid: Decimal
    ask: Decimal
    last: Decimal
    time_ms: int
    """When we received it, on the venue's clock."""

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True)
class Balance:
    free: Decimal
    locked: Decimal
    borrowed: Decimal = Decimal(0)
    interest: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.free + self.locked

    @property
    def debt(self) -> Decimal:
        return self.borrowed + self.interest


@dataclass(frozen=True, slots=True)
class CommissionRates:
    """Worst-case fractions of the received amount, standard + special + tax (Binance docs: commission FAQ)."""

    maker: Decimal
    taker: Decimal


@dataclass(frozen=True, slots=True)
class KeyPermissions:
    """What our key may do (Binance docs: GET account/apiRestrictions)."""

    may_read: bool
    may_trade: bool
    may_margin: bool
    may_withdraw: bool
    ip_restricted: bool


class Reason(StrEnum):
    """Why the venue refused, as far as our next step depends on it."""

    PRICE_PASSED = "price_passed"
    """The order would trigger or match at once, or the OCO prices no longer embrace the last price."""
    INSUFFICIENT_BALANCE = "insufficient_balance"
    DUPLICATE_ID = "duplicate_id"
    """An open order has this client order id already: attach to it."""
    UNKNOWN_ORDER = "unknown_order"
    FILTER = "filter"
    MARKET_CLOSED = "market_closed"
    NOTHING_TO_LEND = "nothing_to_lend"
    """The venue has none of the asset to lend now."""
    BORROW_LIMIT = "borrow_limit"
    """More than this account may borrow."""
    BORROW_BARRED = "borrow_barred"
    """The asset or the account may not borrow at all."""
    LOAN_TOO_SMALL = "loan_too_small"
    """Less than the venue lends, takes back, or leaves owing."""
    ABOVE_DEBT = "above_debt"
    """A repayment of more than is owed."""
    NO_MARGIN_ACCOUNT = "no_margin_account"
    NO_MARGIN_PAIR = "no_margin_pair"
    KEY = "key"
    """Key, permission or account problem: no request of this kind can succeed."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The venue did it. `reports` holds one report an order (two or three for a list)."""

    reports: tuple[OrderReport, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """The venue refused it; it did not and will not happen."""

    reason: Reason
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Denied:
    """It provably did not happen and the venue was not asked or did not look: try again after `retry_after_ms`."""

    text: str
    retry_after_ms: int


@dataclass(frozen=True, slots=True)
class InDoubt:
    """It may have happened. Only a query, or the clock past `settled_after_ms`, can tell."""

    text: str
    settled_after_ms: int
    """Venue time after which "no such order" is final: request timestamp + recvWindow + the venue's 10 s limit."""


Outcome = Confirmed | Rejected | Denied | InDoubt


@dataclass(frozen=True, slots=True)
class Replaced:
    """The two halves of a cancel-and-replace; `placed` is None when the new order was not attempted."""

    canceled: Outcome
    placed: Outcome | None


class Venue(Protocol):
    """The verbs the lifecycle uses. Reads raise `exchange.errors.Unavailable`; writes return an `Outcome`."""

    @property
    def instrument(self) -> Instrument: ...
    def venue_ms(self) -> int:
        """The venue's clock, from ours and the measured offset; no request."""

    @property
    def skew_ms(self) -> int:
        """How far our clock was behind the venue's at the last `check_clock`."""

    @property
    def doubt_ms(self) -> int:
        """How long after its timestamp an order request may still be executed: recvWindow + the venue's 10 s limit."""

    # reads
    def check_clock(self) -> int:
        """Ask the venue's time, correct our clock, and return how far it was behind, in ms."""

    def refresh_instrument(self) -> Instrument: ...
    def quote(self, symbol: str | None = None) -> Quote: ...
    def balances(self) -> dict[str, Balance]: ...
    def commission_rates(self) -> CommissionRates: ...
    def order(self, client_id: str) -> OrderReport | None:
        """The order, or None when the venue says that it does not exist."""

    def open_orders(self) -> tuple[OrderReport, ...]: ...
    def fills(self, order_id: int) -> tuple[Fill, ...]: ...
    def fills_since(self, time_ms: int) -> tuple[Fill, ...]:
        """All executions on the symbol since then, ours and others', oldest first."""

    def orders_since(self, time_ms: int) -> tuple[OrderReport, ...]:
        """All orders on the symbol created since then (24 h pages), oldest first."""

    # writes
    def place(self, request: OrderRequest) -> Outcome: ...
    def place_oco(self, request: OcoRequest) -> Outcome: ...
    def place_bracket(self, request: BracketRequest) -> Outcome: ...
    def cancel(self, client_id: str) -> Outcome:
        """Cancel one order, or the whole list that it belongs to."""

    @property
    def can_replace(self) -> bool:
        """True where the venue offers cancelReplace on this account kind."""

    def replace(self, client_id: str, request: OrderRequest) -> Replaced:
        """Cancel one lone order and place another in one request (STOP_ON_FAILURE)."""
