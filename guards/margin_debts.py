"""Whose debt is whose: of all that is owed in an asset, what did this trade borrow?

The venue keeps one debt for each asset, and every repayment pays interest first, whoever borrowed. So ours is what is
left after the others' part: what was owed before us (less what our earlier trades left), plus what others borrowed and
less what others repaid since, plus their share of the interest that grew since. Interest is shared in proportion to
principal and to how often it was charged: a loan when it is made, and all loans at every full hour (Binance docs:
margin, interest). A fraction of the smallest unit goes to us. Where nothing else is owed, the whole debt is ours, to
the last unit (M2).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from exchange.instrument import to_grid
from exchange.lending import LoanKind, LoanRecord, LoanState
from exchange.types import Balance
from exchange.values import ZERO
from guards.margin_memory import Debt, MarginBook

SMALLEST_UNIT = Decimal("0.00000001")
"""The venue keeps balances and debts with eight decimals."""
HOUR_MS = 3_600_000
REPEATED_WITHIN_MS = 15_000
"""A repeated request is executed within its receive window and the venue's own 10 s, or never."""


@dataclass(frozen=True, slots=True)
class OthersLoans:
    """What was borrowed and repaid in the asset since the book was opened, but not by us."""

    borrowed: Decimal = ZERO
    repaid: Decimal = ZERO
    repeated: Decimal = ZERO
    """Loans that are ours although none of our requests knows them: the network asked for them once more."""


def others_loans(book: MarginBook, records: Collection[LoanRecord]) -> OthersLoans:
    """The loans in the venue's records that are none of our requests."""
    foreign = _foreign(book, records, automatic=False)
    repeated = sum((r.quantity for r in records if _is_repeated(book, r)), ZERO)
    borrowed = sum((r.quantity for r in foreign if r.kind is LoanKind.BORROW), ZERO)
    repaid = sum((r.quantity for r in foreign if r.kind is LoanKind.REPAY), ZERO)
    return OthersLoans(borrowed, repaid, repeated)


def owed_by_us(
    book: MarginBook, asset: str, owed: Decimal, others: OthersLoans | None = None, hours: int = 1
) -> Decimal:
    """Our part of `owed`, the whole debt (principal and interest) in the asset, `hours` full hours after our loan."""
    others = others or OthersLoans()
    prior, ours = book.prior.get(asset, Debt()), book.taken(asset) + others.repeated
    theirs = max(prior.total + others.borrowed - others.repaid, ZERO)
    if ours == ZERO or owed <= theirs:
        return ZERO
    if theirs == ZERO:
        return owed
    known = prior.total + ours + others.borrowed - book.repaid(asset) - others.repaid
    grown = max(owed - known, ZERO)
    their_principal = prior.principal + others.borrowed
    their_part, our_part = their_principal * hours, ours * (hours + 1)
    share = grown * their_part / (their_part + our_part)
    return max(owed - theirs - to_grid(share, SMALLEST_UNIT, ROUND_FLOOR), ZERO)


def hours_charged(book: MarginBook, now_ms: int) -> int:
    """How many full hours have struck since our loan was made."""
    borrowed = (request.sent_ms for request in book.requests if request.kind is LoanKind.BORROW)
    return max(now_ms // HOUR_MS - max(borrowed, default=book.opened_ms) // HOUR_MS, 0)


@dataclass(frozen=True, slots=True)
class Interest:
    """What the loan of a trade has cost so far, and all that the venue showed unpaid in its asset when it was read."""

    total: Decimal
    unpaid: Decimal


def interest_of_ours(
    book: MarginBook, asset: str, shown: Balance, noted: Interest | None, *, automatic: bool, hours: int, most: Decimal
) -> Interest:
    """What a SHORT has to buy back beyond what it sold: our share of the interest, and what earlier trades left owing
    if that is no more than `most`; a larger rest is not this trade's to buy.

    Only what the venue itself calls interest is counted, by what it grew since it was last noted: a loan that somebody
    else took meanwhile, or balances that are older than a repayment, can never look like interest of ours. Interest
    that fell was paid by a repayment; what shows after it is new.
    """
    prior = book.prior.get(asset, Debt())
    carried = book.carried.get(asset, ZERO)
    before = noted or Interest(carried if carried <= most else ZERO, prior.interest)
    grown = shown.interest - before.unpaid if shown.interest >= before.unpaid else shown.interest
    ours = shown.borrowed - prior.principal if automatic else book.taken(asset) - book.repaid(asset)
    if ours <= ZERO or grown == ZERO:
        return Interest(before.total, shown.interest)
    share = min(ours / shown.borrowed, Decimal(1)) if shown.borrowed and hours else Decimal(1)
    return Interest(before.total + to_grid(grown * share, SMALLEST_UNIT, ROUND_CEILING), shown.interest)


def debts_of_trade(
    book: MarginBook, balances: Mapping[str, Balance], *, automatic: bool, hours: int = 1
) -> dict[str, Decimal]:
    """What the trade owes as far as these balances show, by asset; nothing owed is left out."""
    if automatic:
        owed = {asset: _left_by_orders(prior, debt_in(balances, asset)) for asset, prior in book.prior.items()}
    else:
        owed = {asset: owed_by_us(book, asset, debt_in(balances, asset).total, None, hours) for asset in book.owing}
    return {asset: quantity for asset, quantity in owed.items() if quantity}


def left_after_close(
    book: MarginBook, asset: str, shown: Debt, records: Iterable[LoanRecord], *, automatic: bool
) -> Decimal:
    """What is owed once all of ours should be repaid, and no loan of others accounts for.

    Others' principal is followed through the records; a repayment beyond it was a present to us. Interest counts only
    where nobody else owes anything, for on a debt of theirs it cannot be told apart.
    """
    prior = book.prior.get(asset, Debt())
    foreign = sorted(_foreign(book, records, automatic=automatic), key=lambda record: record.time_ms)
    theirs = prior.principal
    for record in foreign:
        borrowed = record.kind is LoanKind.BORROW
        theirs = theirs + record.quantity if borrowed else max(theirs - record.principal, ZERO)
    alone = not prior.total and not foreign
    return shown.total if alone else max(shown.principal - theirs, ZERO)


def is_unpaid(book: MarginBook, records: Iterable[LoanRecord]) -> bool:
    """Whether, by the records, orders borrowed more than they and we have paid back."""
    ours = {request.transaction_id for request in book.requests}
    known = [row for row in records if row.state is not LoanState.FAILED]
    borrowed = sum((row.quantity for row in known if row.kind is LoanKind.BORROW and row.automatic), ZERO)
    paid = (row for row in known if row.kind is LoanKind.REPAY and (row.automatic or row.transaction_id in ours))
    return borrowed > sum((row.principal for row in paid), ZERO)


def _foreign(book: MarginBook, records: Iterable[LoanRecord], *, automatic: bool) -> list[LoanRecord]:
    """The loans that are none of ours; orders that borrow and repay by themselves are ours, if they are told to."""
    ours = {request.transaction_id for request in book.requests}
    return [
        record
        for record in records
        if record.transaction_id not in ours
        and record.state is not LoanState.FAILED
        and not (automatic and record.automatic)
        and not _is_repeated(book, record)
    ]


def _is_repeated(book: MarginBook, record: LoanRecord) -> bool:
    """A loan of the very quantity that we asked for, as long as that request could be executed, under another id."""
    ours = {request.transaction_id for request in book.requests}
    if record.kind is not LoanKind.BORROW or record.transaction_id in ours or record.state is LoanState.FAILED:
        return False
    return any(
        request.kind is LoanKind.BORROW
        and (request.asset, request.quantity) == (record.asset, record.quantity)
        and request.sent_ms <= record.time_ms <= request.sent_ms + REPEATED_WITHIN_MS
        for request in book.requests
    )


def debt_in(balances: Mapping[str, Balance], asset: str) -> Debt:
    """What the balances say is owed in an asset."""
    balance = balances.get(asset)
    return Debt() if balance is None else Debt(principal=balance.borrowed, interest=balance.interest)


def _left_by_orders(prior: Debt, now: Debt) -> Decimal:
    """What orders with a side effect borrowed and did not repay: principal beyond the prior one.

    Interest counts as ours only where none was owed before; what grew on a prior debt cannot be told apart.
    """
    principal = max(now.principal - prior.principal, ZERO)
    return principal if prior.total else now.total
