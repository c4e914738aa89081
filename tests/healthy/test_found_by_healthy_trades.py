"""What healthy trades found: one sentence each on what it was."""

from decimal import Decimal

import pytest

from fsm.states import State
from fsm.watching.invariants import EVENT
from tests.healthy.healthy_trades import (
    STEP,
    Desk,
    desk,
    flattened,
    never_filled,
    part_kept,
    remainder_at_market,
    trailed,
)

BORROW_REPAY = "/sapi/v1/margin/borrow-repay"
each_account = pytest.mark.parametrize("account", ["cross", "cross, auto", "cross, margin buy"])


def _faults(open_desk: Desk) -> list[str]:
    return [note.text for note in open_desk.stage.told.notifications if note.event == EVENT]


def _covers_just_what_it_holds(open_desk: Desk) -> bool:
    """Stops for what was sold, its commission and interest: at most a step more than the planned quantity."""
    position = open_desk.stage.position
    most = position.plan.quantity * (1 + position.rates["taker"]) + 2 * STEP
    return position.plan.quantity <= open_desk.stage.stop_quantity() <= most


def _leave_coins_owed(open_desk: Desk) -> None:
    """A SHORT that was too small for exits: what it owes is too little to be bought back."""
    fees = {"symbol": "BTCUSDC", "maker": "0.001", "taker": "0.001", "bnb_burn": False}
    open_desk.stage.paper("fees", fees)
    open_desk.live(301)
    open_desk.kind = "short"
    part_kept(open_desk)
    open_desk.over()
    assert open_desk.stage.record.mg_runtime.carried["BTC"] > STEP


@each_account
def test_the_loan_of_a_short_is_not_bought_back_as_interest(account: str) -> None:
    """After a SHORT that never filled, its carried interest made the next one's whole loan look like interest: it would
    have bought twice what it sold."""
    with desk(account, 0) as open_desk:
        open_desk.kind = "short"
        never_filled(open_desk)
        open_desk.over()
        assert open_desk.stage.record.mg_runtime.carried
        open_desk.enter()
        open_desk.live(12)
        assert _covers_just_what_it_holds(open_desk)


@each_account
def test_what_the_owner_borrows_is_not_bought_back_as_interest(account: str) -> None:
    """A loan that the owner took in coins while a SHORT was held looked like interest of ours."""
    with desk(account, 0) as open_desk:
        open_desk.kind = "short"
        open_desk.enter()
        lender = open_desk.stage.client.lender
        assert lender is not None
        lender.borrow("BTC", Decimal("0.005"))
        open_desk.live(12)
        assert _covers_just_what_it_holds(open_desk)


@pytest.mark.parametrize("kind", ["long", "short"])
@pytest.mark.parametrize("account", ["spot", "cross"])
@pytest.mark.parametrize("period", ["3", "6"])
def test_a_price_from_before_a_stop_was_moved_does_not_pass_it(period: str, account: str, kind: str) -> None:
    """With POLL_SEC of 3 and more the last price of before TP1 was past the stop at breakeven, and both legs left at
    market for it: the venue took the new stop, so the market was not past it."""
    with desk(account, 0, QTY_USD="3000", POLL_SEC=period, TP1_BREAKEVEN="fees") as open_desk:
        open_desk.kind = kind
        open_desk.live(7)
        open_desk.enter()
        open_desk.prints(open_desk.plan.targets[0], seconds=9)
        assert "leg_closed" in open_desk.stage.transitions()
        assert "exit_at_market" not in open_desk.stage.transitions()
        assert open_desk.stage.state is State.OPEN_FILLED


def test_a_second_runner_is_looked_at_from_its_beginning() -> None:
    """I5 measured the look at the runner of the trade before, minutes ago."""
    with desk("spot", 0) as open_desk:
        for _ in range(2):
            trailed(open_desk)
            open_desk.over()
            open_desk.live(90)
        assert _faults(open_desk) == []


@pytest.mark.parametrize("kind", ["long", "short"])
def test_an_entry_that_waits_for_its_loan_is_no_unknown_entry(kind: str) -> None:
    """I4 missed the entry while the loan was in doubt: there was none to know, for none had been sent."""
    with desk("cross", 0) as open_desk:
        open_desk.kind = kind
        open_desk.stage.faults({"route": BORROW_REPAY, "method": "POST", "kind": "drop"})
        open_desk.signal(open_desk.fresh())
        open_desk.live(4)
        assert open_desk.stage.state is State.PENDING
        open_desk.over()
        assert _faults(open_desk) == []


@pytest.mark.parametrize("account", ["cross", "cross, auto", "cross, margin buy"])
def test_dust_that_repays_a_carried_debt_is_not_missing(account: str) -> None:
    """While a LONG was closed, the dust of its commission repaid what a SHORT had carried, and looked as if the owner
    had sold it."""
    with desk(account, 0, QTY_USD="12", POLL_SEC="1") as open_desk:
        _leave_coins_owed(open_desk)
        open_desk.kind = "long"
        flattened(open_desk)
        open_desk.over()
        assert "coins_missing" not in open_desk.stage.told.events()
        assert open_desk.stage.reports()[-1]["external"] == []


def test_interest_that_came_and_went_beside_a_carried_debt_is_counted() -> None:
    """Repaid between two looks, it was missing in what the report says is left over; the checks after a trade tell."""
    with desk("cross, margin buy", 0, QTY_USD="12", POLL_SEC="3") as open_desk:
        fees = {"symbol": "BTCUSDC", "maker": "0.001", "taker": "0.001", "bnb_burn": True}
        open_desk.stage.paper("fees", fees)
        open_desk.live(301)
        open_desk.kind = "short"
        for ending in (part_kept, remainder_at_market):
            ending(open_desk)
            open_desk.over()
            assert open_desk.stage.record.mg_runtime.carried


def test_a_loan_covers_the_remainder_at_market() -> None:
    """What was borrowed for the limit did not pay for a remainder that went to market at a worse price."""
    with desk("cross", 0) as open_desk:
        stage = open_desk.stage
        stage.paper("fees", {"symbol": "BTCUSDC", "maker": "0", "taker": "0"})
        open_desk.live(301)
        close = open_desk.rest()
        open_desk.prints(close, open_desk.part("0.4"), seconds=1)
        open_desk.prints(open_desk.beyond(close, 40))
        open_desk.until(State.OPEN_FILLED)
        assert stage.position.entry_quantity == stage.position.plan.quantity
        assert "order_rejected" not in stage.told.events()


def test_what_an_entry_repays_of_an_earlier_short_is_not_missing() -> None:
    """Orders of a LONG that repay by themselves bring a grain less than was bought: it was told as missing."""
    with desk("isolated, auto", 0, QTY_USD="12", POLL_SEC="1") as open_desk:
        _leave_coins_owed(open_desk)
        open_desk.kind = "long"
        open_desk.enter()
        open_desk.live(20)
        assert "carried_repaid" in open_desk.stage.told.events()
        assert "coins_missing" not in open_desk.stage.told.events()
