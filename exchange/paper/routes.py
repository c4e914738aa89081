"""Every path of the venue."""

from . import (
    routes_account,
    routes_history,
    routes_lists,
    routes_margin_accounts,
    routes_margin_lists,
    routes_margin_orders,
    routes_margin_reference,
    routes_market,
    routes_orders,
    routes_reference,
    routes_stubs,
    routes_ticker,
    routes_wallet,
)
from .routing import table

ROUTES = table(
    routes_reference.ROUTES,
    routes_market.ROUTES,
    routes_ticker.ROUTES,
    routes_orders.ROUTES,
    routes_lists.ROUTES,
    routes_history.ROUTES,
    routes_account.ROUTES,
    routes_margin_accounts.ROUTES,
    routes_margin_lists.ROUTES,
    routes_margin_orders.ROUTES,
    routes_margin_reference.ROUTES,
    routes_wallet.ROUTES,
    routes_stubs.ROUTES,
)
