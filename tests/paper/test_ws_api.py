"""Requests over the WebSocket API: frames, security, limits, and the same work as over REST (Binance docs: ws API)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.paper.settings import PaperSettings
from exchange.paper.sockets.method_routes import STANDS_FOR
from tests.paper.paper_door import SYMBOL, Door, order_params, signature
from tests.paper.test_paper_lists import SELL_OCO
from tests.paper.ws_door import ApiDoor, sign

BAD_ID = "Invalid 'id' in JSON request; expected an integer, a string matching '^[a-zA-Z0-9-_]{1,36}$', or null."
BUY = order_params("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="mine")
OTOCO = {
    "symbol": SYMBOL,
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "94500",
    "workingQuantity": "0.01",
    "workingTimeInForce": "GTC",
    "pendingSide": "SELL",
    "pendingQuantity": "0.00999",
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "96000",
    "pendingBelowType": "STOP_LOSS_LIMIT",
    "pendingBelowPrice": "93900",
    "pendingBelowStopPrice": "94000",
    "pendingBelowTimeInForce": "GTC",
}
OTO = {
    **{name: value for name, value in OTOCO.items() if not name.startswith(("pendingAbove", "pendingBelow"))},
    "pendingType": "LIMIT_MAKER",
    "pendingPrice": "96000",
}
OPO = {name: value for name, value in OTO.items() if name != "pendingQuantity"}
OPOCO = {name: value for name, value in OTOCO.items() if name != "pendingQuantity"}


@pytest.fixture
def api(door: Door) -> ApiDoor:
    return ApiDoor(door)


def result(reply: dict[str, Any]) -> Any:
    assert reply["status"] == 200, reply
    return reply["result"]


def refusal(reply: dict[str, Any]) -> tuple[int, int, str]:
    return reply["status"], reply["error"]["code"], reply["error"]["msg"]


def test_documented_signature_vector() -> None:
    """The example of the venue's documentation: sorted by name, not encoded."""
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    payload = (
        "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&newOrderRespType=ACK&price=52000.00"
        "&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC&timestamp=1645423376532&type=LIMIT"
    )
    assert signature(secret, payload) == "cc15477742bd704c29492d96c7ead9414dfd8e0ec4a00f947bb5bb454ddbd08a"


@pytest.mark.parametrize("request_id", [1, -5, 2**53 + 1, "1", "e2a85d9f-07a5-4f94-8d5f-789dc3deb097", "a_b-C", None])
def test_ids_come_back_unchanged(api: ApiDoor, request_id: object) -> None:
    for method in ("ping", "v3/ping", "order.status", "no.such.method"):
        reply = api.ask(method, request_id=request_id)
        assert reply["id"] == request_id
        assert type(reply["id"]) is type(request_id)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ("", "Invalid JSON Request"),
        ("{", "Invalid JSON Request"),
        ("[1]", "Invalid JSON Request"),
        ('{"id":1,"method":"ping","params":{"a":NaN}}', "Invalid JSON Request"),
        ("[" * 5000, "Invalid JSON Request"),
        ({"method": "ping"}, BAD_ID),
        ({"id": 1.5, "method": "ping"}, BAD_ID),
        ({"id": True, "method": "ping"}, BAD_ID),
        ({"id": "", "method": "ping"}, BAD_ID),
        ({"id": "a b", "method": "ping"}, BAD_ID),
        ({"id": "x" * 37, "method": "ping"}, BAD_ID),
        ({"id": 1}, "Invalid 'method' in JSON request; expected a string."),
        ({"id": 1, "method": "ping", "params": [1]}, "Invalid 'params' in JSON request; expected an object."),
    ],
)
def test_frames_that_are_no_request(api: ApiDoor, frame: object, text: str) -> None:
    api.send(frame)
    reply = api.heard.frames.pop()
    assert refusal(reply) == (400, -1135, text)
    assert list(reply) == ["id", "status", "error"]


def test_a_method_that_is_not_there(api: ApiDoor) -> None:
    assert refusal(api.ask("order.plcae")) == (400, -5000, "Method order.plcae is invalid")


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_no_frame_goes_unanswered(frame: object) -> None:
    api = ApiDoor(Door())
    api.send(frame)
    assert api.heard.frames[-1]["status"] == 400


@given(st.sampled_from(sorted(STANDS_FOR)), st.dictionaries(st.sampled_from(sorted(OTOCO)), st.text()))
def test_no_parameters_of_a_known_method_go_unanswered(method: str, params: dict[str, str]) -> None:
    api = ApiDoor(Door())
    assert api.signed(method, **params)["status"] in (200, 400)


def test_rate_limits_are_shown_with_the_windows_that_count(api: ApiDoor) -> None:
    """Orders show their own windows first (Binance docs: rate limits)."""
    weight = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000, "count": 3}
    assert api.ask("ping")["rateLimits"] == [weight]
    placed = api.signed("order.place", **BUY)["rateLimits"]
    per_10s = {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100, "count": 1}
    per_day = {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 200000, "count": 1}
    assert placed == [per_10s, per_day, weight]


@pytest.mark.parametrize(
    ("query", "params", "shown"),
    [
        ("", {}, {"rateLimits"}),
        ("", {"returnRateLimits": True}, {"rateLimits"}),
        ("", {"returnRateLimits": False}, set()),
        ("returnRateLimits=false", {}, set()),
        ("returnRateLimits=false", {"returnRateLimits": True}, {"rateLimits"}),
    ],
)
def test_rate_limits_are_hidden_on_request(door: Door, query: str, params: dict[str, object], shown: set[str]) -> None:
    reply = ApiDoor(door, query).ask("ping", params)
    assert set(reply) - {"id", "status", "result"} == shown


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"apiKey": None}, (400, -1102, "Mandatory parameter 'apiKey' was not sent, was empty/null, or malformed.")),
        ({"apiKey": "x"}, (401, -2015, "Invalid API-key, IP, or permissions for action.")),
        (
            {"timestamp": None},
            (400, -1102, "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed."),
        ),
        (
            {"signature": None},
            (400, -1102, "Mandatory parameter 'signature' was not sent, was empty/null, or malformed."),
        ),
        ({"signature": "é"}, (400, -1022, "Signature for this request is not valid.")),
        ({"symbol": "BTCUSDT"}, (400, -1022, "Signature for this request is not valid.")),
    ],
)
def test_who_is_not_known_is_refused(api: ApiDoor, change: dict[str, object], expected: object) -> None:
    params = {**sign(api.door, {"symbol": SYMBOL}), **change}
    assert refusal(api.ask("openOrders.status", params)) == expected


def test_old_requests_are_refused(api: ApiDoor) -> None:
    stale = sign(api.door, {})
    api.door.script("clock", {"advance_ms": 5001})
    expected = (400, -1021, "Timestamp for this request is outside of the recvWindow.")
    assert refusal(api.ask("account.status", stale)) == expected


def test_only_ed25519_keys_log_on(api: ApiDoor) -> None:
    assert refusal(api.signed("session.logon")) == (400, -4056, "HMAC_SHA256 API key is not supported.")
    assert result(api.ask("session.status"))["apiKey"] is None
    assert api.ask("userDataStream.subscribe")["status"] == 400


def test_subscriptions_come_and_go(api: ApiDoor) -> None:
    """Each connection follows an account once; ids go on counting."""
    assert result(api.signed("userDataStream.subscribe.signature")) == {"subscriptionId": 0}
    again = api.signed("userDataStream.subscribe.signature")
    assert refusal(again) == (400, -2035, "User Data Stream subscription already active.")
    assert result(api.ask("session.subscriptions")) == [{"subscriptionId": 0}]
    assert refusal(api.ask("userDataStream.unsubscribe", {"subscriptionId": 7}))[1] == -2036
    assert result(api.ask("userDataStream.unsubscribe", {"subscriptionId": 0})) == {}
    ended = api.heard.pop()[-1]
    assert ended == {"subscriptionId": 0, "event": {"e": "eventStreamTerminated", "E": api.door.clock.now_ms()}}
    expected = (400, -2036, "User Data Stream subscription not active.")
    assert refusal(api.ask("userDataStream.unsubscribe")) == expected
    assert result(api.signed("userDataStream.subscribe.signature")) == {"subscriptionId": 1}


def test_every_connection_is_told(door: Door) -> None:
    first, second, idle = ApiDoor(door), ApiDoor(door), ApiDoor(door)
    first.follow()
    second.follow()
    door.deposit("BTC", "1")
    assert [len(api.events()) for api in (first, second, idle)] == [2, 2, 0]
    door.exchange.sockets.lost(first.session)
    door.deposit("BTC", "1")
    assert [len(api.events()) for api in (first, second)] == [0, 2]


def test_one_book_behind_both_doors(api: ApiDoor) -> None:
    """What is placed here is found there, in the same shape."""
    placed = result(api.signed("order.place", **BUY))
    assert placed["status"] == "NEW"
    found = api.door.find("mine")
    assert result(api.signed("order.status", symbol=SYMBOL, orderId=placed["orderId"])) == found
    assert result(api.signed("openOrders.status", symbol=SYMBOL)) == [found]
    canceled = result(api.signed("order.cancel", symbol=SYMBOL, origClientOrderId="mine"))
    assert (canceled["status"], canceled["origClientOrderId"]) == ("CANCELED", "mine")


def test_numbers_may_be_json_numbers(api: ApiDoor) -> None:
    """They are signed and read as they were written."""
    params = sign(api.door, {**BUY, "quantity": "0.01000", "price": "94000.0"})
    text = json.dumps({"id": 1, "method": "order.place", "params": params})
    frame = text.replace('"0.01000"', "0.01000").replace('"94000.0"', "94000.0")
    api.send(frame)
    assert result(api.heard.frames.pop())["origQty"] == "0.01000000"


def test_symbols_may_be_a_list(api: ApiDoor) -> None:
    rows = result(api.ask("ticker.price", {"symbols": ["BTCUSDC", "BTCUSDT"]}))
    assert [row["symbol"] for row in rows] == ["BTCUSDC", "BTCUSDT"]


@pytest.mark.parametrize(
    ("method", "params", "members"),
    [
        ("orderList.place.oco", SELL_OCO, 2),
        ("orderList.place.oto", OTO, 2),
        ("orderList.place.otoco", OTOCO, 3),
        ("orderList.place.opo", OPO, 2),
        ("orderList.place.opoco", OPOCO, 3),
    ],
)
def test_lists(api: ApiDoor, method: str, params: dict[str, object], members: int) -> None:
    """Placed, found and canceled as a whole; each member counts."""
    api.door.deposit("BTC", "0.01")
    reply = api.signed(method, **params)
    placed = result(reply)
    assert (len(placed["orderReports"]), reply["rateLimits"][0]["count"]) == (members, members)
    found = result(api.signed("orderList.status", orderListId=placed["orderListId"]))
    assert found["listStatusType"] == "EXEC_STARTED"
    assert result(api.signed("openOrderLists.status")) == [found]
    canceled = result(api.signed("orderList.cancel", symbol=SYMBOL, orderListId=placed["orderListId"]))
    assert canceled["listOrderStatus"] == "ALL_DONE"


def test_cancel_all_mixes_orders_and_lists(api: ApiDoor) -> None:
    api.door.deposit("BTC", "0.01")
    api.signed("orderList.place.oco", **SELL_OCO)
    api.signed("order.place", **BUY)
    gone = result(api.signed("openOrders.cancelAll", symbol=SYMBOL))
    assert ["orderReports" in row for row in gone] == [True, False]
    assert refusal(api.signed("openOrders.cancelAll", symbol=SYMBOL)) == (400, -2011, "Unknown order sent.")


def test_cancel_replace_that_fails_by_half_shows_both_halves(api: ApiDoor) -> None:
    api.signed("order.place", **BUY)
    new = order_params("BUY", "LIMIT", "1", price="94000", cancelOrigClientOrderId="mine")
    reply = api.signed("order.cancelReplace", cancelReplaceMode="STOP_ON_FAILURE", **new)
    assert refusal(reply) == (409, -2021, "Order cancel-replace partially failed.")
    halves = reply["error"]["data"]
    assert (halves["cancelResult"], halves["newOrderResult"]) == ("SUCCESS", "FAILURE")
    assert halves["newOrderResponse"]["code"] == -2010


def test_amend_and_its_record(api: ApiDoor) -> None:
    api.signed("order.place", **BUY)
    amended = result(api.signed("order.amend.keepPriority", symbol=SYMBOL, orderId=1, newQty="0.005"))
    assert amended["amendedOrder"]["qty"] == "0.00500000"
    assert len(result(api.signed("order.amendments", symbol=SYMBOL, orderId=1))) == 1


def test_the_account(api: ApiDoor) -> None:
    api.signed("order.place", **order_params("BUY", "MARKET", "0.01"))
    assert result(api.signed("account.status"))["accountType"] == "SPOT"
    assert result(api.signed("myTrades", symbol=SYMBOL))[0]["commissionAsset"] == "BTC"
    assert result(api.signed("account.commission", symbol=SYMBOL))["symbol"] == SYMBOL
    counts = result(api.signed("account.rateLimits.orders"))
    assert [row["count"] for row in counts] == [0, 0]


@pytest.mark.parametrize("method", ["time", "exchangeInfo", "ticker.book", "ticker.24hr", "ticker.price"])
def test_public_methods_need_no_key(api: ApiDoor, method: str) -> None:
    assert result(api.ask(method))


def test_too_many_orders_say_until_when() -> None:
    """A timestamp, not seconds (Binance docs: order rate limits)."""
    door = Door(PaperSettings(orders_per_10s=1))
    api = ApiDoor(door)
    result(api.signed("order.place", **{**BUY, "newClientOrderId": "first"}))
    reply = api.signed("order.place", **BUY)
    assert refusal(reply) == (429, -1015, "Too many new orders; current limit is 1 orders per 10 SECOND.")
    now_ms = door.clock.now_ms()
    assert reply["error"]["data"] == {"serverTime": now_ms, "retryAfter": now_ms + 10_000}


def test_weight_is_shared_with_rest_and_a_ban_names_its_end() -> None:
    door = Door(PaperSettings(weight_limit=20))
    api = ApiDoor(door)
    result(api.ask("depth", {"symbol": SYMBOL}))
    door.ask("GET", "/api/v3/depth", symbol=SYMBOL)
    limited = api.signed("account.status")
    assert refusal(limited)[:2] == (429, -1003)
    for _ in range(22):
        limited = api.signed("account.status")
    assert limited["status"] == 418
    assert str(limited["error"]["data"]["retryAfter"]) in limited["error"]["msg"]


def test_requests_are_in_the_log(api: ApiDoor) -> None:
    api.signed("order.place", **BUY)
    row = api.door.script("ledger", method="GET")["requests"][-1]
    assert (row["method"], row["path"], row["status"], row["code"]) == ("order.place", "/ws-api/v3", 200, None)
    assert row["params"]["newClientOrderId"] == "mine"
    assert "signature" not in row["params"]
