"""Whose debt is whose: ours to the last unit, the owner's never (M2, M4)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.lending import LoanKind, LoanRecord, LoanState
from exchange.types import Balance
from guards.margin_debts import (
    Interest,
    OthersLoans,
    debts_of_trade,
    interest_of_ours,
    left_after_close,
    others_loans,
    owed_by_us,
)
from guards.margin_memory import Debt, LoanRequest, MarginBook, RequestStatus

OPENED_MS = 1_736_798_400_000
UNIT = Decimal("0.00000001")


def request(kind: LoanKind, quantity: str, status: RequestStatus = RequestStatus.CONFIRMED) -> LoanRequest:
    number = 1 if kind is LoanKind.BORROW else 2
    return LoanRequest(
        kind=kind,
        asset="USDC",
        quantity=Decimal(quantity),
        status=status,
        sent_ms=OPENED_MS,
        debt_before=Decimal(0),
        transaction_id=number if status is RequestStatus.CONFIRMED else None,
    )


def book(borrowed: str = "100", repaid: str = "0", principal: str = "0", interest: str = "0") -> MarginBook:
    prior = Debt(principal=Decimal(principal), interest=Decimal(interest))
    requests = [request(LoanKind.BORROW, borrowed)] if Decimal(borrowed) else []
    requests += [request(LoanKind.REPAY, repaid)] if Decimal(repaid) else []
    return MarginBook(trade_key="t", asset="USDC", opened_ms=OPENED_MS, prior={"USDC": prior}, requests=tuple(requests))


@pytest.mark.parametrize(
    ("kept", "owed", "others", "ours"),
    [
        # nothing else is owed: all of it is ours, interest and leftovers too
        (book(), "100.0005", ("0", "0"), "100.0005"),
        (book(repaid="60"), "40.0005", ("0", "0"), "40.0005"),
        (book(repaid="100"), "0.0005", ("0", "0"), "0.0005"),
        (book(repaid="100"), "0", ("0", "0"), "0"),
        # prior debt of 300 with 0.5 interest; 0.005 grew since: ours was charged twice, when made and at the hour
        (book(principal="300", interest="0.5"), "400.505", ("0", "0"), "100.002"),
        (book(principal="300", interest="0.5", repaid="60"), "340.505", ("0", "0"), "40.002"),
        (book(principal="300", interest="0.5", repaid="100.002"), "300.503", ("0", "0"), "0"),
        # half of the growth does not come out even: the fraction of a unit is ours
        (book(principal="200"), "300.00000001", ("0", "0"), "100.00000001"),
        # prior interest without principal does not grow
        (book(interest="0.5"), "100.501", ("0", "0"), "100.001"),
        # meanwhile the owner borrowed 50 by hand, repaid some, repaid all of his
        (book(), "150", ("50", "0"), "100"),
        (book(), "150.005", ("50", "0"), "100.004"),
        (book(principal="300"), "370", ("0", "30"), "100"),
        (book(principal="300"), "100.004", ("0", "300"), "100.004"),
        (book(principal="300"), "130", ("30", "300"), "100"),
        # he repaid ours as well: what is gone is not repaid again
        (book(principal="300"), "40", ("0", "360"), "40"),
        (book(), "0", ("0", "100"), "0"),
        # nothing borrowed: nothing of it is ours
        (book(borrowed="0", principal="300"), "300.9", ("0", "0"), "0"),
        (book(borrowed="0"), "12", ("0", "0"), "0"),
    ],
)
def test_our_part_of_the_debt(kept: MarginBook, owed: str, others: tuple[str, str], ours: str) -> None:
    """What was there before, and what others did since, is theirs; interest is shared by principal."""
    foreign = OthersLoans(*(Decimal(part) for part in others))
    assert owed_by_us(kept, "USDC", Decimal(owed), foreign) == Decimal(ours)


@pytest.mark.parametrize(("hours", "ours"), [(0, "100.006"), (1, "100.0024"), (3, "100.00184616")])
def test_before_the_first_full_hour_all_that_grew_is_ours(hours: int, ours: str) -> None:
    """A loan is charged when it is made: that part is never the owner's, whose 300 were charged before."""
    assert owed_by_us(book(principal="300"), "USDC", Decimal("400.006"), None, hours) == Decimal(ours)


units = st.integers(0, 10**12).map(lambda number: number * UNIT)


@given(units, units, units, units, st.fractions(0, 1))
def test_the_owner_is_left_with_what_he_owed_and_its_interest(
    principal: Decimal, interest: Decimal, borrowed: Decimal, grown: Decimal, part: Any
) -> None:
    """M4: after repaying our part in any two steps, his debt is what it was plus its share of what grew."""
    kept = book(str(borrowed), "0", str(principal), str(interest))
    owed = principal + interest + borrowed + grown
    ours = owed_by_us(kept, "USDC", owed)
    assert 0 <= ours <= owed
    first = (ours * part.numerator / part.denominator).quantize(UNIT)
    second = owed_by_us(book(str(borrowed), str(first), str(principal), str(interest)), "USDC", owed - first)
    assert first + second == ours
    left = owed - ours
    if borrowed:
        share = grown * principal / (principal + 2 * borrowed) if principal + interest else Decimal(0)
        assert left <= principal + interest + share < left + UNIT
    else:
        assert left == owed


def shown(borrowed: str, interest: str) -> Balance:
    return Balance(Decimal(0), Decimal(0), Decimal(borrowed), Decimal(interest))


def noted(total: str, unpaid: str) -> Interest:
    return Interest(Decimal(total), Decimal(unpaid))


CARRIED = book(borrowed="0").model_copy(update={"carried": {"USDC": Decimal("0.0002")}})
LARGE = CARRIED.model_copy(update={"carried": {"USDC": Decimal("0.00021")}})
MOST = Decimal("0.0002")
ORDERS = book(borrowed="0", principal="300", interest="0.5")


@pytest.mark.parametrize(
    ("kept", "venue", "before", "automatic", "after"),
    [
        # nothing else is owed: all interest is ours
        (book(), shown("100", "0.0005"), None, False, noted("0.0005", "0.0005")),
        (book(), shown("100", "0.0007"), noted("0.0005", "0.0005"), False, noted("0.0007", "0.0007")),
        # 0.004 grew on 400, of which we borrowed 100; the fraction of a unit is ours
        (book(principal="300", interest="0.5"), shown("400", "0.504"), None, False, noted("0.001", "0.504")),
        (book(principal="200"), shown("300", "0.00000001"), None, False, noted("0.00000001", "0.00000001")),
        # the owner borrows 50 by hand: his loan is no interest
        (book(), shown("150", "0.0005"), noted("0.0005", "0.0005"), False, noted("0.0005", "0.0005")),
        # orders borrowed 100 beside his 300; what they repaid stays counted, what shows after it is new
        (ORDERS, shown("400", "0.504"), None, True, noted("0.001", "0.504")),
        (ORDERS, shown("350", "0"), noted("0.001", "0.504"), True, noted("0.001", "0")),
        (ORDERS, shown("350", "0.007"), noted("0.001", "0"), True, noted("0.002", "0.007")),
        # what earlier trades left owing has to be bought as well, and a loan by an order is no interest
        (CARRIED, shown("100.0002", "0"), None, True, noted("0.0002", "0")),
        (CARRIED, shown("0.0002", "0"), None, False, noted("0.0002", "0")),
        # a larger rest is not this trade's to buy
        (LARGE, shown("0.00021", "0"), None, False, noted("0", "0")),
        # nothing borrowed: nothing of it is ours
        (book(borrowed="0", principal="300"), shown("300", "0.9"), None, False, noted("0", "0.9")),
    ],
)
def test_interest_of_ours(
    kept: MarginBook,
    venue: Balance,
    before: Interest | None,
    automatic: bool,  # noqa: FBT001
    after: Interest,
) -> None:
    """M1, M2: what has to be bought back beyond what was sold."""
    assert interest_of_ours(kept, "USDC", venue, before, automatic=automatic, hours=1, most=MOST) == after


def test_a_loan_never_looks_like_interest() -> None:
    """It was the debt less what is known to be borrowed: a repayment older than the balances bought the loan again."""
    repaid, before = book(repaid="100.0005"), noted("0.0005", "0.0005")
    assert (
        interest_of_ours(repaid, "USDC", shown("100", "0.0005"), before, automatic=False, hours=1, most=MOST) == before
    )


def record(kind: LoanKind, number: int, quantity: str, state: LoanState = LoanState.CONFIRMED) -> LoanRecord:
    zero = Decimal(0)
    return LoanRecord(kind, number, "USDC", Decimal(quantity), zero, zero, state, OPENED_MS + number)


def test_the_records_tell_what_others_did() -> None:
    """Everything that is none of our transactions and did not fail; what is still pending counts."""
    kept = book(repaid="40")
    shown = [
        record(LoanKind.BORROW, 1, "100"),
        record(LoanKind.REPAY, 2, "40"),
        record(LoanKind.BORROW, 3, "7"),
        record(LoanKind.BORROW, 4, "5", LoanState.FAILED),
        record(LoanKind.REPAY, 5, "3"),
        record(LoanKind.REPAY, 6, "2", LoanState.PENDING),
    ]
    assert others_loans(kept, shown) == OthersLoans(borrowed=Decimal(7), repaid=Decimal(5))


@pytest.mark.parametrize(
    ("prior", "now", "left"),
    [
        ((0, 0), ("0", "0"), {}),
        ((0, 0), ("5", "0.1"), {"USDC": "5.1"}),
        ((0, 0), ("0", "0.1"), {"USDC": "0.1"}),
        ((300, 0), ("300", "0.2"), {}),
        ((300, 0), ("305", "0.2"), {"USDC": "5"}),
        ((300, 0), ("200", "0"), {}),
    ],
)
def test_what_orders_left_owing(prior: tuple[int, int], now: tuple[str, str], left: dict[str, str]) -> None:
    """Automatic borrowing: principal beyond the prior one; with no prior debt, interest as well."""
    debts = {"USDC": Debt(principal=Decimal(prior[0]), interest=Decimal(prior[1])), "BTC": Debt()}
    kept = MarginBook(trade_key="t", asset="USDC", prior=debts)
    balances = {"USDC": Balance(Decimal(1), Decimal(0), *(Decimal(part) for part in now))}
    expected = {asset: Decimal(quantity) for asset, quantity in left.items()}
    assert debts_of_trade(kept, balances, automatic=True) == expected


def test_what_we_borrowed_is_what_the_trade_owes() -> None:
    """Manual borrowing: our part of the debt in the one asset; other debts are not looked at."""
    zero = Decimal(0)
    balances = {"USDC": Balance(zero, zero, Decimal(400), Decimal("0.505")), "BTC": Balance(zero, zero, Decimal(9))}
    kept = book(principal="300", interest="0.5")
    assert debts_of_trade(kept, balances, automatic=False) == {"USDC": Decimal("100.002")}
    assert debts_of_trade(kept, {}, automatic=False) == {}


def loan(kind: LoanKind, number: int, quantity: str, *, automatic: bool = False, interest: str = "0") -> LoanRecord:
    total, paid = Decimal(quantity), Decimal(interest)
    state = LoanState.CONFIRMED
    return LoanRecord(kind, number, "USDC", total, total - paid, paid, state, OPENED_MS + number, automatic)


BORROW, REPAY = LoanKind.BORROW, LoanKind.REPAY
OURS = (loan(BORROW, 1, "100"), loan(REPAY, 2, "100.0005", interest="0.0005"))
CLOSED = book(repaid="100.0005")
CLOSED_BESIDE_A_DEBT = book(repaid="100.0005", principal="300", interest="0.5")


@pytest.mark.parametrize(
    ("kept", "shown", "others", "ours"),
    [
        # nobody else owes: all that is shown is ours, to the last unit
        (CLOSED, ("0", "0"), (), "0"),
        (CLOSED, ("0", "0.00000001"), (), "0.00000001"),
        (CLOSED, ("10", "0.001"), (), "10.001"),
        # the owner borrowed 10 afterwards, and owes interest on them
        (CLOSED, ("10", "0.001"), (loan(BORROW, 9, "10"),), "0"),
        (CLOSED, ("25", "0.001"), (loan(BORROW, 9, "10"),), "15"),
        # he had repaid our loan during the trade: a present, and no credit for what he borrows afterwards
        (CLOSED, ("10", "0.001"), (loan(REPAY, 8, "100"), loan(BORROW, 9, "10")), "0"),
        # his debt of before, as it was, repaid by half, and with 20 of ours beside it
        (CLOSED_BESIDE_A_DEBT, ("300", "0.7"), (), "0"),
        (CLOSED_BESIDE_A_DEBT, ("150", "0"), (loan(REPAY, 9, "150.5", interest="0.5"),), "0"),
        (CLOSED_BESIDE_A_DEBT, ("320", "0.7"), (), "20"),
        (CLOSED_BESIDE_A_DEBT, ("170", "0"), (loan(REPAY, 9, "150.5", interest="0.5"),), "20"),
    ],
)
def test_what_the_owner_borrows_after_a_close_is_not_ours(
    kept: MarginBook, shown: tuple[str, str], others: tuple[LoanRecord, ...], ours: str
) -> None:
    """I13: what his loan records account for is his."""
    debt = Debt(principal=Decimal(shown[0]), interest=Decimal(shown[1]))
    left = left_after_close(kept, "USDC", debt, (*others, *OURS), automatic=False)
    assert left == Decimal(ours)


@pytest.mark.parametrize(("automatic", "ours"), [(True, "10"), (False, "0")])
def test_what_an_order_borrowed_is_ours_where_orders_borrow(ours: str, *, automatic: bool) -> None:
    """With MARGIN_BORROW_MODE=auto the loans of orders are the trade's; otherwise they are somebody else's."""
    kept = MarginBook(trade_key="t", asset="USDC", opened_ms=OPENED_MS, prior={"USDC": Debt()})
    debt = Debt(principal=Decimal(10))
    left = left_after_close(kept, "USDC", debt, (loan(BORROW, 5, "10", automatic=True),), automatic=automatic)
    assert left == Decimal(ours)
