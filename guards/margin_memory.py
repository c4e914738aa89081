"""What the margin hooks remember across restarts, and what they need of the record to keep it.

The book says what was owed before us and which loans we asked for; the runtime says which hook has done its work for
which trade. Both are frozen values with plain JSON.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from exchange.lending import LoanKind
from exchange.values import ZERO, Number, Value


class RequestStatus(StrEnum):
    INTENDED = "intended"
    """On disk, perhaps sent."""
    IN_DOUBT = "in_doubt"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    """Refused by the venue, denied, or proven never to have happened; `why` tells."""


class Debt(Value):
    """What is owed in one asset."""

    principal: Number = ZERO
    interest: Number = ZERO

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest


class LoanRequest(Value):
    """One borrow or repay of ours; times in venue milliseconds."""

    kind: LoanKind
    asset: str
    quantity: Number
    status: RequestStatus = RequestStatus.INTENDED
    sent_ms: int
    settled_after_ms: int | None = None
    """While in doubt: the venue time after which its absence is final."""
    debt_before: Number
    """The whole debt in the asset just before, to see in the balances whether it happened."""
    transaction_id: int | None = None
    refusal: str | None = None
    """The venue's reason, where it refused."""
    why: str | None = None

    @property
    def unsettled(self) -> bool:
        return self.status in (RequestStatus.INTENDED, RequestStatus.IN_DOUBT)


class MarginBook(Value):
    """The debts around one trade; without a trade key it is empty."""

    trade_key: str | None = None
    asset: str | None = None
    """What the trade borrows: LONG the quote asset, SHORT the base asset."""
    opened_ms: int = 0
    """When the prior debts were looked at."""
    prior: dict[str, Debt] = {}
    """What was owed before the trade, by asset: not ours, never repaid by us."""
    carried: dict[str, Number] = {}
    """What earlier trades of ours could not repay, by asset: not in `prior`, and repaid with this one."""
    needed: Number = ZERO
    """What the entry needs of `asset`, borrowed or not."""
    requests: tuple[LoanRequest, ...] = ()
    """In the order of sending; refused ones are dropped when the next is made."""

    @property
    def unsettled(self) -> LoanRequest | None:
        """The request whose outcome is not known; there is one at most."""
        return next((request for request in self.requests if request.unsettled), None)

    @property
    def open_trade(self) -> str | None:
        """The trade that owes, or perhaps does."""
        return self.trade_key if self.unsettled is not None or self.owing else None

    @property
    def borrowed(self) -> Decimal:
        """The principal that we borrowed for the trade."""
        return self._confirmed(LoanKind.BORROW, self.asset)

    @property
    def owing(self) -> tuple[str, ...]:
        """The assets of which something has to be repaid."""
        own = (self.asset,) if self.asset is not None and self.borrowed else ()
        return tuple(dict.fromkeys((*own, *self.carried)))

    def taken(self, asset: str) -> Decimal:
        """The principal that is ours: carried over, and borrowed for the trade."""
        return self.carried.get(asset, ZERO) + self._confirmed(LoanKind.BORROW, asset)

    def repaid(self, asset: str) -> Decimal:
        """What we repaid of principal and interest."""
        return self._confirmed(LoanKind.REPAY, asset)

    @property
    def last_sent_ms(self) -> int:
        return max((request.sent_ms for request in self.requests), default=0)

    def _confirmed(self, kind: LoanKind, asset: str | None) -> Decimal:
        done = (r for r in self.requests if r.status is RequestStatus.CONFIRMED and (r.kind, r.asset) == (kind, asset))
        return sum((request.quantity for request in done), ZERO)

    def with_request(self, request: LoanRequest) -> "MarginBook":
        """The book with one more request."""
        kept = tuple(old for old in self.requests if old.status is not RequestStatus.REJECTED)
        return self.model_copy(update={"requests": (*kept, request)})

    def with_last(self, **changes: object) -> "MarginBook":
        """The book with its last request changed."""
        *earlier, last = self.requests
        return self.model_copy(update={"requests": (*earlier, last.model_copy(update=changes))})


class RefusedTrade(Value):
    """Why the trade got no loan."""

    trade_key: str
    code: str
    why: str


class MarginRuntime(Value):
    """Which hook has finished for which trade, so that none works twice."""

    prepared: str | None = None
    """The trade whose loans are in place (`on_before_entry`)."""
    refused: RefusedTrade | None = None
    opened: str | None = None
    """The trade whose entry was opened (`on_after_entry_opened`)."""
    repaid: str | None = None
    """The trade whose debts are gone (`on_after_position_closed`)."""
    repaid_ms: int = 0
    """Balances read before this may still show debts that are gone."""
    closing_since_ms: int | None = None
    """When the repayment of the present trade began."""
    carried: dict[str, Number] = {}
    """What the trades so far could not repay, by asset; the next book takes it over."""


class MarginState(Protocol):
    """What the hooks need of the record."""

    @property
    def trade_key(self) -> str | None:
        """The trade id of the position, None without one."""

    @property
    def book(self) -> MarginBook: ...
    @property
    def runtime(self) -> MarginRuntime: ...
    def put(self, book: MarginBook, runtime: MarginRuntime) -> None: ...
    def save(self) -> bool:
        """Write the record durably; False if the disk refused."""
