"""Following a margin account over the WebSocket API by listenToken (Binance docs: margin user data stream)."""

import asyncio
from typing import Any

import ccxt.pro as ccxtpro  # type: ignore[import-untyped]
import pytest

from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from tests.paper.margin_door import HOUR_MS, MarginDoor
from tests.paper.paper_clients import ccxt_options
from tests.paper.paper_door import SYMBOL
from tests.paper.ws_door import ApiDoor

SUBSCRIBE = "userDataStream.subscribe.listenToken"


def token(margin: MarginDoor, **more: object) -> dict[str, Any]:
    found: dict[str, Any] = margin.ok("POST", "/sapi/v1/userListenToken", **margin.whose, symbol=SYMBOL, **more)
    return found


def following(margin: MarginDoor, **more: object) -> ApiDoor:
    near = ApiDoor(margin)
    assert near.ask(SUBSCRIBE, {"listenToken": token(margin, **more)["token"]})["status"] == 200
    return near


def test_a_token_is_good_for_a_day(margin: MarginDoor) -> None:
    given = token(margin)
    assert set(given) == {"token", "expirationTime"}
    assert given["expirationTime"] == margin.clock.now_ms() + 24 * HOUR_MS
    reply = ApiDoor(margin).ask(SUBSCRIBE, {"listenToken": given["token"]})
    assert reply["result"] == {"subscriptionId": 0, "expirationTime": given["expirationTime"]}


@pytest.mark.parametrize("validity", ["0", "86400001"])
def test_a_token_lasts_no_longer_than_a_day(margin: MarginDoor, validity: str) -> None:
    whose = {**margin.whose, "symbol": SYMBOL, "validity": validity}
    assert margin.refusal("POST", "/sapi/v1/userListenToken", **whose)[0] == -1130


def test_an_unknown_or_expired_token_is_refused(margin: MarginDoor) -> None:
    given = token(margin, validity=1000)
    margin.wait(1000)
    for text in (given["token"], "nonsense"):
        reply = ApiDoor(margin).ask(SUBSCRIBE, {"listenToken": text})
        assert (reply["status"], reply["error"]["code"]) == (400, -1209)


def test_events_of_an_order_that_borrows_come_in_order(margin: MarginDoor) -> None:
    """The order's steps first, then absolute balances of the assets that changed; spot is not told of."""
    near = following(margin)
    margin.order("BUY", "MARKET", "0.001")
    assert near.events() == []
    margin.place("BUY", "MARKET", "0.02", sideEffectType="MARGIN_BUY", newClientOrderId="entry")
    events = near.events()
    steps = [(event["e"], event.get("x"), event.get("X"), event.get("c")) for event in events]
    assert steps == [
        ("executionReport", "NEW", "NEW", "entry"),
        ("executionReport", "TRADE", "FILLED", "entry"),
        ("outboundAccountPosition", None, None, None),
    ]
    balances = {row["a"]: (row["f"], row["l"]) for row in events[-1]["B"]}
    assert balances == {"BTC": ("0.02000000", "0.00000000"), "USDC": ("0.00000000", "0.00000000")}


def test_loans_and_transfers_change_balances(margin: MarginDoor) -> None:
    near = following(margin)
    margin.borrow("USDC", "100")
    assert [event["e"] for event in near.events()] == ["outboundAccountPosition"]
    margin.bring("USDC", "5")
    kinds = [(event["e"], event.get("d")) for event in near.events()]
    assert kinds == [("balanceUpdate", "5.00000000"), ("outboundAccountPosition", None)]


def test_a_subscription_ends_with_its_token(margin: MarginDoor) -> None:
    near = following(margin, validity=1000)
    margin.wait(999)
    assert near.events() == []
    margin.wait(1)
    assert [event["e"] for event in near.events()] == ["eventStreamTerminated"]
    margin.place("BUY", "MARKET", "0.001")
    assert near.events() == []


def test_a_second_token_extends_the_subscription(margin: MarginDoor) -> None:
    near = following(margin, validity=1000)
    reply = near.ask(SUBSCRIBE, {"listenToken": token(margin, validity=5000)["token"]})
    assert reply["result"]["subscriptionId"] == 0
    margin.wait(4999)
    assert near.events() == []
    margin.wait(1)
    assert [event["e"] for event in near.events()] == ["eventStreamTerminated"]


def test_an_account_that_was_never_opened_gets_no_token() -> None:
    margin = MarginDoor()
    whose = {**margin.whose, "symbol": SYMBOL}
    assert margin.refusal("POST", "/sapi/v1/userListenToken", **whose)[0] == -11001


def test_ccxt_watches_a_margin_account() -> None:
    """An order placed and filled on the cross account comes over the socket."""

    async def flow(url: str) -> list[tuple[str, str]]:
        options = ccxt_options(url)
        options["urls"]["api"]["ws"] = {"ws-api": {"spot": url.replace("http", "ws") + "/ws-api/v3"}}
        client = ccxtpro.binance(options)
        try:
            await client.load_markets()
            await client.sapi_post_asset_transfer({"type": "MAIN_MARGIN", "asset": "USDC", "amount": "1000"})
            watching = asyncio.ensure_future(client.watch_orders("BTC/USDC", params={"type": "margin"}))
            while not any("ws-api" in address and found.connected.done() for address, found in client.clients.items()):
                await asyncio.sleep(0)
            await client.authenticate({"type": "margin"})
            params = {"marginMode": "cross", "clientOrderId": "entry"}
            await client.create_order("BTC/USDC", "market", "buy", 0.01, None, params)
            seen = await watching
            while seen[-1]["status"] != "closed":
                seen = await client.watch_orders("BTC/USDC", params={"type": "margin"})
            return [(order["clientOrderId"], order["status"]) for order in seen]
        finally:
            await client.close()

    with running(PaperSettings()) as exchange:
        assert asyncio.run(asyncio.wait_for(flow(exchange.url), 20))[-1] == ("entry", "closed")
