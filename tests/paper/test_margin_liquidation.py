"""Margin level and forced liquidation by hand (Binance docs: margin level); the force bar is 1.1.

Long: 1000 own and 900 borrowed USDC buy 0.02 BTC, so the level at price p is 0.02 p / 900: 1.1 at 49500.
Short: 0.02 BTC borrowed and sold bring 1899.9998, so it is 2899.9998 / (0.02 p): 1.1 at 131818.1727.
"""

from collections.abc import Callable

import pytest

from tests.paper.margin_door import HOUR_MS, MarginDoor
from tests.paper.paper_door import SYMBOL


def go_long(margin: MarginDoor) -> None:
    margin.place("BUY", "MARKET", "0.02", sideEffectType="MARGIN_BUY")


def go_short(margin: MarginDoor) -> None:
    margin.place("SELL", "MARKET", "0.02", sideEffectType="MARGIN_BUY")


def level_status(margin: MarginDoor) -> str:
    account = margin.ok("GET", "/sapi/v1/margin/isolated/account", symbols=SYMBOL)["assets"][0]
    return str(account["marginLevelStatus"])


def test_a_level_just_above_the_bar_is_left_alone(margin: MarginDoor) -> None:
    go_long(margin)
    margin.print("49500.01")
    assert margin.held("BTC") == ("0.02", "0", "0", "0")


def test_a_long_at_the_bar_is_sold_as_far_as_its_debt_needs(margin: MarginDoor) -> None:
    """900 / 49499.99 is 0.018181..., in steps 0.01819, which bring 900.4048181."""
    go_long(margin)
    margin.print("49500")
    assert margin.held("BTC") == ("0.00181", "0", "0", "0")
    assert margin.held("USDC") == ("0.4048181", "0", "0", "0")
    assert margin.level() == "999"


def test_a_short_at_the_bar_is_bought_back(margin: MarginDoor) -> None:
    """0.02 at the ask 131818.18 cost 2636.3636."""
    go_short(margin)
    margin.print("131818.17")
    assert margin.held("BTC")[2] == "0.02"
    margin.print("131818.18")
    assert margin.held("BTC") == ("0", "0", "0", "0")
    assert margin.held("USDC") == ("263.6362", "0", "0", "0")


def test_the_debts_sale_pays_its_own_commission(margin: MarginDoor) -> None:
    """900 / 0.999 / 49499.99 is 0.018200021, in steps 0.01821; 901.3948179 less 0.9013948... pay 900."""
    go_long(margin)
    margin.script("fees", {"maker": "0.001", "taker": "0.001"})
    margin.print("49500")
    assert margin.held("BTC") == ("0.00179", "0", "0", "0")
    assert margin.held("USDC") == ("0.49342309", "0", "0", "0")


def test_open_orders_are_canceled_by_the_venue_first(margin: MarginDoor) -> None:
    go_long(margin)
    margin.place("SELL", "LIMIT", "0.02", price="99000", newClientOrderId="target")
    margin.print("49500")
    rows = {row["clientOrderId"]: row for row in margin.script("ledger", method="GET")["orders"]}
    assert (rows["target"]["status"], rows["target"]["expiryReason"]) == ("EXPIRED", "EXCHANGE_CANCELED")
    assert margin.held("USDC")[2] == "0"


def test_a_liquidation_is_an_order_of_the_account(margin: MarginDoor) -> None:
    go_long(margin)
    margin.print("49500")
    row = margin.ok("GET", "/sapi/v1/margin/allOrders", symbol=SYMBOL, **margin.whose)[-1]
    assert row["clientOrderId"].startswith("autoclose-")
    assert (row["side"], row["type"], row["status"]) == ("SELL", "MARKET", "FILLED")
    found = margin.ok("GET", "/sapi/v1/margin/forceLiquidationRec", **margin.lent)
    assert (found["total"], found["rows"][0]["orderId"]) == (1, row["orderId"])


def test_what_a_gap_leaves_unpaid_stays_owed(margin: MarginDoor) -> None:
    """0.02 at 39999.99 bring 799.9998 of 900."""
    go_long(margin)
    margin.print("40000")
    assert margin.held("BTC") == ("0", "0", "0", "0")
    assert margin.held("USDC") == ("0", "0", "100.0002", "0")
    margin.print("40001")
    assert margin.held("USDC") == ("0", "0", "100.0002", "0")


def test_a_bar_that_dips_liquidates_although_it_closes_high(margin: MarginDoor) -> None:
    go_long(margin)
    bar = {"symbol": SYMBOL, "open": "95000", "high": "95100", "low": "49000", "close": "95000", "volume": "1"}
    margin.script("bar", bar)
    assert margin.held("USDC")[2] == "0"


def test_interest_alone_can_liquidate(margin: MarginDoor) -> None:
    """At 49501 the level is 1.10002...; one hour at 0.1 % takes it below the bar."""
    go_long(margin)
    margin.print("49501")
    margin.script("margin", {"assets": {"USDC": {"hourly_rate": "0.001"}}})
    assert margin.held("USDC")[2] == "900"
    margin.wait(HOUR_MS)
    assert margin.held("USDC")[2:] == ("0", "0")


def test_without_liquidation_an_account_at_the_bar_may_not_trade(margin: MarginDoor) -> None:
    margin.script("margin", {"liquidates": False})
    go_long(margin)
    margin.print("49500")
    refusal = margin.refused_order("SELL", "MARKET", "0.01")
    assert refusal == (-3023, "You can't transfer out/place order under current margin level.")


@pytest.mark.parametrize(
    ("price", "wanted"),
    [("95000", "EXCESSIVE"), ("80000", "NORMAL"), ("58500", "MARGIN_CALL"), ("49500", "FORCE_LIQUIDATION")],
)
def test_the_level_has_a_name(price: str, wanted: str) -> None:
    """2.11, 1.78, 1.3 and 1.1 against the bars 2, 1.3 and 1.1."""
    margin = MarginDoor()
    margin.bring("USDC", "1000")
    margin.script("margin", {"liquidates": False})
    go_long(margin)
    margin.print(price)
    assert level_status(margin) == wanted


@pytest.mark.parametrize(("enter", "price"), [(go_long, "49500.00000000"), (go_short, "131818.17272727")])
def test_the_liquidation_price_is_foretold(enter: Callable[[MarginDoor], None], price: str) -> None:
    margin = MarginDoor()
    margin.bring("USDC", "1000")
    enter(margin)
    shown = margin.ok("GET", "/sapi/v1/margin/isolated/account", symbols=SYMBOL)["assets"][0]
    assert shown["liquidatePrice"] == price


def test_isolated_accounts_fall_alone() -> None:
    margin = MarginDoor()
    margin.bring("USDC", "1000")
    margin.script("deposit", {"asset": "USDC", "amount": "1000", "account": "cross"})
    go_long(margin)
    margin.ok("POST", "/sapi/v1/margin/borrow-repay", asset="USDC", isIsolated="FALSE", amount="500", type="BORROW")
    margin.print("49500")
    assert margin.held("USDC")[2] == "0"
    cross = margin.script("ledger", method="GET")["balances"]["cross"]["USDC"]
    assert (cross["free"], cross["borrowed"]) == ("1500.00000000", "500.00000000")


def test_the_bars_can_be_moved(margin: MarginDoor) -> None:
    margin.script("margin", {"bars": {"force_liquidation": "1.25"}})
    go_long(margin)
    margin.print("56250")
    assert margin.held("USDC")[2] == "0"


def test_a_pending_transaction_does_not_hold_a_liquidation_up(margin: MarginDoor) -> None:
    """1 is free, 899 at 48999.99 are 0.01835 in steps; the pending repayment then finds no debt and fails."""
    go_long(margin)
    margin.bring("USDC", "1")
    margin.script("margin", {"loan_ms": 60_000})
    margin.repay("USDC", "1")
    margin.print("49000")
    assert margin.held("USDC") == ("0.1498165", "0", "0", "0")
    assert margin.held("BTC")[0] == "0.00165"
    margin.bring("USDC", "10")
    margin.wait(60_000)
    rows = [(row[0], row[2], row[5]) for row in margin.loans("REPAY")]
    assert rows == [("MANUAL", "1", "FAILED"), ("AUTO", "1", "CONFIRMED"), ("AUTO", "899", "CONFIRMED")]
