"""OCO, OTO and OTOCO on margin by hand (Binance docs: margin order lists). Own funds: 1000 USDC."""

from typing import Any

import pytest

from tests.paper.margin_door import MarginDoor
from tests.paper.paper_door import SYMBOL

OCO, LIST = "/sapi/v1/margin/order/oco", "/sapi/v1/margin/orderList"
SELL_OCO = {
    "symbol": SYMBOL,
    "side": "SELL",
    "quantity": "0.01",
    "price": "96000",
    "stopPrice": "94000",
    "stopLimitPrice": "93999.98",
    "stopLimitTimeInForce": "GTC",
    "listClientOrderId": "list",
    "limitClientOrderId": "target",
    "stopClientOrderId": "stop",
}
BUY_OCO = SELL_OCO | {"side": "BUY", "price": "94000", "stopPrice": "96000", "stopLimitPrice": "96010"}
WORKING = {
    "symbol": SYMBOL,
    "listClientOrderId": "list",
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "94000",
    "workingQuantity": "0.02",
    "workingTimeInForce": "GTC",
    "workingClientOrderId": "entry",
}
PENDING_PAIR = {
    "pendingSide": "SELL",
    "pendingQuantity": "0.02",
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "96000",
    "pendingAboveClientOrderId": "target",
    "pendingBelowType": "STOP_LOSS_LIMIT",
    "pendingBelowStopPrice": "93000",
    "pendingBelowPrice": "92999.98",
    "pendingBelowTimeInForce": "GTC",
    "pendingBelowClientOrderId": "stop",
}
PENDING_ONE = {
    "pendingType": "LIMIT",
    "pendingSide": "SELL",
    "pendingQuantity": "0.02",
    "pendingPrice": "96000",
    "pendingTimeInForce": "GTC",
    "pendingClientOrderId": "target",
}


def place(margin: MarginDoor, path: str, **params: object) -> dict[str, Any]:
    reply: dict[str, Any] = margin.ok("POST", f"/sapi/v1/margin/order/{path}", **margin.whose, **params)
    return reply


def states(margin: MarginDoor, *names: str) -> list[str]:
    return [margin.look(name)[0] for name in names]


# OCO -------------------------------------------------------------------------------------------


def test_an_oco_locks_once(margin: MarginDoor) -> None:
    margin.bring("BTC", "0.01")
    reply = place(margin, "oco", **SELL_OCO)
    assert (reply["contingencyType"], reply["listOrderStatus"]) == ("OCO", "EXECUTING")
    assert "marginBuyBorrowAmount" not in reply
    assert margin.held("BTC") == ("0", "0.01", "0", "0")


def test_the_buy_oco_of_a_short_borrows_once_for_its_dearer_leg(margin: MarginDoor) -> None:
    """0.02 at 96010 lock 1920.2, of which 920.2 are lent; the amount is text in a list's reply."""
    reply = place(margin, "oco", **BUY_OCO | {"quantity": "0.02"}, sideEffectType="MARGIN_BUY")
    assert (reply["marginBuyBorrowAmount"], reply["marginBuyBorrowAsset"]) == ("920.20000000", "USDC")
    assert margin.held("USDC") == ("0", "1920.2", "920.2", "0")


def test_canceling_an_oco_repays_its_loan(margin: MarginDoor) -> None:
    place(margin, "oco", **BUY_OCO | {"quantity": "0.02"}, sideEffectType="MARGIN_BUY")
    reply = margin.ok("DELETE", LIST, symbol=SYMBOL, **margin.whose, listClientOrderId="list")
    assert (reply["listStatusType"], reply["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    assert margin.held("USDC") == ("1000", "0", "0", "0")


@pytest.mark.parametrize(
    ("price", "left", "expired", "filled"),
    [("94000", "1009.9999", "stop", "target"), ("96000", "989.9999", "target", "stop")],
)
def test_either_leg_of_a_shorts_oco_pays_the_debt_back(
    margin: MarginDoor, price: str, left: str, expired: str, filled: str
) -> None:
    """949.9999 came in; 940 buy back at the target, 960 at the stop."""
    margin.place("SELL", "MARKET", "0.01", sideEffectType="MARGIN_BUY")
    place(margin, "oco", **BUY_OCO, sideEffectType="AUTO_REPAY")
    margin.print(price)
    assert states(margin, expired, filled) == ["EXPIRED", "FILLED"]
    assert margin.held("BTC") == ("0", "0", "0", "0")
    assert margin.held("USDC") == (left, "0", "0", "0")


def test_canceling_one_leg_cancels_the_list(margin: MarginDoor) -> None:
    margin.bring("BTC", "0.01")
    place(margin, "oco", **SELL_OCO)
    reply = margin.cancel("target")
    assert (reply["listClientOrderId"], reply["listOrderStatus"]) == ("list", "ALL_DONE")
    assert states(margin, "target", "stop") == ["CANCELED", "CANCELED"]


def test_cancel_all_shows_single_orders_and_lists(margin: MarginDoor) -> None:
    margin.bring("BTC", "0.01")
    margin.place("BUY", "LIMIT", "0.001", price="94000", newClientOrderId="alone")
    place(margin, "oco", **SELL_OCO)
    replies = margin.ok("DELETE", "/sapi/v1/margin/openOrders", symbol=SYMBOL, **margin.whose)
    assert [reply.get("origClientOrderId", reply.get("listClientOrderId")) for reply in replies] == ["alone", "list"]
    assert margin.held("BTC") == ("0.01", "0", "0", "0")
    refusal = margin.refusal("DELETE", "/sapi/v1/margin/openOrders", symbol=SYMBOL, **margin.whose)
    assert refusal == (-2011, "Unknown order sent.")


# OTO and OTOCO ---------------------------------------------------------------------------------


def test_an_otocos_working_order_borrows_and_its_pair_waits(margin: MarginDoor) -> None:
    reply = place(margin, "otoco", **WORKING, **PENDING_PAIR, sideEffectType="MARGIN_BUY")
    assert reply["contingencyType"] == "OTO"
    assert margin.held("USDC") == ("0", "1880", "880", "0")
    assert states(margin, "entry", "stop", "target") == ["NEW", "PENDING_NEW", "PENDING_NEW"]


@pytest.mark.parametrize(
    ("effect", "after"), [("MARGIN_BUY", ("1920", "0", "880", "0")), ("AUTO_BORROW_REPAY", ("1040", "0", "0", "0"))]
)
def test_the_target_of_an_otoco_repays_only_with_auto_borrow_repay(
    margin: MarginDoor, effect: str, after: tuple[str, str, str, str]
) -> None:
    """Bought for 1880 with 880 lent, sold for 1920."""
    place(margin, "otoco", **WORKING, **PENDING_PAIR, sideEffectType=effect)
    margin.print("94000")
    assert states(margin, "entry", "stop", "target") == ["FILLED", "NEW", "NEW"]
    assert margin.held("BTC") == ("0", "0.02", "0", "0")
    margin.print("96000")
    assert states(margin, "stop", "target") == ["EXPIRED", "FILLED"]
    assert margin.held("USDC") == after


def test_canceling_an_otoco_before_its_entry_repays_the_loan(margin: MarginDoor) -> None:
    place(margin, "otoco", **WORKING, **PENDING_PAIR, sideEffectType="MARGIN_BUY")
    margin.cancel("stop")
    assert states(margin, "entry", "stop", "target") == ["CANCELED"] * 3
    assert margin.held("USDC") == ("1000", "0", "0", "0")


def test_a_partly_filled_entry_that_is_canceled_never_gets_its_exits(margin: MarginDoor) -> None:
    place(margin, "otoco", **WORKING, **PENDING_PAIR, sideEffectType="MARGIN_BUY")
    margin.print("94000", "0.005")
    margin.cancel("entry")
    assert states(margin, "entry", "stop", "target") == ["CANCELED"] * 3
    assert margin.held("BTC") == ("0.005", "0", "0", "0")
    assert margin.held("USDC") == ("530", "0", "0", "0")


def test_exits_that_lack_the_commission_in_base_expire_rejected(margin: MarginDoor) -> None:
    """0.02 less 0.1 % are held, 0.02 are to be sold; pending orders never borrow."""
    margin.script("fees", {"maker": "0.001", "taker": "0.001"})
    place(margin, "otoco", **WORKING, **PENDING_PAIR, sideEffectType="MARGIN_BUY")
    margin.print("94000")
    assert states(margin, "entry", "stop", "target") == ["FILLED", "EXPIRED", "EXPIRED"]
    rows = margin.script("ledger", method="GET")["orders"]
    assert [row.get("expiryReason") for row in rows] == [None, "REJECTED", "REJECTED"]
    assert margin.held("BTC") == ("0.01998", "0", "0", "0")


def test_an_otos_single_pending_order_begins_after_its_entry(margin: MarginDoor) -> None:
    reply = place(margin, "oto", **WORKING, **PENDING_ONE, sideEffectType="MARGIN_BUY")
    assert [order["clientOrderId"] for order in reply["orders"]] == ["entry", "target"]
    margin.print("94000")
    assert states(margin, "entry", "target") == ["FILLED", "NEW"]


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("oto", WORKING | PENDING_ONE | {"sideEffectType": "AUTO_REPAY"}, -1130),
        ("otoco", WORKING | PENDING_PAIR | {"sideEffectType": "AUTO_REPAY"}, -1130),
        ("otoco", WORKING | PENDING_PAIR | {"pendingAboveType": "TAKE_PROFIT_LIMIT"}, None),
        ("oco", SELL_OCO | {"price": "94500"}, -2010),
        ("oco", SELL_OCO | {"stopPrice": ""}, -1102),
    ],
)
def test_lists_that_are_not_offered_are_refused(path: str, params: dict[str, object], code: int | None) -> None:
    margin = MarginDoor("cross")
    margin.bring("USDC", "1000")
    margin.bring("BTC", "0.1")
    if code is None:
        params = {name: value for name, value in params.items() if name != "pendingBelowTimeInForce"}
        params |= {"pendingAboveStopPrice": "96000", "pendingAboveTimeInForce": "GTC", "pendingBelowTimeInForce": "GTC"}
    refusal = margin.refusal("POST", f"/sapi/v1/margin/order/{path}", **params)
    assert refusal == (-1158, "Order type not supported in OCO.") if code is None else refusal[0] == code
    assert margin.script("ledger", method="GET")["orders"] == []


# Queries ---------------------------------------------------------------------------------------


def test_lists_are_found_by_either_id_and_in_their_account_alone(margin: MarginDoor) -> None:
    margin.bring("BTC", "0.01")
    number = place(margin, "oco", **SELL_OCO)["orderListId"]
    for wished in ({"orderListId": number}, {"origClientOrderId": "list"}):
        found = margin.ok("GET", LIST, **margin.whose, symbol=SYMBOL, **wished)
        assert (found["orderListId"], found["isIsolated"]) == (number, margin.account != "cross")
        assert "orderReports" not in found
    assert margin.refusal("GET", "/api/v3/orderList", orderListId=number)[0] == -2013


def test_open_lists_and_all_lists(margin: MarginDoor) -> None:
    margin.bring("BTC", "0.01")
    place(margin, "oco", **SELL_OCO)
    place(
        margin,
        "oto",
        **WORKING | PENDING_ONE | {"listClientOrderId": "oto", "pendingClientOrderId": "other"},
        sideEffectType="MARGIN_BUY",
    )

    def names(path: str) -> list[str]:
        rows = margin.ok("GET", f"/sapi/v1/margin/{path}", **margin.whose, symbol=SYMBOL)
        return [row["listClientOrderId"] for row in rows]

    assert names("openOrderList") == ["list", "oto"]
    assert names("oto/openOrderList") == ["oto"]
    margin.cancel("stop")
    assert names("openOrderList") == ["oto"]
    assert names("allOrderList") == ["list", "oto"]
