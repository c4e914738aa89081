"""Which request does what on which kind of account.

A name is ccxt's implicit method; a weight is what the venue counts against the minute (Binance docs: IP limits).
Margin is another table of the same shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    weight: int


@dataclass(frozen=True, slots=True)
class Routes:
    """The requests of one account kind; `extra` goes along with every signed request of it."""

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
    extra: Mapping[str, str] = field(default_factory=dict)


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
)

# the same for every account kind
TIME = Route("public_get_time", 1)
EXCHANGE_RULES = Route("public_get_exchangeinfo", 20)
QUOTE = Route("public_get_ticker_24hr", 2)
COMMISSION = Route("private_get_account_commission", 20)
KEY_PERMISSIONS = Route("sapi_get_account_apirestrictions", 1)
