"""Margin accounts and their loans (Binance docs: margin account, borrow and repay)."""

from typing import Any

from exchange.paper.errors import ParameterValueInvalid
from exchange.paper.http.limits import Meter
from exchange.paper.http.paging import in_span, page
from exchange.paper.http.routing import Call, Route, Security
from exchange.paper.margin.accounts import (
    CROSS,
    check_asset,
    check_margin_pair,
    existing,
    isolated_name,
    read_account,
    read_lending_account,
    seen,
)
from exchange.paper.margin.level import max_borrowable, max_transferable
from exchange.paper.margin.listen_tokens import LONGEST_VALIDITY_MS
from exchange.paper.margin.loan_records import LoanAction, LoanOrigin, LoanRecord
from exchange.paper.margin.loans import borrow, repay
from exchange.paper.numbers import ZERO, fixed8
from exchange.paper.wire.margin_accounts import (
    cross_account,
    interest_row,
    isolated_account,
    isolated_totals,
    liquidation_row,
    loan_row,
)

SIGNED, IP, UID = Security.SIGNED, Meter.SAPI_IP, Meter.SAPI_UID
MOST_SYMBOLS = 5
# a token is as long as so many generated ids
TOKEN_PARTS = 3


def get_cross(call: Call) -> Any:
    """GET margin/account."""
    existing(call.venue, CROSS)
    return cross_account(call.venue)


def get_isolated(call: Call) -> Any:
    """GET margin/isolated/account: the pairs asked for, opened or not; else all that were opened, with totals."""
    venue, symbols = call.venue, call.params.optional("symbols")
    if symbols is None:
        opened = [symbol for symbol in venue.rules if venue.margin.flags_of(isolated_name(symbol)).created]
        shown = [isolated_account(venue, symbol) for symbol in opened]
        return {"assets": shown, **isolated_totals(venue, opened)}
    names = symbols.split(",")
    if len(names) > MOST_SYMBOLS:
        raise ParameterValueInvalid("symbols")
    return {"assets": [isolated_account(venue, check_margin_pair(venue, name).symbol) for name in names]}


def open_isolated(call: Call) -> Any:
    """POST margin/isolated/account: open the account of a pair."""
    symbol = check_margin_pair(call.venue, call.params.symbol()).symbol
    call.venue.margin.flags_of(isolated_name(symbol)).created = True
    return {"success": True, "symbol": symbol}


def borrow_or_repay(call: Call) -> Any:
    """POST margin/borrow-repay."""
    venue, params = call.venue, call.params
    params.text("isIsolated")
    name, asset = read_account(venue, params), params.text("asset")
    action = params.choice("type", LoanAction, ParameterValueInvalid("type"))
    quantity = params.decimal("amount")
    check_asset(venue, name, asset)
    if quantity <= ZERO:
        raise ParameterValueInvalid("amount")
    act = borrow if action is LoanAction.BORROW else repay
    return {"tranId": act(venue, venue.account(name), asset, quantity, LoanOrigin.MANUAL).transaction_id}


def loan_records(call: Call) -> Any:
    """GET margin/borrow-repay: newest first, by pages."""
    venue, params = call.venue, call.params
    action = params.choice("type", LoanAction, ParameterValueInvalid("type"))
    name, asset = read_lending_account(venue, params), params.optional("asset")
    number = params.optional_integer("txId")

    def is_wanted(record: LoanRecord) -> bool:
        mine = record.account == name and record.action is action and asset in (None, record.asset)
        return mine and number in (None, record.transaction_id) and in_span(params, record.time_ms)

    return page(params, [loan_row(record) for record in reversed(venue.margin.loans) if is_wanted(record)])


def interest_history(call: Call) -> Any:
    """GET margin/interestHistory: newest first, by pages."""
    venue, params = call.venue, call.params
    name, asset = read_lending_account(venue, params), params.optional("asset")
    rows = [
        interest_row(charge)
        for charge in reversed(venue.margin.charges)
        if charge.account == name and asset in (None, charge.asset) and in_span(params, charge.time_ms)
    ]
    return page(params, rows)


def liquidations(call: Call) -> Any:
    """GET margin/forceLiquidationRec: the orders of forced liquidations, newest first, by pages."""
    venue, params = call.venue, call.params
    name = read_lending_account(venue, params)
    orders = [order for order in reversed(venue.margin.liquidations) if order.account == name]
    return page(params, [liquidation_row(order) for order in orders if in_span(params, order.created_ms)])


def get_max_borrowable(call: Call) -> Any:
    """GET margin/maxBorrowable: what can be borrowed now, and the most that may ever be owed."""
    venue, asset = call.venue, call.params.text("asset")
    name = read_lending_account(venue, call.params)
    check_asset(venue, name, asset)
    most = max_borrowable(venue, seen(venue, name), asset)
    return {"amount": fixed8(most), "borrowLimit": fixed8(venue.margin.assets[asset].max_borrow)}


def get_max_transferable(call: Call) -> Any:
    """GET margin/maxTransferable."""
    venue, asset = call.venue, call.params.text("asset")
    name = read_lending_account(venue, call.params)
    check_asset(venue, name, asset)
    return {"amount": fixed8(max_transferable(venue, seen(venue, name), asset))}


def new_listen_token(call: Call) -> Any:
    """POST userListenToken: to follow the account by WebSocket for at most a day; the key is enough."""
    account = read_account(call.venue, call.params)
    wished_ms = call.params.optional_integer("validity")
    validity_ms = LONGEST_VALIDITY_MS if wished_ms is None else wished_ms
    if not 0 < validity_ms <= LONGEST_VALIDITY_MS:
        raise ParameterValueInvalid("validity")
    text = "".join(call.venue.new_client_id() for _ in range(TOKEN_PARTS))
    token = call.venue.margin.tokens.give(text, account, call.venue.now_ms + validity_ms)
    return {"token": text, "expirationTime": token.expires_ms}


ROUTES = (
    Route("GET", "/sapi/v1/margin/account", get_cross, SIGNED, 10, meter=IP),
    Route("GET", "/sapi/v1/margin/isolated/account", get_isolated, SIGNED, 10, meter=IP),
    Route("POST", "/sapi/v1/margin/isolated/account", open_isolated, SIGNED, 300, meter=UID),
    Route("POST", "/sapi/v1/margin/borrow-repay", borrow_or_repay, SIGNED, 1500, meter=UID),
    Route("GET", "/sapi/v1/margin/borrow-repay", loan_records, SIGNED, 10, meter=IP),
    Route("POST", "/sapi/v1/userListenToken", new_listen_token, Security.KEY, meter=UID),
    Route("GET", "/sapi/v1/margin/interestHistory", interest_history, SIGNED, 1, meter=IP),
    Route("GET", "/sapi/v1/margin/forceLiquidationRec", liquidations, SIGNED, 1, meter=IP),
    Route("GET", "/sapi/v1/margin/maxBorrowable", get_max_borrowable, SIGNED, 750, meter=UID),
    Route("GET", "/sapi/v1/margin/maxTransferable", get_max_transferable, SIGNED, 50, meter=IP),
)
