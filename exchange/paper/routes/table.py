"""Every path of the venue."""

from exchange.paper.http.routing import table
from exchange.paper.routes import (
    account,
    history,
    lists,
    margin_accounts,
    margin_lists,
    margin_orders,
    margin_reference,
    market,
    orders,
    reference,
    stubs,
    ticker,
    wallet,
)

ROUTES = table(
    reference.ROUTES,
    market.ROUTES,
    ticker.ROUTES,
    orders.ROUTES,
    lists.ROUTES,
    history.ROUTES,
    account.ROUTES,
    margin_accounts.ROUTES,
    margin_lists.ROUTES,
    margin_orders.ROUTES,
    margin_reference.ROUTES,
    wallet.ROUTES,
    stubs.ROUTES,
)
