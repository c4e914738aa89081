"""What the venue tells an account's listeners, as facts; a stream turns them into frames."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from exchange.paper.engine.orders import Fill, Order, OrderList, PreventedMatch
from exchange.paper.market.tape import Print

ExecutionKind = Literal["NEW", "CANCELED", "REPLACED", "REJECTED", "TRADE", "EXPIRED", "TRADE_PREVENTION"]


@dataclass(frozen=True, slots=True)
class ExecutionReport:
    """One step of an order; `order` is a copy taken at that moment."""

    kind: ExecutionKind
    order: Order
    execution_id: int
    time_ms: int
    fill: Fill | None = None
    cancel_client_id: str = ""
    prevented: PreventedMatch | None = None
    reject_reason: str = "NONE"


@dataclass(frozen=True, slots=True)
class AccountPosition:
    """Absolute balances (free, locked) of the assets that may have changed."""

    balances: Mapping[str, tuple[Decimal, Decimal]]
    time_ms: int


@dataclass(frozen=True, slots=True)
class BalanceUpdate:
    """A deposit, withdrawal or transfer."""

    asset: str
    delta: Decimal
    time_ms: int


@dataclass(frozen=True, slots=True)
class ListReport:
    """The start, a change or the end of an order list."""

    order_list: OrderList
    list_status: str
    order_status: str
    time_ms: int


@dataclass(frozen=True, slots=True)
class MarketPrint:
    """A public trade; bid and ask have followed."""

    symbol: str
    printed: Print


@dataclass(frozen=True, slots=True)
class BookChange:
    """Bid, ask or depth have been changed without a trade: by a script, or because the venue was reset."""

    symbol: str


AccountEvent = ExecutionReport | AccountPosition | BalanceUpdate | ListReport
MarketEvent = MarketPrint | BookChange
Listener = Callable[[str, AccountEvent], None]
MarketListener = Callable[[MarketEvent], None]


class EventBus:
    """Passes facts on to listeners, in the order in which they happened."""

    def __init__(self) -> None:
        self.accounts: list[Listener] = []
        self.markets: list[MarketListener] = []

    def __deepcopy__(self, memo: object) -> "EventBus":
        """A copy of the venue's state has no listeners."""
        return EventBus()

    def tell(self, account: str, event: AccountEvent) -> None:
        """Something happened to an account."""
        for listener in self.accounts:
            listener(account, event)

    def show(self, event: MarketEvent) -> None:
        """Something that everybody may see."""
        for listener in self.markets:
            listener(event)
