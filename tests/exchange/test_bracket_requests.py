"""An entry with its exits as one list: what is sent in each of the four forms, and what the venue makes of it."""

from dataclasses import replace as changed
from decimal import Decimal
from typing import Any

import pytest

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.ids import Role
from exchange.types import BracketRequest, Confirmed, OrderRequest, OrderType, Reason, Rejected, Side, VenueStatus
from tests.exchange.documented import placed as shown
from tests.exchange.paper_venue import Paper, client_of, confirmed, name
from tests.exchange.scripted_venue import Say, ScriptedVenue

QUANTITY = Decimal("0.00105")
ENTRY = OrderRequest(name(Role.ENTRY, 1), Side.BUY, OrderType.LIMIT, QUANTITY, Decimal("94000.5"))
TARGET = OrderRequest(name(Role.TARGET, 1), Side.SELL, OrderType.LIMIT_MAKER, Decimal("0.00104"), Decimal(95500))
STOP = OrderRequest(
    name(Role.STOP, 1),
    Side.SELL,
    OrderType.STOP_LOSS_LIMIT,
    Decimal("0.00104"),
    Decimal("92999.98"),
    Decimal(93000),
)
BRACKET = BracketRequest(name(Role.LIST, 1), ENTRY, STOP, TARGET)
LONE = changed(BRACKET, target=None)


def mirrored(bracket: BracketRequest) -> BracketRequest:
    """The same for a SHORT around 94000.5."""
    target = changed(TARGET, side=Side.BUY, price=Decimal(92000))
    stop = changed(STOP, side=Side.BUY, price=Decimal("96000.02"), stop_price=Decimal(96000))
    entry = changed(ENTRY, side=Side.SELL, price=Decimal(95500))
    return changed(bracket, entry=entry, stop=stop, target=target if bracket.target else None)


WORKING = {"workingType": "LIMIT", "workingClientOrderId": ENTRY.client_id, "workingTimeInForce": "GTC"}


@pytest.mark.parametrize(
    ("bracket", "form", "quantity"),
    [
        (changed(BRACKET, sized_by_venue=True), "opoco", None),
        (BRACKET, "otoco", "0.00104"),
        (changed(LONE, sized_by_venue=True), "opo", None),
        (LONE, "oto", "0.00104"),
        (mirrored(BRACKET), "otoco", "0.00104"),
        (mirrored(LONE), "oto", "0.00104"),
    ],
)
def test_each_form_has_its_path(
    venue: ScriptedVenue, client: BinanceClient, bracket: BracketRequest, form: str, quantity: str | None
) -> None:
    """With or without a target, and the quantity of the exits only where the venue does not say it."""
    client.place_bracket(bracket)
    (asked,) = venue.requests(f"/api/v3/orderList/{form}")
    assert asked.params.get("pendingQuantity") == quantity
    assert WORKING.items() <= asked.params.items()
    assert asked.params["workingSide"] == bracket.entry.side
    assert asked.params["pendingSide"] == bracket.entry.side.opposite


@pytest.mark.parametrize(("bracket", "stop_is"), [(BRACKET, "Below"), (mirrored(BRACKET), "Above"), (LONE, "")])
def test_the_exits_are_on_their_sides(
    venue: ScriptedVenue, client: BinanceClient, bracket: BracketRequest, stop_is: str
) -> None:
    """A selling stop is below and a buying one above; a lone one has no side."""
    client.place_bracket(bracket)
    sent = venue.asked[-1].params
    assert sent[f"pending{stop_is}ClientOrderId"] == STOP.client_id
    assert sent[f"pending{stop_is}Type"] == "STOP_LOSS_LIMIT"
    assert (f"pending{stop_is}Price" in sent, sent[f"pending{stop_is}TimeInForce"]) == (True, "GTC")
    if bracket.target is not None:
        other = {"Below": "Above", "Above": "Below"}[stop_is]
        assert sent[f"pending{other}ClientOrderId"] == TARGET.client_id


def test_exits_that_wait_have_no_quantity_yet(venue: ScriptedVenue, client: BinanceClient) -> None:
    """The documented reply leaves `origQty` out; nothing but a pending order may do so."""
    venue.on("POST", "/api/v3/orderList/opoco", Say(opoco_reply()))
    outcome = client.place_bracket(changed(BRACKET, sized_by_venue=True))
    assert isinstance(outcome, Confirmed)
    assert [(report.client_id, report.status, report.quantity) for report in outcome.reports] == [
        (ENTRY.client_id, VenueStatus.NEW, QUANTITY),
        (STOP.client_id, VenueStatus.PENDING_NEW, Decimal(0)),
        (TARGET.client_id, VenueStatus.PENDING_NEW, Decimal(0)),
    ]
    assert {report.list_id for report in outcome.reports} == {2}


def opoco_reply() -> dict[str, Any]:
    """The venue's documented reply to POST orderList/opoco: exits first."""
    waiting = {"status": "PENDING_NEW", "side": "SELL", "workingTime": -1, "orderListId": 2}
    exits = [
        shown(TARGET.client_id, type="LIMIT_MAKER", price="95500.00000000", **waiting),
        shown(STOP.client_id, type="STOP_LOSS_LIMIT", price="92999.98000000", stopPrice="93000.00000000", **waiting),
    ]
    for report in exits:
        del report["origQty"]
    orders = [*exits, shown(ENTRY.client_id, orderListId=2)]
    return {"orderListId": 2, "contingencyType": "OTO", "listStatusType": "EXEC_STARTED", "orderReports": orders}


# --- on the simulated exchange
@pytest.mark.parametrize("sized_by_venue", [True, False])
@pytest.mark.parametrize("bracket", [BRACKET, LONE], ids=["pair", "lone"])
def test_exits_are_armed_at_the_very_fill(
    trader: BinanceClient, paper: Paper, bracket: BracketRequest, *, sized_by_venue: bool
) -> None:
    """They wait with the entry, and begin in the millisecond in which it is filled, with what was received."""
    placed = confirmed(trader.place_bracket(changed(bracket, sized_by_venue=sized_by_venue)))
    waiting = {report.client_id: report.status for report in placed}
    assert waiting.pop(ENTRY.client_id) is VenueStatus.NEW
    assert set(waiting.values()) == {VenueStatus.PENDING_NEW}
    paper.script("clock", {"advance_ms": 5_000})
    paper.trade("94000.5")
    entry = trader.order(ENTRY.client_id)
    armed = {report.client_id: report for report in trader.open_orders()}
    assert set(armed) == set(waiting)
    assert entry is not None
    assert entry.status is VenueStatus.FILLED
    for report in armed.values():
        assert (report.status, report.updated_ms) == (VenueStatus.NEW, entry.updated_ms)
        assert report.quantity == Decimal("0.00105" if sized_by_venue else "0.00104")


def test_a_short_is_born_with_its_buy_back(trader: BinanceClient, paper: Paper) -> None:
    confirmed(trader.place_bracket(mirrored(BRACKET)))
    paper.trade("95500")
    assert {(report.client_id, report.side) for report in trader.open_orders()} == {
        (STOP.client_id, Side.BUY),
        (TARGET.client_id, Side.BUY),
    }


def test_a_symbol_without_such_lists_says_so(trader: BinanceClient, paper: Paper) -> None:
    """The rules know it beforehand, and the venue refuses."""
    assert (trader.instrument.bracket_allowed, trader.instrument.opo_allowed) == (True, True)
    paper.script("symbol", {"symbol": "BTCUSDC", "oto_allowed": False})
    assert not trader.refresh_instrument().bracket_allowed
    outcome = trader.place_bracket(BRACKET)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.OTHER


def test_a_cancelled_member_ends_the_entry_too(trader: BinanceClient, paper: Paper) -> None:
    confirmed(trader.place_bracket(BRACKET))
    ended = {report.client_id: report.status for report in confirmed(trader.cancel(STOP.client_id))}
    assert ended == dict.fromkeys((ENTRY.client_id, STOP.client_id, TARGET.client_id), VenueStatus.CANCELED)


def test_margin_has_no_such_list(paper: Paper, clock: VirtualClock) -> None:
    """Asking for one is our own mistake, told before anything is sent."""
    with client_of(paper.url, clock, trade_mode="margin") as borrower:
        borrower.connect()
        with pytest.raises(ValueError, match="spot alone"):
            borrower.place_bracket(BRACKET)
