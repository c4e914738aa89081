"""The four hooks against the simulated exchange: borrowed once, repaid to the last unit, own debts only."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange.types import Side
from guards.margin import KnownBalances
from guards.margin_memory import MarginBook, MarginRuntime
from guards.margin_results import Failed, Ready, Waiting
from tests.guards.margin_stage import ACCOUNT, QUANTITY, TRADE, Stage, margin_stage

ZERO = Decimal(0)
HOUR_MS = 3_600_000


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with margin_stage(tmp_path) as set_up:
        yield set_up


@pytest.fixture
def isolated(tmp_path: Path) -> Iterator[Stage]:
    with margin_stage(tmp_path, margin_isolated=True) as set_up:
        yield set_up


# --- before the entry
@pytest.mark.parametrize(
    ("own", "borrowed"),
    [
        (None, "99.85027553"),
        ("50", "49.85027553"),
        ("99.85027552", "0.00000001"),
    ],
)
def test_a_long_borrows_what_the_free_quote_lacks(stage: Stage, own: str | None, borrowed: str) -> None:
    """M5: 0.00105 * 95000.5 and the taker commission, rounded up to a unit; then the order is paid for."""
    if own is not None:
        stage.deposit("USDC", own)
    assert stage.before_entry() == Ready()
    assert stage.loans("BORROW") == [Decimal(borrowed)]
    assert stage.trade(Side.BUY) > 0


def test_a_short_borrows_the_coins(isolated: Stage) -> None:
    """On an isolated account like on cross; the quantity itself, without commission."""
    isolated.deposit("BTC", "-0.9995")
    isolated.deposit("USDC", "1000")
    assert isolated.before_entry(Side.SELL) == Ready()
    assert isolated.loans("BORROW") == [Decimal("0.00055")]
    assert isolated.trade(Side.SELL) == -QUANTITY


@pytest.mark.parametrize("asset", ["USDC", "BTC"])
def test_nothing_is_borrowed_that_is_not_needed(stage: Stage, asset: str) -> None:
    stage.deposit("USDC", "99.85027553")
    assert stage.before_entry(Side.BUY if asset == "USDC" else Side.SELL) == Ready()
    assert stage.closed() == Ready()
    assert stage.sent() == 0


def test_a_hook_that_is_done_asks_nothing_again(stage: Stage) -> None:
    """Also after a restart: the runtime says for which trade it worked."""
    stage.before_entry()
    stage.kept.save()
    asked = len(stage.paper.ledger()["requests"])
    stage.kept.restart()
    assert stage.before_entry() == Ready()
    assert stage.hooks().on_after_entry_opened(stage.kept, TRADE) == Ready()
    assert stage.kept.runtime.opened == TRADE
    assert len(stage.paper.ledger()["requests"]) == asked


def test_a_trade_borrows_once(stage: Stage) -> None:
    """M3: after the loan is there, no change of the balance makes the hook borrow again."""
    stage.before_entry()
    stage.kept.runtime = MarginRuntime()
    stage.deposit("USDC", "-10")
    assert stage.before_entry() == Ready()
    assert stage.sent() == 1


def test_balances_at_hand_spare_a_request(stage: Stage) -> None:
    """Between a signal and its order nothing is asked that is known: recent balances, read after our last loan."""
    now = stage.clock.now_ms()
    stage.known = KnownBalances(stage.client.balances(), now)
    asked = stage.sent("GET", ACCOUNT)
    assert stage.before_entry() == Ready()
    assert stage.sent("GET", ACCOUNT) == asked


@pytest.mark.parametrize(("age_ms", "repaid_ago_ms"), [(10_001, None), (-1, None), (5_000, 5_000), (5_000, 1_000)])
def test_balances_that_may_be_outdated_are_read_again(stage: Stage, age_ms: int, repaid_ago_ms: int | None) -> None:
    """M4: what still shows a debt of our last trade must not be taken for the owner's."""
    now = stage.clock.now_ms()
    stage.known = KnownBalances({}, now - age_ms)
    if repaid_ago_ms is not None:
        stage.kept.runtime = MarginRuntime(repaid="another", repaid_ms=now - repaid_ago_ms)
    asked = stage.sent("GET", ACCOUNT)
    stage.before_entry()
    assert stage.sent("GET", ACCOUNT) == asked + 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (-3045, "nothing_to_lend"),
        (-3006, "borrow_limit"),
        (-3012, "borrow_barred"),
        (-3014, "borrow_barred"),
        (-3013, "loan_too_small"),
    ],
)
def test_a_refused_loan_is_no_entry(stage: Stage, code: int, reason: str) -> None:
    """M7: the trade has got its answer for good, nothing is owed, and its close asks nothing."""
    stage.refuse("BORROW", code)
    step = stage.before_entry()
    assert isinstance(step, Failed)
    assert step.code == reason
    assert stage.before_entry() == step
    assert stage.sent() == 1
    assert stage.closed() == Ready()
    assert stage.owed("USDC") == ZERO
    stage.next_trade()
    assert stage.before_entry() == Ready()


@pytest.mark.parametrize("code", [-3007, -3044])
def test_a_pending_transaction_is_waited_for(stage: Stage, code: int) -> None:
    """M7: asked again after a while, borrowed once."""
    stage.refuse("BORROW", code, count=3)
    assert isinstance(stage.before_entry(), Waiting)
    assert stage.until_ready(stage.before_entry) == Ready()
    assert stage.loans("BORROW") == [Decimal("99.85027553")]
    assert len(stage.kept.book.requests) == 1


def test_a_loan_that_is_still_pending_is_not_traded_on(stage: Stage) -> None:
    """M7: accepted is not lent; the entry waits until the loan record is confirmed."""
    stage.terms(loan_ms=700)
    step = stage.before_entry()
    assert isinstance(step, Waiting)
    assert "not settled" in step.why
    assert stage.until_ready(stage.before_entry) == Ready()
    assert stage.trade(Side.BUY) > 0
    assert stage.sent() == 1


def test_a_full_disk_borrows_nothing_and_repays(stage: Stage) -> None:
    """R8: no loan without its intent on disk; what is owed is repaid all the same."""
    stage.kept.disk_full = True
    step = stage.before_entry()
    assert isinstance(step, Failed)
    assert step.code == "state_not_saved"
    assert stage.sent() == 0
    assert stage.kept.book.requests == ()
    stage.kept.disk_full = False
    stage.kept.runtime = MarginRuntime()
    assert stage.before_entry() == Ready()
    stage.deposit("USDC", "1")
    stage.kept.disk_full = True
    assert stage.until_ready(stage.closed) == Ready()
    assert stage.owed("USDC") == ZERO


def test_another_trades_loans_block_the_next(stage: Stage) -> None:
    """I12: hooks, book and debt are of one trade; nothing is borrowed on top, and nothing repaid for the wrong one."""
    stage.before_entry()
    stage.kept.trade_key = "2501132000L000000"
    for step in (stage.before_entry(), stage.hooks().on_after_position_closed(stage.kept, stage.kept.trade_key)):
        assert isinstance(step, Failed)
        assert step.code == "other_trade"
    wrong = stage.hooks().on_after_entry_opened(stage.kept, stage.kept.trade_key)
    assert isinstance(wrong, Failed)
    stage.kept.trade_key = None
    started = stage.hooks().on_startup(stage.kept)
    assert isinstance(started, Failed)
    assert started.code == "debt_without_position"


# --- after the close
def test_a_long_is_repaid_with_its_interest(stage: Stage) -> None:
    """M2: bought, held over five full hours, sold; principal and interest are gone to the last unit."""
    stage.deposit("USDC", "50")
    stage.before_entry()
    received = stage.trade(Side.BUY)
    stage.clock.advance(5 * HOUR_MS)
    principal, interest = stage.debt("USDC")
    assert (principal, interest) == (Decimal("49.85027553"), Decimal("0.00024926") * 6)
    stage.trade(Side.SELL, received.quantize(Decimal("0.00001"), "ROUND_FLOOR"))
    assert stage.until_ready(stage.closed) == Ready()
    assert stage.loans("REPAY") == [principal + interest]
    assert stage.owed("USDC") == ZERO
    assert stage.kept.runtime.repaid_ms == stage.clock.now_ms()


def test_a_short_is_bought_back_with_commission_and_interest(isolated: Stage) -> None:
    """M1: what is bought covers commission in base and the interest, so that no debt is left."""
    isolated.deposit("BTC", "-1")
    isolated.deposit("USDC", "1000")
    isolated.before_entry(Side.SELL)
    isolated.trade(Side.SELL)
    isolated.clock.advance(HOUR_MS)
    owed = isolated.owed("BTC")
    assert owed == QUANTITY + 2 * Decimal("0.00000001")
    grossed_up = (owed / (1 - Decimal("0.001"))).quantize(Decimal("0.00001"), "ROUND_CEILING")
    isolated.trade(Side.BUY, grossed_up)
    assert isolated.until_ready(isolated.closed) == Ready()
    assert isolated.loans("REPAY") == [owed]
    assert isolated.owed("BTC") == ZERO


@pytest.mark.parametrize("calls", [1, 3])
def test_an_entry_that_never_filled_is_repaid(stage: Stage, calls: int) -> None:
    """E8: by the same hook, once, however often it is called."""
    stage.deposit("USDC", "1")
    stage.before_entry()
    for _ in range(calls):
        assert stage.until_ready(stage.closed) == Ready()
    assert stage.loans("REPAY") == [Decimal("98.85027553") + Decimal("0.00049426")]
    assert stage.owed("USDC") == ZERO


def test_the_owners_debts_are_left_alone(stage: Stage) -> None:
    """M4: he owed 200 before; each hour since is shared by principal, what our loan cost when it was made is ours."""
    stage.by_hand("BORROW", "USDC", "200")
    stage.deposit("USDC", "-200")
    stage.clock.advance(101)
    before = stage.owed("USDC")
    stage.deposit("USDC", "1")
    stage.before_entry()
    borrowed = stage.loans("BORROW")[1]
    stage.clock.advance(2 * HOUR_MS)
    grown = stage.owed("USDC") - before - borrowed
    share = (grown * 2 * 200 / (2 * 200 + 3 * borrowed)).quantize(Decimal("0.00000001"), "ROUND_FLOOR")
    assert stage.until_ready(stage.closed) == Ready()
    assert stage.owed("USDC") == before + share
    assert stage.loans("REPAY") == [borrowed + grown - share]


def test_what_the_owner_borrows_meanwhile_is_his(stage: Stage) -> None:
    """M4: his loan of 50 and the coins bought with it are not touched."""
    stage.deposit("USDC", "1")
    stage.before_entry()
    stage.clock.advance(1_000)
    stage.by_hand("BORROW", "USDC", "50")
    assert stage.until_ready(stage.closed) == Ready()
    assert Decimal(50) <= stage.owed("USDC") < Decimal("50.001")


def test_what_the_owner_repays_of_his_own_is_his(stage: Stage) -> None:
    """M4: he owed 200 and repays 150 of it meanwhile; we repay all of ours and none of his."""
    stage.by_hand("BORROW", "USDC", "200")
    stage.deposit("USDC", "-200")
    stage.clock.advance(101)
    stage.deposit("USDC", "1")
    stage.before_entry()
    stage.deposit("USDC", "150")
    stage.clock.advance(1_000)
    stage.by_hand("REPAY", "USDC", "150")
    assert stage.until_ready(stage.closed) == Ready()
    assert Decimal(50) <= stage.owed("USDC") < Decimal("50.002")


def test_what_the_owner_repaid_is_not_repaid_again(stage: Stage) -> None:
    """That nothing is owed is believed a while after the close: the account may have been read from before the loan."""
    stage.deposit("USDC", "1")
    stage.before_entry()
    stage.clock.advance(1_000)
    stage.by_hand("REPAY", "USDC", str(stage.owed("USDC")))
    assert isinstance(stage.closed(), Waiting)
    assert stage.until_ready(stage.closed) == Ready()
    assert stage.sent() == 2


@pytest.mark.parametrize("code", [-3007, -3015, -3041])
def test_a_refused_repayment_is_tried_again(stage: Stage, code: int) -> None:
    stage.deposit("USDC", "1")
    stage.before_entry()
    stage.refuse("REPAY", code, count=2)
    assert stage.until_ready(stage.closed) == Ready()
    assert stage.owed("USDC") == ZERO


def test_requests_keep_their_distance(stage: Stage) -> None:
    """A hundred milliseconds lie between two loan requests, or the venue says -3007."""
    stage.deposit("USDC", "1")
    stage.before_entry()
    step = stage.closed()
    assert step == Waiting(stage.clock.now_ms() + 100, "loan requests keep 100 ms distance")
    assert stage.sent() == 1


def test_a_debt_that_could_be_traded_for_is_never_carried(stage: Stage) -> None:
    """However small a part of the entry it is: less than a hundredth here, and more than the least notional."""
    quantity = Decimal("0.0105")
    stage.until_ready(lambda: stage.before_entry(quantity=quantity))
    stage.trade(Side.BUY, quantity)
    stage.trade(Side.SELL, Decimal("0.01044"))
    step = stage.until_ready(stage.closed)
    assert isinstance(step, Failed)
    assert step.code == "debt_remains"
    assert Decimal(5) < stage.owed("USDC") < Decimal("9.9")
    assert stage.kept.runtime.carried == {}


def test_a_debt_that_cannot_be_repaid_is_told_until_it_can(stage: Stage) -> None:
    """Promise 4: what is free is repaid at once, the rest is named with its figure, and goes when money comes."""
    stage.before_entry()
    stage.trade(Side.BUY)
    stage.trade(Side.SELL, Decimal("0.0008"))
    step = stage.until_ready(stage.closed)
    assert isinstance(step, Failed)
    assert step.code == "debt_remains"
    assert f"{stage.owed('USDC').normalize():f} USDC owed" in step.why
    assert stage.kept.runtime.repaid is None
    stage.deposit("USDC", "30")
    assert stage.until_ready(stage.closed) == Ready()
    assert stage.owed("USDC") == ZERO


def test_a_rest_too_small_to_trade_for_goes_to_the_next_trade(stage: Stage) -> None:
    """The interest of a loan whose entry never filled: named now, repaid next time, never taken for the owner's."""
    stage.before_entry()
    step = stage.until_ready(stage.closed)
    assert step == Ready("0.00049926 USDC still owed: the next trade repays it if it can")
    assert stage.owed("USDC") == Decimal("0.00049926")
    assert stage.closed() == Ready()
    stage.next_trade()
    stage.deposit("USDC", "1000")
    assert stage.before_entry() == Ready()
    assert stage.kept.book.carried == {"USDC": Decimal("0.00049926")}
    assert stage.until_ready(stage.closed) == Ready()
    assert stage.owed("USDC") == ZERO
    assert stage.kept.runtime.carried == {}


@pytest.mark.parametrize(("sold", "is_left"), [("0.00005", True), ("0.00006", False)])
def test_what_no_order_could_buy_back_goes_to_the_next_trade(stage: Stage, *, sold: str, is_left: bool) -> None:
    """An entry that ended with less than the least notional, 5 dollars: nothing could be bought for it."""
    stage.deposit("BTC", "-0.5")
    stage.deposit("BTC", "-0.4995")
    stage.deposit("USDC", "100")
    stage.before_entry(Side.SELL)
    stage.trade(Side.SELL, Decimal("0.0001"))
    stage.deposit("BTC", f"-{Decimal('0.0004') + Decimal(sold)}")
    step = stage.until_ready(stage.closed)
    assert isinstance(step, Ready if is_left else Failed), step


def test_a_rest_waits_through_trades_in_the_other_asset(stage: Stage) -> None:
    """A SHORT in between borrows coins; the few units of quote stay owed until quote is free."""
    stage.before_entry()
    stage.until_ready(stage.closed)
    stage.next_trade()
    stage.deposit("BTC", "-0.5")
    stage.deposit("BTC", "-0.4995")
    assert stage.before_entry(Side.SELL) == Ready()
    assert stage.until_ready(stage.closed) == Ready("0.00049926 USDC still owed: the next trade repays it if it can")
    assert stage.kept.runtime.carried == {"USDC": Decimal("0.00049926")}
    assert stage.owed("BTC") == ZERO


def test_a_rest_that_the_owner_repaid_is_forgotten(stage: Stage) -> None:
    """What he borrows after that is his alone (M4)."""
    stage.before_entry()
    stage.until_ready(stage.closed)
    stage.deposit("USDC", "1")
    stage.by_hand("REPAY", "USDC", "0.00049926")
    stage.next_trade()
    assert stage.before_entry() == Ready()
    assert stage.kept.book.carried == {}
    assert stage.kept.book.prior["USDC"].total == ZERO


def test_a_rest_that_the_venue_finds_too_small_is_made_larger(stage: Stage) -> None:
    """It refuses to be left with less than its minimum (-3024): then half a hundredth stays, not the whole debt."""
    stage.terms(assets={"USDC": {"min_repay": "0.4"}})
    stage.before_entry()
    step = stage.until_ready(stage.closed)
    assert stage.loans("REPAY") == [Decimal("99.35102415")]
    assert stage.owed("USDC") == Decimal("0.49975064")
    assert step == Ready("0.49975064 USDC still owed: the next trade repays it if it can")


def test_a_trade_without_a_book_owes_nothing(stage: Stage) -> None:
    assert stage.closed() == Ready()
    assert stage.kept.book == MarginBook()


def test_a_trade_that_never_came_to_a_loan_leaves_the_book_alone(stage: Stage) -> None:
    """Its entry was never sent: the loans of the trade before stay settled, and the next trade borrows."""
    assert stage.before_entry() == Ready()
    assert isinstance(stage.until_ready(stage.closed), Ready)
    stage.next_trade()
    assert stage.closed() == Ready()
    stage.kept.trade_key = "2501132020L000000"
    assert isinstance(stage.until_ready(stage.before_entry), Ready)
    assert len(stage.loans("BORROW")) == 2


@pytest.mark.parametrize(("fault", "wait_ms"), [({"kind": "error", "status": 503}, 500), ({"kind": "limit"}, 9_000)])
def test_a_venue_that_does_not_answer_is_asked_later(stage: Stage, fault: dict[str, Any], wait_ms: int) -> None:
    """Soon, or when it says (V1); nothing is borrowed on a guess."""
    stage.paper.script("faults", [{"route": ACCOUNT, "count": 20, "retry_after": 9, **fault}])
    step = stage.before_entry()
    assert isinstance(step, Waiting)
    assert step.until_ms == stage.clock.now_ms() + wait_ms
    assert stage.sent() == 0
