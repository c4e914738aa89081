"""Borrowing, repaying and interest by hand (Binance docs: borrow and repay).

1000 USDC of the account's own. With assets A and debt D at most (A - 1.5 D) / 0.5 can be borrowed: 2000 at the start.
"""

from tests.paper.margin_door import CROSS, HOUR_MS, ISOLATED, MarginDoor
from tests.paper.paper_door import SYMBOL, plain

LOANS = "/sapi/v1/margin/borrow-repay"
ABOVE = {
    CROSS: (-3006, "Your borrow amount has exceed maximum borrow amount."),
    ISOLATED: (-11008, "Exceeding the account's maximum borrowable limit."),
}
PENDING = (-3007, "You have pending transaction, please try again later..")


def terms(margin: MarginDoor, asset: str, **changes: object) -> None:
    margin.script("margin", {"assets": {asset: changes}})


def most(margin: MarginDoor, asset: str) -> tuple[str, str]:
    found = margin.ok("GET", "/sapi/v1/margin/maxBorrowable", asset=asset, **margin.lent)
    return plain(found["amount"]), plain(found["borrowLimit"])


# Borrowing and repaying ------------------------------------------------------------------------


def test_what_is_borrowed_is_free_and_owed(margin: MarginDoor) -> None:
    assert margin.borrow("USDC", "500") == 1
    assert margin.held("USDC") == ("1500", "0", "500", "0")
    assert margin.loans("BORROW") == [("MANUAL", "USDC", "500", "0", "500", "CONFIRMED")]


def test_the_most_that_can_be_borrowed_can_be_borrowed_and_no_unit_more(margin: MarginDoor) -> None:
    assert most(margin, "USDC") == ("2000", "3000000")
    assert margin.loan_refusal("USDC", "2000.00000001") == ABOVE[margin.account]
    margin.borrow("USDC", "2000")
    assert most(margin, "USDC")[0] == "0"
    assert margin.level() == "1.5"


def test_the_most_follows_price_and_debt(margin: MarginDoor) -> None:
    """2000 USDC are 0.02105263 BTC at 95000; with 500 USDC owed A is 1500, and (1500 - 750) / 0.5 is 1500."""
    assert most(margin, "BTC") == ("0.02105263", "72")
    margin.borrow("USDC", "500")
    assert most(margin, "USDC")[0] == "1500"
    assert most(margin, "BTC")[0] == "0.01578947"


def test_assets_without_a_common_symbol_are_valued_by_way_of_bitcoin() -> None:
    """1000 USDC let 2000 USDT, 2000 / 3300 ETH or 2000 / 650 BNB be borrowed; 2000 USDT make a level of 1.5."""
    margin = MarginDoor(CROSS)
    margin.bring("USDC", "1000")
    assert {asset: most(margin, asset)[0] for asset in ("USDT", "ETH", "BNB")} == {
        "USDT": "2000",
        "ETH": "0.6060606",
        "BNB": "3.07692307",
    }
    margin.borrow("USDT", "2000")
    assert margin.level() == "1.5"


def test_the_most_is_bounded_by_the_assets_limit(margin: MarginDoor) -> None:
    terms(margin, "USDC", max_borrow="700")
    margin.borrow("USDC", "300")
    assert most(margin, "USDC") == ("400", "700")
    assert margin.loan_refusal("USDC", "400.00000001") == ABOVE[margin.account]
    margin.borrow("USDC", "400")


def test_a_repayment_covers_interest_first(margin: MarginDoor) -> None:
    """500 at 0.01 % owe 0.05 at once; 0.03 pay interest alone, 100 more pay the other 0.02 and 99.98 of principal."""
    terms(margin, "USDC", hourly_rate="0.0001")
    margin.borrow("USDC", "500")
    margin.repay("USDC", "0.03")
    assert margin.held("USDC") == ("1499.97", "0", "500", "0.02")
    margin.repay("USDC", "100")
    assert margin.held("USDC") == ("1399.97", "0", "400.02", "0")
    assert margin.loans("REPAY") == [
        ("MANUAL", "USDC", "0.03", "0.03", "0", "CONFIRMED"),
        ("MANUAL", "USDC", "100", "0.02", "99.98", "CONFIRMED"),
    ]


def test_repaying_the_principal_alone_leaves_a_debt(margin: MarginDoor) -> None:
    """M2: interest was forgotten; principal and interest together leave nothing."""
    terms(margin, "USDC", hourly_rate="0.0001")
    margin.borrow("USDC", "500")
    margin.repay("USDC", "500")
    assert margin.held("USDC") == ("1000", "0", "0.05", "0")
    margin.repay("USDC", "0.05")
    assert margin.held("USDC") == ("999.95", "0", "0", "0")


def test_paid_interest_is_the_venues(margin: MarginDoor) -> None:
    terms(margin, "USDC", hourly_rate="0.0001")
    margin.borrow("USDC", "500")
    margin.repay("USDC", "500.05")
    assert margin.script("ledger", method="GET")["venue"]["interest"] == {"USDC": "0.05000000"}


# Interest --------------------------------------------------------------------------------------


def interest_rows(margin: MarginDoor, **more: object) -> list[tuple[str, str, str, int]]:
    found = margin.ok("GET", "/sapi/v1/margin/interestHistory", **margin.lent, **more)
    return [
        (row["type"], plain(row["principal"]), plain(row["interest"]), row["interestAccuredTime"])
        for row in reversed(found["rows"])
    ]


def test_interest_comes_at_once_and_then_at_each_full_hour_on_principal_alone(margin: MarginDoor) -> None:
    """Borrowed at 20:10: charged then, at 21:00 and 22:00, each time 0.05; interest bears none."""
    terms(margin, "USDC", hourly_rate="0.0001")
    start_ms = margin.clock.now_ms()
    margin.wait(10 * 60_000)
    margin.borrow("USDC", "500")
    assert margin.held("USDC")[3] == "0.05"
    margin.wait(50 * 60_000 - 1)
    assert margin.held("USDC")[3] == "0.05"
    margin.wait(1)
    assert margin.held("USDC")[3] == "0.1"
    margin.wait(HOUR_MS)
    assert margin.held("USDC")[3] == "0.15"
    assert interest_rows(margin) == [
        ("ON_BORROW", "500", "0.05", start_ms + 10 * 60_000),
        ("PERIODIC", "500", "0.05", start_ms + HOUR_MS),
        ("PERIODIC", "500", "0.05", start_ms + 2 * HOUR_MS),
    ]


def test_hours_that_pass_in_one_step_are_all_charged_at_their_own_time(margin: MarginDoor) -> None:
    terms(margin, "USDC", hourly_rate="0.0001")
    start_ms = margin.clock.now_ms()
    margin.borrow("USDC", "500")
    margin.wait(24 * HOUR_MS)
    assert margin.held("USDC")[3] == "1.25"
    times = [row[3] for row in interest_rows(margin, size=100)]
    assert times == [start_ms + hour * HOUR_MS for hour in range(25)]


def test_a_second_loan_is_charged_by_itself_at_once(margin: MarginDoor) -> None:
    terms(margin, "USDC", hourly_rate="0.0001")
    margin.borrow("USDC", "500")
    margin.borrow("USDC", "200")
    assert [row[:3] for row in interest_rows(margin)] == [("ON_BORROW", "500", "0.05"), ("ON_BORROW", "200", "0.02")]
    margin.wait(HOUR_MS)
    assert margin.held("USDC")[3] == "0.14"


def test_a_repaid_loan_bears_no_interest(margin: MarginDoor) -> None:
    terms(margin, "USDC", hourly_rate="0.0001")
    margin.borrow("USDC", "500")
    margin.repay("USDC", "500.05")
    margin.wait(3 * HOUR_MS)
    assert margin.held("USDC")[3] == "0"
    assert len(interest_rows(margin)) == 1


def test_interest_is_rounded_up_to_eight_decimals(margin: MarginDoor) -> None:
    """0.00000001 at any rate costs a whole unit."""
    terms(margin, "BTC", hourly_rate="0.0000005")
    margin.borrow("BTC", "0.00000001")
    assert margin.held("BTC") == ("0.00000001", "0", "0.00000001", "0.00000001")


# Transactions that take their time -------------------------------------------------------------


def test_a_slow_loan_is_pending_until_its_time(margin: MarginDoor) -> None:
    margin.script("margin", {"loan_ms": 300})
    margin.borrow("USDC", "500")
    assert margin.held("USDC") == ("1000", "0", "0", "0")
    assert margin.loans("BORROW") == [("MANUAL", "USDC", "500", "0", "0", "PENDING")]
    assert margin.loan_refusal("USDC", "10") == PENDING
    margin.wait(300)
    assert margin.held("USDC") == ("1500", "0", "500", "0")
    assert margin.loans("BORROW") == [("MANUAL", "USDC", "500", "0", "500", "CONFIRMED")]
    margin.repay("USDC", "500")


def test_while_a_transaction_is_pending_orders_neither_borrow_nor_repay(margin: MarginDoor) -> None:
    margin.borrow("BTC", "0.01")
    margin.script("margin", {"loan_ms": 300})
    margin.borrow("USDC", "100")
    assert margin.refused_order("BUY", "MARKET", "0.02", sideEffectType="MARGIN_BUY") == PENDING
    margin.place("BUY", "MARKET", "0.005", sideEffectType="AUTO_REPAY")
    assert margin.held("BTC") == ("0.015", "0", "0.01", "0")


def test_a_pending_repayment_whose_coins_are_gone_fails(margin: MarginDoor) -> None:
    margin.borrow("BTC", "0.01")
    margin.script("margin", {"loan_ms": 300})
    margin.repay("BTC", "0.01")
    margin.place("SELL", "MARKET", "0.01")
    margin.wait(300)
    assert margin.held("BTC") == ("0", "0", "0.01", "0")
    assert margin.loans("REPAY") == [("MANUAL", "BTC", "0.01", "0", "0", "FAILED")]


def test_a_loan_whose_answer_was_lost_is_found_in_the_records(margin: MarginDoor) -> None:
    """M3: the request ends in silence, the coins are there, and the record tells."""
    margin.script("faults", [{"kind": "timeout_after", "route": LOANS, "method": "POST"}])
    lost = margin.signed("POST", LOANS, **margin.loan_params("USDC", "500", "BORROW"))
    assert lost.transport == "timeout"
    assert margin.loans("BORROW") == [("MANUAL", "USDC", "500", "0", "500", "CONFIRMED")]


# Records ---------------------------------------------------------------------------------------


def test_records_come_newest_first_by_pages(margin: MarginDoor) -> None:
    numbers = [margin.borrow("USDC", str(amount)) for amount in range(1, 13)]
    page = margin.ok("GET", LOANS, type="BORROW", **margin.lent)
    assert (page["total"], [row["txId"] for row in page["rows"]]) == (12, numbers[:1:-1])
    second = margin.ok("GET", LOANS, type="BORROW", current=2, **margin.lent)
    assert [row["txId"] for row in second["rows"]] == numbers[1::-1]
    assert margin.ok("GET", LOANS, type="BORROW", current=3, **margin.lent) == {"rows": [], "total": 12}


def test_records_are_found_by_asset_number_and_time(margin: MarginDoor) -> None:
    first = margin.borrow("USDC", "10")
    margin.wait(1000)
    since_ms = margin.clock.now_ms()
    second = margin.borrow("BTC", "0.001")

    def found(**wished: object) -> list[int]:
        rows = margin.ok("GET", LOANS, type="BORROW", **margin.lent, **wished)["rows"]
        return [row["txId"] for row in rows]

    assert found(asset="USDC") == [first]
    assert found(txId=second) == [second]
    assert found(startTime=since_ms) == [second]
    assert found(endTime=since_ms - 1) == [first]
    assert found() == [second, first]


def test_records_belong_to_their_account() -> None:
    margin = MarginDoor("cross")
    margin.bring("USDC", "1000")
    margin.script("deposit", {"asset": "USDC", "amount": "1000", "account": ISOLATED})
    margin.borrow("USDC", "10")
    assert margin.ok("GET", LOANS, type="BORROW", isolatedSymbol=SYMBOL) == {"rows": [], "total": 0}
    row = margin.ok("GET", LOANS, type="BORROW")["rows"][0]
    assert "isolatedSymbol" not in row


def test_a_lagging_read_shows_an_account_before_its_loan(margin: MarginDoor) -> None:
    """Balances and records of the same moment: neither shows the loan yet."""
    margin.script("faults", [{"kind": "stale", "ms": 1000, "count": 3}])
    margin.wait(2000)
    margin.borrow("USDC", "500")
    assert margin.level() == "999"
    assert margin.loans("BORROW") == []
    assert most(margin, "USDC")[0] == "2000"
    assert most(margin, "USDC")[0] == "1500"
