"""The script's door under /paper/: deposits, fees, clock, reset, ledger."""

import json
from decimal import Decimal

import pytest

from exchange.paper.settings import PaperSettings
from tests.paper.paper_door import SYMBOL, Door


def test_the_ledger_has_the_agreed_shape(door: Door) -> None:
    door.deposit("BTC", "0.01")
    door.order("BUY", "MARKET", "0.001", newClientOrderId="mine")
    door.ask("GET", "/api/v3/order", symbol=SYMBOL, orderId=99)
    found = door.script("ledger", method="GET")
    assert list(found)[:7] == ["time", "market", "balances", "orders", "lists", "trades", "requests"]
    assert list(found)[7:] == ["loans", "interest", "venue"]
    assert found["market"][SYMBOL] == {"bid": "94999.99000000", "ask": "95000.00000000", "last": "95000.00000000"}
    assert found["balances"]["spot"]["BTC"] == {
        "free": "0.01099900",
        "locked": "0.00000000",
        "borrowed": "0.00000000",
        "interest": "0.00000000",
    }
    order = door.find("mine")
    assert found["orders"] == [{**order, "account": "spot"}]
    assert found["trades"][0]["commission"] == "0.00000100"
    assert [(row["n"], row["method"], row["path"], row["status"], row["code"]) for row in found["requests"]] == [
        (1, "POST", "/api/v3/order", 200, None),
        (2, "GET", "/api/v3/order", 400, -2013),
    ]
    assert "signature" not in found["requests"][0]["params"]
    later = door.exchange.request("GET", "/paper/ledger", "since_request=1", "", {})
    assert [row["n"] for row in json.loads(later.body)["requests"]] == [2, 3]


@pytest.mark.parametrize(
    ("fees", "bought", "commission"),
    [
        ({"taker": "0.0005"}, "0.009995", ("0.00000500", "BTC")),
        ({"symbol": SYMBOL, "taker": "0"}, "0.01", ("0.00000000", "BTC")),
        ({"symbol": "BTCUSDT", "taker": "0"}, "0.00999", ("0.00001000", "BTC")),
    ],
)
def test_commission_rates_are_set_for_one_symbol_or_all(
    door: Door, fees: dict[str, str], bought: str, commission: tuple[str, str]
) -> None:
    door.script("fees", fees)
    fill = door.order("BUY", "MARKET", "0.01")["fills"][0]
    assert (fill["commission"], fill["commissionAsset"]) == commission
    assert door.balance("BTC") == (bought, "0")


@pytest.mark.parametrize(
    ("bnb", "asset", "commission"),
    [("1", "BNB", "0.00109615"), ("0.001", "BTC", "0.00001000"), ("0", "BTC", "0.00001000")],
)
def test_bnb_pays_with_a_discount_if_there_is_enough_of_it(door: Door, bnb: str, asset: str, commission: str) -> None:
    """950 USDC at 0.1 % less 25 % is 0.7125; at 650 per BNB that is 0.00109615."""
    door.deposit("BNB", bnb)
    door.script("fees", {"bnb_burn": True})
    fill = door.order("BUY", "MARKET", "0.01")["fills"][0]
    assert (fill["commissionAsset"], fill["commission"]) == (asset, commission)


def test_maker_and_taker_pay_their_own_rate(door: Door) -> None:
    door.script("fees", {"maker": "0", "taker": "0.002"})
    door.order("BUY", "LIMIT", "0.01", price="94000")
    door.print("94000")
    assert door.balance("BTC") == ("0.01", "0")
    door.order("BUY", "MARKET", "0.01")
    assert door.balance("BTC") == ("0.01998", "0")
    rates = door.ok("GET", "/api/v3/account/commission", symbol=SYMBOL)["standardCommission"]
    assert (rates["maker"], rates["taker"]) == ("0.00000000", "0.00200000")


def test_coins_can_be_taken_out_while_they_are_free(door: Door) -> None:
    door.deposit("USDC", "-10000")
    assert door.balance("USDC") == ("0", "0")
    with pytest.raises(AssertionError, match="cannot be taken out"):
        door.deposit("USDC", "-0.01")


def test_time_is_stepped_only_on_a_stepped_exchange(door: Door) -> None:
    before = door.ok("GET", "/api/v3/time")["serverTime"]
    assert door.script("clock", {"advance_ms": 1500}) == {"time": before + 1500}
    door.exchange.stepped = None
    with pytest.raises(AssertionError, match="wall clock"):
        door.script("clock", {"advance_ms": 1})


def test_a_reset_starts_anew_but_keeps_time_and_log(door: Door) -> None:
    door.order("BUY", "LIMIT", "0.01", price="94000")
    door.script("faults", [{"kind": "error"}])
    door.print("80000")
    door.script("clock", {"advance_ms": 5})
    door.script("reset")
    found = door.script("ledger", method="GET")
    assert (found["orders"], found["trades"], len(found["requests"])) == ([], [], 1)
    assert found["market"][SYMBOL]["last"] == "95000.00000000"
    assert door.balance("USDC") == ("10000", "0")


def test_settings_decide_about_the_start() -> None:
    given = PaperSettings(balances={"BTC": Decimal(2)}, prices={SYMBOL: Decimal(50000)}, credentials={"k": "s"})
    door = Door(given)
    assert door.script("ledger", method="GET")["balances"] == {
        "spot": {
            "BTC": {"free": "2.00000000", "locked": "0.00000000", "borrowed": "0.00000000", "interest": "0.00000000"}
        }
    }
    assert door.ask("GET", "/api/v3/account")[0] == 401
    assert door.ok("GET", "/api/v3/ticker/price", symbol=SYMBOL)["price"] == "50000.00000000"


@pytest.mark.parametrize(
    ("path", "given", "text"),
    [
        ("trade", {"symbol": SYMBOL}, "price is missing"),
        ("trade", {"symbol": SYMBOL, "price": "ten"}, "must be a number"),
        ("trade", {"symbol": SYMBOL, "price": "NaN"}, "must be finite"),
        ("trade", {"symbol": SYMBOL, "price": "0"}, "above zero"),
        ("trade", {"symbol": "NOPE", "price": "1"}, "Invalid symbol."),
        ("bar", {"symbol": SYMBOL, "open": "1", "high": "1", "low": "2", "close": "1"}, "must lie between"),
        ("deposit", {"amount": "1"}, "asset is missing"),
        ("deposit", {"asset": "BTC", "amount": "1", "account": "savings"}, "isolated:SYMBOL"),
        ("clock", {"advance_ms": "-1"}, "zero or more"),
        ("nowhere", {}, "there is no POST /paper/nowhere"),
    ],
)
def test_a_script_learns_what_is_wrong(door: Door, path: str, given: object, text: str) -> None:
    with pytest.raises(AssertionError, match=text):
        door.script(path, given)


def test_coins_may_be_put_into_margin_accounts(door: Door) -> None:
    for account in ("cross", "isolated:BTCUSDC"):
        door.script("deposit", {"asset": "USDC", "amount": "5", "account": account})
        assert door.script("ledger", method="GET")["balances"][account]["USDC"]["free"] == "5.00000000"
