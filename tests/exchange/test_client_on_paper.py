"""The client against the simulated exchange: real ccxt, real HTTP, and what the venue's own ledger says of it."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace as changed
from decimal import Decimal
from typing import Any

import pytest
from documented import START_MS

from exchange.client import BinanceClient
from exchange.clock import Clock, SystemClock, VirtualClock
from exchange.errors import KeyRefused, RateLimited, Unavailable
from exchange.ids import OrderName, Role
from exchange.paper.clock import WallClock
from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from exchange.settings import ExchangeSettings
from exchange.types import (
    Balance,
    Confirmed,
    Denied,
    InDoubt,
    OcoRequest,
    OrderReport,
    OrderRequest,
    OrderType,
    Outcome,
    Reason,
    Rejected,
    Side,
    VenueStatus,
)

ORDER = "/api/v3/order"
DAY_MS = 86_400_000
QUANTITY = Decimal("0.00105")


def name(role: Role, leg: int = 0, revision: int = 0) -> str:
    return OrderName("2501132000L3f9a1c", role, leg, revision).client_id


BUY = OrderRequest(name(Role.ENTRY), Side.BUY, OrderType.LIMIT, QUANTITY, Decimal("94000.50"))
MARKET = OrderRequest(name(Role.ENTRY), Side.BUY, OrderType.MARKET, QUANTITY)
TARGET = OrderRequest(name(Role.TARGET, 1), Side.SELL, OrderType.LIMIT_MAKER, QUANTITY, Decimal(96000))
STOP = OrderRequest(
    name(Role.STOP, 1), Side.SELL, OrderType.STOP_LOSS_LIMIT, QUANTITY, Decimal("93999.98"), Decimal(94000)
)
OCO = OcoRequest(name(Role.LIST, 1), TARGET, STOP)


class Paper:
    """The simulated exchange's own door."""

    def __init__(self, url: str) -> None:
        self.url = url

    def script(self, path: str, body: object = None) -> Any:
        request = urllib.request.Request(f"{self.url}/paper/{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    def ledger(self) -> Any:
        with urllib.request.urlopen(f"{self.url}/paper/ledger") as reply:
            return json.load(reply)

    def trade(self, price: str) -> None:
        self.script("trade", {"symbol": "BTCUSDC", "price": price})

    def fault(self, route: str, kind: str, **more: object) -> None:
        self.script("faults", [{"route": route, "kind": kind, **more}])

    def sent(self, method: str, path: str) -> int:
        requests = self.ledger()["requests"]
        return sum((request["method"], request["path"]) == (method, path) for request in requests)


@contextmanager
def client_of(url: str, clock: Clock, **settings: Any) -> Iterator[BinanceClient]:
    client = BinanceClient(ExchangeSettings(base_url=url, request_timeout_s=0.3, **settings), clock, lambda _: None)
    yield client
    client.close()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START_MS)


@pytest.fixture
def paper(clock: VirtualClock) -> Iterator[Paper]:
    balances = {"USDC": Decimal(10000), "BTC": Decimal(1)}
    with running(PaperSettings(balances=balances, manual=True), clock) as exchange:
        yield Paper(exchange.url)


@pytest.fixture
def client(paper: Paper, clock: VirtualClock) -> Iterator[BinanceClient]:
    with client_of(paper.url, clock) as connected:
        connected.connect()
        yield connected


def confirmed(outcome: Outcome | None) -> tuple[OrderReport, ...]:
    assert isinstance(outcome, Confirmed), outcome
    return outcome.reports


def test_an_order_lives_and_ends(client: BinanceClient) -> None:
    """Placed, found by its id, listed, cancelled; and a second cancel finds nothing."""
    (placed,) = confirmed(client.place(BUY))
    assert (placed.client_id, placed.status, placed.price) == (BUY.client_id, VenueStatus.NEW, Decimal("94000.5"))
    found = client.order(BUY.client_id)
    assert found is not None
    assert changed(found, fills=placed.fills) == placed
    assert client.open_orders() == (found,)
    (canceled,) = confirmed(client.cancel(BUY.client_id))
    assert (canceled.client_id, canceled.status, canceled.order_id) == (
        BUY.client_id,
        VenueStatus.CANCELED,
        placed.order_id,
    )
    assert client.open_orders() == ()
    again = client.cancel(BUY.client_id)
    assert isinstance(again, Rejected)
    assert again.reason is Reason.UNKNOWN_ORDER


def test_a_fill_is_told_alike_by_reply_and_history(client: BinanceClient) -> None:
    """E7: the reply's fills are those of myTrades; commission in base leaves less than was bought."""
    before = client.balances()["BTC"].free
    (report,) = confirmed(client.place(MARKET))
    assert report.status is VenueStatus.FILLED
    assert report.fills == client.fills(report.order_id) == client.fills_since(START_MS - DAY_MS)
    paid = sum((fill.commission for fill in report.fills), Decimal())
    assert {fill.commission_asset for fill in report.fills} == {"BTC"}
    assert paid == QUANTITY * client.commission_rates().taker
    assert client.balances()["BTC"] == Balance(before + QUANTITY - paid, Decimal())


def test_a_list_is_placed_and_cancelled_as_one(client: BinanceClient) -> None:
    target, stop = confirmed(client.place_oco(OCO))
    assert (target.client_id, stop.client_id) == (TARGET.client_id, STOP.client_id)
    assert (target.order_type, stop.order_type) == ("LIMIT_MAKER", "STOP_LOSS_LIMIT")
    assert target.list_id == stop.list_id is not None
    assert stop.working_ms is None
    assert client.balances()["BTC"].locked == QUANTITY
    members = {report.client_id: report.status for report in confirmed(client.cancel(STOP.client_id))}
    assert members == {TARGET.client_id: VenueStatus.CANCELED, STOP.client_id: VenueStatus.CANCELED}


def test_a_buying_list_stands_the_other_way_round(client: BinanceClient) -> None:
    target = changed(TARGET, side=Side.BUY, price=Decimal(94000))
    stop = changed(STOP, side=Side.BUY, price=Decimal("96000.02"), stop_price=Decimal(96000))
    assert len(confirmed(client.place_oco(changed(OCO, target=target, stop=stop)))) == 2


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (changed(STOP, stop_price=Decimal(95500)), Reason.PRICE_PASSED),
        (changed(TARGET, price=Decimal(94000)), Reason.PRICE_PASSED),
        (changed(OCO, target=changed(TARGET, price=Decimal(94500))), Reason.PRICE_PASSED),
        (changed(OCO, stop=changed(STOP, stop_price=Decimal(95500))), Reason.PRICE_PASSED),
        (changed(BUY, quantity=Decimal("0.2")), Reason.INSUFFICIENT_BALANCE),
        (changed(BUY, quantity=Decimal("0.00005")), Reason.FILTER),
        (changed(BUY, price=Decimal("94000.505")), Reason.FILTER),
        (changed(BUY, quantity=Decimal("0.000105")), Reason.FILTER),
    ],
)
def test_the_venues_refusals_are_told_apart(
    client: BinanceClient, request_: OrderRequest | OcoRequest, reason: Reason
) -> None:
    outcome = client.place_oco(request_) if isinstance(request_, OcoRequest) else client.place(request_)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is reason


def test_an_id_that_works_already_is_attached_to(client: BinanceClient) -> None:
    """X5: a duplicate is no passed price; the order that has the id is the one we wanted."""
    confirmed(client.place(BUY))
    outcome = client.place(BUY)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.DUPLICATE_ID


def test_a_closed_market_is_told(client: BinanceClient, paper: Paper) -> None:
    """V9: a symbol in BREAK refuses orders, and the refreshed rules say why."""
    paper.script("symbol", {"symbol": "BTCUSDC", "status": "BREAK", "tick_size": "0.05"})
    outcome = client.place(BUY)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MARKET_CLOSED
    rules = client.refresh_instrument()
    assert (rules.trading, rules.tick_size) == (False, Decimal("0.05"))


def test_a_tiny_quantity_is_written_plainly(client: BinanceClient) -> None:
    """X20: 0.00009 and not 9E-5."""
    (report,) = confirmed(client.place(changed(BUY, quantity=Decimal("9E-5"))))
    assert report.quantity == Decimal("0.00009")


def runner(revision: int, stop_price: str) -> OrderRequest:
    price = Decimal(stop_price)
    return changed(STOP, client_id=name(Role.STOP, 3, revision), stop_price=price, price=price - Decimal("0.02"))


def test_a_stop_moves_in_one_request(client: BinanceClient, paper: Paper) -> None:
    confirmed(client.place(runner(0, "94000")))
    moved = client.replace(name(Role.STOP, 3, 0), runner(1, "94500"))
    (old,), (new,) = confirmed(moved.canceled), confirmed(moved.placed)
    assert (old.client_id, old.status) == (name(Role.STOP, 3, 0), VenueStatus.CANCELED)
    assert (new.client_id, new.stop_price) == (name(Role.STOP, 3, 1), Decimal(94500))
    assert [order.client_id for order in client.open_orders()] == [new.client_id]
    assert paper.sent("DELETE", ORDER) == 0


def test_a_stop_that_is_gone_is_not_placed_twice(client: BinanceClient) -> None:
    """X13: the cancel half failed, so the new stop was not attempted."""
    moved = client.replace(name(Role.STOP, 3, 0), runner(1, "94500"))
    assert isinstance(moved.canceled, Rejected)
    assert moved.canceled.reason is Reason.UNKNOWN_ORDER
    assert moved.placed is None
    assert client.open_orders() == ()


def test_a_stop_whose_new_price_has_passed_leaves_a_gap_that_is_told(client: BinanceClient) -> None:
    """X13: the old stop is gone, the new one refused: the caller must know both."""
    confirmed(client.place(runner(0, "94000")))
    moved = client.replace(name(Role.STOP, 3, 0), runner(1, "95500"))
    confirmed(moved.canceled)
    assert isinstance(moved.placed, Rejected)
    assert moved.placed.reason is Reason.PRICE_PASSED
    assert client.open_orders() == ()


LOST = ["error", "error_after", "drop", "drop_after", "timeout", "timeout_after"]


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_is_settled_by_asking(client: BinanceClient, paper: Paper, kind: str) -> None:
    """E2, E3: whether it was done or not, the outcome is in doubt, sent once, and the id tells the truth."""
    paper.fault(ORDER, kind, method="POST")
    outcome = client.place(BUY)
    assert isinstance(outcome, InDoubt)
    assert outcome.settled_after_ms == START_MS + client.doubt_ms
    found = client.order(BUY.client_id)
    assert (found is not None) == kind.endswith("_after")
    assert len(client.open_orders()) == paper.sent("POST", ORDER) - (found is None)
    assert paper.sent("POST", ORDER) == 1


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_cancel_is_sent_again(client: BinanceClient, paper: Paper, kind: str) -> None:
    """Whichever of the two worked, the order is gone afterwards."""
    confirmed(client.place(BUY))
    paper.fault(ORDER, kind, method="DELETE")
    outcome = client.cancel(BUY.client_id)
    assert isinstance(outcome, Rejected if kind.endswith("_after") else Confirmed)
    assert client.open_orders() == ()
    assert paper.sent("DELETE", ORDER) == 2


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_move_is_in_doubt_on_both_sides(client: BinanceClient, paper: Paper, kind: str) -> None:
    """X13: after it, exactly one stop works, and asking for both ids tells which."""
    confirmed(client.place(runner(0, "94000")))
    paper.fault("/api/v3/order/cancelReplace", kind)
    moved = client.replace(name(Role.STOP, 3, 0), runner(1, "94500"))
    assert isinstance(moved.canceled, InDoubt)
    assert isinstance(moved.placed, InDoubt)
    (working,) = client.open_orders()
    assert working.client_id == name(Role.STOP, 3, int(kind.endswith("_after")))


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_list_is_settled_by_its_members(client: BinanceClient, paper: Paper, kind: str) -> None:
    paper.fault("/api/v3/orderList/oco", kind)
    assert isinstance(client.place_oco(OCO), InDoubt)
    found = [client.order(member.client_id) is not None for member in (TARGET, STOP)]
    assert found == [kind.endswith("_after")] * 2


def test_an_order_that_came_too_late_did_not_happen(client: BinanceClient, paper: Paper) -> None:
    """V2: -1021 on the only request ever sent is final; nothing is re-sent by the client."""
    paper.fault(ORDER, "delay", method="POST", ms=2_001)
    assert isinstance(client.place(BUY), Denied)
    assert paper.sent("POST", ORDER) == 1
    assert client.order(BUY.client_id) is None


def test_a_limit_is_kept_to(client: BinanceClient, paper: Paper, clock: VirtualClock) -> None:
    """V1: nothing is asked again before the named time."""
    paper.fault("/api/v3/openOrders", "limit", retry_after=3)
    with pytest.raises(RateLimited) as told:
        client.open_orders()
    with pytest.raises(RateLimited):
        client.open_orders()
    assert paper.sent("GET", "/api/v3/openOrders") == 1
    clock.advance(told.value.retry_after_ms)
    assert client.open_orders() == ()


def test_reads_survive_what_is_transient(client: BinanceClient, paper: Paper) -> None:
    paper.fault("/api/v3/account", "drop", count=2)
    assert client.balances()["USDC"].free == 10000
    paper.fault("/api/v3/account", "error", count=3, status=503)
    with pytest.raises(Unavailable):
        client.balances()


def test_fills_are_found_over_days(client: BinanceClient, clock: VirtualClock) -> None:
    """R7: what was filled while we were away is found, and nothing older than asked for."""
    confirmed(client.place(MARKET))
    clock.advance(3 * DAY_MS)
    assert sum((fill.quantity for fill in client.fills_since(START_MS)), Decimal()) == QUANTITY
    assert client.fills_since(START_MS + DAY_MS) == ()


def test_orders_are_found_over_days(client: BinanceClient, clock: VirtualClock) -> None:
    """R7: whether they work, ended or never filled, and each once."""
    confirmed(client.place(MARKET))
    confirmed(client.place(changed(BUY, client_id=name(Role.ENTRY, 0, 1))))
    confirmed(client.cancel(name(Role.ENTRY, 0, 1)))
    clock.advance(2 * DAY_MS)
    confirmed(client.place_oco(OCO))
    clock.advance(DAY_MS)
    shown = client.orders_since(START_MS)
    assert len(shown) == 4
    assert {order.client_id: order.status for order in shown} == {
        MARKET.client_id: VenueStatus.FILLED,
        name(Role.ENTRY, 0, 1): VenueStatus.CANCELED,
        TARGET.client_id: VenueStatus.NEW,
        STOP.client_id: VenueStatus.NEW,
    }


def test_quotes_are_bid_ask_and_last(client: BinanceClient, paper: Paper) -> None:
    paper.trade("95123.45")
    quote = client.quote()
    assert quote.last == Decimal("95123.45")
    assert quote.bid < quote.ask
    assert client.quote("BNBUSDT").mid > 600


def test_the_key_is_known(client: BinanceClient, paper: Paper, clock: VirtualClock) -> None:
    """What it may do is told; a wrong one is named as such."""
    assert client.key_permissions().may_trade
    with (
        client_of(paper.url, clock, api_key="paper", api_secret="wrong") as stranger,
        pytest.raises(KeyRefused, match="BINANCE_API_KEY"),
    ):
        stranger.balances()


@pytest.mark.parametrize("ahead_ms", [-3_600_000, 0, 3_600_000])
def test_a_wrong_wall_clock_does_not_matter(ahead_ms: int) -> None:
    """R9: requests carry the venue's time, however far ours is off, on real clocks."""
    venue_clock = WallClock(start_ms=SystemClock.wall_ms() + ahead_ms)
    with running(PaperSettings(), venue_clock) as exchange, client_of(exchange.url, SystemClock()) as client:
        client.connect()
        assert abs(client.skew_ms - ahead_ms) < 500
        confirmed(client.place(BUY))
        assert abs(client.check_clock()) < 500
        assert abs(client.venue_ms() - venue_clock.now_ms()) < 500
