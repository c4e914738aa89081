"""One order of ours: what we meant, what the venue says, and which statuses may follow which.

An order is written to disk as INTENDED before it is sent. From then until the venue's word it may exist; INTENDED
after a restart therefore means IN_DOUBT. An order in doubt admits nothing but a query.
"""

from enum import StrEnum

from exchange.ids import Role
from exchange.types import OrderReport, OrderType, Side, VenueStatus
from fsm.numbers import ZERO, Number, Value

DENIED = "denied"
"""It provably never left for the venue, or the venue did not look at it."""
NOT_PLACED = "not_placed"
"""Its entry was refused, and the list with it."""
ABSENT = "absent"
"""It was in doubt until its time had run out, and the venue still does not know it."""


class OrderStatus(StrEnum):
    INTENDED = "intended"
    IN_DOUBT = "in_doubt"
    PENDING = "pending"
    """An exit at the venue that waits for the entry of its list: it covers nothing yet."""
    WORKING = "working"
    PARTLY_FILLED = "partly_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"


_ENDS = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED})
_AT_WORK = _ENDS | {OrderStatus.WORKING, OrderStatus.PARTLY_FILLED}
_LATER = _AT_WORK | {OrderStatus.PENDING}

FOLLOWS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.INTENDED: _LATER | {OrderStatus.IN_DOUBT},
    OrderStatus.IN_DOUBT: _LATER,
    OrderStatus.PENDING: _AT_WORK,
    OrderStatus.WORKING: _ENDS | {OrderStatus.PARTLY_FILLED},
    OrderStatus.PARTLY_FILLED: _ENDS - {OrderStatus.REJECTED},
    OrderStatus.FILLED: frozenset(),
    OrderStatus.CANCELED: frozenset({OrderStatus.FILLED}),  # messy: the fill that its cancel overtook
    OrderStatus.REJECTED: frozenset(),
    OrderStatus.EXPIRED: frozenset({OrderStatus.FILLED}),  # messy: as above
}

_FROM_VENUE: dict[VenueStatus, OrderStatus] = {
    VenueStatus.NEW: OrderStatus.WORKING,
    VenueStatus.PENDING_NEW: OrderStatus.PENDING,
    VenueStatus.PENDING_CANCEL: OrderStatus.WORKING,
    VenueStatus.PARTIALLY_FILLED: OrderStatus.PARTLY_FILLED,
    VenueStatus.FILLED: OrderStatus.FILLED,
    VenueStatus.CANCELED: OrderStatus.CANCELED,
    VenueStatus.REJECTED: OrderStatus.REJECTED,
    VenueStatus.EXPIRED: OrderStatus.EXPIRED,
    VenueStatus.EXPIRED_IN_MATCH: OrderStatus.EXPIRED,
}


class Order(Value):
    """An order of ours; prices and quantities as sent, times in venue milliseconds."""

    client_id: str
    list_id: str | None = None
    """Client id of the list it belongs to, if any."""
    role: Role
    leg: int
    revision: int
    side: Side
    order_type: OrderType
    quantity: Number
    price: Number | None = None
    stop_price: Number | None = None
    status: OrderStatus = OrderStatus.INTENDED
    sent_ms: int | None = None
    settled_after_ms: int | None = None
    """While in doubt: the venue time after which its absence is final."""
    order_id: int | None = None
    executed: Number = ZERO
    placed_ms: int | None = None
    """When the venue had it; for a stop this is when the cover begins."""
    triggered_ms: int | None = None
    """When a stop came onto the book: from then on it is a plain limit order and covers no more."""
    trigger_guessed: bool = False
    """True while `triggered_ms` is what prices say, and the venue was not asked for its word since it ended."""
    ended_ms: int | None = None
    updated_ms: int | None = None
    """The venue's time of its last change."""
    cancel_sent: bool = False
    """True once we asked to cancel it; a cancel nobody of us asked for was the owner's."""
    refusal: str | None = None
    """Why it was rejected: a `Reason` of the venue, DENIED or ABSENT."""
    why: str | None = None
    """The words that came with the refusal."""

    @property
    def live(self) -> bool:
        """It may still fill: at the venue, or perhaps at the venue."""
        return self.status not in _ENDS

    @property
    def at_venue(self) -> bool:
        return self.status in (OrderStatus.PENDING, OrderStatus.WORKING, OrderStatus.PARTLY_FILLED)

    @property
    def unsettled(self) -> bool:
        """Its existence is not known: only a query may follow."""
        return self.status is OrderStatus.IN_DOUBT

    @property
    def denied(self) -> bool:
        """It never left for the venue, so it was no attempt."""
        return self.refusal == DENIED

    @property
    def open_quantity(self) -> Number:
        return self.quantity - self.executed if self.live else ZERO

    @property
    def canceled_by_owner(self) -> bool:
        return self.status is OrderStatus.CANCELED and not self.cancel_sent

    def triggered_by(self, passed_ms: int, began_ms: int | None) -> "Order":
        """The stop as triggered, since the price was seen past it at `passed_ms`: at the venue's last change of it, if
        that was after it began to work and before we saw the price."""
        changed = self.updated_ms or 0
        triggered_ms = changed if (began_ms or 0) < changed < passed_ms else passed_ms
        return self.model_copy(update={"triggered_ms": triggered_ms, "trigger_guessed": True})

    def to(self, status: OrderStatus, **changes: object) -> "Order":
        """The order in its next status; staying is always allowed, an impossible step never."""
        if status is not self.status and status not in FOLLOWS[self.status]:
            raise ValueError(f"order {self.client_id}: {self.status} cannot become {status}")
        return self.model_copy(update={"status": status, **changes})


def fold_report(order: Order, report: OrderReport) -> Order:
    """The order after what the venue said of it: late and repeated reports change nothing, executed never shrinks.

    It ended when we first learnt it: an answer to a later cancel may carry no time of its own. An order that is found
    after a doubt may have changed since it was placed: a reply without that time is taken for the placement itself. The
    quantity is the venue's word where the venue sizes an exit from what its entry received (Binance docs: order list,
    OPO).
    """
    if _is_copy(order, report):
        order = order.model_copy(update=_NEVER_PLACED)
    status = _FROM_VENUE[report.status]
    if report.executed < order.executed or (status is not order.status and status not in FOLLOWS[order.status]):
        return _keep_ids(order, report)
    first_told = order.status in (OrderStatus.INTENDED, OrderStatus.IN_DOUBT, OrderStatus.PENDING)
    return order.to(
        status,
        order_id=report.order_id,
        quantity=(report.quantity or order.quantity) if first_told else order.quantity,
        executed=report.executed,
        updated_ms=report.updated_ms,
        placed_ms=order.placed_ms or report.placed_ms or report.updated_ms,
        triggered_ms=_triggered_ms(order, report),
        trigger_guessed=order.trigger_guessed and report.working_ms is None,
        ended_ms=(order.ended_ms or report.updated_ms) if report.status.ended else None,
        settled_after_ms=None,
    )


def _is_copy(order: Order, report: OrderReport) -> bool:
    """True for a second order under the id of one that ended or never was: something between us and the venue repeated
    our request. It has a number of its own; an old report of the first has not, and revives nothing."""
    if order.live or order.executed or report.status.ended:
        return False
    return order.order_id is None or report.order_id > order.order_id


_NEVER_PLACED = {
    "status": OrderStatus.INTENDED,
    "order_id": None,
    "placed_ms": None,
    "triggered_ms": None,
    "trigger_guessed": False,
    "ended_ms": None,
    "cancel_sent": False,
    "refusal": None,
    "why": None,
}


def _triggered_ms(order: Order, report: OrderReport) -> int | None:
    """When a stop came onto the book: by its time there, which outdoes what was guessed from prices, else by an
    execution."""
    if order.order_type is not OrderType.STOP_LOSS_LIMIT:
        return None
    return report.working_ms or order.triggered_ms or (report.updated_ms if report.executed > ZERO else None)


def _keep_ids(order: Order, report: OrderReport) -> Order:
    """A fill that arrived after the end still counts; everything else of a late report is old news."""
    late = {"executed": report.executed, "updated_ms": report.updated_ms} if report.executed > order.executed else {}
    return order.model_copy(update={**late, "order_id": order.order_id or report.order_id})
