"""Borrow and repay policy: the four margin hooks.

Each hook can be called again at any time, after a crash at any step too, and goes on where the book says that it
stands. With MARGIN_BORROW_MODE=auto the orders borrow and repay by themselves: the hooks then only note what was owed
before and verify, after the close, that nothing more is owed.
"""

from collections.abc import Callable
from decimal import Decimal

from exchange.errors import RateLimited, Refused, VenueError
from exchange.types import Balance, Side
from guards.margin_borrowing import Borrowing
from guards.margin_debts import Interest, hours_charged, interest_of_ours
from guards.margin_loans import LoanRequests
from guards.margin_memory import MarginState, RefusedTrade
from guards.margin_parts import ASK_AGAIN_MS, EntryPrice, KnownBalances, MarginParts
from guards.margin_repaying import Repaying
from guards.margin_results import Failed, Ready, Step, Waiting

__all__ = ["KnownBalances", "MarginHooks", "MarginParts"]


class MarginHooks:
    """Borrows before an entry and repays after the close, own debts only."""

    def __init__(self, parts: MarginParts) -> None:
        self._parts = parts
        requests = LoanRequests(parts.lender, parts.now_ms)
        self._borrowing = Borrowing(parts, requests)
        self._repaying = Repaying(parts, requests)

    # --- the four hooks
    def on_startup(self, state: MarginState) -> Step:
        """Check that settings agree (I11), the account exists and trades, and the pair is allowed (M8)."""
        settings = self._parts.settings
        if settings.margin_disagreement is not None:
            return Failed("settings_disagree", settings.margin_disagreement)
        if not self._parts.instrument().margin_allowed:
            return Failed("pair_not_allowed", f"the venue does not offer {settings.symbol} on margin: change SYMBOL")
        if state.trade_key is None and _open_trade(state) is not None:
            return Failed("debt_without_position", f"loans of {_open_trade(state)} are on record, but no position is")
        return self._asking(self._check_account)

    def on_before_entry(self, state: MarginState, symbol: str, side: Side, qty: Decimal, plan: EntryPrice) -> Step:
        """Borrow what the free balance lacks: once for a trade, and never while an earlier request is in doubt."""
        key = self._key_of(state, symbol)
        refused = state.runtime.refused
        if state.runtime.prepared == key:
            return Ready()
        if refused is not None and refused.trade_key == key:
            return Failed(refused.code, refused.why)
        if _open_trade(state) not in (None, key):
            return Failed("other_trade", f"the loans of {_open_trade(state)} are not settled")
        step = self._asking(lambda: self._borrowing.prepare(state, key, side, qty, plan))
        if isinstance(step, Ready):
            _note(state, prepared=key)
        elif isinstance(step, Failed):
            _note(state, refused=RefusedTrade(trade_key=key, code=step.code, why=step.why))
        return step

    def on_after_entry_opened(self, state: MarginState, trade_key: str) -> Step:
        """Mark the trade active."""
        if state.runtime.prepared != trade_key:
            return Failed("other_trade", f"{trade_key} opened, but funds were prepared for {state.runtime.prepared}")
        _note(state, opened=trade_key)
        return Ready()

    def on_after_position_closed(self, state: MarginState, trade_key: str) -> Step:
        """Repay principal and interest until the venue shows no debt of ours, also when the entry never filled (E8)."""
        if state.runtime.repaid == trade_key:
            return Ready()
        if _open_trade(state) not in (None, trade_key):
            return Failed("other_trade", f"{trade_key} closed, but the loans on record are of {_open_trade(state)}")
        if state.book.trade_key != trade_key:
            return Ready()  # it never came to a loan: what the book says of the trade before stays as it is
        if state.runtime.closing_since_ms is None:
            _note(state, closing_since_ms=self._parts.now_ms())
        step = self._asking(lambda: self._repaying.clear(state))
        if isinstance(step, Ready):
            _note(state, repaid=trade_key, repaid_ms=self._parts.now_ms(), closing_since_ms=None)
        return step

    def interest(self, state: MarginState, shown: Balance, noted: Interest | None) -> Interest | None:
        """What the loan of a SHORT has cost by this balance of its asset; None before there is a loan."""
        book = state.book
        if book.asset is None or book.trade_key != state.trade_key:
            return noted
        return interest_of_ours(
            book,
            book.asset,
            shown,
            noted,
            automatic=self._parts.automatic,
            hours=hours_charged(book, self._parts.now_ms()),
            most=self._parts.instrument().step_size,
        )

    # --- start
    def _check_account(self) -> Step:
        account = self._parts.lender.account()
        kind = "isolated" if self._parts.settings.margin_isolated else "cross"
        if not account.may_trade:
            text = f"the {kind} margin account does not exist or may not trade {self._parts.settings.symbol}"
            return Failed("account_may_not_trade", f"{text}: create or enable it at the venue")
        if not account.may_borrow:
            return Failed("account_may_not_borrow", f"the {kind} margin account may not borrow: enable it at the venue")
        return Ready()

    # --- common ground
    def _key_of(self, state: MarginState, symbol: str) -> str:
        if symbol != self._parts.settings.symbol or state.trade_key is None:
            raise ValueError(
                f"funds for {symbol} and trade {state.trade_key}: only {self._parts.settings.symbol} trades"
            )
        return state.trade_key

    def _asking(self, work: Callable[[], Step]) -> Step:
        """The step that the work comes to; a venue that does not answer is asked again later."""
        try:
            return work()
        except Refused as refused:
            return Failed("venue_refused", str(refused))
        except RateLimited as limited:
            return Waiting(self._parts.now_ms() + limited.retry_after_ms, str(limited))
        except VenueError as error:
            return Waiting(self._parts.now_ms() + ASK_AGAIN_MS, str(error))


def _open_trade(state: MarginState) -> str | None:
    """The trade whose loans are not known to be gone."""
    trade = state.book.open_trade
    return None if trade == state.runtime.repaid else trade


def _note(state: MarginState, **changes: object) -> None:
    state.put(state.book, state.runtime.model_copy(update=changes))
