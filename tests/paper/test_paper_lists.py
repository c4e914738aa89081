"""Order lists in motion: who expires first, what is locked, what begins when (Binance docs: order lists)."""

from typing import Any

import pytest

from tests.paper.paper_door import SYMBOL, Door

OCO = "/api/v3/orderList/oco"
SELL_OCO = {
    "symbol": SYMBOL,
    "side": "SELL",
    "quantity": "0.01",
    "listClientOrderId": "list",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "96000",
    "aboveClientOrderId": "target",
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "94000",
    "belowPrice": "93999.98",
    "belowTimeInForce": "GTC",
    "belowClientOrderId": "stop",
}
BUY_OCO = {
    "symbol": SYMBOL,
    "side": "BUY",
    "quantity": "0.01",
    "listClientOrderId": "list",
    "aboveType": "STOP_LOSS_LIMIT",
    "aboveStopPrice": "96000",
    "abovePrice": "96000.02",
    "aboveTimeInForce": "GTC",
    "aboveClientOrderId": "stop",
    "belowType": "LIMIT_MAKER",
    "belowPrice": "94000",
    "belowClientOrderId": "target",
}
WORKING = {
    "symbol": SYMBOL,
    "listClientOrderId": "list",
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "94500",
    "workingQuantity": "0.01",
    "workingTimeInForce": "GTC",
    "workingClientOrderId": "entry",
}
PENDING_PAIR = {
    "pendingSide": "SELL",
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "96000",
    "pendingAboveClientOrderId": "target",
    "pendingBelowType": "STOP_LOSS_LIMIT",
    "pendingBelowStopPrice": "94000",
    "pendingBelowPrice": "93999.98",
    "pendingBelowTimeInForce": "GTC",
    "pendingBelowClientOrderId": "stop",
}


def list_state(door: Door) -> tuple[str, str]:
    found = door.ok("GET", "/api/v3/orderList", origClientOrderId="list")
    return found["listStatusType"], found["listOrderStatus"]


def kinds(door: Door, *names: str) -> list[str]:
    return [door.find(name)["status"] for name in names]


@pytest.fixture
def holding(door: Door) -> Door:
    """0.01 BTC besides the quote."""
    door.deposit("BTC", "0.01")
    return door


def test_an_oco_reply_shows_the_stop_leg_first_and_locks_once(holding: Door) -> None:
    reply = holding.ok("POST", OCO, **SELL_OCO)
    shape = (reply["contingencyType"], reply["listStatusType"], reply["listOrderStatus"], reply["listClientOrderId"])
    assert shape == ("OCO", "EXEC_STARTED", "EXECUTING", "list")
    assert [order["clientOrderId"] for order in reply["orders"]] == ["stop", "target"]
    assert [report["type"] for report in reply["orderReports"]] == ["STOP_LOSS_LIMIT", "LIMIT_MAKER"]
    assert holding.balance("BTC") == ("0", "0.01")


def test_a_buy_oco_locks_its_dearer_leg(door: Door) -> None:
    door.ok("POST", OCO, **BUY_OCO)
    assert door.balance("USDC") == ("9039.9998", "960.0002")


@pytest.mark.parametrize("quantity", ["0.004", None])
def test_a_touched_limit_leg_ends_the_stop_leg_even_if_only_partly_filled(holding: Door, quantity: str | None) -> None:
    """The rest of a partly filled limit leg goes on without a stop."""
    holding.ok("POST", OCO, **SELL_OCO)
    holding.print("96000", quantity)
    assert kinds(holding, "target", "stop") == ["PARTIALLY_FILLED" if quantity else "FILLED", "EXPIRED"]
    assert holding.find("stop")["expiryReason"] == "OCO_TRIGGER"
    assert list_state(holding) == (("EXEC_STARTED", "EXECUTING") if quantity else ("ALL_DONE", "ALL_DONE"))
    holding.print("94000")
    assert holding.balance("BTC") == ("0", "0.006" if quantity else "0")


def test_a_triggered_stop_leg_ends_the_limit_leg_first(holding: Door) -> None:
    holding.ok("POST", OCO, **SELL_OCO)
    holding.print("94000")
    assert kinds(holding, "target", "stop") == ["EXPIRED", "FILLED"]
    assert list_state(holding) == ("ALL_DONE", "ALL_DONE")
    assert holding.balance("BTC") == ("0", "0")


def test_a_jumped_stop_leg_keeps_the_list_and_its_lock_alive(holding: Door) -> None:
    holding.ok("POST", OCO, **SELL_OCO)
    holding.print("93000")
    assert kinds(holding, "target", "stop") == ["EXPIRED", "NEW"]
    assert list_state(holding) == ("EXEC_STARTED", "EXECUTING")
    assert holding.balance("BTC") == ("0", "0.01")


def test_a_triggered_buy_stop_releases_the_difference(door: Door) -> None:
    door.ok("POST", OCO, **BUY_OCO)
    door.print("96000")
    assert kinds(door, "target", "stop") == ["EXPIRED", "FILLED"]
    assert door.balance("USDC") == ("9040", "0")


@pytest.mark.parametrize("name", ["target", "stop"])
def test_cancelling_one_leg_cancels_the_list(holding: Door, name: str) -> None:
    holding.ok("POST", OCO, **SELL_OCO)
    reply = holding.ok("DELETE", "/api/v3/order", symbol=SYMBOL, origClientOrderId=name)
    assert (reply["listStatusType"], reply["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    assert {report["origClientOrderId"] for report in reply["orderReports"]} == {"target", "stop"}
    assert kinds(holding, "target", "stop") == ["CANCELED", "CANCELED"]
    assert holding.balance("BTC") == ("0.01", "0")


def test_a_list_is_canceled_by_its_own_id_once(holding: Door) -> None:
    holding.ok("POST", OCO, **SELL_OCO)
    given = {"symbol": SYMBOL, "listClientOrderId": "list"}
    holding.ok("DELETE", "/api/v3/orderList", **given)
    assert holding.refusal("DELETE", "/api/v3/orderList", **given) == (-2011, "Unknown order sent.")


def test_cancel_all_includes_lists_and_lone_orders(holding: Door) -> None:
    holding.ok("POST", OCO, **SELL_OCO)
    holding.order("BUY", "LIMIT", "0.001", price="94000")
    replies = holding.ok("DELETE", "/api/v3/openOrders", symbol=SYMBOL)
    assert ["orderReports" in reply for reply in replies] == [True, False]
    assert holding.refusal("DELETE", "/api/v3/openOrders", symbol=SYMBOL) == (-2011, "Unknown order sent.")


def test_the_deprecated_style_makes_the_same_list(holding: Door) -> None:
    old = {
        "symbol": SYMBOL,
        "side": "SELL",
        "quantity": "0.01",
        "price": "96000",
        "stopPrice": "94000",
        "stopLimitPrice": "93999.98",
        "stopLimitTimeInForce": "GTC",
        "limitClientOrderId": "target",
        "stopClientOrderId": "stop",
        "listClientOrderId": "list",
    }
    holding.ok("POST", "/api/v3/order/oco", **old)
    stop = holding.find("stop")
    assert (stop["type"], stop["price"], stop["stopPrice"]) == ("STOP_LOSS_LIMIT", "93999.98000000", "94000.00000000")
    assert holding.find("target")["type"] == "LIMIT_MAKER"


RELATION = (-2010, "The relationship of the prices for the orders is not correct.")


@pytest.mark.parametrize(
    ("base", "change", "refusal"),
    [
        (SELL_OCO, {"abovePrice": "95000"}, RELATION),
        (SELL_OCO, {"belowStopPrice": "95000"}, RELATION),
        (BUY_OCO, {"belowPrice": "95000"}, RELATION),
        (BUY_OCO, {"aboveStopPrice": "95000"}, RELATION),
        (SELL_OCO, {"aboveType": "MARKET"}, (-1158, "Order type not supported in OCO.")),
        (SELL_OCO, {"belowType": "LIMIT_MAKER"}, (-1168, "At least one OCO order must be contingent.")),
        (BUY_OCO, {"aboveType": "LIMIT_MAKER"}, (-1168, "At least one OCO order must be contingent.")),
        (SELL_OCO, {"aboveType": "STOP_LOSS"}, (-1197, "A stop loss order in a sell OCO must be below.")),
        (BUY_OCO, {"belowType": "STOP_LOSS"}, (-1196, "A stop loss order in a buy OCO must be above.")),
        (SELL_OCO, {"belowType": "TAKE_PROFIT"}, (-1199, "A take profit order in a sell OCO must be above.")),
        (BUY_OCO, {"aboveType": "TAKE_PROFIT"}, (-1198, "A take profit order in a buy OCO must be below.")),
        (SELL_OCO, {"aboveClientOrderId": "stop"}, (-2010, "Duplicate order sent.")),
        (SELL_OCO, {"quantity": "0.02"}, (-2010, "Account has insufficient balance for requested action.")),
        (SELL_OCO, {"abovePrice": "96000.005"}, (-1013, "Filter failure: PRICE_FILTER")),
    ],
)
def test_a_refused_list_leaves_nothing_behind(
    holding: Door, base: dict[str, Any], change: dict[str, str], refusal: tuple[int, str]
) -> None:
    assert holding.refusal("POST", OCO, **{**base, **change}) == refusal
    assert holding.ok("GET", "/api/v3/allOrders", symbol=SYMBOL) == []
    assert holding.ok("GET", "/api/v3/openOrderList") == []
    assert holding.balance("BTC") == ("0.01", "0")


def place_otoco(door: Door, **change: str) -> Any:
    return door.ok(
        "POST", "/api/v3/orderList/otoco", **{**WORKING, **PENDING_PAIR, "pendingQuantity": "0.00999", **change}
    )


def test_an_otoco_begins_its_exits_when_the_entry_is_full(door: Door) -> None:
    reply = place_otoco(door)
    assert (reply["contingencyType"], len(reply["orders"])) == ("OTO", 3)
    assert door.balance("USDC") == ("9055", "945")
    door.print("94500", "0.004")
    assert kinds(door, "entry", "stop", "target") == ["PARTIALLY_FILLED", "PENDING_NEW", "PENDING_NEW"]
    door.print("94500")
    assert kinds(door, "entry", "stop", "target") == ["FILLED", "NEW", "NEW"]
    assert door.balance("BTC") == ("0", "0.00999")
    door.print("94000")
    assert kinds(door, "stop", "target") == ["FILLED", "EXPIRED"]
    assert list_state(door) == ("ALL_DONE", "ALL_DONE")


def test_exits_that_lack_base_after_commission_expire_rejected(door: Door) -> None:
    place_otoco(door, pendingQuantity="0.01")
    door.print("94500")
    assert kinds(door, "entry", "stop", "target") == ["FILLED", "EXPIRED", "EXPIRED"]
    assert door.find("stop")["expiryReason"] == "REJECTED"
    assert door.balance("BTC") == ("0.00999", "0")


def test_exits_on_the_wrong_side_of_the_last_price_expire_rejected(door: Door) -> None:
    place_otoco(door)
    door.print("93000")
    assert kinds(door, "entry", "stop", "target") == ["FILLED", "EXPIRED", "EXPIRED"]


def test_the_reply_of_an_entry_that_fills_at_once_still_shows_pending_exits(door: Door) -> None:
    reply = place_otoco(door, workingPrice="95000")
    statuses = {report["clientOrderId"]: report["status"] for report in reply["orderReports"]}
    assert statuses == {"entry": "FILLED", "stop": "PENDING_NEW", "target": "PENDING_NEW"}
    assert kinds(door, "stop", "target") == ["NEW", "NEW"]


@pytest.mark.parametrize("name", ["entry", "stop"])
def test_a_partly_filled_entry_that_is_canceled_never_places_its_exits(door: Door, name: str) -> None:
    place_otoco(door)
    door.print("94500", "0.004")
    door.ok("DELETE", "/api/v3/order", symbol=SYMBOL, origClientOrderId=name)
    assert kinds(door, "entry", "stop", "target") == ["CANCELED", "CANCELED", "CANCELED"]
    assert door.balance("BTC") == ("0.003996", "0")
    assert list_state(door) == ("ALL_DONE", "ALL_DONE")


def test_an_entry_that_expires_takes_its_exits_along(door: Door) -> None:
    place_otoco(door, workingTimeInForce="IOC")
    assert kinds(door, "entry", "stop", "target") == ["EXPIRED", "EXPIRED", "EXPIRED"]
    assert door.find("stop")["expiryReason"] == "OTO_PHASE_ONE_EXPIRED"


def test_a_lone_pending_order_follows_its_entry(door: Door) -> None:
    pending = {"pendingType": "MARKET", "pendingSide": "SELL", "pendingQuantity": "0.00999"}
    door.ok("POST", "/api/v3/orderList/oto", **WORKING, **pending, pendingClientOrderId="exit")
    door.print("94500")
    assert kinds(door, "entry", "exit") == ["FILLED", "FILLED"]
    assert list_state(door) == ("ALL_DONE", "ALL_DONE")


def test_opoco_exits_sell_what_was_received_on_the_step_grid(door: Door) -> None:
    """0.01234 bought, 0.00001234 commission: 0.01232 on the grid is sold, the dust is free."""
    door.ok("POST", "/api/v3/orderList/opoco", **{**WORKING, "workingQuantity": "0.01234"}, **PENDING_PAIR)
    door.print("94500", "0.01")
    assert door.balance("BTC") == ("0", "0.00999")
    door.print("94500")
    assert (door.find("stop")["origQty"], door.find("target")["origQty"]) == ("0.01232000", "0.01232000")
    assert door.balance("BTC") == ("0.00000766", "0.01232")


def test_opo_commission_comes_out_of_other_free_base_if_there_is_enough(door: Door) -> None:
    door.deposit("BTC", "0.5")
    door.ok("POST", "/api/v3/orderList/opoco", **WORKING, **PENDING_PAIR)
    door.print("94500")
    assert door.find("stop")["origQty"] == "0.01000000"
    assert door.balance("BTC") == ("0.49999", "0.01")


def test_opo_base_is_free_again_when_the_list_ends_first(door: Door) -> None:
    door.ok("POST", "/api/v3/orderList/opoco", **WORKING, **PENDING_PAIR)
    door.print("94500", "0.004")
    door.ok("DELETE", "/api/v3/orderList", symbol=SYMBOL, listClientOrderId="list")
    assert door.balance("BTC") == ("0.003996", "0")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"workingSide": "SELL"}, (-1222, "Working order in an OPO list must be a bid.")),
        ({"pendingSide": "BUY"}, (-1223, "Pending orders in an OPO list must be asks.")),
    ],
)
def test_opo_buys_first_and_sells_then(door: Door, change: dict[str, str], refusal: tuple[int, str]) -> None:
    given = {**WORKING, **PENDING_PAIR, **change}
    assert door.refusal("POST", "/api/v3/orderList/opoco", **given) == refusal


def test_an_unknown_list_is_not_found(door: Door) -> None:
    code, _ = door.refusal("GET", "/api/v3/orderList", orderListId=9)
    assert code == -2013


def test_lists_are_found_again(holding: Door) -> None:
    holding.ok("POST", OCO, **SELL_OCO)
    assert [row["listClientOrderId"] for row in holding.ok("GET", "/api/v3/openOrderList")] == ["list"]
    assert [row["orderListId"] for row in holding.ok("GET", "/api/v3/allOrderList")] == [1]
