"""Every margin reply has the documented fields, no others, each of the documented type."""

from typing import Any

import pytest

from tests.paper.margin_door import CROSS, ISOLATED, MarginDoor
from tests.paper.margin_shapes import (
    CANCELED,
    COUNT,
    CROSS_ACCOUNT,
    CROSS_PAIR,
    CROSS_TERMS,
    INTEREST,
    ISOLATED_PAIR,
    ISOLATED_TERMS,
    LENT_NUMBER,
    LENT_TEXT,
    LISTED,
    LOAN,
    MARGIN_ASSET,
    MEMBER,
    ORDER_ACK,
    ORDER_FULL,
    ORDER_RESULT,
    PAIR,
    PROGRESS,
    QUERIED,
    RATE,
    TOTALS,
    TRADE,
    TRANSFER,
)
from tests.paper.paper_door import SYMBOL
from tests.paper.shapes import NUMBER, Shape, differences


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
    ("margin/crossMarginData", {}, [CROSS_TERMS]),
    ("margin/isolatedMarginData", {}, [ISOLATED_TERMS]),
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


def test_a_new_order_that_borrowed_says_so_with_a_json_integer(margin: MarginDoor) -> None:
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
