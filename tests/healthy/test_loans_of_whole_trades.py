"""Debts of whole trades on margin, step by step and with a fault at the loan requests: borrowed once, debtless at the
end."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from fsm.states import State
from tests.healthy.claims import Repeating
from tests.healthy.healthy_trades import ACCOUNTS, Desk, desk

LOANS = "/sapi/v1/margin/borrow-repay"
each_direction = pytest.mark.parametrize("kind", ["long", "short"])
ON_MARGIN = [account for account in ACCOUNTS if account != "spot"]


@contextmanager
def trading(account: str, kind: str) -> Iterator[Desk]:
    """A desk whose owner has too little for the entry, whatever it sells."""
    with desk(account, 0, QTY_USD="3000", POLL_SEC="1", TRAIL_ACTIVATE_AFTER_TP2="true") as open_desk:
        open_desk.kind = kind
        yield open_desk


def _asked(open_desk: Desk) -> int:
    """Loan requests of ours."""
    sent = open_desk.stage.ledger()["requests"]
    return sum(request["method"] == "POST" and request["path"] == LOANS for request in sent)


def _borrowed(open_desk: Desk) -> int:
    """Loans that the venue gave, whoever or whatever asked."""
    return sum(loan["action"] == "BORROW" and loan["status"] != "FAILED" for loan in open_desk.stage.ledger()["loans"])


def _ended_well(open_desk: Desk) -> None:
    """Flat, nothing open, and not a unit owed."""
    open_desk.over()
    assert open_desk.stage.open_orders() == []
    assert open_desk.owed() == 0


@each_direction
@pytest.mark.parametrize("account", ON_MARGIN)
def test_the_debt_after_each_step(account: str, kind: str) -> None:
    """Manual: borrowed before the entry, owed until the end. Auto: each exit repays what it brings."""
    automatic = "," in account
    with trading(account, kind) as open_desk:
        assert open_desk.owed() == 0
        open_desk.enter()
        owed = [open_desk.owed()]
        for number in (1, 2):
            open_desk.target(number)
            owed.append(open_desk.owed())
        assert open_desk.stage.state is State.TRAILING
        open_desk.stopped()
        _ended_well(open_desk)
        assert owed[0] > 0
        assert (owed[0] > owed[1] >= owed[2]) if automatic else (owed[0] == owed[1] == owed[2])
        assert _asked(open_desk) == (0 if automatic else 2)


FAULTS: dict[str, dict[str, Any]] = {
    "refused by the server": {"kind": "error"},
    "done, the answer a 5xx": {"kind": "error_after"},
    "lost in silence": {"kind": "timeout"},
    "done in silence": {"kind": "timeout_after"},
    "cut before": {"kind": "drop"},
    "cut after": {"kind": "drop_after"},
    "late": {"kind": "delay", "ms": 1_500, "when": "after"},
    "limited": {"kind": "limit", "retry_after": 3},
}
REFUSALS = {"-3006 above the limit": -3006, "-3007 pending": -3007, "-3045 nothing to lend": -3045}
NO_LOAN = ("-3006 above the limit", "-3045 nothing to lend")


def _arm(open_desk: Desk, what: str, action: str) -> None:
    if what in REFUSALS:
        refusal = {"action": action, "code": REFUSALS[what], "count": 1}
        open_desk.stage.paper("margin", {"refusals": [refusal]})
    else:
        open_desk.stage.faults({"route": LOANS, "method": "POST", **FAULTS[what]})


@each_direction
@pytest.mark.parametrize("what", [*FAULTS, *REFUSALS])
@pytest.mark.parametrize("account", ["cross", "isolated"])
def test_a_fault_at_the_borrowing(account: str, what: str, kind: str) -> None:
    """M3, M7: one loan or none, never a second; without it no entry, with it a whole trade."""
    with trading(account, kind) as open_desk:
        price = open_desk.fresh()
        _arm(open_desk, what, "BORROW")
        open_desk.signal(price)
        open_desk.until(State.OPEN_FILLED, State.IDLE)
        entered = open_desk.holds
        open_desk.live(3)
        open_desk.stopped()
        _ended_well(open_desk) if entered else open_desk.over()
        assert open_desk.owes_nothing()
        assert _borrowed(open_desk) <= 1
        assert entered == (_borrowed(open_desk) == 1) or what in FAULTS
        assert not (entered and what in NO_LOAN)


@each_direction
@pytest.mark.parametrize("what", [*FAULTS, "-3007 pending"])
@pytest.mark.parametrize("account", ["cross", "isolated"])
def test_a_fault_at_the_repaying(account: str, what: str, kind: str) -> None:
    """M2, M3, M4: repaid until nothing is owed, and only what is owed."""
    with trading(account, kind) as open_desk:
        open_desk.enter()
        open_desk.live(3)
        _arm(open_desk, what, "REPAY")
        open_desk.stopped()
        _ended_well(open_desk)
        assert _borrowed(open_desk) == 1


@each_direction
@pytest.mark.parametrize("account", ["cross, auto", "isolated, margin buy"])
@pytest.mark.parametrize("kind_of_fault", ["error", "error_after", "timeout", "timeout_after", "drop", "drop_after"])
def test_a_fault_at_an_entry_that_borrows(account: str, kind_of_fault: str, kind: str) -> None:
    """The order is the loan: in doubt it is asked for, never sent again."""
    with trading(account, kind) as open_desk:
        price = open_desk.fresh()
        open_desk.stage.faults({"route": "/sapi/v1/margin/order", "method": "POST", "kind": kind_of_fault})
        open_desk.signal(price)
        open_desk.until(State.OPEN_FILLED, State.IDLE)
        open_desk.live(3)
        open_desk.stopped()
        _ended_well(open_desk)
        assert _borrowed(open_desk) == (1 if kind_of_fault.endswith("_after") else 0)


@each_direction
@pytest.mark.parametrize("account", ["cross, auto", "isolated, margin buy"])
def test_exits_whose_repayment_silently_did_not_happen(account: str, kind: str) -> None:
    """M7: what the orders did not repay, we do, once."""
    with trading(account, kind) as open_desk:
        open_desk.enter()
        open_desk.live(3)
        refusal = {"action": "AUTO_REPAY", "code": -3007, "count": 9}
        open_desk.stage.paper("margin", {"refusals": [refusal]})
        open_desk.stopped()
        _ended_well(open_desk)
        assert _asked(open_desk) == 1


@each_direction
@pytest.mark.parametrize("owed_before", [False, True], ids=["debtless", "beside a debt"])
def test_a_loan_that_the_network_asked_for_twice_is_repaid_twice(kind: str, *, owed_before: bool) -> None:
    """M3: one request of ours, and two loans: both are ours, whatever the owner owes besides. The second for a SHORT is
    above the limit: what was heard is a refusal, and there is a loan."""
    with trading("cross", kind) as open_desk:
        lender = open_desk.stage.client.lender
        assert lender is not None
        if owed_before:
            lender.borrow("USDC", Decimal(300))
            lender.borrow("BTC", Decimal("0.004"))
            open_desk.live(6)
        before = open_desk.debts()
        price = open_desk.fresh()
        carrier = open_desk.stage.carrier
        first = carrier._inner
        carrier._inner = Repeating(first, "POST", LOANS)  # type: ignore[assignment]
        open_desk.signal(price)
        open_desk.until(State.OPEN_FILLED)
        carrier._inner = first
        loans = _borrowed(open_desk) - len(before)
        open_desk.live(3)
        open_desk.stopped()
        open_desk.over()
        assert loans == (2 if kind == "long" else 1)
        assert open_desk.debts() == before


@each_direction
def test_the_owners_earlier_debts_are_left_alone(kind: str) -> None:
    """M4: what he owed before, in both assets, he owes afterwards."""
    with trading("cross", kind) as open_desk:
        lender = open_desk.stage.client.lender
        assert lender is not None
        lender.borrow("USDC", Decimal(300))
        lender.borrow("BTC", Decimal("0.004"))
        open_desk.live(6)
        before = open_desk.debts()
        open_desk.enter()
        open_desk.live(3)
        open_desk.stopped()
        open_desk.over()
        assert open_desk.debts() == before


@each_direction
@pytest.mark.parametrize("account", ["cross, auto", "cross, margin buy"])
def test_orders_that_repay_leave_the_owners_debts_alone(account: str, kind: str) -> None:
    """M4: an exit would repay his debt first, so with one there is no entry."""
    with trading(account, kind) as open_desk:
        lender = open_desk.stage.client.lender
        assert lender is not None
        lender.borrow("USDC", Decimal(300))
        open_desk.live(6)
        before = open_desk.debts()
        open_desk.signal(open_desk.fresh())
        open_desk.over()
        assert open_desk.debts() == before
        assert open_desk.stage.verdicts()[-1]["verdict"] == "margin_borrow"
