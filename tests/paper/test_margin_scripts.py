"""The script's door to margin: what it changes, what it shows, what it refuses."""

import json
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper.routes.table import ROUTES
from tests.paper.margin_door import CROSS, HOUR_MS, ISOLATED, MarginDoor
from tests.paper.paper_door import SYMBOL, Refused

AT_START = {
    "hourly_rate": "0.000005",
    "max_borrow": "3000000",
    "min_borrow": "0",
    "min_repay": "0",
    "available": None,
    "borrowable": True,
}


def test_all_of_it_can_be_seen() -> None:
    margin = MarginDoor(CROSS)
    margin.script("reset")
    shown = margin.script("margin", method="GET")
    assert list(shown) == ["assets", "accounts", "bars", "loan_ms", "liquidates", "refusals"]
    assert shown["assets"]["USDC"] == AT_START
    assert shown["bars"] == {"force_liquidation": "1.1", "margin_call": "1.3", "normal": "1.5", "transfer_out": "2"}
    assert (shown["loan_ms"], shown["liquidates"], shown["refusals"]) == (0, True, [])


def test_what_is_not_sent_stays() -> None:
    margin = MarginDoor(CROSS)
    margin.script("margin", {"assets": {"USDC": {"max_borrow": "5"}}, "loan_ms": 7})
    shown = margin.script("margin", {"assets": {"USDC": {"min_borrow": 2}}})
    asset = shown["assets"]["USDC"]
    assert (asset["max_borrow"], asset["min_borrow"], shown["loan_ms"]) == ("5", "2", 7)


def test_a_reset_starts_margin_anew(margin: MarginDoor) -> None:
    margin.borrow("USDC", "100")
    margin.script("margin", {"loan_ms": 9, "refusals": [{"action": "ORDER", "code": -3004}]})
    margin.script("reset")
    margin.wait(HOUR_MS)
    ledger = margin.script("ledger", method="GET")
    assert (list(ledger["balances"]), ledger["loans"], ledger["interest"]) == (["spot"], [], [])
    assert margin.script("margin", method="GET")["refusals"] == []


def test_the_ledger_shows_loans_interest_and_the_venues_side(margin: MarginDoor) -> None:
    """Free and locked less borrowed, with the venue's three accounts, are what was deposited."""
    margin.script("margin", {"assets": {"USDC": {"hourly_rate": "0.0001"}}})
    margin.script("fees", {"maker": "0.001", "taker": "0.001"})
    margin.place("BUY", "MARKET", "0.02", sideEffectType="MARGIN_BUY")
    margin.bring("USDC", "10")
    margin.repay("USDC", "10")
    ledger = margin.script("ledger", method="GET")
    assert [(row["account"], row["action"]) for row in ledger["loans"]] == [
        (margin.account, "BORROW"),
        (margin.account, "REPAY"),
    ]
    assert [row["account"] for row in ledger["interest"]] == [margin.account]
    assert ledger["venue"]["interest"] == {"USDC": "0.09000000"}
    assert ledger["venue"]["commissions"]["BTC"] == "0.00002000"
    assert ledger["venue"]["counterparty"] == {"BTC": "-0.02000000", "USDC": "1900.00000000"}


def test_a_faults_refusal_and_a_forced_one_are_both_in_the_request_log(margin: MarginDoor) -> None:
    path = "/sapi/v1/margin/borrow-repay"
    margin.script("faults", [{"kind": "error", "route": path, "status": 400, "code": -3044, "msg": "System busy."}])
    margin.script("margin", {"refusals": [{"action": "BORROW", "code": -3045}]})
    assert [margin.loan_refusal("USDC", "10")[0] for _ in range(2)] == [-3044, -3045]
    rows = [row for row in margin.script("ledger", method="GET")["requests"] if row["path"] == path]
    assert [(row["status"], row["code"], row.get("fault")) for row in rows] == [
        (400, -3044, "error"),
        (400, -3045, None),
    ]


REFUSED: list[tuple[Any, str]] = [
    ([], "must be a JSON object"),
    ({"rate": 1}, "margin has no field 'rate'"),
    ({"assets": {"XYZ": {}}}, "not a margin asset"),
    ({"assets": {"BTC": {"rate": 1}}}, "an asset has no field 'rate'"),
    ({"assets": {"BTC": {"hourly_rate": "-1"}}}, "must be zero or more"),
    ({"assets": {"BTC": {"hourly_rate": "1.01"}}}, "must be at most 1"),
    ({"assets": {"BTC": {"max_borrow": "1e13"}}}, "must be at most 1000000000000"),
    ({"assets": {"BTC": {"max_borrow": "1e-16"}}}, "at most 15 decimals"),
    ({"assets": {"BTC": {"borrowable": "no"}}}, "must be true or false"),
    ({"accounts": {"spot": {}}}, "account must be cross or isolated:SYMBOL"),
    ({"accounts": {"isolated:XYZ": {}}}, "account must be cross or isolated:SYMBOL"),
    ({"accounts": {"cross": {"open": True}}}, "an account has no field 'open'"),
    ({"bars": {"low": "1"}}, "there is no bar 'low'"),
    ({"bars": {"force_liquidation": "1.4"}}, "rise in the order"),
    ({"bars": {"force_liquidation": "1"}}, "must be above 1"),
    ({"loan_ms": -1}, "must be a whole number"),
    ({"liquidates": 1}, "must be true or false"),
    ({"refusals": {}}, "refusals must be a list"),
    ({"refusals": [{"action": "LEND", "code": -3045}]}, "action must be one of"),
    ({"refusals": [{"action": "BORROW", "code": -1}]}, "code must be one of"),
    ({"refusals": [{"action": "BORROW", "code": -3045, "count": 0}]}, "count must be a whole number of 1 or more"),
]


@pytest.mark.parametrize(("given_body", "text"), REFUSED)
def test_nonsense_is_refused_with_what_to_change(given_body: Any, text: str) -> None:
    with pytest.raises(Refused, match=text):
        MarginDoor(CROSS).script("margin", given_body)


def test_a_deposit_goes_into_an_accounts_own_assets_only() -> None:
    with pytest.raises(Refused, match="isolated:BTCUSDC holds BTC, USDC, not ETH"):
        MarginDoor().bring("ETH", "1")


@pytest.mark.parametrize("amount", ["1e30", "1e300", "1e-9", "1e-300"])
def test_a_deposit_that_could_not_be_kept_to_the_last_digit_is_refused(amount: str) -> None:
    with pytest.raises(Refused, match="decimals"):
        MarginDoor(CROSS).bring("USDC", amount)


# Any input -------------------------------------------------------------------------------------


def words(text: str) -> list[str]:
    return text.split()


MARGIN_ROUTES = sorted(route for route in ROUTES if route[1].startswith("/sapi/"))
NAMES = words("""
symbol symbols side type quantity price stopPrice timeInForce quoteOrderQty limit orderId origClientOrderId isIsolated
sideEffectType autoRepayAtCancel newOrderRespType stopLimitPrice stopLimitTimeInForce listClientOrderId orderListId
workingType workingSide workingPrice workingQuantity workingTimeInForce pendingType pendingSide pendingPrice
pendingQuantity pendingAboveType pendingBelowType asset amount txId current size startTime endTime isolatedSymbol
fromSymbol toSymbol coin validity spotBNBBurn interestBNBBurn fromId
""")
WORDS = words("""
BTCUSDC BUY SELL LIMIT MARKET STOP_LOSS_LIMIT LIMIT_MAKER GTC BORROW REPAY TRUE FALSE true MARGIN_BUY AUTO_REPAY USDC
BTC 1 0 -1 0.001 95000 94000 1e-05 None MAIN_MARGIN ISOLATED_MARGIN_MAIN 99999999999999999999 BTCUSDC,BTCUSDT ,
""")
VALUES = st.one_of(st.sampled_from([*WORDS, ""]), st.text(string.printable, max_size=8))


@given(st.sampled_from(MARGIN_ROUTES), st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=14))
@settings(max_examples=500)
def test_no_input_ends_in_a_server_error(route: tuple[str, str], params: dict[str, str]) -> None:
    """Whatever is sent, the venue answers in its own words, and no coin moves by mistake."""
    margin = MarginDoor(CROSS)
    for account in (CROSS, ISOLATED):
        margin.script("deposit", {"asset": "USDC", "amount": "1000", "account": account})
    status, body = margin.ask(*route, **params)
    assert status in (200, 400, 401, 429)
    assert status == 200 or {"code", "msg"} <= body.keys()
    assert margin.total("USDC") == 12000


LEAVES = st.one_of(VALUES, st.integers(-5, 10**6), st.booleans(), st.none(), st.floats(), st.just([]))
FIELDS = st.sampled_from(
    ["assets", "accounts", "bars", "loan_ms", "liquidates", "refusals", "code", "action", "normal"]
)
INNER = st.dictionaries(st.one_of(FIELDS, st.sampled_from(["BTC", "cross", "hourly_rate"])), LEAVES, max_size=3)
BODIES = st.dictionaries(FIELDS, st.one_of(LEAVES, INNER, st.lists(INNER, max_size=2)), max_size=4)


@given(st.one_of(LEAVES, BODIES))
@settings(max_examples=300)
def test_no_script_ends_in_a_server_error(body: Any) -> None:
    margin = MarginDoor(CROSS)
    response = margin.exchange.request("POST", "/paper/margin", "", json.dumps(body), {})
    assert response.status in (200, 400)
    assert margin.ask("GET", "/sapi/v1/margin/account")[0] in (200, 400)
    assert margin.ask("GET", "/sapi/v1/margin/order", symbol=SYMBOL, orderId=1)[0] == 400
