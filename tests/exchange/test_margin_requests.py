"""Orders and their reads on margin, parameter for parameter, and what is read from the answers, over real HTTP."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.types import Confirmed, OcoRequest, OrderRequest, OrderType, Side, VenueStatus
from tests.exchange.documented import ENTRY_ID, LIST_ID, START_MS, STOP_ID, TARGET_ID
from tests.exchange.margin_replies import (
    ALL_ORDERS,
    FILLS,
    OCO,
    OPEN_ORDERS,
    ORDER,
    canceled,
    canceled_list,
    fill_row,
    margin_client,
    order_list,
    placed,
    queried,
)
from tests.exchange.scripted_venue import Say, ScriptedVenue

QUANTITY = Decimal("0.00105")
ENTRY = OrderRequest(ENTRY_ID, Side.BUY, OrderType.LIMIT, QUANTITY, Decimal("95000.5"))
TARGET = OrderRequest(TARGET_ID, Side.SELL, OrderType.LIMIT_MAKER, QUANTITY, Decimal("95190.5"))
STOP = OrderRequest(STOP_ID, Side.SELL, OrderType.STOP_LOSS_LIMIT, QUANTITY, Decimal("94809.98"), Decimal(94810))
LIST = OcoRequest(LIST_ID, TARGET, STOP)
AUTO = {"borrow_mode": "auto"}
MARGIN_BUY = {"borrow_mode": "auto", "side_effect": "MARGIN_BUY"}


def terms(params: dict[str, str]) -> tuple[str | None, str | None]:
    return params.get("sideEffectType"), params.get("autoRepayAtCancel")


@pytest.mark.parametrize(
    ("settings", "entry", "exit_"),
    [
        ({}, ("NO_SIDE_EFFECT", None), ("NO_SIDE_EFFECT", None)),
        (AUTO, ("AUTO_BORROW_REPAY", "true"), ("AUTO_BORROW_REPAY", "true")),
        (MARGIN_BUY, ("MARGIN_BUY", "true"), ("AUTO_REPAY", None)),
    ],
)
def test_an_order_says_what_it_borrows_and_repays(
    venue: ScriptedVenue, clock: VirtualClock, settings: dict[str, Any], entry: Any, exit_: Any
) -> None:
    """By role: an entry, a lone stop, and a list; what an order borrowed goes back when it is cancelled."""
    venue.on("POST", ORDER, Say(placed()), Say(placed(STOP_ID)))
    venue.on("POST", OCO, Say(order_list()))
    with margin_client(venue, clock, **settings) as client:
        client.place(ENTRY)
        client.place(STOP)
        client.place_oco(LIST)
    assert [terms(asked.params) for asked in venue.asked] == [entry, exit_, exit_]


@pytest.mark.parametrize("isolated", [False, True])
def test_an_order_is_written_completely(venue: ScriptedVenue, clock: VirtualClock, *, isolated: bool) -> None:
    """As on spot, with the account kind in upper case (M8: the symbol is in every call)."""
    venue.on("POST", ORDER, Say(placed(STOP_ID)))
    with margin_client(venue, clock, margin_isolated=isolated) as client:
        client.place(STOP)
    sent = dict(venue.asked[0].params)
    del sent["signature"]
    assert sent == {
        "symbol": "BTCUSDC",
        "isIsolated": "TRUE" if isolated else "FALSE",
        "side": "SELL",
        "type": "STOP_LOSS_LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.00105",
        "price": "94809.98",
        "stopPrice": "94810",
        "newClientOrderId": STOP_ID,
        "newOrderRespType": "FULL",
        "sideEffectType": "NO_SIDE_EFFECT",
        "recvWindow": "2000",
        "timestamp": str(START_MS),
    }


def test_a_list_is_written_in_the_older_style(venue: ScriptedVenue, clock: VirtualClock) -> None:
    """Target and stop have names of their own there; the reports come back as target, then stop."""
    venue.on("POST", OCO, Say(order_list()))
    with margin_client(venue, clock) as client:
        outcome = client.place_oco(LIST)
    sent = dict(venue.asked[0].params)
    for name in ("signature", "timestamp", "recvWindow", "symbol", "isIsolated", "sideEffectType"):
        del sent[name]
    assert sent == {
        "side": "SELL",
        "quantity": "0.00105",
        "listClientOrderId": LIST_ID,
        "limitClientOrderId": TARGET_ID,
        "price": "95190.5",
        "stopClientOrderId": STOP_ID,
        "stopPrice": "94810",
        "stopLimitPrice": "94809.98",
        "stopLimitTimeInForce": "GTC",
        "newOrderRespType": "FULL",
    }
    assert isinstance(outcome, Confirmed)
    assert [(report.client_id, report.list_id) for report in outcome.reports] == [(TARGET_ID, 7), (STOP_ID, 7)]


def test_a_list_without_its_prices_is_never_sent(venue: ScriptedVenue, clock: VirtualClock) -> None:
    market = OrderRequest(TARGET_ID, Side.SELL, OrderType.MARKET, QUANTITY)
    with margin_client(venue, clock) as client, pytest.raises(ValueError, match=LIST_ID):
        client.place_oco(OcoRequest(LIST_ID, market, STOP))
    assert venue.asked == []


def test_a_fill_on_margin_is_read_from_the_order_itself(venue: ScriptedVenue, clock: VirtualClock) -> None:
    """E7: the reply has no working time and no list id, and a number where the borrowed quantity stands."""
    venue.on("POST", ORDER, Say(placed()))
    with margin_client(venue, clock) as client:
        outcome = client.place(ENTRY)
    assert isinstance(outcome, Confirmed)
    (report,) = outcome.reports
    assert (report.status, report.executed, report.list_id, report.working_ms) == (
        VenueStatus.FILLED,
        QUANTITY,
        None,
        None,
    )
    assert report.fills is not None
    assert report.fills[0].commission == Decimal("0.00000105")


@pytest.mark.parametrize(("reply", "ended"), [(canceled(), [ENTRY_ID]), (canceled_list(), [STOP_ID, TARGET_ID])])
def test_a_cancel_without_a_time_ended_when_it_was_sent(
    venue: ScriptedVenue, clock: VirtualClock, reply: Any, ended: list[str]
) -> None:
    """The order id is text, the list comes along, and a gap in the cover is measured from no later than it began."""
    venue.on("DELETE", ORDER, Say(reply, meanwhile=lambda: clock.advance(70)))
    with margin_client(venue, clock) as client:
        outcome = client.cancel(ended[0])
    assert isinstance(outcome, Confirmed)
    assert [(report.client_id, report.updated_ms) for report in outcome.reports] == [
        (client_id, START_MS) for client_id in ended
    ]
    assert all(isinstance(report.order_id, int) for report in outcome.reports)
    assert {name: venue.asked[0].params.get(name) for name in ("symbol", "isIsolated", "origClientOrderId")} == {
        "symbol": "BTCUSDC",
        "isIsolated": "FALSE",
        "origClientOrderId": ended[0],
    }


@pytest.mark.parametrize("on_book", [False, True])
def test_whether_a_stop_triggered_is_not_read_from_margin(
    venue: ScriptedVenue, clock: VirtualClock, *, on_book: bool
) -> None:
    """A margin query has no working time, and what `isWorking` says of a waiting stop is not documented."""
    venue.on("GET", ORDER, Say(queried(isWorking=on_book)))
    with margin_client(venue, clock) as client:
        report = client.order(STOP_ID)
    assert report is not None
    assert (report.working_ms, report.updated_ms, report.list_id) == (None, 1562133008799, None)


def test_margin_has_no_replacement_of_a_stop(venue: ScriptedVenue, clock: VirtualClock) -> None:
    with margin_client(venue, clock) as client:
        assert not client.can_replace
        with pytest.raises(ValueError, match="no cancelReplace"):
            client.replace(STOP_ID, STOP)
    assert venue.asked == []


READS: list[tuple[str, Any, Callable[[BinanceClient], Any]]] = [
    (ORDER, queried(), lambda client: client.order(STOP_ID)),
    (OPEN_ORDERS, [queried()], lambda client: client.open_orders()),
    (ALL_ORDERS, [queried()], lambda client: client.orders_since(START_MS)),
    (FILLS, [fill_row(1)], lambda client: client.fills(28)),
    (FILLS, [fill_row(1)], lambda client: client.fills_since(START_MS)),
]


@pytest.mark.parametrize(("path", "reply", "ask"), READS)
@pytest.mark.parametrize("isolated", [False, True])
def test_every_read_names_symbol_and_account(
    venue: ScriptedVenue, clock: VirtualClock, path: str, reply: Any, ask: Any, *, isolated: bool
) -> None:
    """M8: an isolated account is asked for by both, and no page is larger than the venue gives."""
    venue.on("GET", path, Say(reply))
    with margin_client(venue, clock, margin_isolated=isolated) as client:
        assert ask(client)
    sent = venue.asked[0].params
    assert (sent["symbol"], sent["isIsolated"]) == ("BTCUSDC", "TRUE" if isolated else "FALSE")
    assert int(sent.get("limit", "0")) <= 500


def test_a_full_page_is_followed_by_the_next(venue: ScriptedVenue, clock: VirtualClock) -> None:
    """The venue gives 500 rows at most on margin; the quote quantity is reckoned where the row has none."""
    venue.on("GET", FILLS, Say([fill_row(number) for number in range(500)]), Say([fill_row(500)]))
    with margin_client(venue, clock) as client:
        found = client.fills(28)
    assert [fill.trade_id for fill in found] == list(range(501))
    assert venue.asked[1].params["fromId"] == "500"
    assert found[0].quote_quantity == Decimal("99.75")
