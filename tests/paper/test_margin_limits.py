"""Request weights and order counts of the margin interface (Binance docs: margin general information)."""

import json

from tests.paper.margin_door import MarginDoor
from tests.paper.paper_door import SYMBOL, order_params


def test_weights_are_counted_apart_from_spot(margin: MarginDoor) -> None:
    """Per address for queries, per user for orders and loans, and neither on spot's counter."""
    query = margin.signed("GET", "/sapi/v1/margin/account").headers
    assert query["X-SAPI-USED-IP-WEIGHT-1M"] == "10"
    assert query["X-MBX-USED-WEIGHT-1M"] == "0"
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
