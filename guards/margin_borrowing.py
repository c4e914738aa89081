"""Before an entry: note what is owed already, and borrow what the free balance lacks."""

from collections.abc import Mapping
from decimal import Decimal

from exchange.instrument import plain
from exchange.lending import LoanKind
from exchange.types import Balance, Side
from exchange.values import ZERO
from guards.margin_debts import debt_in
from guards.margin_loans import LoanRequests
from guards.margin_memory import Debt, MarginBook, MarginState
from guards.margin_need import borrowed_asset, dearest, lacking, needed
from guards.margin_parts import EntryPrice, KnownBalances, MarginParts
from guards.margin_results import Failed, Ready, Step

BALANCES_AGE_LIMIT_MS = 10_000
"""Balances that were read longer ago are read again before an entry."""


class Borrowing:
    """Opens the book of a trade and gets its loan, at most one."""

    def __init__(self, parts: MarginParts, requests: LoanRequests) -> None:
        self._parts = parts
        self._requests = requests

    def prepare(self, state: MarginState, key: str, side: Side, quantity: Decimal, plan: EntryPrice) -> Step:
        """Funds for the entry of the trade; raises a `VenueError` where asking fails."""
        instrument, entry = self._parts.instrument(), dearest(plan.entry, plan.r, self._parts.market_rule)
        asset, rate = borrowed_asset(side, instrument), self._parts.taker_rate()
        waiting = self._requests.settle(state)
        if waiting is not None:
            return waiting
        known = self._balances(state)
        if state.book.trade_key != key:
            spent = needed(side, quantity, entry, rate)
            book = MarginBook(trade_key=key, asset=asset, opened_ms=known.read_ms, needed=spent)
            _begin(state, book, known.balances, (instrument.base, instrument.quote))
        if self._parts.automatic:
            return _repays_only_ours(state.book)
        if state.book.borrowed:
            return Ready()
        missing = lacking(side, quantity, entry, taker_rate=rate, balances=known.balances, instrument=instrument)
        if missing == ZERO:
            return Ready()
        return self._requests.send(state, LoanKind.BORROW, asset, missing, debt_in(known.balances, asset).total)

    def _balances(self, state: MarginState) -> KnownBalances:
        """Those at hand if they are recent and younger than our last loan, else asked for."""
        known, now = self._parts.known_balances(), self._parts.now_ms()
        last_loan_ms = max(state.runtime.repaid_ms, state.book.last_sent_ms)
        if known is not None and last_loan_ms < known.read_ms <= now <= known.read_ms + BALANCES_AGE_LIMIT_MS:
            return known
        return KnownBalances(self._parts.lender.account().balances, now)


def _repays_only_ours(book: MarginBook) -> Step:
    """An order that repays by itself repays whatever is owed in what it receives: others' debts would go first."""
    owed = {asset: debt.total for asset, debt in book.prior.items() if debt.total}
    if not owed:
        return Ready()
    shown = ", ".join(f"{plain(total)} {asset}" for asset, total in owed.items())
    why = f"{shown} owed already, and MARGIN_BORROW_MODE=auto would repay that: repay it yourself, or borrow manually"
    return Failed("owed_before", why)


def _begin(state: MarginState, book: MarginBook, balances: Mapping[str, Balance], traded: tuple[str, str]) -> None:
    """The new book takes over what our earlier trades left owing; all else that is owed was there before."""
    owed = {asset: debt_in(balances, asset) for asset in (*traded, *state.runtime.carried)}
    carried = {asset: min(left, owed[asset].total) for asset, left in state.runtime.carried.items()}
    prior = {asset: _less(debt, carried.get(asset, ZERO)) for asset, debt in owed.items()}
    taken_over = {"prior": prior, "carried": {asset: left for asset, left in carried.items() if left}}
    state.put(book.model_copy(update=taken_over), state.runtime.model_copy(update={"carried": {}}))


def _less(debt: Debt, ours: Decimal) -> Debt:
    """The debt without our part of it, interest first."""
    interest = min(ours, debt.interest)
    return Debt(principal=debt.principal - (ours - interest), interest=debt.interest - interest)
