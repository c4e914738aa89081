"""Every margin reply has the documented fields, no others, each of the documented type.

The tables are written from the venue's documentation, section by section, not from our code. NUMBER is text with
decimals and no exponent.
"""

import json
import re
from typing import Any

import pytest

from tests.paper.margin_door import CROSS, ISOLATED, MarginDoor
from tests.paper.paper_door import SYMBOL, order_params

Shape = dict[str, Any]


class Number:
    """Text like 0.00000000."""


NUMBER = Number()
NUMERIC_TEXT = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def differences(found: Any, shape: Any, where: str = "reply") -> list[str]:
    """What does not agree with the shape, in words."""
    if shape is NUMBER:
        good = isinstance(found, str) and NUMERIC_TEXT.fullmatch(found) is not None
        return [] if good else [f"{where}: {found!r} is no number in text"]
    if isinstance(shape, type):
        good = isinstance(found, shape) and (shape is bool or not isinstance(found, bool))
        return [] if good else [f"{where}: {found!r} is no {shape.__name__}"]
    if isinstance(shape, list):
        return [text for row in found for text in differences(row, shape[0], f"{where}[]")]
    if set(found) != set(shape):
        return [f"{where}: {sorted(set(found) ^ set(shape))} are on one side only"]
    return [text for name in shape for text in differences(found[name], shape[name], f"{where}.{name}")]


# Account (margin account: query cross, query isolated) -------------------------------------------

ASSET: Shape = {
    "asset": str,
    "borrowed": NUMBER,
    "free": NUMBER,
    "interest": NUMBER,
    "locked": NUMBER,
    "netAsset": NUMBER,
}
CROSS_ACCOUNT: Shape = {
    "created": bool,
    "borrowEnabled": bool,
    "marginLevel": NUMBER,
    "collateralMarginLevel": NUMBER,
    "totalAssetOfBtc": NUMBER,
    "totalLiabilityOfBtc": NUMBER,
    "totalNetAssetOfBtc": NUMBER,
    "TotalCollateralValueInUSDT": NUMBER,
    "totalOpenOrderLossInUSDT": NUMBER,
    "tradeEnabled": bool,
    "transferInEnabled": bool,
    "transferOutEnabled": bool,
    "accountType": str,
    "userAssets": [ASSET],
}
PAIR_ASSET: Shape = ASSET | {"borrowEnabled": bool, "netAssetOfBtc": NUMBER, "repayEnabled": bool, "totalAsset": NUMBER}
PAIR: Shape = {
    "baseAsset": PAIR_ASSET,
    "quoteAsset": PAIR_ASSET,
    "symbol": str,
    "isolatedCreated": bool,
    "enabled": bool,
    "marginLevel": NUMBER,
    "marginLevelStatus": str,
    "marginRatio": NUMBER,
    "indexPrice": NUMBER,
    "liquidatePrice": NUMBER,
    "liquidateRate": NUMBER,
    "tradeEnabled": bool,
}
TOTALS: Shape = {"totalAssetOfBtc": NUMBER, "totalLiabilityOfBtc": NUMBER, "totalNetAssetOfBtc": NUMBER}

# Trade (margin account: new order, query, cancel, trades, lists) ----------------------------------

PROGRESS: Shape = {
    "price": NUMBER,
    "origQty": NUMBER,
    "executedQty": NUMBER,
    "cummulativeQuoteQty": NUMBER,
    "status": str,
    "timeInForce": str,
    "type": str,
    "side": str,
}
ORDER_ACK: Shape = {"symbol": str, "orderId": int, "clientOrderId": str, "isIsolated": bool, "transactTime": int}
ORDER_RESULT: Shape = ORDER_ACK | PROGRESS | {"selfTradePreventionMode": str}
FILL: Shape = {"price": NUMBER, "qty": NUMBER, "commission": NUMBER, "commissionAsset": str, "tradeId": int}
ORDER_FULL: Shape = ORDER_RESULT | {"fills": [FILL]}
LENT_NUMBER: Shape = {"marginBuyBorrowAmount": float, "marginBuyBorrowAsset": str}
LENT_TEXT: Shape = {"marginBuyBorrowAmount": NUMBER, "marginBuyBorrowAsset": str}
CANCELED: Shape = PROGRESS | {
    "symbol": str,
    "orderId": str,
    "origClientOrderId": str,
    "clientOrderId": str,
    "isIsolated": bool,
}
QUERIED: Shape = PROGRESS | {
    "clientOrderId": str,
    "icebergQty": NUMBER,
    "isWorking": bool,
    "orderId": int,
    "stopPrice": NUMBER,
    "symbol": str,
    "isIsolated": bool,
    "time": int,
    "selfTradePreventionMode": str,
    "updateTime": int,
}
TRADE: Shape = {
    "commission": NUMBER,
    "commissionAsset": str,
    "id": int,
    "isBestMatch": bool,
    "isBuyer": bool,
    "isMaker": bool,
    "orderId": int,
    "price": NUMBER,
    "qty": NUMBER,
    "symbol": str,
    "isIsolated": bool,
    "time": int,
}
MEMBER: Shape = {"symbol": str, "orderId": int, "clientOrderId": str}
LISTED: Shape = {
    "orderListId": int,
    "contingencyType": str,
    "listStatusType": str,
    "listOrderStatus": str,
    "listClientOrderId": str,
    "transactionTime": int,
    "symbol": str,
    "isIsolated": bool,
    "orders": [MEMBER],
}

# Borrow and repay, market data, wallet -----------------------------------------------------------

LOAN: Shape = {
    "type": str,
    "amount": NUMBER,
    "asset": str,
    "interest": NUMBER,
    "principal": NUMBER,
    "status": str,
    "timestamp": int,
    "txId": int,
}
INTEREST: Shape = {
    "txId": int,
    "interestAccuredTime": int,
    "asset": str,
    "rawAsset": str,
    "principal": NUMBER,
    "interest": NUMBER,
    "interestRate": NUMBER,
    "type": str,
}
CROSS_PAIR: Shape = {
    "id": int,
    "symbol": str,
    "base": str,
    "quote": str,
    "isMarginTrade": bool,
    "isBuyAllowed": bool,
    "isSellAllowed": bool,
}
ISOLATED_PAIR: Shape = {name: kind for name, kind in CROSS_PAIR.items() if name != "id"}
MARGIN_ASSET: Shape = {
    "assetFullName": str,
    "assetName": str,
    "isBorrowable": bool,
    "isMortgageable": bool,
    "userMinBorrow": NUMBER,
    "userMinRepay": NUMBER,
}
COUNT: Shape = {"rateLimitType": str, "interval": str, "intervalNum": int, "limit": int, "count": int}
CROSS_DATA: Shape = {
    "vipLevel": int,
    "coin": str,
    "transferIn": bool,
    "borrowable": bool,
    "dailyInterest": NUMBER,
    "yearlyInterest": NUMBER,
    "borrowLimit": NUMBER,
    "marginablePairs": [str],
}
ISOLATED_TERMS: Shape = {"coin": str, "dailyInterest": NUMBER, "borrowLimit": NUMBER}
ISOLATED_DATA: Shape = {"vipLevel": int, "symbol": str, "leverage": NUMBER, "data": [ISOLATED_TERMS]}
RATE: Shape = {"asset": str, "dailyInterestRate": NUMBER, "timestamp": int, "vipLevel": int}
TRANSFER: Shape = {"asset": str, "amount": NUMBER, "type": str, "status": str, "tranId": int, "timestamp": int}


def busy(account: str) -> MarginDoor:
    """An account with debt, interest, fills, open orders of each kind and a transfer."""
    margin = MarginDoor(account)
    margin.script("margin", {"assets": {"USDC": {"hourly_rate": "0.0001"}}})
    margin.bring("USDC", "1000")
    margin.bring("BTC", "0.1")
    margin.borrow("USDC", "10")
    margin.repay("USDC", "5")
    margin.place("BUY", "MARKET", "0.001", newClientOrderId="filled")
    margin.place("BUY", "LIMIT", "0.001", price="94000", newClientOrderId="open")
    margin.ok("POST", "/sapi/v1/margin/order/oco", **margin.whose, **OCO)
    spot_to = {"type": "MAIN_MARGIN"} if account == CROSS else {"type": "MAIN_ISOLATED_MARGIN", "toSymbol": SYMBOL}
    margin.ok("POST", "/sapi/v1/asset/transfer", asset="USDC", amount="10", **spot_to)
    return margin


OCO = {
    "symbol": SYMBOL,
    "side": "SELL",
    "quantity": "0.01",
    "price": "96000",
    "stopPrice": "94000",
    "stopLimitPrice": "93990",
    "stopLimitTimeInForce": "GTC",
    "listClientOrderId": "list",
}
OF_SYMBOL = {"symbol": SYMBOL}


def named(value: object) -> str:
    """The path is name enough for a case."""
    return value if isinstance(value, str) else ""


QUERIES = [
    ("margin/order", OF_SYMBOL | {"origClientOrderId": "open"}, QUERIED),
    ("margin/openOrders", OF_SYMBOL, [QUERIED]),
    ("margin/allOrders", OF_SYMBOL, [QUERIED]),
    ("margin/myTrades", OF_SYMBOL, [TRADE]),
    ("margin/orderList", OF_SYMBOL | {"origClientOrderId": "list"}, LISTED),
    ("margin/openOrderList", OF_SYMBOL, [LISTED]),
    ("margin/allOrderList", OF_SYMBOL, [LISTED]),
    ("margin/rateLimit/order", OF_SYMBOL, [COUNT]),
]
OF_ANYBODY = [
    ("margin/account", {}, CROSS_ACCOUNT),
    ("margin/isolated/account", {}, TOTALS | {"assets": [PAIR]}),
    ("margin/isolated/account", {"symbols": "BTCUSDC,BTCUSDT"}, {"assets": [PAIR]}),
    ("margin/allPairs", {}, [CROSS_PAIR]),
    ("margin/isolated/allPairs", {}, [ISOLATED_PAIR]),
    ("margin/allAssets", {}, [MARGIN_ASSET]),
    ("margin/priceIndex", OF_SYMBOL, {"calcTime": int, "price": NUMBER, "symbol": str}),
    ("margin/interestRateHistory", {"asset": "USDC"}, [RATE]),
    ("margin/crossMarginData", {}, [CROSS_DATA]),
    ("margin/isolatedMarginData", {}, [ISOLATED_DATA]),
    ("margin/tradeCoeff", {}, {"normalBar": NUMBER, "marginCallBar": NUMBER, "forceLiquidationBar": NUMBER}),
    ("bnbBurn", {}, {"spotBNBBurn": bool, "interestBNBBurn": bool}),
    ("asset/transfer", {"type": "MAIN_ISOLATED_MARGIN"}, {"total": int, "rows": [TRANSFER]}),
]
OF_LENDING = [
    ("margin/borrow-repay", {"type": "BORROW"}, LOAN),
    ("margin/borrow-repay", {"type": "REPAY"}, LOAN),
    ("margin/interestHistory", {}, INTEREST),
]


@pytest.mark.parametrize("account", [CROSS, ISOLATED])
@pytest.mark.parametrize(("path", "params", "shape"), QUERIES, ids=str)
def test_queries_of_orders(account: str, path: str, params: Shape, shape: Any) -> None:
    margin = busy(account)
    found = margin.ok("GET", f"/sapi/v1/{path}", **margin.whose, **params)
    assert found
    assert differences(found, shape) == []


@pytest.mark.parametrize(("path", "params", "shape"), OF_ANYBODY, ids=str)
def test_accounts_and_reference(path: str, params: Shape, shape: Any) -> None:
    found = busy(ISOLATED).ok("GET", f"/sapi/v1/{path}", **params)
    assert found
    assert differences(found, shape) == []


@pytest.mark.parametrize("account", [CROSS, ISOLATED])
@pytest.mark.parametrize(("path", "params", "row"), OF_LENDING, ids=str)
def test_loan_records_and_interest(account: str, path: str, params: Shape, row: Shape) -> None:
    """isolatedSymbol is there for isolated accounts only."""
    margin = busy(account)
    found = margin.ok("GET", f"/sapi/v1/{path}", **margin.lent, **params)
    shape = row | ({"isolatedSymbol": str} if account == ISOLATED else {})
    assert found["rows"]
    assert differences(found, {"rows": [shape], "total": int}) == []


@pytest.mark.parametrize(
    ("kind", "params", "shape"),
    [
        ("MARKET", {}, ORDER_FULL),
        ("MARKET", {"newOrderRespType": "RESULT"}, ORDER_RESULT),
        ("MARKET", {"newOrderRespType": "ACK"}, ORDER_ACK),
        ("LIMIT", {"price": "94000"}, ORDER_FULL),
        ("LIMIT_MAKER", {"price": "94000"}, ORDER_ACK),
        ("STOP_LOSS_LIMIT", {"price": "96010", "stopPrice": "96000"}, ORDER_ACK),
    ],
)
def test_new_orders(margin: MarginDoor, kind: str, params: Shape, shape: Shape) -> None:
    """FULL is the default of MARKET and LIMIT, ACK of all others."""
    assert differences(margin.place("BUY", kind, "0.001", **params), shape) == []


def test_a_new_order_that_borrowed_says_so_with_a_json_number(margin: MarginDoor) -> None:
    reply = margin.place("BUY", "MARKET", "0.02", sideEffectType="MARGIN_BUY")
    assert differences(reply, ORDER_FULL | LENT_NUMBER) == []


def test_cancels(margin: MarginDoor) -> None:
    margin.place("BUY", "LIMIT", "0.001", price="94000", newClientOrderId="entry")
    assert differences(margin.cancel("entry"), CANCELED) == []


def test_lists_and_their_cancels(margin: MarginDoor) -> None:
    """The stop leg's report has a stop price, the limit leg's has none."""
    common = PROGRESS | MEMBER | {"orderListId": int, "selfTradePreventionMode": str}
    report, cancel = common | {"transactTime": int}, common | {"origClientOrderId": str}
    margin.bring("BTC", "0.01")
    reply = margin.ok("POST", "/sapi/v1/margin/order/oco", **margin.whose, **OCO)
    stop, limit = reply.pop("orderReports")
    assert differences(reply, LISTED) == []
    assert differences(stop, report | {"stopPrice": NUMBER}) == []
    assert differences(limit, report) == []
    reply = margin.ok("DELETE", "/sapi/v1/margin/orderList", **margin.whose, symbol=SYMBOL, listClientOrderId="list")
    stop, limit = reply.pop("orderReports")
    assert differences(reply, LISTED) == []
    assert differences(stop, cancel | {"stopPrice": NUMBER}) == []
    assert differences(limit, cancel) == []


def test_an_oco_that_borrowed_says_so_in_text(margin: MarginDoor) -> None:
    buy = OCO | {"side": "BUY", "quantity": "0.02", "price": "94000", "stopPrice": "96000", "stopLimitPrice": "96010"}
    reply = margin.ok("POST", "/sapi/v1/margin/order/oco", **margin.whose, **buy, sideEffectType="MARGIN_BUY")
    reply.pop("orderReports")
    assert differences(reply, LISTED | LENT_TEXT) == []


def test_weights_are_counted_apart_from_spot(margin: MarginDoor) -> None:
    """Per address for queries, per user for orders and loans, and neither on spot's counter."""
    query = margin.signed("GET", "/sapi/v1/margin/account").headers
    assert query["X-SAPI-USED-IP-WEIGHT-1M"] == "10"
    assert "X-MBX-USED-WEIGHT-1M" not in query
    order = order_params("BUY", "LIMIT", "0.001", price="94000")
    placed = margin.signed("POST", "/sapi/v1/margin/order", **margin.whose, **order).headers
    assert (placed["X-SAPI-USED-UID-WEIGHT-1M"], placed["X-MBX-ORDER-COUNT-10S"]) == ("6", "1")
    lending = margin.signed("POST", "/sapi/v1/margin/borrow-repay", **margin.loan_params("USDC", "10", "BORROW"))
    assert lending.headers["X-SAPI-USED-UID-WEIGHT-1M"] == "1506"
    borrowing = order_params("BUY", "LIMIT", "0.001", price="94000", sideEffectType="MARGIN_BUY")
    placed = margin.signed("POST", "/sapi/v1/margin/order", **margin.whose, **borrowing).headers
    assert placed["X-SAPI-USED-UID-WEIGHT-1M"] == "3006"
    assert margin.signed("GET", "/api/v3/ping").headers["X-MBX-USED-WEIGHT-1M"] == "1"


def test_too_many_loans_in_a_minute_are_refused() -> None:
    """120 of 1500 fill the 180000 of a user."""
    margin = MarginDoor("cross")
    margin.bring("USDC", "1000")
    for _ in range(120):
        margin.borrow("USDC", "1")
    refused = margin.signed("POST", "/sapi/v1/margin/borrow-repay", **margin.loan_params("USDC", "1", "BORROW"))
    assert (refused.status, json.loads(refused.body)["code"], refused.headers["Retry-After"]) == (429, -1003, "60")
    assert margin.ask("GET", "/sapi/v1/margin/account")[0] == 200


def test_unfilled_orders_are_counted_for_each_account_by_itself(margin: MarginDoor) -> None:
    for price in ("94000", "93000"):
        margin.place("BUY", "LIMIT", "0.001", price=price)
    margin.order("BUY", "LIMIT", "0.001", price="94000")
    counts = margin.ok("GET", "/sapi/v1/margin/rateLimit/order", **margin.whose, symbol=SYMBOL)
    spot = margin.ok("GET", "/api/v3/rateLimit/order")
    assert [row["count"] for row in counts] == [2, 2]
    assert [row["count"] for row in spot] == [1, 1]
