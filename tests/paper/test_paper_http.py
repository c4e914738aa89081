"""Real ccxt over real connections."""

import socket
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest
import requests

from exchange.paper.server import RunningExchange, running
from exchange.paper.settings import PaperSettings
from tests.paper.paper_clients import ccxt_options, http_client

PAIR = "BTC/USDC"


@pytest.fixture
def served() -> Iterator[RunningExchange]:
    with running(PaperSettings()) as exchange:
        yield exchange


@pytest.fixture
def client(served: RunningExchange) -> Any:
    connected = http_client(served.url)
    connected.load_markets()
    return connected


def script(served: RunningExchange, path: str, given: Any = None) -> Any:
    reply = requests.post(f"{served.url}/paper/{path}", json=given, timeout=5)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_whole_trade_by_unified_calls(served: RunningExchange, client: Any) -> None:
    """Entry, stop, moved stop, stop-out; the money adds up."""
    entry = client.create_order(PAIR, "market", "buy", 0.01)
    assert (entry["status"], entry["average"], entry["fees"]) == ("closed", 95000, [{"currency": "BTC", "cost": 1e-05}])
    stop = client.create_order(PAIR, "limit", "sell", 0.00999, 93999.98, {"stopLossPrice": 94000})
    assert (stop["status"], stop["triggerPrice"]) == ("open", 94000)
    moved = client.edit_order(stop["id"], PAIR, "STOP_LOSS_LIMIT", "sell", 0.00999, 94499.98, {"stopPrice": 94500})
    assert moved["status"] == "open"
    script(served, "trade", {"symbol": "BTCUSDC", "price": "94500"})
    assert client.fetch_order(moved["id"], PAIR)["average"] == 94499.99
    assert client.fetch_order(stop["id"], PAIR)["status"] == "canceled"
    fills = client.fetch_my_trades(PAIR)
    assert [(fill["side"], fill["amount"]) for fill in fills] == [("buy", 0.01), ("sell", 0.00999)]
    received = Decimal("0.00999") * Decimal("94499.99")
    fee = (received * Decimal("0.001")).quantize(Decimal("0.00000001"), rounding="ROUND_DOWN")
    assert Decimal(str(client.fetch_balance()["USDC"]["total"])) == 9050 + received - fee


def test_markets_are_read_as_from_the_venue(client: Any) -> None:
    market = client.market(PAIR)
    assert (market["precision"]["amount"], market["precision"]["price"]) == (1e-05, 0.01)
    assert market["limits"]["cost"]["min"] == 5
    assert market["active"] is True


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (("limit", "buy", 1, 94000), ccxt.InsufficientFunds),
        (("limit", "buy", 6, 1), ccxt.InvalidOrder),
        (("limit", "buy", 0.00001, 94000), ccxt.BadRequest),
        (("limit", "sell", 0.001, 96000), ccxt.InsufficientFunds),
    ],
)
def test_refusals_become_the_right_errors(client: Any, order: tuple[Any, ...], error: type[Exception]) -> None:
    """ccxt tells errors apart by their text."""
    with pytest.raises(error):
        client.create_order(PAIR, *order)


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"postOnly": True}, ccxt.OrderImmediatelyFillable),
        ({"stopLossPrice": 95000}, ccxt.OrderImmediatelyFillable),
    ],
)
def test_orders_that_would_act_at_once(client: Any, params: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        client.create_order(PAIR, "limit", "buy", 0.001, 95000, params)


def test_unknown_orders(client: Any) -> None:
    for call in (client.fetch_order, client.cancel_order):
        with pytest.raises(ccxt.OrderNotFound):
            call("99", PAIR)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "timeout"}, ccxt.RequestTimeout),
        ({"kind": "drop"}, ccxt.NetworkError),
        ({"kind": "limit"}, ccxt.DDoSProtection),
        ({"kind": "error", "code": -1007, "status": 504}, ccxt.RequestTimeout),
        ({"kind": "error", "html": True, "status": 502}, ccxt.ExchangeNotAvailable),
        ({"kind": "delay", "ms": 5000}, ccxt.RequestTimeout),
    ],
)
def test_faults_reach_the_client_over_the_wire(
    served: RunningExchange, client: Any, fault: dict[str, Any], error: type[Exception]
) -> None:
    client.timeout = 200
    script(served, "faults", [{"route": "/api/v3/order", **fault}])
    with pytest.raises(error):
        client.create_order(PAIR, "market", "buy", 0.001)


def test_a_connection_is_kept_for_the_next_request(served: RunningExchange) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        for _ in range(2):
            connection.sendall(b"GET /api/v3/ping HTTP/1.1\r\nHost: paper\r\n\r\n")
            reply = connection.recv(65536)
            assert reply.startswith(b"HTTP/1.1 200 OK")
            assert reply.endswith(b"{}")


def test_a_skewed_client_is_told_and_can_adjust(served: RunningExchange) -> None:
    """A stepped exchange stands years behind the wall clock."""
    with running(PaperSettings(manual=True)) as stepped:
        client = http_client(stepped.url)
        client.load_markets()
        with pytest.raises(ccxt.ExchangeError):
            client.fetch_balance()
        client.load_time_difference()
        assert client.fetch_balance()["USDC"]["free"] == 10000
        before = client.fetch_time()
        script(stepped, "clock", {"advance_ms": 60_000})
        assert client.fetch_time() == before + 60_000


def test_time_runs_faster_when_asked_to() -> None:
    with running(PaperSettings(speed=1000, start_ms=1_736_798_400_000)) as fast:
        client = http_client(fast.url)
        first = client.fetch_time()
        while client.fetch_time() < first + 1000:
            pass


def test_a_seeded_market_moves_without_being_asked() -> None:
    """Resting orders meet prints that nobody requested; the ledger shows fills in the order of time."""
    with running(PaperSettings(seed=3, speed=200)) as moving:
        client = http_client(moving.url)
        seen = {client.public_get_ticker_price({"symbol": "BTCUSDC"})["price"]}
        while len(seen) < 3:
            seen.add(client.public_get_ticker_price({"symbol": "BTCUSDC"})["price"])


def test_the_default_start_of_ccxt_finds_all_its_paths(served: RunningExchange) -> None:
    """freqtrade loads every kind of market and the currencies."""
    options = ccxt_options(served.url)
    options["options"] = {"adjustForTimeDifference": True}
    client = ccxt.binance(options)
    client.load_markets()
    assert PAIR in client.markets
    statuses = [row["status"] for row in requests.get(f"{served.url}/paper/ledger", timeout=5).json()["requests"]]
    assert set(statuses) == {200}


def test_calls_missing_from_ccxt_reach_the_server(served: RunningExchange, client: Any) -> None:
    """amend has no implicit method and is sent by hand."""
    order = client.create_order(PAIR, "limit", "buy", 0.002, 94000)
    reply = client.request(
        "order/amend/keepPriority", ["private"], "PUT", {"symbol": "BTCUSDC", "orderId": order["id"], "newQty": "0.001"}
    )
    assert reply["amendedOrder"]["qty"] == "0.00100000"


def test_a_server_that_ends_lets_held_requests_go() -> None:
    with running(PaperSettings()) as served:
        script(served, "faults", [{"kind": "timeout", "route": "/api/v3/ping"}])
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.get(f"{served.url}/api/v3/ping", timeout=0.1)


def test_settings_that_cannot_be_are_an_error() -> None:
    prices = {"BTCEUR": Decimal(90000)}
    with pytest.raises(ValueError, match="BTCEUR has a price but is not listed"), running(PaperSettings(prices=prices)):
        pass


def test_a_port_that_is_taken_is_an_error(served: RunningExchange) -> None:
    port = int(served.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="address already in use"), running(PaperSettings(port=port)):
        pass


def test_whatever_keeps_it_from_starting_is_raised_where_it_was_started() -> None:
    """A port that cannot be is no OSError."""
    with pytest.raises(OverflowError), running(PaperSettings(port=70_000)):
        pass
