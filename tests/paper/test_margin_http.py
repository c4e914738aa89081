"""Real ccxt and python-binance on margin, over real connections."""

from collections.abc import Iterator
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest
import requests
from binance.client import Client  # type: ignore[import-untyped]
from binance.exceptions import BinanceAPIException  # type: ignore[import-untyped]

from exchange.paper.server import RunningExchange, running
from exchange.paper.settings import PaperSettings
from tests.paper.paper_clients import http_client

PAIR, SYMBOL = "BTC/USDC", "BTCUSDC"
FREE_OF_CHARGE = {"assets": {asset: {"hourly_rate": "0"} for asset in ("BTC", "USDC")}}
WHOSE = {"cross": {"marginMode": "cross"}, "isolated": {"marginMode": "isolated", "symbol": PAIR}}


@pytest.fixture
def served() -> Iterator[RunningExchange]:
    """Without commission and interest; 1000 USDC in each margin account."""
    with running(PaperSettings()) as exchange:
        script(exchange, "margin", FREE_OF_CHARGE)
        script(exchange, "fees", {"maker": "0", "taker": "0"})
        for account in ("cross", f"isolated:{SYMBOL}"):
            script(exchange, "deposit", {"asset": "USDC", "amount": "1000", "account": account})
        yield exchange


@pytest.fixture
def client(served: RunningExchange) -> Any:
    """ccxt with its default start-up: coins, margin pairs, spot and contract markets."""
    contracts = {"types": ["spot", "linear", "inverse"]}
    connected = http_client(served.url, fetchMarkets=contracts, fetchMargins=True, fetchCurrencies=True)
    connected.load_markets()
    return connected


def script(served: RunningExchange, path: str, given: Any = None) -> Any:
    reply = requests.post(f"{served.url}/paper/{path}", json=given, timeout=5)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_the_default_start_up_knows_which_markets_are_on_margin(client: Any) -> None:
    market = client.market(PAIR)
    assert (market["margin"], market["marginModes"]) == (True, {"cross": True, "isolated": True})
    assert client.currencies["BTC"]["name"] == "Bitcoin"


@pytest.mark.parametrize("mode", ["cross", "isolated"])
def test_a_long_by_unified_calls(client: Any, mode: str) -> None:
    """1900 bought with 900 lent, sold for 1899.9998: 999.9998 are left and nothing is owed."""
    params = {"marginMode": mode}
    entry = client.create_order(PAIR, "market", "buy", 0.02, None, params | {"sideEffectType": "MARGIN_BUY"})
    assert (entry["status"], entry["filled"], entry["info"]["marginBuyBorrowAsset"]) == ("closed", 0.02, "USDC")
    assert debt(client, mode) == {"USDC": 900, "BTC": 0}
    close = client.create_order(PAIR, "market", "sell", 0.02, None, params | {"sideEffectType": "AUTO_REPAY"})
    assert client.fetch_order(close["id"], PAIR, params)["status"] == "closed"
    assert debt(client, mode) == {"USDC": 0, "BTC": 0}
    assert client.fetch_balance(WHOSE[mode])["USDC"]["free"] == 999.9998
    assert len(client.fetch_my_trades(PAIR, params=params)) == 2
    assert len(client.fetch_orders(PAIR, params=params)) == 2


def debt(client: Any, mode: str) -> dict[str, float]:
    rows = client.fetch_balance(WHOSE[mode])
    return {asset: rows[asset]["debt"] for asset in ("USDC", "BTC")}


@pytest.mark.parametrize("mode", ["cross", "isolated"])
def test_a_stop_is_placed_found_and_canceled(client: Any, mode: str) -> None:
    params = {"marginMode": mode}
    client.create_order(PAIR, "market", "buy", 0.01, None, params)
    stop = client.create_order(
        PAIR, "limit", "sell", 0.01, 93990, params | {"stopLossPrice": 94000, "clientOrderId": "stop"}
    )
    assert [order["clientOrderId"] for order in client.fetch_open_orders(PAIR, params=params)] == ["stop"]
    canceled = client.cancel_order(stop["id"], PAIR, params)
    assert (canceled["status"], canceled["id"]) == ("canceled", stop["id"])
    assert client.fetch_open_orders(PAIR, params=params) == []
    with pytest.raises(ccxt.OrderNotFound):
        client.cancel_order(stop["id"], PAIR, params)


def test_loans_by_unified_calls(client: Any) -> None:
    client.borrow_cross_margin("USDC", 100)
    client.borrow_isolated_margin(PAIR, "BTC", 0.001)
    assert (debt(client, "cross"), debt(client, "isolated")) == ({"USDC": 100, "BTC": 0}, {"USDC": 0, "BTC": 0.001})
    client.repay_cross_margin("USDC", 100)
    client.repay_isolated_margin(PAIR, "BTC", 0.001)
    assert (debt(client, "cross"), debt(client, "isolated")) == ({"USDC": 0, "BTC": 0}, {"USDC": 0, "BTC": 0})


def test_rates_and_interest_by_unified_calls(served: RunningExchange, client: Any) -> None:
    script(served, "margin", {"assets": {"USDC": {"hourly_rate": "0.0001"}}})
    client.borrow_isolated_margin(PAIR, "USDC", 100)
    row = client.fetch_borrow_interest("USDC", PAIR)[0]
    assert (row["interest"], row["amountBorrowed"], row["marginMode"]) == (0.01, 100, "isolated")
    assert client.fetch_cross_borrow_rate("USDC")["rate"] == 0.0024
    assert client.fetch_isolated_borrow_rate(PAIR)["quoteRate"] == 0.0024


def test_transfers_by_unified_calls(client: Any) -> None:
    client.transfer("USDC", 100, "spot", "cross")
    client.transfer("USDC", 50, "spot", "isolated", {"symbol": PAIR})
    client.transfer("USDC", 30, "isolated", "spot", {"symbol": PAIR})
    assert client.fetch_balance(WHOSE["cross"])["USDC"]["free"] == 1100
    assert client.fetch_balance(WHOSE["isolated"])["USDC"]["free"] == 1020
    with pytest.raises(ccxt.InsufficientFunds):
        client.transfer("USDC", 20000, "spot", "cross")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-3006, ccxt.BadRequest),
        (-3007, ccxt.OperationFailed),
        (-3012, ccxt.OperationRejected),
        (-3014, ccxt.AccountSuspended),
        (-3044, ccxt.OperationFailed),
        (-3045, ccxt.OperationRejected),
    ],
)
def test_refusals_are_told_apart(served: RunningExchange, client: Any, code: int, kind: type[Exception]) -> None:
    script(served, "margin", {"refusals": [{"action": "BORROW", "code": code}]})
    with pytest.raises(kind, match=str(code)):
        client.borrow_cross_margin("USDC", 100)


def test_lists_by_implicit_calls(client: Any) -> None:
    """OCO has a name in ccxt; OTOCO goes through request."""
    oco = {"symbol": SYMBOL, "side": "BUY", "quantity": "0.01", "price": "94000", "stopPrice": "96000"}
    oco |= {"stopLimitPrice": "96010", "stopLimitTimeInForce": "GTC", "isIsolated": "TRUE"}
    placed = client.sapi_post_margin_order_oco(oco)
    whose = {"symbol": SYMBOL, "isIsolated": "TRUE", "orderListId": placed["orderListId"]}
    assert client.sapi_get_margin_orderlist(whose)["listOrderStatus"] == "EXECUTING"
    assert client.sapi_delete_margin_orderlist(whose)["listOrderStatus"] == "ALL_DONE"
    working = {"Type": "LIMIT", "Side": "BUY", "Price": "94000", "Quantity": "0.01", "TimeInForce": "GTC"}
    pending = {"Side": "SELL", "Quantity": "0.01", "AboveType": "LIMIT_MAKER", "AbovePrice": "96000"}
    pending |= {
        "BelowType": "STOP_LOSS_LIMIT",
        "BelowStopPrice": "93000",
        "BelowPrice": "92990",
        "BelowTimeInForce": "GTC",
    }
    otoco = {f"working{name}": value for name, value in working.items()}
    otoco |= {f"pending{name}": value for name, value in pending.items()} | {"symbol": SYMBOL, "isIsolated": "TRUE"}
    reply = client.request("margin/order/otoco", ["sapi"], "POST", otoco)
    assert (reply["contingencyType"], len(reply["orders"]), reply["isIsolated"]) == ("OTO", 3, True)
    found = client.request("margin/oto/openOrderList", ["sapi"], "GET", {"symbol": SYMBOL, "isIsolated": "TRUE"})
    assert [row["orderListId"] for row in found] == [reply["orderListId"]]


# python-binance --------------------------------------------------------------------------------


@pytest.fixture
def old_hand(served: RunningExchange) -> Any:
    """python-binance, redirected by the class attributes it offers for that."""
    addresses = {"API_URL": f"{served.url}/api", "MARGIN_API_URL": f"{served.url}/sapi"}
    return type("RedirectedClient", (Client,), addresses)("paper", "paper")


def test_a_short_by_python_binance(old_hand: Any) -> None:
    """0.01 sold at 94999.99 and bought back at 95000."""
    order = {"symbol": SYMBOL, "type": "MARKET", "quantity": "0.01", "isIsolated": "TRUE"}
    sold = old_hand.create_margin_order(side="SELL", sideEffectType="MARGIN_BUY", **order)
    assert (sold["status"], sold["marginBuyBorrowAmount"]) == ("FILLED", 0.01)
    old_hand.create_margin_order(side="BUY", sideEffectType="AUTO_REPAY", **order)
    pair = old_hand.get_isolated_margin_account(symbols=SYMBOL)["assets"][0]
    assert (pair["baseAsset"]["borrowed"], pair["quoteAsset"]["free"]) == ("0.00000000", "999.99990000")
    assert len(old_hand.get_margin_trades(symbol=SYMBOL, isIsolated="TRUE")) == 2


def test_queries_by_python_binance(old_hand: Any) -> None:
    placed = old_hand.create_margin_order(
        symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price="94000"
    )
    assert old_hand.get_open_margin_orders(symbol=SYMBOL)[0]["orderId"] == placed["orderId"]
    old_hand.cancel_margin_order(symbol=SYMBOL, orderId=placed["orderId"])
    assert old_hand.get_margin_order(symbol=SYMBOL, orderId=placed["orderId"])["status"] == "CANCELED"
    assert old_hand.get_margin_account()["tradeEnabled"] is True
    assert old_hand.get_max_margin_loan(asset="USDC")["amount"] == "2000.00000000"
    assert old_hand.get_margin_price_index(symbol=SYMBOL)["price"] == "95000.00000000"
    assert {row["symbol"] for row in old_hand.get_margin_all_pairs()} >= {SYMBOL, "BTCUSDT"}
    with pytest.raises(BinanceAPIException, match="Order does not exist"):
        old_hand.get_margin_order(symbol=SYMBOL, orderId=99)
