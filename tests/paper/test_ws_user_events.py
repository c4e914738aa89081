"""What a follower of an account is told: every field, in the documented order (Binance docs: user data stream)."""

from typing import Any

import pytest

from tests.paper.paper_door import SYMBOL, Door
from tests.paper.test_paper_lists import SELL_OCO, place_otoco
from tests.paper.ws_door import ApiDoor

# field and types, in the order of the documented payload (Binance docs: order update)
PAYLOAD = (
    "e:str E:int s:str c:str S:str o:str f:str q:str p:str P:str F:str g:int C:str x:str X:str r:str i:int l:str "
    "z:str L:str n:str N:str|NoneType T:int t:int I:int w:bool m:bool M:bool O:int Z:str Y:str Q:str W:int V:str"
)
CONDITIONAL = "d:int D:int j:int J:int eR:str v:int A:str B:str u:int U:int Cs:str pl:str pL:str pY:str"
EXECUTION_FIELDS, CONDITIONAL_FIELDS = (
    dict(field.split(":") for field in fields.split()) for fields in (PAYLOAD, CONDITIONAL)
)
LIST_FIELDS = "e E s g c l L r C T O"


@pytest.fixture
def follower(door: Door) -> ApiDoor:
    api = ApiDoor(door)
    api.follow()
    return api


def check(event: dict[str, Any]) -> None:
    """Names, order and types of an executionReport are the documented ones."""
    assert [name for name in event if name in EXECUTION_FIELDS] == [name for name in EXECUTION_FIELDS if name in event]
    assert set(EXECUTION_FIELDS) - set(event) <= {"W", "q"}
    documented = {**EXECUTION_FIELDS, **CONDITIONAL_FIELDS}
    for name, value in event.items():
        assert type(value).__name__ in documented[name].split("|"), (name, value)


def steps(events: list[dict[str, Any]]) -> list[str]:
    """A line per event."""
    lines = []
    for event in events:
        if event["e"] == "executionReport":
            check(event)
            lines.append(f"{event['x']} {event['X']} {event['c']}")
        elif event["e"] == "listStatus":
            assert list(event) == LIST_FIELDS.split()
            lines.append(f"{event['l']} {event['L']}")
        else:
            lines.append(event["e"])
    return lines


def test_a_market_order_in_full(door: Door, follower: ApiDoor) -> None:
    """Worked out by hand: 0.01 BTC at 95000, commission a thousandth of what is received."""
    door.order("BUY", "MARKET", "0.01", newClientOrderId="mine")
    new, filled, position = follower.events()
    now_ms = door.clock.now_ms()
    assert filled == {
        "e": "executionReport",
        "E": now_ms,
        "s": SYMBOL,
        "c": "mine",
        "S": "BUY",
        "o": "MARKET",
        "f": "GTC",
        "q": "0.01000000",
        "p": "0.00000000",
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": "",
        "x": "TRADE",
        "X": "FILLED",
        "r": "NONE",
        "i": 1,
        "l": "0.01000000",
        "z": "0.01000000",
        "L": "95000.00000000",
        "n": "0.00001000",
        "N": "BTC",
        "T": now_ms,
        "t": 2,
        "I": 2,
        "w": False,
        "m": False,
        "M": False,
        "O": now_ms,
        "Z": "950.00000000",
        "Y": "950.00000000",
        "Q": "0.00000000",
        "W": now_ms,
        "V": "EXPIRE_MAKER",
    }
    nothing = {"l": "0.00000000", "z": "0.00000000", "L": "0.00000000", "n": "0", "N": None, "t": -1}
    sums = {"Z": "0.00000000", "Y": "0.00000000"}
    assert new == {**filled, **nothing, **sums, "x": "NEW", "X": "NEW", "I": 1, "w": True}
    assert position == {
        "e": "outboundAccountPosition",
        "E": now_ms,
        "u": now_ms,
        "B": [
            {"a": "BTC", "f": "0.00999000", "l": "0.00000000"},
            {"a": "USDC", "f": "9050.00000000", "l": "0.00000000"},
        ],
    }
    check(new)
    check(filled)


def test_events_are_wrapped_with_their_subscription(door: Door, follower: ApiDoor) -> None:
    door.deposit("BTC", "1")
    update, position = follower.heard.pop()
    now_ms = door.clock.now_ms()
    event = {"e": "balanceUpdate", "E": now_ms, "a": "BTC", "d": "1.00000000", "T": now_ms}
    assert update == {"subscriptionId": 0, "event": event}
    assert position["event"]["B"] == [{"a": "BTC", "f": "1.00000000", "l": "0.00000000"}]


def test_a_cancel_shows_its_own_id_and_the_orders(door: Door, follower: ApiDoor) -> None:
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="mine")
    door.ok("DELETE", "/api/v3/order", symbol=SYMBOL, orderId=1, newClientOrderId="cancel")
    events = follower.events()
    assert steps(events) == [
        "NEW NEW mine",
        "outboundAccountPosition",
        "CANCELED CANCELED cancel",
        "outboundAccountPosition",
    ]
    assert (events[2]["C"], events[2]["w"]) == ("mine", False)


def test_a_stop_is_on_no_book_until_it_triggers(door: Door, follower: ApiDoor) -> None:
    """W appears with the trigger; the trigger is a second NEW."""
    door.deposit("BTC", "0.01")
    follower.heard.pop()
    door.order("SELL", "STOP_LOSS_LIMIT", "0.01", price="93000", stopPrice="94000", newClientOrderId="stop")
    door.print("94000")
    events = follower.events()
    assert steps(events) == [
        "NEW NEW stop",
        "outboundAccountPosition",
        "NEW NEW stop",
        "TRADE FILLED stop",
        "outboundAccountPosition",
    ]
    assert ("W" in events[0], events[0]["w"], events[2]["w"]) == (False, False, True)
    assert events[2]["W"] == door.clock.now_ms()


def test_an_oco_from_start_to_end(door: Door, follower: ApiDoor) -> None:
    door.deposit("BTC", "0.01")
    follower.heard.pop()
    door.ok("POST", "/api/v3/orderList/oco", **SELL_OCO)
    started = follower.events()
    assert sorted(steps(started)) == sorted(
        ["EXEC_STARTED EXECUTING", "NEW NEW stop", "NEW NEW target", "outboundAccountPosition"]
    )
    status = next(event for event in started if event["e"] == "listStatus")
    assert (status["c"], status["r"], [member["c"] for member in status["O"]]) == ("OCO", "NONE", ["stop", "target"])
    door.print("96000")
    ended = follower.events()
    assert steps(ended) == [
        "EXPIRED EXPIRED stop",
        "TRADE FILLED target",
        "ALL_DONE ALL_DONE",
        "outboundAccountPosition",
    ]
    assert (ended[0]["eR"], ended[1]["m"], ended[1]["g"]) == ("OCO_TRIGGER", True, 1)


def test_an_otoco_shows_its_waiting_orders(door: Door, follower: ApiDoor) -> None:
    place_otoco(door)
    assert "NEW PENDING_NEW target" in steps(follower.events())
    door.print("94500")
    assert steps(follower.events()) == [
        "TRADE FILLED entry",
        "EXEC_STARTED EXECUTING",
        "NEW NEW stop",
        "NEW NEW target",
        "outboundAccountPosition",
    ]


def test_an_amendment_has_both_ids(door: Door, follower: ApiDoor) -> None:
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="was")
    follower.heard.pop()
    params = {"symbol": SYMBOL, "orderId": 1, "newQty": "0.005", "newClientOrderId": "is"}
    door.ok("PUT", "/api/v3/order/amend/keepPriority", **params)
    replaced = follower.events()[0]
    check(replaced)
    assert (replaced["x"], replaced["X"], replaced["c"], replaced["C"]) == ("REPLACED", "NEW", "is", "was")
    assert replaced["q"] == "0.00500000"


def test_an_amendment_that_renames_a_member_is_told_of_the_list(door: Door, follower: ApiDoor) -> None:
    door.deposit("BTC", "0.01")
    door.ok("POST", "/api/v3/orderList/oco", **SELL_OCO)
    follower.heard.pop()
    params = {"symbol": SYMBOL, "origClientOrderId": "target", "newQty": "0.005", "newClientOrderId": "renamed"}
    door.ok("PUT", "/api/v3/order/amend/keepPriority", **params)
    events = follower.events()
    assert steps(events) == [
        "REPLACED NEW renamed",
        "REPLACED NEW stop",
        "UPDATED EXECUTING",
        "outboundAccountPosition",
    ]
    assert [member["c"] for member in events[2]["O"]] == ["stop", "renamed"]


def test_self_trade_prevention_is_told_once_with_its_counter_order(door: Door, follower: ApiDoor) -> None:
    """The maker expires in a match of which nothing was executed."""
    door.deposit("BTC", "1")
    door.script("book", {"symbol": SYMBOL, "bid": "94000", "ask": "96000"})
    door.order("SELL", "LIMIT", "0.01", price="95000", newClientOrderId="maker")
    follower.heard.pop()
    door.order("BUY", "LIMIT", "0.02", price="96000", newClientOrderId="taker")
    prevented = next(event for event in follower.events() if event["c"] == "maker")
    check(prevented)
    assert (prevented["x"], prevented["X"]) == ("TRADE_PREVENTION", "EXPIRED_IN_MATCH")
    shown = {name: prevented[name] for name in ("v", "A", "B", "U", "Cs", "pl", "pL", "pY")}
    assert shown == {
        "v": 1,
        "A": "0.01000000",
        "B": "0.01000000",
        "U": 2,
        "Cs": SYMBOL,
        "pl": "0.01000000",
        "pL": "95000.00000000",
        "pY": "950.00000000",
    }


def test_trailing_and_strategy_fields(door: Door, follower: ApiDoor) -> None:
    door.deposit("BTC", "0.01")
    follower.heard.pop()
    wished = {"price": "93000", "trailingDelta": 100, "strategyId": 7, "strategyType": 1000000}
    door.order("SELL", "STOP_LOSS_LIMIT", "0.01", **wished)
    event = follower.events()[0]
    check(event)
    assert (event["d"], event["D"], event["j"], event["J"]) == (100, door.clock.now_ms(), 7, 1000000)


def test_a_waiting_opo_order_has_no_quantity(door: Door, follower: ApiDoor) -> None:
    opo = {
        "symbol": SYMBOL,
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingPrice": "94500",
        "workingQuantity": "0.01",
        "workingTimeInForce": "GTC",
        "pendingType": "LIMIT_MAKER",
        "pendingSide": "SELL",
        "pendingPrice": "96000",
        "pendingClientOrderId": "exit",
    }
    door.ok("POST", "/api/v3/orderList/opo", **opo)
    waiting = next(event for event in follower.events() if event.get("c") == "exit")
    check(waiting)
    assert (waiting["X"], "q" in waiting) == ("PENDING_NEW", False)
    door.print("94500")
    begun = next(event for event in follower.events() if event.get("c") == "exit")
    assert (begun["X"], begun["q"]) == ("NEW", "0.00999000")


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ({"type": "LIMIT", "timeInForce": "GTC", "price": "94000", "quantity": "1"}, "INSUFFICIENT_BALANCES"),
        ({"type": "LIMIT_MAKER", "price": "96000", "quantity": "0.01"}, "WOULD_MATCH_IMMEDIATELY"),
        (
            {"type": "STOP_LOSS", "stopPrice": "94000", "quantity": "0.01"},
            "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
        ),
    ],
)
def test_a_replacement_that_is_rejected_after_its_cancel_is_told(
    door: Door, follower: ApiDoor, new: dict[str, str], reason: str
) -> None:
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="was")
    follower.heard.pop()
    replace = {"symbol": SYMBOL, "side": "BUY", "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": 1}
    assert door.refusal("POST", "/api/v3/order/cancelReplace", **replace, **new, newClientOrderId="is")[0] == -2021
    events = follower.events()
    assert [step.split()[0] for step in steps(events)] == ["CANCELED", "REJECTED", "outboundAccountPosition"]
    assert (events[1]["X"], events[1]["r"], events[1]["c"], events[1]["z"]) == ("REJECTED", reason, "is", "0.00000000")
    with pytest.raises(AssertionError):
        door.find("is")


def test_events_follow_the_reply_of_the_account_alone(door: Door, follower: ApiDoor) -> None:
    """Other accounts are told to their own followers."""
    door.script("deposit", {"asset": "USDC", "amount": "5", "account": "cross"})
    assert follower.events() == []


def test_a_reset_is_no_deposit(door: Door, follower: ApiDoor) -> None:
    door.script("reset")
    assert follower.events() == []
    door.order("BUY", "MARKET", "0.01", newClientOrderId="mine")
    assert steps(follower.events())[:2] == ["NEW NEW mine", "TRADE FILLED mine"]
