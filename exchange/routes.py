"""Which request does what on which kind of account.

A name is ccxt's implicit method; a weight is what the venue counts against the minute (Binance docs: IP limits; margin:
weight by IP or by UID). An account kind is a value of `Routes`; margin's is made in `exchange.margin_routes`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from exchange import order_params, wire
from exchange.types import Balance, OcoRequest


class Counter(StrEnum):
    """What a request's weight is counted against: the reply's header that names the sum of the minute."""

    API = "X-MBX-USED-WEIGHT-1M"
    SAPI_IP = "X-SAPI-USED-IP-WEIGHT-1M"
    SAPI_UID = "X-SAPI-USED-UID-WEIGHT-1M"


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    weight: int
    counter: Counter = Counter.API


@dataclass(frozen=True, slots=True)
class Routes:
    """The requests of one account kind, and what differs in how they are written and read."""

    place: Route
    place_oco: Route
    cancel: Route
    replace: Route | None
    """None where the venue has no cancelReplace."""
    order: Route
    open_orders: Route
    all_orders: Route
    fills: Route
    fills_of_order: Route
    account: Route
    account_query: Mapping[str, str]
    read_balances: Callable[[wire.Json], dict[str, Balance]]
    write_oco: Callable[[OcoRequest], dict[str, str]]
    page: int
    """The most rows of orders or fills in one answer."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Goes along with every request about orders and fills."""
    with_entry: Mapping[str, str] = field(default_factory=dict)
    """Goes along with the placement of an entry."""
    with_exit: Mapping[str, str] = field(default_factory=dict)
    """Goes along with the placement of everything else."""


SPOT = Routes(
    place=Route("private_post_order", 1),
    place_oco=Route("private_post_orderlist_oco", 1),
    cancel=Route("private_delete_order", 1),
    replace=Route("private_post_order_cancelreplace", 1),
    order=Route("private_get_order", 4),
    open_orders=Route("private_get_openorders", 6),
    all_orders=Route("private_get_allorders", 20),
    fills=Route("private_get_mytrades", 20),
    fills_of_order=Route("private_get_mytrades", 5),
    account=Route("private_get_account", 20),
    account_query={"omitZeroBalances": "true"},
    read_balances=wire.balances,
    write_oco=order_params.oco,
    page=1_000,
)

# spot alone: an entry with its exits; there is no such list on margin that the venue sizes
OTO = Route("private_post_orderlist_oto", 1)
OTOCO = Route("private_post_orderlist_otoco", 1)
OPO = Route("private_post_orderlist_opo", 1)
OPOCO = Route("private_post_orderlist_opoco", 1)

# the same for every account kind
TIME = Route("public_get_time", 1)
EXCHANGE_RULES = Route("public_get_exchangeinfo", 20)
QUOTE = Route("public_get_ticker_24hr", 2)
COMMISSION = Route("private_get_account_commission", 20)
KEY_PERMISSIONS = Route("sapi_get_account_apirestrictions", 1, Counter.SAPI_IP)
