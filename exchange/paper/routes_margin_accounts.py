"""Margin accounts and their loans (Binance docs: margin account, borrow and repay)."""

from collections.abc import Sequence
from typing import Any, TypeVar

from .errors import ParameterValueInvalid
from .limits import Meter
from .loan_records import LoanAction, LoanOrigin, LoanRecord
from .loans import borrow, repay
from .margin_accounts import CROSS, check_asset, existing, isolated_name, read_account, read_lending_account
from .margin_codec_accounts import cross_account, interest_row, isolated_account, isolated_totals, loan_row
from .margin_level import max_borrowable, max_transferable
from .numbers import ZERO, fixed8
from .params import Params
from .routing import Call, Route, Security

SIGNED, IP, UID = Security.SIGNED, Meter.SAPI_IP, Meter.SAPI_UID
MOST_SYMBOLS = 5
DEFAULT_SIZE, LARGEST_SIZE = 10, 100

Row = TypeVar("Row")


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
    return {"assets": [isolated_account(venue, venue.market(name).rules.symbol) for name in names]}


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
        return mine and number in (None, record.transaction_id) and _in_span(params, record.time_ms)

    return page(params, [loan_row(record) for record in reversed(venue.margin.loans) if is_wanted(record)])


def interest_history(call: Call) -> Any:
    """GET margin/interestHistory: newest first, by pages."""
    venue, params = call.venue, call.params
    name, asset = read_lending_account(venue, params), params.optional("asset")
    rows = [
        interest_row(charge)
        for charge in reversed(venue.margin.charges)
        if charge.account == name and asset in (None, charge.asset) and _in_span(params, charge.time_ms)
    ]
    return page(params, rows)


def page(params: Params, rows: Sequence[Row]) -> dict[str, Any]:
    """`current` counts from one; `total` counts all rows."""
    current, size = params.optional_integer("current") or 1, params.optional_integer("size") or DEFAULT_SIZE
    if current < 1 or not 1 <= size <= LARGEST_SIZE:
        raise ParameterValueInvalid("current" if current < 1 else "size")
    return {"rows": list(rows[(current - 1) * size : current * size]), "total": len(rows)}


def _in_span(params: Params, time_ms: int) -> bool:
    start_ms, end_ms = params.optional_integer("startTime"), params.optional_integer("endTime")
    return (start_ms is None or time_ms >= start_ms) and (end_ms is None or time_ms <= end_ms)


def get_max_borrowable(call: Call) -> Any:
    """GET margin/maxBorrowable: what can be borrowed now, and the most that may ever be owed."""
    venue, asset = call.venue, call.params.text("asset")
    name = read_lending_account(venue, call.params)
    check_asset(venue, name, asset)
    most = max_borrowable(venue, venue.account(name), asset)
    return {"amount": fixed8(most), "borrowLimit": fixed8(venue.margin.assets[asset].max_borrow)}


def get_max_transferable(call: Call) -> Any:
    """GET margin/maxTransferable."""
    venue, asset = call.venue, call.params.text("asset")
    name = read_lending_account(venue, call.params)
    check_asset(venue, name, asset)
    return {"amount": fixed8(max_transferable(venue, venue.account(name), asset))}


ROUTES = (
    Route("GET", "/sapi/v1/margin/account", get_cross, SIGNED, 10, meter=IP),
    Route("GET", "/sapi/v1/margin/isolated/account", get_isolated, SIGNED, 10, meter=IP),
    Route("POST", "/sapi/v1/margin/borrow-repay", borrow_or_repay, SIGNED, 1500, meter=UID),
    Route("GET", "/sapi/v1/margin/borrow-repay", loan_records, SIGNED, 10, meter=IP),
    Route("GET", "/sapi/v1/margin/interestHistory", interest_history, SIGNED, 1, meter=IP),
    Route("GET", "/sapi/v1/margin/maxBorrowable", get_max_borrowable, SIGNED, 750, meter=UID),
    Route("GET", "/sapi/v1/margin/maxTransferable", get_max_transferable, SIGNED, 50, meter=IP),
)
