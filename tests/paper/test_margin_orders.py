"""Margin orders by hand: what is borrowed, locked, received and repaid (Binance docs: margin account new order).

Bid 94999.99, ask and last 95000; 1000 USDC of the account's own; no commission and no interest unless a test sets them.
"""

from decimal import Decimal

import pytest

from tests.paper.margin_door import MarginDoor
from tests.paper.paper_door import SYMBOL, order_params

ORDER = "/sapi/v1/margin/order"
TENTH_OF_A_PERCENT = {"maker": "0.001", "taker": "0.001"}
INSUFFICIENT = (-2010, "Account has insufficient balance for requested action.")


def charge(margin: MarginDoor, asset: str, hourly_rate: str) -> None:
    margin.script("margin", {"assets": {asset: {"hourly_rate": hourly_rate}}})


def test_without_a_side_effect_an_order_needs_own_funds(margin: MarginDoor) -> None:
    assert margin.refused_order("BUY", "MARKET", "0.02") == INSUFFICIENT
    assert margin.refused_order("SELL", "MARKET", "0.01") == INSUFFICIENT
    assert margin.held("USDC") == ("1000", "0", "0", "0")


def test_margin_buy_borrows_what_is_missing(margin: MarginDoor) -> None:
    """0.02 at 95000 costs 1900; 900 are missing."""
    reply = margin.place("BUY", "MARKET", "0.02", sideEffectType="MARGIN_BUY")
    assert (reply["marginBuyBorrowAmount"], reply["marginBuyBorrowAsset"]) == (900, "USDC")
    assert margin.held("USDC") == ("0", "0", "900", "0")
    assert margin.held("BTC") == ("0.02", "0", "0", "0")


def test_margin_buy_borrows_nothing_that_is_there(margin: MarginDoor) -> None:
    reply = margin.place("BUY", "MARKET", "0.01", sideEffectType="MARGIN_BUY")
    assert "marginBuyBorrowAmount" not in reply
    assert "marginBuyBorrowAsset" not in reply
    assert margin.held("USDC") == ("50", "0", "0", "0")


def test_a_short_sale_borrows_the_base(margin: MarginDoor) -> None:
    """0.01 sold at the bid brings 949.9999."""
    reply = margin.place("SELL", "MARKET", "0.01", sideEffectType="MARGIN_BUY")
    assert (reply["marginBuyBorrowAmount"], reply["marginBuyBorrowAsset"]) == (0.01, "BTC")
    assert margin.held("BTC") == ("0", "0", "0.01", "0")
    assert margin.held("USDC") == ("1949.9999", "0", "0", "0")


@pytest.mark.parametrize(
    ("quantity", "shown"), [("0.001", b"0.00001,"), ("0.00101", b"0.00002,"), ("1.00099", b"1,"), ("10.00099", b"10,")]
)
def test_what_is_borrowed_is_a_json_number_with_the_digits_it_needs(
    margin: MarginDoor, quantity: str, shown: bytes
) -> None:
    """No exponent for small ones, no decimals for whole ones: the venue's own SDK demands an integer there."""
    margin.bring("USDC", "10000000")
    margin.bring("BTC", "0.00099")
    sale = order_params("SELL", "MARKET", quantity, sideEffectType="MARGIN_BUY")
    response = margin.signed("POST", ORDER, **margin.whose, **sale)
    assert b'"marginBuyBorrowAmount":' + shown in response.body


def test_a_resting_order_has_borrowed_and_owes_interest_before_any_fill(margin: MarginDoor) -> None:
    """0.02 at 94000 locks 1880; 880 borrowed cost 0.088 at once."""
    charge(margin, "USDC", "0.0001")
    margin.place("BUY", "LIMIT", "0.02", price="94000", sideEffectType="MARGIN_BUY", newClientOrderId="entry")
    assert margin.held("USDC") == ("0", "1880", "880", "0.088")


@pytest.mark.parametrize("effect", ["MARGIN_BUY", "AUTO_BORROW_REPAY"])
def test_a_cancel_repays_what_the_order_borrowed_and_its_interest(margin: MarginDoor, effect: str) -> None:
    charge(margin, "USDC", "0.0001")
    margin.place("BUY", "LIMIT", "0.02", price="94000", sideEffectType=effect, newClientOrderId="entry")
    margin.cancel("entry")
    assert margin.held("USDC") == ("999.912", "0", "0", "0")
    assert margin.loans("REPAY") == [("AUTO", "USDC", "880.088", "0.088", "880", "CONFIRMED")]


def test_a_cancel_leaves_the_debt_if_so_wished(margin: MarginDoor) -> None:
    margin.place(
        "BUY",
        "LIMIT",
        "0.02",
        price="94000",
        sideEffectType="MARGIN_BUY",
        autoRepayAtCancel="false",
        newClientOrderId="entry",
    )
    margin.cancel("entry")
    assert margin.held("USDC") == ("1880", "0", "880", "0")


def test_canceling_a_partly_filled_order_repays_from_what_it_did_not_use(margin: MarginDoor) -> None:
    """Half of 1880 was spent; of the other half 880 go back and 60 stay."""
    margin.place("BUY", "LIMIT", "0.02", price="94000", sideEffectType="MARGIN_BUY", newClientOrderId="entry")
    margin.print("94000", "0.01")
    margin.cancel("entry")
    assert margin.held("USDC") == ("60", "0", "0", "0")
    assert margin.held("BTC") == ("0.01", "0", "0", "0")


def test_a_cancel_repays_no_more_than_the_order_borrowed(margin: MarginDoor) -> None:
    """500 borrowed by hand stay owed; the order borrows 380 for its 1880."""
    margin.borrow("USDC", "500")
    margin.place("BUY", "LIMIT", "0.02", price="94000", sideEffectType="MARGIN_BUY", newClientOrderId="entry")
    assert margin.held("USDC") == ("0", "1880", "880", "0")
    margin.cancel("entry")
    assert margin.held("USDC") == ("1500", "0", "500", "0")


def test_cancel_all_repays_too(margin: MarginDoor) -> None:
    for price in ("94000", "93000"):
        margin.place("BUY", "LIMIT", "0.015", price=price, sideEffectType="MARGIN_BUY")
    assert margin.held("USDC") == ("0", "2805", "1805", "0")
    margin.ok("DELETE", "/sapi/v1/margin/openOrders", symbol=SYMBOL, **margin.whose)
    assert margin.held("USDC") == ("1000", "0", "0", "0")


def test_auto_repay_pays_interest_first(margin: MarginDoor) -> None:
    """A debt of 0.01 BTC and 0.000001 interest; 0.005 bought pay the interest and 0.004999 of the principal."""
    charge(margin, "BTC", "0.0001")
    margin.place("SELL", "MARKET", "0.01", sideEffectType="MARGIN_BUY")
    margin.place("BUY", "MARKET", "0.005", sideEffectType="AUTO_REPAY")
    assert margin.held("BTC") == ("0", "0", "0.005001", "0")
    assert margin.loans("REPAY") == [("AUTO", "BTC", "0.005", "0.000001", "0.004999", "CONFIRMED")]


def test_auto_repay_of_a_sale_pays_quote_debt_and_keeps_the_rest(margin: MarginDoor) -> None:
    """1900 at 95000 with 900 borrowed; sold at 94999.99 it brings 1899.9998."""
    margin.place("BUY", "MARKET", "0.02", sideEffectType="MARGIN_BUY")
    margin.place("SELL", "MARKET", "0.02", sideEffectType="AUTO_REPAY")
    assert margin.held("USDC") == ("999.9998", "0", "0", "0")


def test_a_short_bought_back_one_to_one_still_owes_the_commission(margin: MarginDoor) -> None:
    """M1: 0.1 % of the bought base is missing."""
    margin.script("fees", TENTH_OF_A_PERCENT)
    margin.place("SELL", "MARKET", "0.01", sideEffectType="MARGIN_BUY")
    margin.place("BUY", "MARKET", "0.01", sideEffectType="AUTO_REPAY")
    assert margin.held("BTC") == ("0", "0", "0.00001", "0")


def test_a_buy_back_that_is_grossed_up_pays_all(margin: MarginDoor) -> None:
    """M1: 0.01002 net of 0.1 % is 0.01000998; 0.00000998 are left over."""
    margin.script("fees", TENTH_OF_A_PERCENT)
    margin.place("SELL", "MARKET", "0.01", sideEffectType="MARGIN_BUY")
    margin.place("BUY", "MARKET", "0.01002", sideEffectType="AUTO_REPAY")
    assert margin.held("BTC") == ("0.00000998", "0", "0", "0")


def test_auto_borrow_repay_opens_and_closes_a_short(margin: MarginDoor) -> None:
    margin.place("SELL", "MARKET", "0.01", sideEffectType="AUTO_BORROW_REPAY")
    assert margin.held("BTC") == ("0", "0", "0.01", "0")
    margin.place("BUY", "MARKET", "0.01", sideEffectType="AUTO_BORROW_REPAY")
    assert margin.held("BTC") == ("0", "0", "0", "0")
    assert margin.held("USDC") == ("999.9999", "0", "0", "0")


def test_each_fill_repays_what_it_brought(margin: MarginDoor) -> None:
    margin.place("SELL", "MARKET", "0.01", sideEffectType="MARGIN_BUY")
    margin.place("BUY", "LIMIT", "0.01", price="94000", sideEffectType="AUTO_REPAY", newClientOrderId="back")
    margin.print("94000", "0.004")
    assert margin.held("BTC") == ("0", "0", "0.006", "0")
    margin.print("94000", "0.006")
    assert margin.held("BTC") == ("0", "0", "0", "0")
    assert [row[2] for row in margin.loans("REPAY")] == ["0.004", "0.006"]


def test_an_order_beyond_what_can_be_borrowed_is_not_created(margin: MarginDoor) -> None:
    """With 1000 of its own the account may owe 2000; 3800 cost 2800 more than it has."""
    codes = {
        "cross": (-3006, "Your borrow amount has exceed maximum borrow amount."),
        "isolated:BTCUSDC": (-11008, "Exceeding the account's maximum borrowable limit."),
    }
    assert margin.refused_order("BUY", "MARKET", "0.04", sideEffectType="MARGIN_BUY") == codes[margin.account]
    assert margin.held("USDC") == ("1000", "0", "0", "0")
    assert margin.loans("BORROW") == []
    assert margin.ok("GET", "/sapi/v1/margin/allOrders", symbol=SYMBOL, **margin.whose) == []


def test_a_filter_refuses_before_anything_is_borrowed(margin: MarginDoor) -> None:
    refusal = margin.refused_order("BUY", "LIMIT", "0.02", price="94000.001", sideEffectType="MARGIN_BUY")
    assert refusal == (-1013, "Filter failure: PRICE_FILTER")
    taken = margin.refused_order("BUY", "LIMIT_MAKER", "0.02", price="96000", sideEffectType="MARGIN_BUY")
    assert taken == (-2010, "Order would immediately match and take.")
    assert margin.loans("BORROW") == []


def test_margin_and_spot_share_order_ids_and_nothing_else(margin: MarginDoor) -> None:
    spot = margin.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="same")
    own = margin.place("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="same")
    assert (spot["orderId"], own["orderId"]) == (1, 2)
    assert margin.refusal("GET", "/api/v3/order", symbol=SYMBOL, orderId=2)[0] == -2013
    assert margin.refusal("GET", ORDER, symbol=SYMBOL, **margin.whose, orderId=1)[0] == -2013
    assert margin.balance("USDC") == ("9060", "940")
    assert margin.held("USDC") == ("60", "940", "0", "0")


def test_cross_and_isolated_orders_are_apart() -> None:
    margin = MarginDoor("cross")
    margin.bring("USDC", "1000")
    margin.script("deposit", {"asset": "USDC", "amount": "1000", "account": "isolated:BTCUSDC"})
    margin.place("BUY", "LIMIT", "0.01", price="94000")
    path = "/sapi/v1/margin/openOrders"
    assert len(margin.ok("GET", path)) == 1
    assert margin.ok("GET", path, symbol=SYMBOL, isIsolated="TRUE") == []


def test_is_isolated_is_read_in_any_letter_case() -> None:
    margin = MarginDoor()
    margin.bring("USDC", "1000")
    order = order_params("BUY", "LIMIT", "0.01", price="94000")
    for word in ("true", "TRUE", "True"):
        assert margin.ok("POST", ORDER, isIsolated=word, **order)["isIsolated"] is True
        margin.ok("DELETE", "/sapi/v1/margin/openOrders", symbol=SYMBOL, isIsolated=word)


@pytest.mark.parametrize(
    ("form", "extra"),
    [
        ("ACK", set()),
        ("RESULT", {"price", "status", "selfTradePreventionMode"}),
        ("FULL", {"price", "status", "fills"}),
        (None, {"fills"}),
    ],
)
def test_the_reply_is_as_detailed_as_wished(margin: MarginDoor, form: str | None, extra: set[str]) -> None:
    wished = {} if form is None else {"newOrderRespType": form}
    reply = margin.place("BUY", "MARKET", "0.01", **wished)
    assert extra <= set(reply)
    assert ("status" in reply) == bool(extra)
    assert "orderListId" not in reply


def test_a_cancel_reply_has_its_order_id_as_text_and_no_time(margin: MarginDoor) -> None:
    margin.place("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="entry")
    reply = margin.cancel("entry")
    assert (reply["orderId"], reply["origClientOrderId"], reply["status"]) == ("1", "entry", "CANCELED")
    assert reply["clientOrderId"] != "entry"
    assert "transactTime" not in reply


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"sideEffectType": "BORROW"}, (-1130, "Data sent for parameter 'sideEffectType' is not valid.")),
        ({"isIsolated": "yes"}, (-1130, "Data sent for parameter 'isIsolated' is not valid.")),
        ({"autoRepayAtCancel": "maybe"}, (-1130, "Data sent for parameter 'autoRepayAtCancel' is not valid.")),
        ({"symbol": "BTCXXX"}, (-1121, "Invalid symbol.")),
        ({"side": "LONG"}, (-1117, "Invalid side.")),
        ({"price": "1e5"}, (-1100, None)),
    ],
)
def test_parameters_are_read_as_on_spot(params: dict[str, str], refusal: tuple[int, str | None]) -> None:
    margin = MarginDoor("cross")
    given = order_params("BUY", "LIMIT", "0.01", price="94000") | params
    code, text = margin.refusal("POST", ORDER, **given)
    assert (code, text if refusal[1] else None) == refusal


@pytest.mark.parametrize(
    "path", ["order/test", "order/cancelReplace", "order/amend/keepPriority", "order/opo", "loan", "repay"]
)
def test_what_margin_does_not_offer_is_no_path(margin: MarginDoor, path: str) -> None:
    status, _ = margin.ask("POST", f"/sapi/v1/margin/{path}", **order_params("BUY", "MARKET", "0.01"))
    assert status == 404


def test_triggered_stops_of_a_short_are_bought_with_what_the_sale_brought(margin: MarginDoor) -> None:
    """0.01 short at 94999.99; the stop takes at 96000 and leaves 1949.9999 - 960 of quote."""
    margin.place("SELL", "MARKET", "0.01", sideEffectType="MARGIN_BUY")
    margin.place(
        "BUY",
        "STOP_LOSS_LIMIT",
        "0.01",
        stopPrice="96000",
        price="96010",
        sideEffectType="AUTO_REPAY",
        newClientOrderId="stop",
    )
    assert margin.held("USDC") == ("989.8999", "960.1", "0", "0")
    margin.print("96000")
    assert margin.look("stop") == ("FILLED", "0.01")
    assert margin.held("BTC") == ("0", "0", "0", "0")
    assert margin.held("USDC") == ("989.9999", "0", "0", "0")


def test_fills_are_those_of_the_account(margin: MarginDoor) -> None:
    margin.order("BUY", "MARKET", "0.02")
    margin.place("BUY", "MARKET", "0.01")
    rows = margin.ok("GET", "/sapi/v1/margin/myTrades", symbol=SYMBOL, **margin.whose)
    assert [(row["qty"], row["isBuyer"], row["orderId"]) for row in rows] == [("0.01000000", True, 2)]
    first = margin.ok("GET", "/sapi/v1/margin/myTrades", symbol=SYMBOL, **margin.whose, orderId=1)
    assert first == []


def test_fills_can_be_asked_for_from_an_id_on(margin: MarginDoor) -> None:
    for _ in range(3):
        margin.place("BUY", "MARKET", "0.002")
    path = "/sapi/v1/margin/myTrades"
    rows = margin.ok("GET", path, symbol=SYMBOL, **margin.whose)
    later = margin.ok("GET", path, symbol=SYMBOL, **margin.whose, fromId=rows[1]["id"])
    assert later == rows[1:]
    assert sum(Decimal(row["qty"]) for row in rows) == Decimal("0.006")
