"""The client against the simulated exchange: real ccxt, real HTTP, and what the venue's own ledger says of it."""

from dataclasses import replace as changed
from decimal import Decimal

import pytest

from exchange.client import BinanceClient
from exchange.clock import SystemClock, VirtualClock
from exchange.errors import KeyRefused
from exchange.ids import Role
from exchange.paper.clock import WallClock
from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from exchange.types import (
    Balance,
    OcoRequest,
    OrderRequest,
    Reason,
    Rejected,
    Side,
    VenueStatus,
)
from tests.exchange.documented import START_MS
from tests.exchange.paper_venue import (
    BUY,
    DAY_MS,
    MARKET,
    OCO,
    ORDER,
    QUANTITY,
    STOP,
    TARGET,
    Paper,
    client_of,
    confirmed,
    name,
    runner,
)


def test_an_order_lives_and_ends(trader: BinanceClient) -> None:
    """Placed, found by its id, listed, cancelled; and a second cancel finds nothing."""
    (placed,) = confirmed(trader.place(BUY))
    assert (placed.client_id, placed.status, placed.price) == (BUY.client_id, VenueStatus.NEW, Decimal("94000.5"))
    found = trader.order(BUY.client_id)
    assert found is not None
    assert found.placed_ms == placed.updated_ms
    assert changed(found, fills=placed.fills, placed_ms=None) == placed
    assert trader.open_orders() == (found,)
    (canceled,) = confirmed(trader.cancel(BUY.client_id))
    assert (canceled.client_id, canceled.status, canceled.order_id) == (
        BUY.client_id,
        VenueStatus.CANCELED,
        placed.order_id,
    )
    assert trader.open_orders() == ()
    again = trader.cancel(BUY.client_id)
    assert isinstance(again, Rejected)
    assert again.reason is Reason.UNKNOWN_ORDER


def test_a_fill_is_told_alike_by_reply_and_history(trader: BinanceClient) -> None:
    """E7: the reply's fills are those of myTrades; commission in base leaves less than was bought."""
    before = trader.balances()["BTC"].free
    (report,) = confirmed(trader.place(MARKET))
    assert report.status is VenueStatus.FILLED
    assert report.fills == trader.fills(report.order_id) == trader.fills_since(START_MS - DAY_MS)
    paid = sum((fill.commission for fill in report.fills), Decimal())
    assert {fill.commission_asset for fill in report.fills} == {"BTC"}
    assert paid == QUANTITY * trader.commission_rates().taker
    assert trader.balances()["BTC"] == Balance(before + QUANTITY - paid, Decimal())


def test_a_list_is_placed_and_cancelled_as_one(trader: BinanceClient) -> None:
    target, stop = confirmed(trader.place_oco(OCO))
    assert (target.client_id, stop.client_id) == (TARGET.client_id, STOP.client_id)
    assert (target.order_type, stop.order_type) == ("LIMIT_MAKER", "STOP_LOSS_LIMIT")
    assert target.list_id == stop.list_id is not None
    assert stop.working_ms is None
    assert trader.balances()["BTC"].locked == QUANTITY
    members = {report.client_id: report.status for report in confirmed(trader.cancel(STOP.client_id))}
    assert members == {TARGET.client_id: VenueStatus.CANCELED, STOP.client_id: VenueStatus.CANCELED}


def test_a_buying_list_stands_the_other_way_round(trader: BinanceClient) -> None:
    target = changed(TARGET, side=Side.BUY, price=Decimal(94000))
    stop = changed(STOP, side=Side.BUY, price=Decimal("96000.02"), stop_price=Decimal(96000))
    assert len(confirmed(trader.place_oco(changed(OCO, target=target, stop=stop)))) == 2


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
    trader: BinanceClient, request_: OrderRequest | OcoRequest, reason: Reason
) -> None:
    outcome = trader.place_oco(request_) if isinstance(request_, OcoRequest) else trader.place(request_)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is reason


def test_an_id_that_works_already_is_attached_to(trader: BinanceClient) -> None:
    """X5: a duplicate is no passed price; the order that has the id is the one we wanted."""
    confirmed(trader.place(BUY))
    outcome = trader.place(BUY)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.DUPLICATE_ID


def test_a_closed_market_is_told(trader: BinanceClient, paper: Paper) -> None:
    """V9: a symbol in BREAK refuses orders, and the refreshed rules say why."""
    paper.script("symbol", {"symbol": "BTCUSDC", "status": "BREAK", "tick_size": "0.05"})
    outcome = trader.place(BUY)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MARKET_CLOSED
    rules = trader.refresh_instrument()
    assert (rules.trading, rules.tick_size) == (False, Decimal("0.05"))


def test_a_tiny_quantity_is_written_plainly(trader: BinanceClient) -> None:
    """X20: 0.00009 and not 9E-5."""
    (report,) = confirmed(trader.place(changed(BUY, quantity=Decimal("9E-5"))))
    assert report.quantity == Decimal("0.00009")


def test_a_stop_moves_in_one_request(trader: BinanceClient, paper: Paper) -> None:
    confirmed(trader.place(runner(0, "94000")))
    moved = trader.replace(name(Role.STOP, 3, 0), runner(1, "94500"))
    (old,), (new,) = confirmed(moved.canceled), confirmed(moved.placed)
    assert (old.client_id, old.status) == (name(Role.STOP, 3, 0), VenueStatus.CANCELED)
    assert (new.client_id, new.stop_price) == (name(Role.STOP, 3, 1), Decimal(94500))
    assert [order.client_id for order in trader.open_orders()] == [new.client_id]
    assert paper.sent("DELETE", ORDER) == 0


def test_a_stop_that_is_gone_is_not_placed_twice(trader: BinanceClient) -> None:
    """X13: the cancel half failed, so the new stop was not attempted."""
    moved = trader.replace(name(Role.STOP, 3, 0), runner(1, "94500"))
    assert isinstance(moved.canceled, Rejected)
    assert moved.canceled.reason is Reason.UNKNOWN_ORDER
    assert moved.placed is None
    assert trader.open_orders() == ()


def test_a_stop_whose_new_price_has_passed_leaves_a_gap_that_is_told(trader: BinanceClient) -> None:
    """X13: the old stop is gone, the new one refused: the caller must know both."""
    confirmed(trader.place(runner(0, "94000")))
    moved = trader.replace(name(Role.STOP, 3, 0), runner(1, "95500"))
    confirmed(moved.canceled)
    assert isinstance(moved.placed, Rejected)
    assert moved.placed.reason is Reason.PRICE_PASSED
    assert trader.open_orders() == ()


def test_fills_are_found_over_days(trader: BinanceClient, clock: VirtualClock) -> None:
    """R7: what was filled while we were away is found, and nothing older than asked for."""
    confirmed(trader.place(MARKET))
    clock.advance(3 * DAY_MS)
    assert sum((fill.quantity for fill in trader.fills_since(START_MS)), Decimal()) == QUANTITY
    assert trader.fills_since(START_MS + DAY_MS) == ()


def test_orders_are_found_over_days(trader: BinanceClient, clock: VirtualClock) -> None:
    """R7: whether they work, ended or never filled, and each once."""
    confirmed(trader.place(MARKET))
    confirmed(trader.place(changed(BUY, client_id=name(Role.ENTRY, 0, 1))))
    confirmed(trader.cancel(name(Role.ENTRY, 0, 1)))
    clock.advance(2 * DAY_MS)
    confirmed(trader.place_oco(OCO))
    clock.advance(DAY_MS)
    shown = trader.orders_since(START_MS)
    assert len(shown) == 4
    assert {order.client_id: order.status for order in shown} == {
        MARKET.client_id: VenueStatus.FILLED,
        name(Role.ENTRY, 0, 1): VenueStatus.CANCELED,
        TARGET.client_id: VenueStatus.NEW,
        STOP.client_id: VenueStatus.NEW,
    }


def test_quotes_are_bid_ask_and_last(trader: BinanceClient, paper: Paper) -> None:
    paper.trade("95123.45")
    quote = trader.quote()
    assert quote.last == Decimal("95123.45")
    assert quote.bid < quote.ask
    assert trader.quote("BNBUSDT").mid > 600


def test_the_key_is_known(trader: BinanceClient, paper: Paper, clock: VirtualClock) -> None:
    """What it may do is told; a wrong one is named as such."""
    assert trader.key_permissions().may_trade
    with (
        client_of(paper.url, clock, api_key="paper", api_secret="wrong") as stranger,
        pytest.raises(KeyRefused, match="BINANCE_API_KEY"),
    ):
        stranger.balances()


@pytest.mark.parametrize("ahead_ms", [-3_600_000, 0, 3_600_000])
def test_a_wrong_wall_clock_does_not_matter(ahead_ms: int) -> None:
    """R9: requests carry the venue's time, however far ours is off, on real clocks."""
    venue_clock = WallClock(start_ms=SystemClock.wall_ms() + ahead_ms)
    with running(PaperSettings(), venue_clock) as exchange, client_of(exchange.url, SystemClock()) as trader:
        trader.connect()
        assert abs(trader.skew_ms - ahead_ms) < 500
        confirmed(trader.place(BUY))
        assert abs(trader.check_clock()) < 500
        assert abs(trader.venue_ms() - venue_clock.now_ms()) < 500
