"""Account and loan requests on margin, parameter for parameter, and what is read from the answers, over real HTTP."""

from decimal import Decimal
from typing import Any

import pytest

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.lending import Liquidation, LoanKind, LoanState
from exchange.types import Balance, Side
from tests.exchange.documented import START_MS
from tests.exchange.margin_replies import (
    CROSS,
    ISOLATED,
    LIQUIDATIONS,
    LOANS,
    MAX_BORROWABLE,
    cross_account,
    cross_asset,
    isolated_account,
    liquidation_row,
    loan_row,
    margin_client,
)
from tests.exchange.scripted_venue import Say, ScriptedVenue

CROSS_ASSETS = (cross_asset("BTC", "0.0011", "0.00005", "0.5", "0.00000025"), cross_asset("ETH"))


def test_cross_balances_have_their_debts(venue: ScriptedVenue, clock: VirtualClock) -> None:
    """Assets without holding or debt are left out, and nothing is sent that the venue does not know."""
    venue.on("GET", CROSS, Say(cross_account(*CROSS_ASSETS, level="2.5")))
    with margin_client(venue, clock) as client:
        balances = client.balances()
        assert client.lender is not None
        account = client.lender.account()
        assert client.lender.margin_level() == account.level == Decimal("2.5")
    assert balances == account.balances
    assert balances == {"BTC": Balance(*(Decimal(part) for part in ("0.0011", "0.00005", "0.5", "0.00000025")))}
    assert balances["BTC"].debt == Decimal("0.50000025")
    assert set(venue.asked[0].params) == {"timestamp", "recvWindow", "signature"}


def test_isolated_balances_are_those_of_the_pair(venue: ScriptedVenue, clock: VirtualClock) -> None:
    reply = isolated_account(cross_asset("BTC", "1"), cross_asset("USDC", "5", borrowed="2", interest="0.1"), "3.1")
    venue.on("GET", ISOLATED, Say(reply))
    with margin_client(venue, clock, margin_isolated=True) as client:
        assert client.lender is not None
        account = client.lender.account()
        assert client.balances() == account.balances
    assert account.balances["USDC"].debt == Decimal("2.1")
    assert (account.level, account.may_trade, account.may_borrow) == (Decimal("3.1"), True, True)
    assert venue.asked[0].params["symbols"] == "BTCUSDC"
    assert "isIsolated" not in venue.asked[0].params


@pytest.mark.parametrize("shown", ["999.00000000", "0.00000000"])
def test_without_debt_there_is_no_level(venue: ScriptedVenue, clock: VirtualClock, shown: str) -> None:
    """The venue writes 999 on cross and 0 on isolated accounts then; 0 must not look like ruin."""
    venue.on("GET", CROSS, Say(cross_account(cross_asset("USDC", "5"), level=shown)))
    venue.on("GET", ISOLATED, Say(isolated_account(cross_asset("BTC"), cross_asset("USDC", "5"), shown)))
    for isolated in (False, True):
        with margin_client(venue, clock, margin_isolated=isolated) as client:
            assert client.lender is not None
            assert client.lender.margin_level() is None


@pytest.mark.parametrize(
    ("reply", "may_trade", "may_borrow"),
    [
        ({"assets": []}, False, False),
        (isolated_account(cross_asset("BTC"), cross_asset("USDC"), isolatedCreated=False), False, True),
        (isolated_account(cross_asset("BTC"), cross_asset("USDC"), enabled=False), False, True),
        (isolated_account(cross_asset("BTC"), cross_asset("USDC"), tradeEnabled=False), False, True),
    ],
)
def test_an_isolated_account_that_is_not_there_may_not_trade(
    venue: ScriptedVenue, clock: VirtualClock, reply: Any, *, may_trade: bool, may_borrow: bool
) -> None:
    """M8."""
    venue.on("GET", ISOLATED, Say(reply))
    with margin_client(venue, clock, margin_isolated=True) as client:
        assert client.lender is not None
        account = client.lender.account()
    assert (account.may_trade, account.may_borrow) == (may_trade, may_borrow)


@pytest.mark.parametrize(
    ("isolated", "where"),
    [(False, {"isIsolated": "FALSE"}), (True, {"isIsolated": "TRUE", "symbol": "BTCUSDC"})],
)
@pytest.mark.parametrize("kind", LoanKind)
def test_a_loan_request_is_written_completely(
    venue: ScriptedVenue, clock: VirtualClock, *, isolated: bool, where: dict[str, str], kind: LoanKind
) -> None:
    """X20, M8: plain decimals; the symbol goes along for an isolated account and only for it."""
    venue.on("POST", LOANS, Say({"tranId": 100000001}))
    with margin_client(venue, clock, margin_isolated=isolated) as client:
        assert client.lender is not None
        ask = client.lender.borrow if kind is LoanKind.BORROW else client.lender.repay
        ask("BTC", Decimal("9E-7"))
    sent = dict(venue.asked[0].params)
    del sent["signature"]
    assert sent == {
        "asset": "BTC",
        "amount": "0.0000009",
        "type": kind.value,
        "recvWindow": "2000",
        "timestamp": str(START_MS),
        **where,
    }


@pytest.mark.parametrize(("isolated", "where"), [(False, {}), (True, {"isolatedSymbol": "BTCUSDC"})])
def test_loan_records_are_read_to_the_last_page(
    venue: ScriptedVenue, clock: VirtualClock, *, isolated: bool, where: dict[str, str]
) -> None:
    """The venue gives the newest first, a hundred at a time."""
    pages = [[loan_row(number) for number in range(104, 4, -1)], [loan_row(4, status="PENDING", amount=7)]]
    venue.on("GET", LOANS, *(Say({"rows": rows, "total": 101}) for rows in pages))
    with margin_client(venue, clock, margin_isolated=isolated) as client:
        assert client.lender is not None
        found = client.lender.loans(LoanKind.REPAY, "USDC", 1563438204000)
    assert [record.transaction_id for record in found] == list(range(4, 105))
    assert (found[0].state, found[0].quantity, found[0].kind) == (LoanState.PENDING, Decimal(7), LoanKind.REPAY)
    assert (found[1].principal, found[1].interest) == (Decimal("13.98133333"), Decimal("0.01866667"))
    for page, asked in enumerate(venue.asked, start=1):
        shown = {name: asked.params.get(name) for name in ("type", "asset", "startTime", "size", "current")}
        assert shown == {
            "type": "REPAY",
            "asset": "USDC",
            "startTime": "1563438204000",
            "size": "100",
            "current": str(page),
        }
        assert {"isolatedSymbol": asked.params.get("isolatedSymbol")} == {"isolatedSymbol": where.get("isolatedSymbol")}


@pytest.mark.parametrize(("kind", "automatic"), [("MANUAL", False), ("AUTO", True)])
def test_a_loan_record_says_whether_an_order_made_it(
    venue: ScriptedVenue, clock: VirtualClock, kind: str, *, automatic: bool
) -> None:
    venue.on("GET", LOANS, Say({"rows": [loan_row(1, type=kind)], "total": 1}))
    with margin_client(venue, clock) as client:
        assert client.lender is not None
        assert [record.automatic for record in client.lender.loans(LoanKind.BORROW, "USDC", 0)] == [automatic]


@pytest.mark.parametrize(("isolated", "where"), [(False, {}), (True, {"isolatedSymbol": "BTCUSDC"})])
def test_liquidations_are_those_of_our_symbol(
    venue: ScriptedVenue, clock: VirtualClock, *, isolated: bool, where: dict[str, str]
) -> None:
    """A cross account may be liquidated on any pair; the oldest comes first."""
    rows = [liquidation_row(9), liquidation_row(8, symbol="ETHUSDC"), liquidation_row(7, side="BUY")]
    venue.on("GET", LIQUIDATIONS, Say({"rows": rows, "total": 3}))
    with margin_client(venue, clock, margin_isolated=isolated) as client:
        assert client.lender is not None
        found = client.lender.liquidations(1558941374000)
    assert found == (
        Liquidation(7, Side.BUY, Decimal("0.03139"), 1558941374752),
        Liquidation(9, Side.SELL, Decimal("0.03139"), 1558941374754),
    )
    asked = venue.asked[0].params
    assert (asked["startTime"], asked["current"], asked["size"]) == ("1558941374000", "1", "100")
    assert {"isolatedSymbol": asked.get("isolatedSymbol")} == {"isolatedSymbol": where.get("isolatedSymbol")}


def test_what_may_be_borrowed_is_asked_by_asset(venue: ScriptedVenue, clock: VirtualClock) -> None:
    venue.on("GET", MAX_BORROWABLE, Say({"amount": "1.69248805", "borrowLimit": "60"}))
    with margin_client(venue, clock, margin_isolated=True) as client:
        assert client.lender is not None
        assert client.lender.max_borrowable("BTC") == Decimal("1.69248805")
    assert (venue.asked[0].params["asset"], venue.asked[0].params["isolatedSymbol"]) == ("BTC", "BTCUSDC")


def test_spot_has_no_lender(client: BinanceClient) -> None:
    """On spot nothing can be borrowed by mistake: the verbs are not there."""
    assert client.lender is None
