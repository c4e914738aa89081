"""Transfers, coins, pairs, rates and switches (Binance docs: wallet, margin market data)."""

import pytest

from tests.paper.margin_door import CROSS, ISOLATED, MarginDoor
from tests.paper.paper_door import SYMBOL, plain

TRANSFER = "/sapi/v1/asset/transfer"
IN = {CROSS: {"type": "MAIN_MARGIN"}, ISOLATED: {"type": "MAIN_ISOLATED_MARGIN", "toSymbol": SYMBOL}}
OUT = {CROSS: {"type": "MARGIN_MAIN"}, ISOLATED: {"type": "ISOLATED_MARGIN_MAIN", "fromSymbol": SYMBOL}}


def move(margin: MarginDoor, quantity: str, way: dict[str, dict[str, str]]) -> None:
    margin.ok("POST", TRANSFER, asset="USDC", amount=quantity, **way[margin.account])


def refused_move(margin: MarginDoor, quantity: str, way: dict[str, dict[str, str]]) -> tuple[int, str]:
    return margin.refusal("POST", TRANSFER, asset="USDC", amount=quantity, **way[margin.account])


def transferable(margin: MarginDoor, asset: str) -> str:
    found = margin.ok("GET", "/sapi/v1/margin/maxTransferable", asset=asset, **margin.lent)
    return plain(found["amount"])


def test_coins_move_in_and_out_at_once(margin: MarginDoor) -> None:
    move(margin, "400", IN)
    assert (margin.balance("USDC")[0], margin.held("USDC")[0]) == ("9600", "1400")
    move(margin, "1400", OUT)
    assert (margin.balance("USDC")[0], margin.held("USDC")[0]) == ("11000", "0")
    rows = margin.ok("GET", TRANSFER, type=OUT[margin.account]["type"])["rows"]
    assert [(row["asset"], plain(row["amount"]), row["status"]) for row in rows] == [("USDC", "1400", "CONFIRMED")]


def test_what_is_not_free_does_not_move(margin: MarginDoor) -> None:
    refusal = (-5013, "Asset transfer failed: insufficient balance")
    assert refused_move(margin, "10000.01", IN) == refusal
    assert refused_move(margin, "1000.01", OUT) == refusal


def test_with_debt_only_what_leaves_a_level_of_two_moves_out(margin: MarginDoor) -> None:
    """300 owed, 1300 held: 1300 - 2 * 300 is 700."""
    assert transferable(margin, "USDC") == "1000"
    margin.borrow("USDC", "300")
    assert transferable(margin, "USDC") == "700"
    assert refused_move(margin, "700.01", OUT) == (-3020, "Transfer out amount exceeds max amount.")
    move(margin, "700", OUT)
    assert margin.level() == "2"
    text = "You can't transfer out/place order under current margin level."
    assert refused_move(margin, "0.01", OUT) == (-3023, text)


def test_isolated_accounts_are_reached_from_cross_and_from_each_other() -> None:
    margin = MarginDoor("cross")
    margin.bring("USDC", "1000")
    for symbol in (SYMBOL, "BTCUSDT"):
        margin.ok("POST", "/sapi/v1/margin/isolated/account", symbol=symbol)
    margin.bring("BTC", "0.5")
    margin.ok("POST", TRANSFER, type="MARGIN_ISOLATEDMARGIN", asset="BTC", amount="0.5", toSymbol=SYMBOL)
    way = {"type": "ISOLATEDMARGIN_ISOLATEDMARGIN", "fromSymbol": SYMBOL, "toSymbol": "BTCUSDT"}
    margin.ok("POST", TRANSFER, asset="BTC", amount="0.3", **way)
    margin.ok("POST", TRANSFER, type="ISOLATEDMARGIN_MARGIN", asset="BTC", amount="0.1", fromSymbol="BTCUSDT")
    balances = margin.script("ledger", method="GET")["balances"]
    held = {account: plain(rows["BTC"]["free"]) for account, rows in balances.items() if "BTC" in rows}
    assert held == {"cross": "0.1", ISOLATED: "0.2", "isolated:BTCUSDT": "0.2"}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"type": "MAIN_FUNDING"}, -1130),
        ({"type": ""}, -1102),
        ({"asset": ""}, -1102),
        ({"amount": "0"}, -1130),
        ({"type": "MAIN_ISOLATED_MARGIN"}, -1102),
        ({"type": "MAIN_ISOLATED_MARGIN", "toSymbol": SYMBOL}, -11001),
        ({"type": "MAIN_ISOLATED_MARGIN", "toSymbol": "XYZ"}, -1121),
        ({"asset": "XYZ"}, -3027),
    ],
)
def test_parameters_of_a_transfer_are_checked(params: dict[str, str], code: int) -> None:
    margin = MarginDoor("cross")
    given = {"type": "MAIN_MARGIN", "asset": "USDC", "amount": "1"} | params
    assert margin.refusal("POST", TRANSFER, **given)[0] == code


@pytest.mark.parametrize(
    ("flag", "way", "refusal"),
    [
        ("transfer_in_enabled", IN, (-3018, "Transferring in has been banned for this account.")),
        ("transfer_out_enabled", OUT, (-3019, "Transferring out has been banned for this account.")),
    ],
)
def test_a_banned_account_neither_takes_nor_gives(
    margin: MarginDoor, flag: str, way: dict[str, dict[str, str]], refusal: tuple[int, str]
) -> None:
    margin.script("margin", {"accounts": {margin.account: {flag: False}}})
    assert refused_move(margin, "1", way) == refusal


def test_a_banned_account_does_not_trade(margin: MarginDoor) -> None:
    margin.script("margin", {"accounts": {margin.account: {"trade_enabled": False}}})
    assert margin.refused_order("BUY", "MARKET", "0.001") == (-3022, "You account's trading is banned.")


def test_a_pair_that_is_not_on_margin_is_neither_traded_nor_listed(margin: MarginDoor) -> None:
    margin.script("symbol", {"symbol": SYMBOL, "margin_allowed": False})
    text = "Margin account are not allowed to trade this trading pair."
    assert margin.refused_order("BUY", "MARKET", "0.001") == (-3021, text)
    for path in ("margin/allPairs", "margin/isolated/allPairs"):
        assert SYMBOL not in [row["symbol"] for row in margin.ok("GET", f"/sapi/v1/{path}")]
    invalid = (-3028, "Not a valid margin pair.")
    assert margin.refusal("GET", "/sapi/v1/margin/priceIndex", symbol=SYMBOL) == invalid
    assert margin.refusal("GET", "/sapi/v1/margin/isolated/account", symbols=SYMBOL) == invalid


def test_reference_requests_can_ask_for_one(margin: MarginDoor) -> None:
    def only(path: str, **wished: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = margin.ok("GET", f"/sapi/v1/margin/{path}", **wished)
        assert len(rows) == 1
        return rows

    assert only("allPairs", symbol=SYMBOL)[0]["base"] == "BTC"
    assert only("isolated/allPairs", symbol=SYMBOL)[0]["quote"] == "USDC"
    assert only("allAssets", asset="BTC")[0]["assetFullName"] == "Bitcoin"
    assert only("crossMarginData", coin="BTC")[0]["marginablePairs"] == ["BTCUSDC", "BTCUSDT"]
    assert only("isolatedMarginData", symbol=SYMBOL)[0]["leverage"] == "3"
    assert margin.refusal("GET", "/sapi/v1/margin/allAssets", asset="XYZ") == (-3027, "Not a valid margin asset.")


def test_pairs_need_a_key_and_no_signature() -> None:
    margin = MarginDoor("cross")
    assert margin.send("GET", "/sapi/v1/margin/allPairs").status == 200
    assert margin.send("GET", "/sapi/v1/margin/allPairs", key="").status == 401


def test_a_daily_rate_is_twenty_four_hourly_ones(margin: MarginDoor) -> None:
    margin.script("margin", {"assets": {"USDC": {"hourly_rate": "0.00001"}}})
    row = margin.ok("GET", "/sapi/v1/margin/interestRateHistory", asset="USDC")[0]
    assert plain(row["dailyInterestRate"]) == "0.00024"


def test_the_index_is_the_last_price(margin: MarginDoor) -> None:
    margin.print("96000")
    assert margin.ok("GET", "/sapi/v1/margin/priceIndex", symbol=SYMBOL)["price"] == "96000.00000000"


def test_bnb_pays_commission_once_it_is_switched_on() -> None:
    """0.1 % of 950 at 25 % off are 0.7125 USDC, at 650 for a BNB 0.00109615."""
    margin = MarginDoor("cross")
    margin.bring("USDC", "1000")
    margin.bring("BNB", "1")
    margin.script("fees", {"maker": "0.001", "taker": "0.001"})
    path = "/sapi/v1/bnbBurn"
    assert margin.ok("POST", path, spotBNBBurn="true") == {"spotBNBBurn": True, "interestBNBBurn": False}
    fill = margin.place("BUY", "MARKET", "0.01")["fills"][0]
    assert (fill["commissionAsset"], fill["commission"]) == ("BNB", "0.00109615")
    assert margin.ok("POST", path, interestBNBBurn="true") == {"spotBNBBurn": True, "interestBNBBurn": True}
    assert margin.refusal("POST", path)[0] == -1102


def test_coins_are_listed_with_what_is_held_on_spot(margin: MarginDoor) -> None:
    rows = {row["coin"]: row for row in margin.ok("GET", "/sapi/v1/capital/config/getall")}
    assert set(rows) == {"BNB", "BTC", "ETH", "USDC", "USDT"}
    assert (rows["USDC"]["free"], rows["USDC"]["networkList"][0]["withdrawEnable"]) == ("10000.00000000", True)
