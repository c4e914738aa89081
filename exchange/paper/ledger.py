"""The whole truth in one JSON object, for checkers."""

from typing import Any

from .account import Account
from .codec import fill_row, list_query, order_query
from .numbers import fixed8
from .request_log import RequestLog
from .venue import Venue


def ledger(venue: Venue, log: RequestLog, since_request: int) -> dict[str, Any]:
    """Market, balances, all orders, lists and fills, and the requests after a number."""
    return {
        "time": venue.now_ms,
        "market": {
            symbol: {"bid": fixed8(market.bid), "ask": fixed8(market.ask), "last": fixed8(market.last_price)}
            for symbol, market in venue.markets.items()
        },
        "balances": {account.name: _balances(account) for account in venue.accounts.values()},
        "orders": [{**order_query(order), "account": order.account} for order in venue.orders.values()],
        "lists": [{**list_query(listed), "account": listed.account} for listed in venue.lists.values()],
        "trades": [{**fill_row(order, fill), "account": order.account} for order, fill in venue.fills],
        "requests": log.since(since_request),
    }


def _balances(account: Account) -> dict[str, dict[str, str]]:
    return {
        asset: {
            "free": fixed8(balance.free),
            "locked": fixed8(balance.locked),
            "borrowed": fixed8(balance.borrowed),
            "interest": fixed8(balance.interest),
        }
        for asset, balance in sorted(account.balances.items())
    }
