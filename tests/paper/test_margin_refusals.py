"""What borrowing, repaying and margin orders are refused for, and what a script forces (margin error codes)."""

from typing import Any

import pytest

from tests.paper.margin_door import MarginDoor
from tests.paper.paper_door import SYMBOL

LOANS = "/sapi/v1/margin/borrow-repay"
PENDING = (-3007, "You have pending transaction, please try again later..")


def terms(margin: MarginDoor, asset: str, **changes: object) -> None:
    margin.script("margin", {"assets": {asset: changes}})


REFUSALS = [
    pytest.param(
        {"assets": {"USDC": {"borrowable": False}}}, "10", (-3012, "Borrow is banned for this asset."), id="asset"
    ),
    pytest.param(
        {"assets": {"USDC": {"min_borrow": "20"}}},
        "10",
        (-3013, "Borrow amount less than minimum borrow amount."),
        id="minimum",
    ),
    pytest.param(
        {"assets": {"USDC": {"available": "9"}}},
        "10",
        (-3045, "The system doesn't have enough asset now."),
        id="lender",
    ),
]


@pytest.mark.parametrize(("script", "amount", "refusal"), REFUSALS)
def test_a_loan_is_refused_with_its_reason(
    margin: MarginDoor, script: dict[str, Any], amount: str, refusal: tuple[int, str]
) -> None:
    margin.script("margin", script)
    assert margin.loan_refusal("USDC", amount) == refusal
    assert margin.held("USDC") == ("1000", "0", "0", "0")
    assert margin.loans("BORROW") == []


def test_a_banned_account_borrows_nothing(margin: MarginDoor) -> None:
    margin.script("margin", {"accounts": {margin.account: {"borrow_enabled": False}}})
    assert margin.loan_refusal("USDC", "10") == (-3014, "Borrow is banned for this account.")


REPAYMENTS = [
    ("100.00000001", (-3015, "Repay amount exceeds borrow amount.")),
    ("4", (-3016, "Repay amount less than minimum repay amount.")),
    ("96", (-3024, "The unpaid debt is too small after this repayment.")),
]


@pytest.mark.parametrize(("amount", "refusal"), REPAYMENTS)
def test_a_repayment_is_refused_with_its_reason(margin: MarginDoor, amount: str, refusal: tuple[int, str]) -> None:
    """100 are owed and the least repayment is 5."""
    margin.borrow("USDC", "100")
    terms(margin, "USDC", min_repay="5")
    assert margin.loan_refusal("USDC", amount, "REPAY") == refusal
    assert margin.held("USDC") == ("1100", "0", "100", "0")


def test_what_is_not_free_cannot_be_repaid(margin: MarginDoor) -> None:
    margin.borrow("BTC", "0.01")
    margin.place("SELL", "MARKET", "0.01")
    assert margin.loan_refusal("BTC", "0.01", "REPAY") == (-3041, "Balance is not enough")


def test_the_last_rest_of_a_debt_may_be_below_the_least_repayment(margin: MarginDoor) -> None:
    margin.borrow("USDC", "3")
    terms(margin, "USDC", min_repay="5")
    margin.repay("USDC", "3")
    assert margin.held("USDC") == ("1000", "0", "0", "0")


def test_what_the_venue_lends_comes_back_to_it(margin: MarginDoor) -> None:
    terms(margin, "USDC", available="100")
    margin.borrow("USDC", "80")
    assert margin.loan_refusal("USDC", "30")[0] == -3045
    margin.repay("USDC", "80")
    margin.borrow("USDC", "100")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"asset": "XYZ"}, -3027),
        ({"amount": "0"}, -1130),
        ({"amount": ""}, -1102),
        ({"type": "LEND"}, -1130),
        ({"type": ""}, -1102),
        ({"isIsolated": ""}, -1102),
        ({"isIsolated": "TRUE", "symbol": ""}, -1102),
        ({"isIsolated": "TRUE", "symbol": "ETHUSDT"}, -11001),
        ({"isIsolated": "TRUE", "symbol": "XYZ"}, -1121),
    ],
)
def test_parameters_of_a_loan_are_checked(params: dict[str, str], code: int) -> None:
    margin = MarginDoor("cross")
    margin.bring("USDC", "1000")
    given = margin.loan_params("USDC", "10", "BORROW") | params
    assert margin.refusal("POST", LOANS, **given)[0] == code


def test_an_isolated_account_lends_its_own_two_assets_only() -> None:
    margin = MarginDoor()
    margin.bring("USDC", "1000")
    assert margin.loan_refusal("USDT", "10") == (-3027, "Not a valid margin asset.")


def test_an_account_that_was_never_opened_is_refused() -> None:
    """M8: isolated accounts must be opened first; cross ones can be closed by a script."""
    missing = (-11001, "Isolated margin account does not exist.")
    margin = MarginDoor()
    assert margin.loan_refusal("USDC", "10") == missing
    assert margin.refused_order("BUY", "MARKET", "0.01") == missing
    assert margin.refusal("GET", "/sapi/v1/margin/maxBorrowable", asset="USDC", isolatedSymbol=SYMBOL) == missing
    margin.script("margin", {"accounts": {"cross": {"created": False}}})
    assert margin.refusal("GET", "/sapi/v1/margin/account") == (-3003, "Margin account does not exist.")


def test_an_isolated_account_is_opened_by_request() -> None:
    margin = MarginDoor()
    path = "/sapi/v1/margin/isolated/account"
    shown = margin.ok("GET", path, symbols=SYMBOL)["assets"][0]
    assert (shown["isolatedCreated"], shown["enabled"]) == (False, False)
    assert margin.ok("GET", path)["assets"] == []
    assert margin.ok("POST", path, symbol=SYMBOL) == {"success": True, "symbol": SYMBOL}
    assert [row["symbol"] for row in margin.ok("GET", path)["assets"]] == [SYMBOL]


# Forced by a script ----------------------------------------------------------------------------

FORCED = [
    (-3006, "Your borrow amount has exceed maximum borrow amount."),
    (-3007, "You have pending transaction, please try again later.."),
    (-3008, "Borrow not allowed. Your borrow amount has exceed maximum borrow amount."),
    (-3044, "System busy."),
    (-3045, "The system doesn't have enough asset now."),
]


@pytest.mark.parametrize("refusal", FORCED)
def test_a_script_forces_a_refusal_and_the_next_loan_is_fine(margin: MarginDoor, refusal: tuple[int, str]) -> None:
    margin.script("margin", {"refusals": [{"action": "BORROW", "code": refusal[0]}]})
    assert margin.loan_refusal("USDC", "10") == refusal
    assert margin.held("USDC")[2] == "0"
    margin.borrow("USDC", "10")


def test_a_forced_refusal_can_wait_and_last(margin: MarginDoor) -> None:
    margin.script("margin", {"refusals": [{"action": "BORROW", "code": -3007, "skip": 1, "count": 2}]})
    margin.borrow("USDC", "10")
    assert [margin.loan_refusal("USDC", "10") for _ in range(2)] == [PENDING] * 2
    margin.borrow("USDC", "10")
    assert margin.script("margin", method="GET")["refusals"] == []


def test_an_order_that_cannot_borrow_is_not_created(margin: MarginDoor) -> None:
    margin.script("margin", {"refusals": [{"action": "AUTO_BORROW", "code": -3045}]})
    refusal = margin.refused_order("BUY", "MARKET", "0.02", sideEffectType="MARGIN_BUY")
    assert refusal == (-3045, "The system doesn't have enough asset now.")
    assert margin.held("USDC") == ("1000", "0", "0", "0")
    assert margin.ok("GET", "/sapi/v1/margin/allOrders", symbol=SYMBOL, **margin.whose) == []


def test_an_automatic_repayment_may_silently_not_happen(margin: MarginDoor) -> None:
    """The order is filled and answered as ever; the debt is still there, and a failed record says so."""
    margin.place("SELL", "MARKET", "0.01", sideEffectType="MARGIN_BUY")
    margin.script("margin", {"refusals": [{"action": "AUTO_REPAY", "code": -3007}]})
    assert margin.place("BUY", "MARKET", "0.01", sideEffectType="AUTO_REPAY")["status"] == "FILLED"
    assert margin.held("BTC") == ("0.01", "0", "0.01", "0")
    assert margin.loans("REPAY") == [("AUTO", "BTC", "0.01", "0", "0", "FAILED")]


def test_an_order_is_refused_by_a_script(margin: MarginDoor) -> None:
    margin.script("margin", {"refusals": [{"action": "ORDER", "code": -3023}]})
    text = "You can't transfer out/place order under current margin level."
    assert margin.refused_order("BUY", "MARKET", "0.01") == (-3023, text)
    margin.place("BUY", "MARKET", "0.01")
