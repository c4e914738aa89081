"""The whole truth in one JSON object, for checkers."""

from itertools import chain
from typing import Any

from exchange.paper.engine.account import Account
from exchange.paper.engine.orders import Order
from exchange.paper.engine.shelf import OrderFill
from exchange.paper.engine.venue import Venue
from exchange.paper.http.request_log import RequestLog
from exchange.paper.numbers import fixed8
from exchange.paper.wire.margin_accounts import interest_row, loan_row
from exchange.paper.wire.orders import fill_row, list_query, order_query


def ledger(venue: Venue, log: RequestLog, since_request: int) -> dict[str, Any]:
    """Market, balances, all orders, lists, fills, loans and charges, and the requests after a number.

    `venue` is the far side of every fill, commission taken and interest paid: with free and locked less borrowed they
    add up to the deposits.
    """
    return {
        "time": venue.now_ms,
        "market": {
            symbol: {"bid": fixed8(market.bid), "ask": fixed8(market.ask), "last": fixed8(market.last_price)}
            for symbol, market in venue.markets.items()
        },
        "balances": {account.name: _balances(account) for account in venue.accounts.values()},
        "orders": [{**order_query(order), "account": order.account} for order in _orders(venue)],
        "lists": [{**list_query(listed), "account": listed.account} for listed in venue.lists.values()],
        "trades": [{**fill_row(order, fill), "account": order.account} for order, fill in _fills(venue)],
        "requests": log.since(since_request),
        "loans": [
            {**loan_row(record), "account": record.account, "action": record.action.value}
            for record in venue.margin.loans
        ],
        "interest": [{**interest_row(charge), "account": charge.account} for charge in venue.margin.charges],
        "venue": {
            account.name: {asset: fixed8(balance.free) for asset, balance in sorted(account.balances.items())}
            for account in (venue.counterparty, venue.commissions, venue.interest)
        },
    }


def _orders(venue: Venue) -> list[Order]:
    """In order of time."""
    return sorted(chain.from_iterable(venue.shelves.values()), key=lambda order: order.created_ms)


def _fills(venue: Venue) -> list[OrderFill]:
    """In order of time."""
    every = chain.from_iterable(shelf.fills for shelf in venue.shelves.values())
    return sorted(every, key=lambda row: (row[1].time_ms, row[1].fill_id))


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
