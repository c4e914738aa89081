"""Whole margin trades worked out by hand to the last digit: 1000 USDC, commission 0.1 %, interest by the hour.

The remarks say how each number comes about from the rules of the venue's documentation.
"""

import pytest

from tests.paper.margin_door import HOUR_MS, MarginDoor
from tests.paper.paper_door import SYMBOL


@pytest.fixture
def book(margin: MarginDoor) -> MarginDoor:
    """0.001 % an hour on BTC, 0.01 % on USDC."""
    margin.script("fees", {"maker": "0.001", "taker": "0.001"})
    margin.script("margin", {"assets": {"BTC": {"hourly_rate": "0.00001"}, "USDC": {"hourly_rate": "0.0001"}}})
    return margin


def test_a_short_with_loans_by_hand_is_stopped_out(book: MarginDoor) -> None:
    """Borrow, sell, a pair of exits, two hours, the stop, repay."""
    book.borrow("BTC", "0.01")
    # 0.01 * 0.00001
    assert book.held("BTC") == ("0.01", "0", "0.01", "0.0000001")
    book.place("SELL", "MARKET", "0.01", sideEffectType="NO_SIDE_EFFECT")
    # 0.01 * 94999.99 = 949.9999, less 0.9499999
    assert book.held("USDC") == ("1949.0499001", "0", "0", "0")
    # 0.01002 covers 0.01 and three charges after commission: 0.0100003 / 0.999 = 0.01001031
    exits = {"symbol": SYMBOL, "side": "BUY", "quantity": "0.01002", "price": "94000", "stopPrice": "96000"}
    exits |= {"stopLimitPrice": "96010", "stopLimitTimeInForce": "GTC", "stopClientOrderId": "stop"}
    book.ok("POST", "/sapi/v1/margin/order/oco", **book.whose, **exits)
    # 0.01002 * 96010
    assert book.held("USDC") == ("987.0297001", "962.0202", "0", "0")
    book.wait(2 * HOUR_MS)
    book.print("96000")
    # bought at the ask 96000 for 961.92; commission 0.00001002
    assert book.look("stop") == ("FILLED", "0.01002")
    assert book.held("USDC") == ("987.1299001", "0", "0", "0")
    assert book.held("BTC") == ("0.01000998", "0", "0.01", "0.0000003")
    book.repay("BTC", "0.0100003")
    assert book.held("BTC") == ("0.00000968", "0", "0", "0")
    assert book.loans("REPAY") == [("MANUAL", "BTC", "0.0100003", "0.0000003", "0.01", "CONFIRMED")]


def test_a_long_that_arrives_with_its_exits_reaches_its_target(book: MarginDoor) -> None:
    """One OTOCO borrows, buys, sells and repays."""
    bracket = {
        "symbol": SYMBOL,
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingPrice": "94000",
        "workingQuantity": "0.02",
        "workingTimeInForce": "GTC",
        "pendingSide": "SELL",
        "pendingQuantity": "0.01998",
        "pendingAboveType": "LIMIT_MAKER",
        "pendingAbovePrice": "96000",
        "pendingBelowType": "STOP_LOSS_LIMIT",
        "pendingBelowStopPrice": "93000",
        "pendingBelowPrice": "92990",
        "pendingBelowTimeInForce": "GTC",
    }
    book.ok("POST", "/sapi/v1/margin/order/otoco", **book.whose, **bracket, sideEffectType="AUTO_BORROW_REPAY")
    # 0.02 * 94000 = 1880, of which 880 are lent at 0.01 %
    assert book.held("USDC") == ("0", "1880", "880", "0.088")
    book.print("94000")
    # 0.02 less 0.1 %, all of it locked for the exits
    assert book.held("BTC") == ("0", "0.01998", "0", "0")
    book.wait(HOUR_MS)
    assert book.held("USDC") == ("0", "0", "880", "0.176")
    book.print("96000")
    # 0.01998 * 96000 = 1918.08, less 1.91808, less 880.176
    assert book.held("USDC") == ("1035.98592", "0", "0", "0")
    assert book.held("BTC") == ("0", "0", "0", "0")
    assert book.loans("REPAY") == [("AUTO", "USDC", "880.176", "0.176", "880", "CONFIRMED")]


def test_a_short_that_is_filled_in_part_canceled_and_bought_back(book: MarginDoor) -> None:
    """What was not sold goes back at the cancel, the rest at the buy-back."""
    book.place("SELL", "LIMIT", "0.02", price="95500", sideEffectType="MARGIN_BUY", newClientOrderId="entry")
    assert book.held("BTC") == ("0", "0.02", "0.02", "0.0000002")
    book.print("95500", "0.012")
    # 0.012 * 95500 = 1146, less 1.146
    assert book.held("USDC") == ("2144.854", "0", "0", "0")
    book.cancel("entry")
    # 0.008 pay the interest of 0.0000002 and 0.0079998 of the principal
    assert book.held("BTC") == ("0", "0", "0.0120002", "0")
    # 0.0120002 / 0.999 = 0.01201222
    book.place("BUY", "MARKET", "0.01202", sideEffectType="AUTO_REPAY")
    # 0.01202 * 95500 = 1147.91; 0.01202 - 0.00001202 - 0.0120002
    assert book.held("USDC") == ("996.944", "0", "0", "0")
    assert book.held("BTC") == ("0.00000778", "0", "0", "0")


def test_two_longs_in_one_account_share_one_debt(book: MarginDoor) -> None:
    """The second order borrows all it needs; closing one leaves the other's debt."""
    book.place("BUY", "MARKET", "0.01", sideEffectType="MARGIN_BUY")
    # 950 of 1000 are spent, nothing borrowed
    assert book.held("USDC") == ("50", "0", "0", "0")
    book.place("BUY", "MARKET", "0.01", sideEffectType="MARGIN_BUY")
    # another 950, of which 900 are lent at 0.09
    assert book.held("USDC") == ("0", "0", "900", "0.09")
    book.place("SELL", "MARKET", "0.00999", sideEffectType="AUTO_REPAY")
    # 0.00999 * 94999.99 = 949.0499001, less 0.94904990 = 948.1008502; less 900.09
    assert book.held("USDC") == ("48.0108502", "0", "0", "0")
    assert book.held("BTC") == ("0.00999", "0", "0", "0")


def test_one_hour_of_a_cross_account_with_two_debts() -> None:
    """Each asset bears its own interest; the level falls by the interest alone."""
    book = MarginDoor("cross")
    book.script("margin", {"assets": {"BTC": {"hourly_rate": "0.00001"}, "USDC": {"hourly_rate": "0.0001"}}})
    book.bring("USDC", "1000")
    book.borrow("USDC", "500")
    book.borrow("BTC", "0.005")
    book.wait(HOUR_MS)
    assert book.held("USDC") == ("1500", "0", "500", "0.1")
    assert book.held("BTC") == ("0.005", "0", "0.005", "0.0000001")
    # 1975 are held against 500.1 and 475.0095
    assert book.level() == "2.02541356"
