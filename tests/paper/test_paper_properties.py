"""What holds whatever is asked: nothing is lost, nothing is locked for nobody, nothing ends in a 500."""

import json
import string
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper.routes.table import ROUTES
from exchange.paper.settings import PaperSettings
from tests.paper.paper_door import SYMBOL, Door, order_params

PRICES = st.integers(94000, 96000).map(str)
QUANTITIES = st.sampled_from(["0.001", "0.01", "0.00333", "0.02"])
SIDES = st.sampled_from(["BUY", "SELL"])


@st.composite
def plain_orders(draw: st.DrawFn) -> tuple[str, str, dict[str, object]]:
    kind = draw(st.sampled_from(["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT"]))
    params = order_params(draw(SIDES), kind, draw(QUANTITIES))
    if "LIMIT" in kind:
        params["price"] = draw(PRICES)
    if kind.startswith(("STOP", "TAKE")):
        params["stopPrice"] = draw(PRICES)
    if kind == "LIMIT":
        params["timeInForce"] = draw(st.sampled_from(["GTC", "IOC", "FOK"]))
        params["selfTradePreventionMode"] = draw(
            st.sampled_from(["EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "DECREMENT"])
        )
        if params["timeInForce"] == "GTC" and draw(st.booleans()):
            params["icebergQty"] = "0.001"
    return "POST", "/api/v3/order", params


@st.composite
def listed_orders(draw: st.DrawFn) -> tuple[str, str, dict[str, object]]:
    low, high = draw(st.integers(94000, 94990)), draw(st.integers(95010, 96000))
    kind = draw(st.sampled_from(["oco", "otoco", "opoco"]))
    prefix, quantity = ("", draw(QUANTITIES)) if kind == "oco" else ("pending", draw(QUANTITIES))
    legs = {
        "AboveType": "LIMIT_MAKER",
        "AbovePrice": high,
        "BelowType": "STOP_LOSS_LIMIT",
        "BelowStopPrice": low,
        "BelowPrice": low - 1,
        "BelowTimeInForce": "GTC",
    }
    params: dict[str, object] = {}
    for name, value in legs.items():
        params[prefix + name if prefix else name[0].lower() + name[1:]] = value
    params |= {"symbol": SYMBOL, "quantity" if kind == "oco" else "pendingQuantity": quantity}
    params["side" if kind == "oco" else "pendingSide"] = "SELL"
    if kind != "oco":
        working = {"Type": "LIMIT", "Side": "BUY", "Price": draw(PRICES), "Quantity": quantity, "TimeInForce": "GTC"}
        params |= {f"working{name}": value for name, value in working.items()}
    return "POST", f"/api/v3/orderList/{kind}", params


cancels = st.integers(1, 12).map(lambda n: ("DELETE", "/api/v3/order", {"symbol": SYMBOL, "orderId": n}))
amends = st.tuples(st.integers(1, 12), QUANTITIES).map(
    lambda t: ("PUT", "/api/v3/order/amend/keepPriority", {"symbol": SYMBOL, "orderId": t[0], "newQty": t[1]})
)
prints = st.tuples(PRICES, st.sampled_from([None, "0.001", "0.005", "0.1"])).map(lambda t: ("PRINT", *t))
cuts = st.sampled_from(["0.3", "0.5"]).map(lambda part: ("CUT", part, 2))
actions = st.lists(st.one_of(plain_orders(), listed_orders(), cancels, amends, prints, cuts), max_size=40)
FEES = st.sampled_from([{}, {"bnb_burn": True}, {"maker": "0", "taker": "0.00075"}])


@given(actions, FEES, st.sampled_from(["0.005", "10000"]))
@settings(max_examples=150)
def test_money_is_neither_made_nor_lost(script: list[Any], fees: dict[str, Any], level: str) -> None:
    """Balances, far side and commission add up to the deposits; what is locked is needed by open orders."""
    door = Door(PaperSettings(level_quantity=Decimal(level)))
    deposits = {"BTC": "0.05", "BNB": "0.01"}
    for asset, quantity in deposits.items():
        door.deposit(asset, quantity)
    door.script("fees", fees)
    for method, first, second in script:
        if method == "PRINT":
            door.print(first, second)
        elif method == "CUT":
            door.script("faults", {"kind": "partial", "fraction": first, "count": second})
        else:
            door.ask(method, first, **second)
    check_books(door, {"BTC": Decimal("0.05"), "BNB": Decimal("0.01"), "USDC": Decimal(10000)})


def check_books(door: Door, deposits: dict[str, Decimal]) -> None:
    venue = door.exchange.venue
    for asset, deposited in deposits.items():
        assert venue.total(asset) == deposited
        assert venue.accounts["spot"].balance(asset).free >= 0
    holds = {
        id(order.hold): order.hold for shelf in venue.shelves.values() for order in shelf if order.hold is not None
    }
    for asset in ("BTC", "USDC"):
        needed = sum((hold.locked for hold in holds.values() if hold.asset == asset), Decimal(0))
        kept = sum((listed.received_locked for listed in venue.lists.values()), Decimal(0)) if asset == "BTC" else 0
        assert venue.accounts["spot"].balance(asset).locked == needed + kept
    for hold in holds.values():
        assert hold.locked == hold.required()
    for shelf in venue.shelves.values():
        for order in shelf:
            fills = [fill for _, fill in shelf.fills.of_order(order.order_id)]
            assert order.executed_quantity == sum((fill.quantity for fill in fills), Decimal(0))
            assert order.is_open == (order.order_id in shelf.open)


def words(text: str) -> list[str]:
    return text.split()


NAMES = words("""
symbol symbols side type quantity price stopPrice timeInForce quoteOrderQty limit orderId origClientOrderId
newClientOrderId newOrderRespType trailingDelta icebergQty interval startTime endTime fromId orderListId
listClientOrderId cancelReplaceMode cancelOrderId newQty aboveType belowType abovePrice belowStopPrice workingType
pendingType workingPrice recvWindow cancelRestrictions strategyType omitZeroBalances computeCommissionRates
stopLimitPrice
""")
WORDS = words("""
BTCUSDC BUY SELL LIMIT MARKET STOP_LOSS_LIMIT LIMIT_MAKER GTC IOC 1 0 -1 0.001 95000 94000 1e-05 None true ["BTCUSDC"] [
STOP_ON_FAILURE 1m 9999999999999999999999999
""")
VALUES = st.one_of(st.sampled_from([*WORDS, ""]), st.text(string.printable, max_size=8))


@given(st.sampled_from(sorted(ROUTES)), st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=12))
@settings(max_examples=400)
def test_no_input_ends_in_a_server_error(route: tuple[str, str], params: dict[str, str]) -> None:
    """Whatever is sent, the venue answers in its own words."""
    door = Door()
    status, body = door.ask(*route, **params)
    assert status in (200, 400, 401, 409, 429)
    assert status == 200 or {"code", "msg"} <= body.keys()


SCRIPTS = ("trade", "bar", "book", "symbol", "deposit", "fees", "clock", "faults")
FIELDS = st.sampled_from(
    words(
        "symbol price qty open high low close volume asset amount account kind count tick_size status advance_ms "
        "spread_ticks levels level_qty bid maker bnb_burn gaps"
    )
)
LEAVES = st.one_of(VALUES, st.integers(-5, 10**6), st.booleans(), st.none(), st.floats(), st.just([]))


@given(
    st.sampled_from(SCRIPTS),
    st.one_of(LEAVES, st.lists(LEAVES, max_size=2), st.dictionaries(FIELDS, LEAVES, max_size=6)),
)
@settings(max_examples=300)
def test_no_script_ends_in_a_server_error(path: str, body: Any) -> None:
    """A script that makes no sense is refused with a reason."""
    door = Door()
    response = door.exchange.request("POST", f"/paper/{path}", "", json.dumps(body), {})
    assert response.status in (200, 400)
