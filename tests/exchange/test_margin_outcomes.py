"""What a reply to a loan request means, and that no loan request is ever sent twice (M3)."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.errors import RateLimited
from exchange.lending import LoanAccepted, LoanKind, LoanOutcome
from exchange.margin import MarginLender
from exchange.settings import ExchangeSettings
from exchange.types import Confirmed, Denied, InDoubt, OrderRequest, OrderType, Reason, Rejected, Side
from tests.exchange.documented import ENTRY_ID, RUNNER_ID, START_MS
from tests.exchange.margin_replies import CROSS, LOANS, ORDER, cross_account, placed
from tests.exchange.scripted_venue import Say, ScriptedVenue

SETTLED_MS = START_MS + 2_000 + 10_000
PENDING = "You have pending transaction, please try again later.."
ENTRY = OrderRequest(ENTRY_ID, Side.BUY, OrderType.LIMIT, Decimal("0.00105"), Decimal("95000.5"))
STOP = OrderRequest(RUNNER_ID, Side.SELL, OrderType.STOP_LOSS_LIMIT, Decimal("0.00105"), Decimal(94000), Decimal(94001))


@pytest.fixture
def margin(venue: ScriptedVenue, clock: VirtualClock) -> Iterator[BinanceClient]:
    settings = ExchangeSettings(base_url=venue.url, trade_mode="margin", request_timeout_s=1)
    connected = BinanceClient(settings, clock, lambda _: None)
    yield connected
    connected.close()


@pytest.fixture
def lender(margin: BinanceClient) -> MarginLender:
    assert margin.lender is not None
    return margin.lender


def refused(code: int, text: str, status: int = 400, **headers: str) -> Say:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Say({"code": code, "msg": text}, status, named)


def rejected(reason: Reason, code: int, text: str) -> tuple[Say, LoanOutcome]:
    return refused(code, text), Rejected(reason, code, text)


REJECTED = [
    rejected(Reason.NO_MARGIN_ACCOUNT, -3003, "Margin account does not exist."),
    rejected(Reason.NO_MARGIN_ACCOUNT, -11001, "Isolated margin account does not exist."),
    rejected(Reason.BORROW_LIMIT, -3006, "Your borrow amount has exceed maximum borrow amount."),
    rejected(Reason.BORROW_LIMIT, -3008, "Borrow not allowed. Your borrow amount has exceed maximum borrow amount."),
    rejected(Reason.BORROW_LIMIT, -11008, "Exceeding the account's maximum borrowable limit."),
    rejected(Reason.ABOVE_DEBT, -3010, "Repay not allowed. Repay amount exceeds borrow amount."),
    rejected(Reason.ABOVE_DEBT, -3015, "Repay amount exceeds borrow amount."),
    rejected(Reason.BORROW_BARRED, -3012, "Borrow is banned for this asset."),
    rejected(Reason.BORROW_BARRED, -3014, "Borrow is banned for this account."),
    rejected(Reason.BORROW_BARRED, -3022, "You account's trading is banned."),
    rejected(Reason.LOAN_TOO_SMALL, -3013, "Borrow amount less than minimum borrow amount."),
    rejected(Reason.LOAN_TOO_SMALL, -3016, "Repay amount less than minimum repay amount."),
    rejected(Reason.LOAN_TOO_SMALL, -3024, "The unpaid debt is too small after this repayment."),
    rejected(Reason.NO_MARGIN_PAIR, -3027, "Not a valid margin asset."),
    rejected(Reason.NO_MARGIN_PAIR, -3028, "Not a valid margin pair."),
    rejected(Reason.INSUFFICIENT_BALANCE, -3041, "Balance is not enough"),
    rejected(Reason.NOTHING_TO_LEND, -3045, "The system doesn't have enough asset now."),
    rejected(Reason.KEY, -2015, "Invalid API-key, IP, or permissions for action."),
    rejected(Reason.OTHER, -3999, "Something new."),
]


@pytest.mark.parametrize("kind", LoanKind)
@pytest.mark.parametrize(("reply", "expected"), REJECTED)
def test_a_refusal_says_what_to_do_next(
    venue: ScriptedVenue, lender: MarginLender, kind: LoanKind, reply: Say, expected: LoanOutcome
) -> None:
    """M7: it did not and will not happen, and the reason tells whether another quantity, asset or account would."""
    venue.on("POST", LOANS, reply)
    ask = lender.borrow if kind is LoanKind.BORROW else lender.repay
    assert ask("USDC", Decimal(1)) == expected
    assert len(venue.asked) == 1


UNSETTLED = [
    (refused(-3007, PENDING), Denied, 250),
    (refused(-3044, "System busy."), Denied, 250),
    (refused(-1021, "Timestamp for this request is outside of the recvWindow."), Denied, 0),
    (refused(-1003, "Too much request weight used.", 429, Retry_After="9"), Denied, 9_000),
    (refused(-1003, "IP banned until 1.", 418, Retry_After="120"), Denied, 120_000),
    (Say("", 500), InDoubt, SETTLED_MS),
    (Say("<html>", 502), InDoubt, SETTLED_MS),
    (refused(-1007, "Timeout waiting for response from backend server.", 504), InDoubt, SETTLED_MS),
    (refused(-1006, "An unexpected response was received from the message bus."), InDoubt, SETTLED_MS),
    (Say(drop=True), InDoubt, SETTLED_MS),
    (Say(wait=True), InDoubt, SETTLED_MS),
    (Say("no JSON"), InDoubt, SETTLED_MS),
    (Say({"transaction": 1}), InDoubt, SETTLED_MS),
    (Say({"tranId": "later"}), InDoubt, SETTLED_MS),
]


@pytest.mark.parametrize(("reply", "kind", "until"), UNSETTLED)
@pytest.mark.parametrize("loan", LoanKind)
def test_what_is_not_settled_is_not_sent_again(
    venue: ScriptedVenue, lender: MarginLender, loan: LoanKind, reply: Say, kind: type[LoanOutcome], until: int
) -> None:
    """M3: a pending transaction is waited for; silence is a doubt with an end, and one request went out."""
    venue.on("POST", LOANS, reply)
    ask = lender.borrow if loan is LoanKind.BORROW else lender.repay
    outcome = ask("USDC", Decimal(1))
    assert isinstance(outcome, kind)
    if isinstance(outcome, Denied):
        assert outcome.retry_after_ms == until
    if isinstance(outcome, InDoubt):
        assert outcome.settled_after_ms == until == START_MS + lender.doubt_ms
    assert len(venue.requests(LOANS)) == 1


def test_an_accepted_loan_has_its_transaction(venue: ScriptedVenue, lender: MarginLender) -> None:
    venue.on("POST", LOANS, Say({"tranId": 100000001}))
    assert lender.borrow("USDC", Decimal(1)) == LoanAccepted(100000001)


def test_a_loan_that_never_left_did_not_happen(clock: VirtualClock) -> None:
    settings = ExchangeSettings(base_url="http://127.0.0.1:9", trade_mode="margin", request_timeout_s=1)
    client = BinanceClient(settings, clock, lambda _: None)
    assert client.lender is not None
    assert isinstance(client.lender.borrow("USDC", Decimal(1)), Denied)
    client.close()


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (-3007, PENDING, Denied),
        (-3045, "The system doesn't have enough asset now.", Rejected),
        (-3021, "Margin account are not allowed to trade this trading pair.", Rejected),
    ],
)
def test_an_order_that_had_to_borrow_is_told_alike(
    venue: ScriptedVenue, margin: BinanceClient, code: int, text: str, expected: type
) -> None:
    """In auto mode the order carries the loan: a pending transaction refuses it for now, the rest for good."""
    venue.on("POST", ORDER, refused(code, text))
    assert isinstance(margin.place(ENTRY), expected)


USED_IP, USED_UID = "X-SAPI-USED-IP-WEIGHT-1M", "X-SAPI-USED-UID-WEIGHT-1M"


@pytest.mark.parametrize(
    ("header", "used", "held"),
    [(USED_IP, 9_995, "account"), (USED_UID, 149_000, "borrow"), ("X-MBX-USED-WEIGHT-1M", 5_999, None)],
)
def test_each_counter_of_the_venue_is_kept_by_itself(
    venue: ScriptedVenue, margin: BinanceClient, lender: MarginLender, header: str, used: int, held: str | None
) -> None:
    """V1: margin is counted by address and by user, apart from spot; near one limit the others still work."""
    venue.on("POST", ORDER, Say(placed(), headers={header: str(used)}), Say(placed(RUNNER_ID, side="SELL")))
    venue.on("POST", LOANS, Say({"tranId": 1}))
    venue.on("GET", CROSS, Say(cross_account()))
    margin.place(ENTRY)
    assert isinstance(lender.borrow("USDC", Decimal(1)), Denied if held == "borrow" else LoanAccepted)
    if held == "account":
        with pytest.raises(RateLimited):
            lender.account()
    else:
        lender.account()
    assert isinstance(lender.repay("USDC", Decimal(1)), LoanAccepted)
    assert isinstance(margin.place(STOP), Confirmed)


def test_a_pause_holds_for_all_counters(venue: ScriptedVenue, margin: BinanceClient, lender: MarginLender) -> None:
    """V1: a limit met on one interface is not tried out on the other; repaying and stops go on."""
    venue.on("GET", CROSS, refused(-1003, "Too much request weight used.", 429, Retry_After="7"))
    venue.on("POST", LOANS, Say({"tranId": 1}))
    venue.on("POST", ORDER, Say(placed(RUNNER_ID, side="SELL")))
    with pytest.raises(RateLimited):
        lender.account()
    with pytest.raises(RateLimited):
        margin.quote()
    assert isinstance(lender.borrow("USDC", Decimal(1)), Denied)
    assert isinstance(lender.repay("USDC", Decimal(1)), LoanAccepted)
    assert isinstance(margin.place(STOP), Confirmed)
