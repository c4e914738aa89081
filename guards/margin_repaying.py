"""After the close: repay what we owe, as far as there is anything to repay it with, and say what is left.

What is left of a loan when all that is free has been repaid can be next to nothing, such as the interest of a loan
whose entry never filled, or what a SHORT sold before its entry ended with too little for any order. Too little to be
bought on the market, it does not block the next trade: the owner is alarmed, and the next trade repays it. Anything
larger is a failure until it is gone.
"""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal

from exchange.instrument import plain, to_grid
from exchange.lending import LoanKind, LoanRecord
from exchange.types import Balance, Reason
from exchange.values import ZERO
from guards.margin_debts import (
    SMALLEST_UNIT,
    debt_in,
    debts_of_trade,
    hours_charged,
    is_unpaid,
    left_after_close,
    others_loans,
    owed_by_us,
)
from guards.margin_loans import LoanRequests
from guards.margin_memory import MarginBook, MarginState
from guards.margin_parts import ASK_AGAIN_MS, MarginParts
from guards.margin_results import Failed, Ready, Step, Waiting

PATIENCE_MS = 10_000
"""How long after the close the free balance and the debt may still be moving."""
PATIENT_AGAIN_MS = 2_000
SMALL_PART = Decimal("0.01")
"""Of a debt: half of it is left owing where the venue refused to leave less."""


class Repaying:
    """Brings the debts of one trade to zero."""

    def __init__(self, parts: MarginParts, requests: LoanRequests) -> None:
        self._parts = parts
        self._requests = requests

    def clear(self, state: MarginState) -> Step:
        """Repay until nothing of the book's trade is owed; raises a `VenueError` where asking fails."""
        waiting = self._requests.settle(state)
        if waiting is not None:
            return waiting
        if self._parts.automatic:
            return self._verify(state)
        left: dict[str, Decimal] = {}
        for asset in state.book.owing:
            rest = self._repay(state, asset)
            if not isinstance(rest, Decimal):
                return rest
            left[asset] = rest
        return _done(state, left)

    def _repay(self, state: MarginState, asset: str) -> Waiting | Failed | Decimal:
        """What is left to the next trade, zero for nothing; or why it is not known yet."""
        balance, ours = self._ours(state, asset)
        if ours == ZERO:
            unpaid = state.book.taken(asset) > state.book.repaid(asset)
            return (self._perhaps_older(state, asset) if unpaid else None) or ZERO
        if balance.free <= ZERO:
            return self._not_left(state, {asset: ours}, _nothing_free({asset: ours})) or ours
        step = self._requests.send(
            state, LoanKind.REPAY, asset, _repayable(state.book, ours, balance.free), balance.debt
        )
        if isinstance(step, Failed):
            return self._not_left(state, {asset: ours}, step) or ours
        if isinstance(step, Waiting):
            return step
        _, still = self._ours(state, asset)
        now = self._parts.now_ms()
        return Waiting(now + ASK_AGAIN_MS, f"{plain(still)} {asset} are still owed") if still else ZERO

    def _perhaps_before_orders(self, state: MarginState) -> Waiting | None:
        book = state.book
        unpaid = (asset for asset in book.prior if is_unpaid(book, self._records(book, asset)))
        return next((self._perhaps_older(state, asset) for asset in unpaid), None)

    def _perhaps_older(self, state: MarginState, asset: str) -> Waiting | None:
        """A debt that nobody of us repaid and that is not shown: the account may have been read as it was before it."""
        now = self._parts.now_ms()
        if now - (state.runtime.closing_since_ms or now) >= PATIENCE_MS:
            return None
        return Waiting(now + PATIENT_AGAIN_MS, f"no debt is shown in {asset}, but what was borrowed was not repaid")

    def _ours(self, state: MarginState, asset: str) -> tuple[Balance, Decimal]:
        """The balance of the asset, and how much of its debt is ours."""
        lender, book = self._parts.lender, state.book
        balance = lender.account().balances.get(asset, Balance(ZERO, ZERO))
        if balance.debt == ZERO:
            return balance, ZERO
        hours = hours_charged(book, self._parts.now_ms())
        return balance, owed_by_us(book, asset, balance.debt, others_loans(book, self._records(book, asset)), hours)

    def _verify(self, state: MarginState) -> Step:
        """What the orders borrowed they must have repaid; what they did not within a while, we repay ourselves."""
        balances = self._parts.lender.account().balances
        left = self._left_by_orders(state.book, balances)
        if not left and (older := self._perhaps_before_orders(state)) is not None:
            return older
        free = {asset: min(owed, balances[asset].free) for asset, owed in left.items() if balances[asset].free > ZERO}
        waiting = self._not_left(state, left, _nothing_free(left)) if left else None
        if isinstance(waiting, Waiting) or not free:
            return waiting or _done(state, left)
        asset, quantity = next(iter(free.items()))
        step = self._requests.send(state, LoanKind.REPAY, asset, quantity, balances[asset].debt)
        now = self._parts.now_ms()
        return Waiting(now + ASK_AGAIN_MS, f"repaying {plain(quantity)} {asset}") if isinstance(step, Ready) else step

    def _left_by_orders(self, book: MarginBook, balances: Mapping[str, Balance]) -> dict[str, Decimal]:
        """What is still owed, without loans that somebody else asked for meanwhile."""
        seeming = debts_of_trade(book, balances, automatic=True)
        left = {
            asset: left_after_close(book, asset, debt_in(balances, asset), self._records(book, asset), automatic=True)
            for asset in seeming
        }
        return {asset: owed for asset, owed in left.items() if owed}

    def _records(self, book: MarginBook, asset: str) -> list[LoanRecord]:
        """All loans and repayments in the asset since the book was opened."""
        return [record for kind in LoanKind for record in self._parts.lender.loans(kind, asset, book.opened_ms)]

    def _not_left(self, state: MarginState, left: dict[str, Decimal], failed: Failed) -> Waiting | Failed | None:
        """Why what could not be repaid may not be left to the next trade: something may still come, or it is much."""
        now = self._parts.now_ms()
        if now - (state.runtime.closing_since_ms or now) < PATIENCE_MS:
            return Waiting(now + PATIENT_AGAIN_MS, failed.why)
        return None if all(self._is_too_small_to_trade(asset, owed) for asset, owed in left.items()) else failed

    def _is_too_small_to_trade(self, asset: str, owed: Decimal) -> bool:
        """No order for it would be taken (Binance docs: filters, LOT_SIZE and NOTIONAL)."""
        instrument, price = self._parts.instrument(), self._parts.last_price()
        if asset == instrument.quote:
            return owed < instrument.min_notional
        return price is not None and not instrument.sellable(owed, price)


def _repayable(book: MarginBook, ours: Decimal, free: Decimal) -> Decimal:
    """All that we owe, or all that is free; less of it after the venue refused to leave so little owing (-3024)."""
    if free >= ours:
        return ours
    refused = bool(book.requests) and book.requests[-1].refusal == Reason.LOAN_TOO_SMALL
    return to_grid(free * (1 - SMALL_PART / 2), SMALLEST_UNIT, ROUND_FLOOR) if refused else free


def _done(state: MarginState, left: dict[str, Decimal]) -> Ready:
    """All is repaid but for what the next trade takes over."""
    carried = {asset: owed for asset, owed in left.items() if owed}
    state.put(state.book, state.runtime.model_copy(update={"carried": carried}))
    return Ready(f"{_shown(carried)} still owed: the next trade repays it if it can" if carried else "")


def _nothing_free(left: dict[str, Decimal]) -> Failed:
    return Failed("debt_remains", f"{_shown(left)} owed and not free: buy and repay by hand")


def _shown(debts: dict[str, Decimal]) -> str:
    return ", ".join(f"{plain(owed)} {asset}" for asset, owed in debts.items())
