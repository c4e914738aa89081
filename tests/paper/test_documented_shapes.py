"""Every spot reply has the documented fields, no others, each of the documented type; so has every refusal."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from exchange.paper.routes.table import ROUTES
from tests.paper import spot_shapes as documented
from tests.paper.paper_door import SYMBOL, Door, order_params
from tests.paper.shapes import differences

Params = Mapping[str, object]

ONE = {"symbol": SYMBOL}
TWO = {"symbols": '["BTCUSDC","BTCUSDT"]'}
ORDER = "/api/v3/order"
LIMIT = order_params("BUY", "LIMIT", "0.002", price="90000")
STOP_SELL = order_params("SELL", "STOP_LOSS_LIMIT", "0.002", price="93990", stopPrice="94000")
ABOVE = {"aboveType": "LIMIT_MAKER", "abovePrice": "96000"}
BELOW = {
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "94000",
    "belowPrice": "93990",
    "belowTimeInForce": "GTC",
}
OCO = ONE | {"side": "SELL", "quantity": "0.002"} | ABOVE | BELOW
WORKING = {
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "94500",
    "workingQuantity": "0.002",
    "workingTimeInForce": "GTC",
    "pendingSide": "SELL",
}
PAIR = {f"pending{name[0].upper()}{name[1:]}": value for name, value in (ABOVE | BELOW).items()}
SINGLE = {"pendingType": "LIMIT_MAKER", "pendingPrice": "96000"}


@pytest.fixture
def busy(door: Door) -> Door:
    """Prints, fills, an amended, a replaced and a canceled order, resting orders, a list, a prevented match."""
    door.deposit("BTC", "1")
    door.print("95001", "0.5")
    door.order("BUY", "MARKET", "0.01")
    door.order("BUY", "LIMIT", "0.002", price="90000", newClientOrderId="rests")
    door.ok(
        "PUT", f"{ORDER}/amend/keepPriority", **ONE, origClientOrderId="rests", newQty="0.001", newClientOrderId="rests"
    )
    door.ok("POST", "/api/v3/orderList/oco", **OCO, listClientOrderId="list")
    door.script("book", {"symbol": SYMBOL, "bid": "94990", "ask": "95010"})
    door.order("SELL", "LIMIT", "0.001", price="95000", newClientOrderId="own")
    door.order("BUY", "MARKET", "0.002")
    return door


READS: list[tuple[str, Params, Any]] = [
    ("/api/v3/ping", {}, {}),
    ("/api/v1/ping", {}, {}),
    ("/api/v3/time", {}, {"serverTime": int}),
    ("/api/v3/exchangeInfo", {}, documented.EXCHANGE),
    ("/api/v3/exchangeInfo", ONE, documented.EXCHANGE),
    ("/api/v3/depth", ONE, documented.DEPTH),
    ("/api/v3/trades", ONE, [documented.PUBLIC_TRADE]),
    ("/api/v3/historicalTrades", ONE, [documented.PUBLIC_TRADE]),
    ("/api/v3/aggTrades", ONE, [documented.AGGREGATE]),
    ("/api/v3/klines", ONE | {"interval": "1m"}, [documented.KLINE]),
    ("/api/v3/uiKlines", ONE | {"interval": "1h"}, [documented.KLINE]),
    ("/api/v3/avgPrice", ONE, documented.AVERAGE),
    ("/api/v3/executionRules", ONE, documented.RULES),
    ("/api/v3/ticker/price", ONE, documented.LAST_PRICE),
    ("/api/v3/ticker/price", {}, [documented.LAST_PRICE]),
    ("/api/v3/ticker/bookTicker", ONE, documented.BOOK_TICKER),
    ("/api/v3/ticker/bookTicker", TWO, [documented.BOOK_TICKER]),
    ("/api/v3/ticker/24hr", ONE, documented.DAY),
    ("/api/v3/ticker/24hr", TWO, [documented.DAY]),
    ("/api/v3/ticker/24hr", ONE | {"type": "MINI"}, documented.DAY_MINI),
    (ORDER, ONE | {"origClientOrderId": "rests"}, documented.QUERIED),
    (ORDER, ONE | {"origClientOrderId": "own"}, documented.QUERIED | documented.PREVENTED),
    ("/api/v3/openOrders", {}, [documented.QUERIED]),
    ("/api/v3/allOrders", ONE | {"orderId": 1, "limit": 4}, [documented.QUERIED]),
    ("/api/v3/myTrades", ONE, [documented.OWN_TRADE]),
    ("/api/v3/orderList", {"origClientOrderId": "list"}, documented.LISTED),
    ("/api/v3/openOrderList", {}, [documented.LISTED]),
    ("/api/v3/allOrderList", {}, [documented.LISTED]),
    (f"{ORDER}/amendments", ONE | {"orderId": 2}, [documented.AMENDMENT]),
    ("/api/v3/myPreventedMatches", ONE | {"preventedMatchId": 1}, [documented.PREVENTED_MATCH]),
    ("/api/v3/myFilters", ONE, documented.OWN_FILTERS),
    ("/api/v3/account", {}, documented.ACCOUNT),
    ("/api/v3/account/commission", ONE, documented.COMMISSION),
    ("/api/v3/rateLimit/order", {}, [documented.ORDER_COUNT]),
    ("/fapi/v1/exchangeInfo", {}, documented.NO_CONTRACTS),
    ("/dapi/v1/exchangeInfo", {}, documented.NO_CONTRACTS),
    ("/sapi/v1/system/status", {}, documented.SYSTEM_STATUS),
    ("/sapi/v1/account/apiRestrictions", {}, documented.KEY_RESTRICTIONS),
    ("/sapi/v1/asset/tradeFee", {}, [documented.TRADE_FEE]),
]


@pytest.mark.parametrize(("path", "params", "shape"), READS)
def test_what_is_read(busy: Door, path: str, params: Params, shape: Any) -> None:
    """GET replies; an array has something in it."""
    found = busy.ok("GET", path, **params)
    assert found or shape == {}
    assert differences(found, shape) == []


PLACED: list[tuple[Params, Any]] = [
    (LIMIT, documented.ORDER_FULL),
    (LIMIT | {"newOrderRespType": "RESULT"}, documented.ORDER_RESULT),
    (LIMIT | {"newOrderRespType": "ACK"}, documented.ORDER_ACK),
    (LIMIT | {"icebergQty": "0.001"}, documented.ORDER_FULL | documented.ICEBERG),
    (LIMIT | {"strategyId": 3, "strategyType": 1_000_000}, documented.ORDER_FULL | documented.STRATEGY),
    (LIMIT | {"price": "95010", "timeInForce": "IOC"}, documented.ORDER_FULL),
    (LIMIT | {"timeInForce": "IOC"}, documented.ORDER_FULL | documented.EXPIRED),
    (order_params("SELL", "MARKET", "0.002"), documented.ORDER_FULL),
    (order_params("BUY", "MARKET", None, quoteOrderQty="190"), documented.ORDER_FULL),
    (order_params("SELL", "LIMIT_MAKER", "0.002", price="99000"), documented.ORDER_ACK),
    (STOP_SELL, documented.ORDER_ACK),
    (STOP_SELL | {"newOrderRespType": "FULL"}, documented.ORDER_FULL | documented.STOP),
    (
        order_params("SELL", "STOP_LOSS", "0.002", trailingDelta=100, newOrderRespType="RESULT"),
        documented.ORDER_RESULT | documented.TRAILING,
    ),
]


@pytest.mark.parametrize(("params", "shape"), PLACED)
def test_what_is_placed(busy: Door, params: Params, shape: Any) -> None:
    """Forms of a new order, and fields that appear only where they mean something."""
    assert differences(busy.ok("POST", ORDER, **params), shape) == []


@pytest.mark.parametrize(("params", "shape"), [({}, {}), ({"computeCommissionRates": "true"}, documented.TESTED)])
def test_what_is_only_tested(busy: Door, params: Params, shape: Any) -> None:
    """Nothing, or the commission."""
    assert differences(busy.ok("POST", f"{ORDER}/test", **LIMIT, **params), shape) == []


def with_reports(*reports: Any) -> Any:
    """A list with the reports of its orders."""
    return documented.LISTED | {"orderReports": reports}


RESULT = documented.ORDER_RESULT
STOP_LEG = documented.ORDER_RESULT | documented.STOP
LISTS: list[tuple[str, Params, Any]] = [
    ("/api/v3/orderList/oco", OCO, with_reports(STOP_LEG, RESULT)),
    ("/api/v3/orderList/oco", OCO | {"newOrderRespType": "ACK"}, with_reports(*[documented.ORDER_ACK] * 2)),
    (
        "/api/v3/order/oco",
        ONE | {"side": "SELL", "quantity": "0.002", "price": "96000", "stopPrice": "94000"},
        with_reports(STOP_LEG, RESULT),
    ),
    ("/api/v3/orderList/oto", ONE | WORKING | SINGLE | {"pendingQuantity": "0.001"}, with_reports(RESULT, RESULT)),
    (
        "/api/v3/orderList/otoco",
        ONE | WORKING | PAIR | {"pendingQuantity": "0.001"},
        with_reports(RESULT, STOP_LEG, RESULT),
    ),
    ("/api/v3/orderList/opo", ONE | WORKING | SINGLE, with_reports(RESULT, RESULT)),
    ("/api/v3/orderList/opoco", ONE | WORKING | PAIR, with_reports(RESULT, STOP_LEG, RESULT)),
]


@pytest.mark.parametrize(("path", "params", "shape"), LISTS)
def test_what_is_placed_as_a_list(busy: Door, path: str, params: Params, shape: Any) -> None:
    """A stop leg comes before its limit leg, a working order before what is pending."""
    assert differences(busy.ok("POST", path, **params), shape) == []


CANCELED_LIST = with_reports(documented.CANCELED | documented.STOP, documented.CANCELED)
HALF = {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": "rests"}
CHANGES: list[tuple[str, str, Params, Any]] = [
    ("DELETE", ORDER, ONE | {"origClientOrderId": "rests"}, documented.CANCELED),
    ("DELETE", "/api/v3/orderList", ONE | {"listClientOrderId": "list"}, CANCELED_LIST),
    ("DELETE", "/api/v3/openOrders", ONE, (documented.CANCELED, CANCELED_LIST)),
    ("POST", f"{ORDER}/cancelReplace", LIMIT | HALF, documented.REPLACED),
    (
        "PUT",
        f"{ORDER}/amend/keepPriority",
        ONE | {"origClientOrderId": "rests", "newQty": "0.0005"},
        documented.AMENDED,
    ),
    ("PUT", f"{ORDER}/amend/keepPriority", ONE | {"orderId": 3, "newQty": "0.001"}, documented.AMENDED_MEMBER),
]


@pytest.mark.parametrize(("method", "path", "params", "shape"), CHANGES)
def test_what_is_changed(busy: Door, method: str, path: str, params: Params, shape: Any) -> None:
    """Cancels, replacements and amendments."""
    assert differences(busy.ok(method, path, **params), shape) == []


REFUSED: list[tuple[str, str, Params, int, int]] = [
    ("GET", ORDER, ONE | {"orderId": 99}, 400, -2013),
    ("GET", "/api/v3/orderList", {"orderListId": 99}, 400, -2013),
    ("GET", "/api/v3/referencePrice", ONE, 400, -2043),
    ("GET", "/api/v3/account", {"recvWindow": 60001}, 400, -1131),
    ("DELETE", ORDER, ONE | {"orderId": 99}, 400, -2011),
    ("DELETE", "/api/v3/orderList", ONE | {"orderListId": 99}, 400, -2011),
    ("POST", ORDER, LIMIT | {"quantity": "1"}, 400, -2010),
    ("POST", ORDER, LIMIT | {"price": "0.01"}, 400, -1013),
    ("POST", "/api/v3/orderList/oco", OCO | {"belowStopPrice": "97000"}, 400, -2010),
    ("PUT", f"{ORDER}/amend/keepPriority", ONE | {"orderId": 2, "newQty": "9"}, 400, -2038),
]


@pytest.mark.parametrize(("method", "path", "params", "status", "code"), REFUSED)
def test_what_is_refused(busy: Door, method: str, path: str, params: Params, status: int, code: int) -> None:
    """A code and a text, nothing else (Binance docs: error codes)."""
    found, body = busy.ask(method, path, **params)
    assert (found, body["code"]) == (status, code)
    assert differences(body, documented.ERROR) == []


def test_a_replacement_that_half_succeeds(busy: Door) -> None:
    """409 with both halves under `data` (Binance docs: cancel and replace)."""
    status, body = busy.ask("POST", f"{ORDER}/cancelReplace", **LIMIT | HALF | {"quantity": "1"})
    assert (status, body["code"]) == (409, -2021)
    assert differences(body, documented.HALF_REPLACED) == []


def test_every_reply_says_what_it_is_and_what_it_cost(busy: Door) -> None:
    """Content type and used weight, on refusals as well; order counts on placed orders (Binance docs: limits)."""
    for response in (
        busy.signed("POST", ORDER, **LIMIT),
        busy.signed("POST", ORDER, **LIMIT | {"price": "0.01"}),
        busy.send("GET", "/api/v3/time"),
    ):
        assert response.headers["Content-Type"] == "application/json;charset=UTF-8"
        assert int(response.headers["X-MBX-USED-WEIGHT"]) == int(response.headers["X-MBX-USED-WEIGHT-1M"])
        placed = response.status == 200 and "orderId" in json.loads(response.body)
        assert ("X-MBX-ORDER-COUNT-10S" in response.headers, "X-MBX-ORDER-COUNT-1D" in response.headers) == (
            placed,
        ) * 2


def test_no_spot_route_is_left_out() -> None:
    """A new route needs a documented shape here; margin and wallet have theirs in test_margin_shapes."""
    here = {("GET", path) for path, _, _ in READS} | {("POST", path) for path, _, _ in LISTS}
    here |= {(method, path) for method, path, _, _ in CHANGES} | {(method, path) for method, path, *_ in REFUSED}
    here |= {("POST", ORDER), ("POST", f"{ORDER}/test")}
    assert {pair for pair in ROUTES if pair[1].startswith(("/api/", "/fapi/", "/dapi/"))} == {
        pair for pair in here if not pair[1].startswith("/sapi/")
    }
