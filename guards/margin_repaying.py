"""After the close: repay what we owe, as far as there is anything to repay it with, and say what is left.

What is left of a loan when all that is free has been repaid can be next to nothing, such as the interest of a loan
whose entry never filled. Too little to be bought on the market, it does not block the next trade: the owner is
alarmed, and the next trade repays it. Anything larger is a failure until it is gone.
"""

from decimal import Decimal

from exchange.instrument import plain
from exchange.lending import LoanKind
from exchange.types import Balance
from exchange.values import ZERO
from guards.margin_debts import debts_of_trade, others_loans, owed_by_us
from guards.margin_loans import LoanRequests
from guards.margin_memory import MarginBook, MarginState
from guards.margin_parts import ASK_AGAIN_MS, MarginParts
from guards.margin_results import Failed, Ready, Step, Waiting

PATIENCE_MS = 10_000
"""How long after the close the free balance and the debt may still be moving."""
PATIENT_AGAIN_MS = 2_000
SMALL_PART = Decimal("0.01")
"""Of what the entry needed: up to this much may be left to the next trade."""


class Repaying:
    """Brings the debts of one trade to zero."""

    def __init__(self, parts: MarginParts, requests: LoanRequests) -> None:
        self._parts = parts
        self._requests = requests

    def clear(self, state: MarginState, trade_key: str) -> Step:
        """Repay until nothing of ours is owed; raises a `VenueError` where asking fails."""
        waiting = self._requests.settle(state)
        if waiting is not None:
            return waiting
        if state.book.trade_key != trade_key:
            return Ready()
        if self._parts.automatic:
            return self._verify(state)
        for asset in state.book.owing:
            step = self._repay(state, asset)
            if not isinstance(step, Ready):
                return step
        return Ready(_remark(state))

    def _repay(self, state: MarginState, asset: str) -> Step:
        balance, ours = self._ours(state, asset)
        if ours == ZERO:
            return Ready()
        if balance.free <= ZERO:
            return self._leave(state, {asset: ours})
        step = self._requests.send(state, LoanKind.REPAY, asset, min(ours, balance.free), balance.debt)
        if isinstance(step, Failed):
            return self._not_yet(state, step)
        if isinstance(step, Waiting):
            return step
        _, left = self._ours(state, asset)
        now = self._parts.now_ms()
        return Ready() if left == ZERO else Waiting(now + ASK_AGAIN_MS, f"{plain(left)} {asset} are still owed")

    def _ours(self, state: MarginState, asset: str) -> tuple[Balance, Decimal]:
        """The balance of the asset, and how much of its debt is ours."""
        lender, book = self._parts.lender, state.book
        balance = lender.account().balances.get(asset, Balance(ZERO, ZERO))
        if balance.debt == ZERO:
            return balance, ZERO
        records = [record for kind in LoanKind for record in lender.loans(kind, asset, book.opened_ms)]
        return balance, owed_by_us(book, asset, balance.debt, others_loans(book, records))

    def _verify(self, state: MarginState) -> Step:
        """What the orders borrowed they must have repaid; it may take the venue a moment."""
        left = debts_of_trade(state.book, self._parts.lender.account().balances, automatic=True)
        if not left:
            return Ready()
        step = self._leave(state, left)
        return Ready(_remark(state)) if isinstance(step, Ready) else step

    def _leave(self, state: MarginState, left: dict[str, Decimal]) -> Step:
        """What cannot be repaid now: wait a little, then leave a small rest to the next trade."""
        book = state.book
        step = self._not_yet(state, Failed("debt_remains", f"{_shown(left)} owed and not free: buy and repay by hand"))
        if isinstance(step, Waiting) or any(_is_large(book, asset, owed) for asset, owed in left.items()):
            return step
        carried = {**state.runtime.carried, **left}
        state.put(book, state.runtime.model_copy(update={"carried": carried}))
        return Ready()

    def _not_yet(self, state: MarginState, failed: Failed) -> Step:
        """A failure counts only when it lasts."""
        now = self._parts.now_ms()
        if now - (state.runtime.closing_since_ms or now) < PATIENCE_MS:
            return Waiting(now + PATIENT_AGAIN_MS, failed.why)
        return failed


def _is_large(book: MarginBook, asset: str, owed: Decimal) -> bool:
    """A rest that was carried into this trade in another asset stays what it was; else the entry is the measure."""
    return owed > (book.needed * SMALL_PART if asset == book.asset else book.carried.get(asset, ZERO) * 2)


def _remark(state: MarginState) -> str:
    left = state.runtime.carried
    return f"{_shown(left)} still owed: the next trade repays it if it can" if left else ""


def _shown(debts: dict[str, Decimal]) -> str:
    return ", ".join(f"{plain(owed)} {asset}" for asset, owed in debts.items())
