"""cancelReplace and amend: two halves, four results; smaller, in the same place."""

import json

import pytest

from exchange.paper.settings import PaperSettings
from tests.paper.paper_door import SYMBOL, Door
from tests.paper.test_paper_lists import SELL_OCO

REPLACE = "/api/v3/order/cancelReplace"
AMEND = "/api/v3/order/amend/keepPriority"
STOP = {
    "symbol": SYMBOL,
    "side": "SELL",
    "type": "STOP_LOSS_LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "stopPrice": "94000",
    "price": "93999.98",
}


@pytest.fixture
def stopped(door: Door) -> Door:
    """0.01 BTC under a stop at 94000."""
    door.deposit("BTC", "0.01")
    door.ok("POST", "/api/v3/order", **STOP, newClientOrderId="old")
    return door


def replace(door: Door, **change: str) -> tuple[int, dict[str, object]]:
    given = {
        **STOP,
        "newClientOrderId": "new",
        "cancelOrigClientOrderId": "old",
        "cancelReplaceMode": "STOP_ON_FAILURE",
    }
    return door.ask("POST", REPLACE, **{**given, **change})


def test_both_halves_succeed(stopped: Door) -> None:
    status, body = replace(stopped, stopPrice="94500", price="94499.98")
    assert (status, body["cancelResult"], body["newOrderResult"]) == (200, "SUCCESS", "SUCCESS")
    assert (stopped.state("old")[0], stopped.state("new")[0]) == ("CANCELED", "NEW")
    assert stopped.balance("BTC") == ("0", "0.01")


TRIGGERS = {"code": -2010, "msg": "Order would trigger immediately."}
UNKNOWN = {"code": -2011, "msg": "Unknown order sent."}


@pytest.mark.parametrize(
    ("mode", "target", "stop_price", "answer", "new_response"),
    [
        ("STOP_ON_FAILURE", "gone", "94500", (400, -2022, "FAILURE", "NOT_ATTEMPTED"), None),
        ("STOP_ON_FAILURE", "old", "95000", (409, -2021, "SUCCESS", "FAILURE"), TRIGGERS),
        ("ALLOW_FAILURE", "old", "95000", (409, -2021, "SUCCESS", "FAILURE"), TRIGGERS),
        ("ALLOW_FAILURE", "gone", "95000", (400, -2022, "FAILURE", "FAILURE"), TRIGGERS),
    ],
)
def test_failed_halves_are_told_apart(
    stopped: Door, mode: str, target: str, stop_price: str, answer: tuple[int, int, str, str], new_response: object
) -> None:
    status, body = replace(stopped, cancelReplaceMode=mode, cancelOrigClientOrderId=target, stopPrice=stop_price)
    data = body["data"]
    assert isinstance(data, dict)
    assert (status, body["code"], data["cancelResult"], data["newOrderResult"]) == answer
    assert data["newOrderResponse"] == new_response
    if target == "gone":
        assert data["cancelResponse"] == UNKNOWN
    assert stopped.state("old")[0] == ("NEW" if target == "gone" else "CANCELED")


def test_the_new_half_may_succeed_alone(stopped: Door) -> None:
    stopped.deposit("BTC", "0.01")
    status, body = replace(stopped, cancelReplaceMode="ALLOW_FAILURE", cancelOrigClientOrderId="gone")
    data = body["data"]
    assert isinstance(data, dict)
    assert (status, body["code"], data["newOrderResult"]) == (409, -2021, "SUCCESS")
    assert stopped.state("new")[0] == "NEW"


def test_filters_are_judged_before_the_cancel(stopped: Door) -> None:
    status, body = replace(stopped, stopPrice="94500.001")
    assert (status, body) == (400, {"code": -1013, "msg": "Filter failure: PRICE_FILTER"})
    assert stopped.state("old")[0] == "NEW"


def test_replacing_a_list_member_ends_the_list(door: Door) -> None:
    door.deposit("BTC", "0.01")
    door.ok("POST", "/api/v3/orderList/oco", **SELL_OCO)
    status, _ = replace(door, cancelOrigClientOrderId="stop")
    assert status == 200
    assert [door.state(name)[0] for name in ("stop", "target", "new")] == ["CANCELED", "CANCELED", "NEW"]
    assert door.find("new")["orderListId"] == -1


@pytest.mark.parametrize(
    ("given", "status", "code", "old"),
    [
        ({}, 429, -1015, "NEW"),
        ({"orderRateLimitExceededMode": "CANCEL_ONLY"}, 429, -2021, "CANCELED"),
        ({"orderRateLimitExceededMode": "CANCEL_ONLY", "cancelReplaceMode": "ALLOW_FAILURE"}, 409, -2021, "CANCELED"),
        ({"orderRateLimitExceededMode": "CANCEL_ONLY", "cancelOrigClientOrderId": "none"}, 429, -2022, "NEW"),
    ],
)
def test_an_exceeded_order_count_may_still_cancel(given: dict[str, str], status: int, code: int, old: str) -> None:
    door = Door(PaperSettings(orders_per_10s=1))
    door.deposit("BTC", "0.01")
    door.ok("POST", "/api/v3/order", **STOP, newClientOrderId="old")
    answered, body = replace(door, **given)
    assert (answered, body["code"], door.state("old")[0]) == (status, code, old)


def test_an_amended_order_is_smaller_in_the_same_place(door: Door) -> None:
    door.order("BUY", "LIMIT", "0.02", price="94000", newClientOrderId="first")
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="second")
    reply = door.ok("PUT", AMEND, symbol=SYMBOL, origClientOrderId="first", newQty="0.01", newClientOrderId="smaller")
    amended = reply["amendedOrder"]
    assert (amended["orderId"], amended["qty"], amended["cumulativeQuoteQty"]) == (1, "0.01000000", "0.00000000")
    assert (amended["origClientOrderId"], amended["clientOrderId"]) == ("first", "smaller")
    assert door.balance("USDC") == ("8120", "1880")
    door.print("94000", "0.01")
    assert (door.state("smaller"), door.state("second")) == (("FILLED", "0.01"), ("NEW", "0"))
    assert door.refusal("GET", "/api/v3/order", symbol=SYMBOL, origClientOrderId="first")[0] == -2013
    rows = door.ok("GET", "/api/v3/order/amendments", symbol=SYMBOL, orderId=1)
    assert [(row["origQty"], row["newQty"]) for row in rows] == [("0.02000000", "0.01000000")]


def test_amending_one_oco_leg_changes_both(door: Door) -> None:
    door.deposit("BTC", "0.01")
    door.ok("POST", "/api/v3/orderList/oco", **SELL_OCO)
    given = {"symbol": SYMBOL, "origClientOrderId": "stop", "newClientOrderId": "stop", "newQty": "0.004"}
    assert door.ok("PUT", AMEND, **given)["listStatus"]["listClientOrderId"] == "list"
    assert door.find("target")["origQty"] == "0.00400000"
    assert door.balance("BTC") == ("0.006", "0.004")


@pytest.mark.parametrize(
    ("quantity", "refusal"),
    [
        ("0.02", (-2038, "Order amend (quantity increase) is not supported.")),
        ("0.01", (-2038, "The requested action would change no state; rejecting")),
        ("0.00001", (-2038, "Filter failure: NOTIONAL")),
    ],
)
def test_what_cannot_be_amended(stopped: Door, quantity: str, refusal: tuple[int, str]) -> None:
    assert stopped.refusal("PUT", AMEND, symbol=SYMBOL, origClientOrderId="old", newQty=quantity) == refusal
    assert stopped.find("old")["origQty"] == "0.01000000"


def test_only_ten_amendments_are_allowed(door: Door) -> None:
    door.order("BUY", "LIMIT", "0.02", price="94000", newClientOrderId="mine")
    given = {"symbol": SYMBOL, "origClientOrderId": "mine", "newClientOrderId": "mine"}
    for step in range(10):
        door.ok("PUT", AMEND, **given, newQty=f"0.{1990 - step * 10:05d}")
    code, text = door.refusal("PUT", AMEND, **given, newQty="0.001")
    assert (code, text) == (-2038, "Filter failure: MAX_NUM_ORDER_AMENDS")


def test_reply_is_json_with_a_charset(stopped: Door) -> None:
    response = stopped.signed("POST", REPLACE, **STOP)
    assert response.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert json.loads(response.body)["code"] == -1102
