"""The margin client against the simulated exchange: real ccxt and real HTTP, on cross and isolated accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace as changed
from decimal import Decimal
from typing import Any

import pytest

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.ids import Role
from exchange.lending import LoanAccepted, LoanKind, LoanState
from exchange.margin import MarginLender
from exchange.types import Confirmed, OcoRequest, OrderRequest, Reason, Rejected, Side, VenueStatus
from tests.exchange.documented import START_MS
from tests.exchange.paper_venue import (
    BUY,
    DAY_MS,
    MARKET,
    OCO,
    QUANTITY,
    STOP,
    TARGET,
    Paper,
    client_of,
    confirmed,
    name,
    runner,
)

KINDS: list[tuple[str, dict[str, Any]]] = [("cross", {}), ("isolated:BTCUSDC", {"margin_isolated": True})]


@contextmanager
def margin_trader(paper: Paper, clock: VirtualClock, account: str, **settings: Any) -> Iterator[BinanceClient]:
    """A connected client with 10000 USDC and one bitcoin on the margin account."""
    for asset, quantity in (("USDC", "10000"), ("BTC", "1")):
        paper.script("deposit", {"asset": asset, "amount": quantity, "account": account})
    with client_of(paper.url, clock, trade_mode="margin", **settings) as connected:
        connected.connect()
        yield connected


@pytest.fixture(params=KINDS, ids=["cross", "isolated"])
def margin(paper: Paper, clock: VirtualClock, request: pytest.FixtureRequest) -> Iterator[BinanceClient]:
    account, settings = request.param
    with margin_trader(paper, clock, account, **settings) as connected:
        yield connected


@pytest.fixture
def lender(margin: BinanceClient) -> MarginLender:
    assert margin.lender is not None
    return margin.lender


def test_an_order_lives_and_ends(margin: BinanceClient, paper: Paper) -> None:
    """Placed, found, listed, cancelled, on the margin account and nowhere else."""
    (placed,) = confirmed(margin.place(BUY))
    found = margin.order(BUY.client_id)
    assert found is not None
    assert (found.order_id, found.status, found.price) == (placed.order_id, VenueStatus.NEW, Decimal("94000.5"))
    assert margin.open_orders() == (found,)
    (canceled,) = confirmed(margin.cancel(BUY.client_id))
    assert (canceled.client_id, canceled.status, canceled.order_id) == (
        BUY.client_id,
        VenueStatus.CANCELED,
        placed.order_id,
    )
    assert canceled.updated_ms == START_MS
    assert margin.open_orders() == ()
    assert margin.order(name(Role.ENTRY, 0, 1)) is None
    again = margin.cancel(BUY.client_id)
    assert isinstance(again, Rejected)
    assert again.reason is Reason.UNKNOWN_ORDER
    assert {order["account"] for order in paper.ledger()["orders"]} <= {"cross", "isolated:BTCUSDC"}


def test_a_fill_is_told_alike_by_reply_and_history(margin: BinanceClient) -> None:
    """E7: although the history has no quote quantity of its own."""
    (report,) = confirmed(margin.place(MARKET))
    assert report.status is VenueStatus.FILLED
    assert report.fills == margin.fills(report.order_id) == margin.fills_since(START_MS - DAY_MS)
    paid = sum((fill.commission for fill in report.fills), Decimal())
    assert margin.balances()["BTC"].free == 1 + QUANTITY - paid


@pytest.mark.parametrize("side", [Side.SELL, Side.BUY])
def test_a_list_is_placed_and_cancelled_as_one(margin: BinanceClient, side: Side) -> None:
    """In the older style the venue finds out by the side which leg is above."""
    request = OCO if side is Side.SELL else buying_list()
    target, stop = confirmed(margin.place_oco(request))
    assert (target.client_id, stop.client_id) == (request.target.client_id, request.stop.client_id)
    assert (target.order_type, stop.order_type) == ("LIMIT_MAKER", "STOP_LOSS_LIMIT")
    assert (target.price, stop.stop_price, stop.price) == (
        request.target.price,
        request.stop.stop_price,
        request.stop.price,
    )
    members = {report.client_id: report for report in confirmed(margin.cancel(request.stop.client_id))}
    assert set(members) == {request.target.client_id, request.stop.client_id}
    assert {report.status for report in members.values()} == {VenueStatus.CANCELED}
    assert {report.updated_ms for report in members.values()} == {START_MS}


def buying_list() -> OcoRequest:
    target = changed(TARGET, side=Side.BUY, price=Decimal(94000))
    stop = changed(STOP, side=Side.BUY, price=Decimal("96000.02"), stop_price=Decimal(96000))
    return changed(OCO, target=target, stop=stop)


def test_the_stop_of_a_list_triggers_and_the_target_ends(margin: BinanceClient, paper: Paper) -> None:
    """The stop is filled at once and its sibling has expired; when it triggered, margin does not say."""
    margin.place_oco(OCO)
    before = margin.order(STOP.client_id)
    assert before is not None
    assert before.working_ms is None
    paper.trade("93999.99")
    stop, target = margin.order(STOP.client_id), margin.order(TARGET.client_id)
    assert stop is not None
    assert target is not None
    assert (stop.status, target.status) == (VenueStatus.FILLED, VenueStatus.EXPIRED)
    assert stop.working_ms is None


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (changed(STOP, stop_price=Decimal(95500)), Reason.PRICE_PASSED),
        (changed(OCO, target=changed(TARGET, price=Decimal(94500))), Reason.PRICE_PASSED),
        (changed(BUY, quantity=Decimal("0.2")), Reason.INSUFFICIENT_BALANCE),
        (changed(BUY, quantity=Decimal("0.00005")), Reason.FILTER),
    ],
)
def test_the_venues_refusals_are_told_apart(
    margin: BinanceClient, request_: OrderRequest | OcoRequest, reason: Reason
) -> None:
    """Without a side effect an order that lacks funds is refused, never silently lent for."""
    outcome = margin.place_oco(request_) if isinstance(request_, OcoRequest) else margin.place(request_)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is reason


def test_orders_and_fills_are_found_over_days(margin: BinanceClient, clock: VirtualClock) -> None:
    """R7, with the smaller pages of margin."""
    confirmed(margin.place(MARKET))
    confirmed(margin.place(changed(BUY, client_id=name(Role.ENTRY, 0, 1))))
    clock.advance(2 * DAY_MS)
    confirmed(margin.place(runner(0, "94000")))
    clock.advance(DAY_MS)
    assert len(margin.orders_since(START_MS)) == 3
    assert sum((fill.quantity for fill in margin.fills_since(START_MS)), Decimal()) == QUANTITY
    assert margin.fills_since(START_MS + DAY_MS) == ()


def test_a_loan_is_borrowed_recorded_and_repaid(
    margin: BinanceClient, lender: MarginLender, clock: VirtualClock
) -> None:
    """Debt grows by the hour, the level appears with it, and a repayment covers interest first."""
    assert lender.margin_level() is None
    assert lender.max_borrowable("USDC") > 1000
    borrowed = lender.borrow("USDC", Decimal(1000))
    assert isinstance(borrowed, LoanAccepted)
    clock.advance(3_600_000)
    account = lender.account()
    assert (account.balances["USDC"].borrowed, account.balances["USDC"].interest) == (
        Decimal(1000),
        Decimal("0.01"),
    )
    assert account.level == lender.margin_level()
    assert account.level is not None
    assert account.level > 100
    assert isinstance(lender.repay("USDC", Decimal("600.01")), LoanAccepted)
    assert margin.balances()["USDC"].debt == 400
    (record,) = lender.loans(LoanKind.BORROW, "USDC", START_MS)
    assert (record.transaction_id, record.quantity, record.state) == (
        borrowed.transaction_id,
        Decimal(1000),
        LoanState.CONFIRMED,
    )
    (repaid,) = lender.loans(LoanKind.REPAY, "USDC", START_MS)
    assert (repaid.principal, repaid.interest) == (Decimal(600), Decimal("0.01"))
    assert lender.loans(LoanKind.BORROW, "BTC", START_MS) == ()
    assert lender.loans(LoanKind.BORROW, "USDC", START_MS + 1) == ()


def test_loan_records_are_found_over_pages(lender: MarginLender, clock: VirtualClock) -> None:
    """All of them, oldest first, though the venue gives a hundred at a time, newest first."""
    for _ in range(101):
        assert isinstance(lender.borrow("USDC", Decimal(1)), LoanAccepted)
        clock.advance(1_000)
    found = lender.loans(LoanKind.BORROW, "USDC", START_MS)
    assert [record.time_ms for record in found] == [START_MS + 1_000 * number for number in range(101)]


@pytest.mark.parametrize("side_effect", ["AUTO_BORROW_REPAY", "MARGIN_BUY"])
def test_orders_borrow_and_repay_by_themselves(paper: Paper, clock: VirtualClock, side_effect: str) -> None:
    """Auto mode: an entry beyond the own funds is lent for, its cancel gives the loan back, an exit repays."""
    large = changed(BUY, quantity=Decimal("0.2"), price=Decimal(94000))
    with margin_trader(paper, clock, "cross", borrow_mode="auto", side_effect=side_effect) as margin:
        confirmed(margin.place(large))
        assert margin.balances()["USDC"].borrowed == 8800
        confirmed(margin.cancel(large.client_id))
        assert margin.balances()["USDC"].debt == 0
        bought = margin.place(changed(MARKET, client_id=name(Role.ENTRY, 0, 1), quantity=Decimal("0.2")))
        assert isinstance(bought, Confirmed)
        assert margin.balances()["USDC"].borrowed > 8800
        sold = changed(MARKET, client_id=name(Role.MARKET_EXIT), side=Side.SELL, quantity=Decimal("0.2"))
        confirmed(margin.place(sold))
        assert margin.balances()["USDC"].debt == 0


def test_spot_is_not_touched(paper: Paper, clock: VirtualClock, trader: BinanceClient) -> None:
    """The same symbol on two accounts: neither sees the other's orders or funds."""
    with margin_trader(paper, clock, "cross") as margin:
        confirmed(margin.place(BUY))
        assert trader.open_orders() == ()
        assert trader.order(BUY.client_id) is None
        assert trader.balances()["USDC"].locked == 0
        assert margin.balances()["USDC"].locked > 0
