"""The requests of the margin accounts, cross and isolated (Binance docs: margin trading, account and borrow-repay).

There is no cancelReplace on margin, and order lists are written in the older style. What an order borrows or repays by
itself is its side effect; a request that may borrow weighs 1500 by UID instead of 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from exchange import margin_wire, order_params
from exchange.margin_wire import AccountReader
from exchange.routes import Counter, Route, Routes
from exchange.settings import ExchangeSettings

_ORDER_WEIGHT, _BORROWING_ORDER_WEIGHT = 6, 1_500

MAX_BORROWABLE = Route("sapi_get_margin_maxborrowable", 750, Counter.SAPI_UID)
BORROW_REPAY = Route("sapi_post_margin_borrow_repay", 1_500, Counter.SAPI_UID)
LOANS = Route("sapi_get_margin_borrow_repay", 10, Counter.SAPI_IP)
LIQUIDATIONS = Route("sapi_get_margin_forceliquidationrec", 1, Counter.SAPI_IP)


@dataclass(frozen=True, slots=True)
class AccountRequest:
    """How the account as a whole is asked for."""

    route: Route
    query: Mapping[str, str]
    read: AccountReader


def account_request(settings: ExchangeSettings) -> AccountRequest:
    """Cross has one account; of the isolated ones, that of our symbol."""
    if settings.margin_isolated:
        route = Route("sapi_get_margin_isolated_account", 10, Counter.SAPI_IP)
        return AccountRequest(route, {"symbols": settings.symbol}, margin_wire.isolated_account)
    return AccountRequest(Route("sapi_get_margin_account", 10, Counter.SAPI_IP), {}, margin_wire.cross_account)


def margin_routes(settings: ExchangeSettings) -> Routes:
    """The requests of the account that the settings name."""
    placing = _ORDER_WEIGHT if settings.borrow_mode == "manual" else _BORROWING_ORDER_WEIGHT
    account = account_request(settings)
    return Routes(
        place=Route("sapi_post_margin_order", placing, Counter.SAPI_UID),
        place_oco=Route("sapi_post_margin_order_oco", placing, Counter.SAPI_UID),
        cancel=Route("sapi_delete_margin_order", 10, Counter.SAPI_IP),
        replace=None,
        order=Route("sapi_get_margin_order", 10, Counter.SAPI_IP),
        open_orders=Route("sapi_get_margin_openorders", 10, Counter.SAPI_IP),
        all_orders=Route("sapi_get_margin_allorders", 200, Counter.SAPI_IP),
        fills=Route("sapi_get_margin_mytrades", 10, Counter.SAPI_IP),
        fills_of_order=Route("sapi_get_margin_mytrades", 10, Counter.SAPI_IP),
        account=account.route,
        account_query=account.query,
        read_balances=margin_wire.balances_of(account.read),
        write_oco=order_params.margin_oco,
        page=500,
        extra={"isIsolated": "TRUE" if settings.margin_isolated else "FALSE"},
        with_entry=_side_effect(settings.entry_side_effect),
        with_exit=_side_effect(settings.exit_side_effect),
    )


def _side_effect(name: str) -> Mapping[str, str]:
    """What the order does to loans; what it borrowed and did not use is repaid when it is cancelled."""
    borrows = name in ("MARGIN_BUY", "AUTO_BORROW_REPAY")
    return {"sideEffectType": name, **({"autoRepayAtCancel": "true"} if borrows else {})}
