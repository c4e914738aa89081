"""Borrow and repay policy: the four margin hooks.

Each hook can be called again at any time, after a crash at any step too, and goes on where the book says that it
stands. With MARGIN_BORROW_MODE=auto the orders borrow and repay by themselves: the hooks then only note what was owed
before and verify, after the close, that nothing more is owed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from exchange.errors import RateLimited, Refused, VenueError
from exchange.instrument import Instrument, plain
from exchange.lending import Lender, LoanKind
from exchange.outcome import reason
from exchange.settings import ExchangeSettings
from exchange.types import Balance, Side
from exchange.values import ZERO
from guards.margin_debts import debt_in, debts_of_trade, others_loans, owed_by_us
from guards.margin_loans import ASK_AGAIN_MS, LoanRequests
from guards.margin_memory import MarginBook, MarginState, RefusedTrade
from guards.margin_need import borrowed_asset, lacking
from guards.margin_results import Failed, Ready, Step, Waiting

BALANCES_AGE_LIMIT_MS = 10_000
"""Balances that were read longer ago are read again before an entry."""
REPAY_PATIENCE_MS = 30_000
"""How long after the close what has to be repaid may still be on its way into the free balance."""

REPAY_AGAIN_MS = 2_000


class EntryPrice(Protocol):
    """What the hooks need of a plan."""

    @property
    def entry(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class KnownBalances:
    """Balances kept warm, and when they were read (venue time)."""

    balances: Mapping[str, Balance]
    read_ms: int


@dataclass(frozen=True, slots=True)
class MarginParts:
    """What the hooks are made of; put together by the composition root."""

    lender: Lender
    settings: ExchangeSettings
    instrument: Callable[[], Instrument]
    taker_rate: Callable[[], Decimal]
    known_balances: Callable[[], KnownBalances | None]
    now_ms: Callable[[], int]


class MarginHooks:
    """Borrows before an entry and repays after the close, own debts only."""

    def __init__(self, parts: MarginParts) -> None:
        self._parts = parts
        self._requests = LoanRequests(parts.lender, parts.now_ms)

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
        step = self._asking(lambda: self._prepare(state, key, side, qty, plan.entry))
        if isinstance(step, Ready):
            _note(state, prepared=key)
        elif isinstance(step, Failed):
            _note(state, refused=RefusedTrade(trade_key=key, code=step.code, why=step.why))
        return step

    def on_after_entry_opened(self, state: MarginState, trade_key: str) -> Step:
        """Mark the trade active."""
        if state.runtime.opened == trade_key:
            return Ready()
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
        if state.runtime.closing_since_ms is None:
            _note(state, closing_since_ms=self._parts.now_ms())
        step = self._asking(lambda: self._clear(state, trade_key))
        if isinstance(step, Ready):
            _note(state, repaid=trade_key, repaid_ms=self._parts.now_ms(), closing_since_ms=None)
        return step

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

    # --- before the entry
    def _prepare(self, state: MarginState, key: str, side: Side, quantity: Decimal, entry: Decimal) -> Step:
        instrument = self._parts.instrument()
        waiting = self._requests.settle(state)
        if waiting is not None:
            return waiting
        known = self._balances_before(state, key)
        if state.book.trade_key != key:
            _begin(state, key, borrowed_asset(side, instrument), known, instrument)
        if self._automatic or state.book.borrowed:
            return Ready()
        rate = self._parts.taker_rate()
        missing = lacking(side, quantity, entry, taker_rate=rate, balances=known.balances, instrument=instrument)
        if missing == ZERO:
            return Ready()
        owed = debt_in(known.balances, borrowed_asset(side, instrument)).total
        return self._requests.send(state, LoanKind.BORROW, missing, owed)

    def _balances_before(self, state: MarginState, key: str) -> KnownBalances:
        """Those at hand if they are recent and younger than our last loan, else asked for."""
        known, now = self._parts.known_balances(), self._parts.now_ms()
        tried = state.book.trade_key == key and bool(state.book.requests)
        if known is not None and not tried:
            young = 0 <= now - known.read_ms <= BALANCES_AGE_LIMIT_MS
            if young and known.read_ms > state.runtime.repaid_ms:
                return known
        return KnownBalances(self._parts.lender.account().balances, now)

    # --- after the close
    def _clear(self, state: MarginState, trade_key: str) -> Step:
        waiting = self._requests.settle(state)
        if waiting is not None:
            return waiting
        if state.book.trade_key != trade_key:
            return Ready()
        if self._automatic:
            return self._verify_automatic(state)
        if state.book.borrowed == ZERO:
            return Ready()
        return self._repay(state)

    def _repay(self, state: MarginState) -> Step:
        asset = state.book.asset or ""
        balance, ours = self._ours(state, asset)
        if ours == ZERO:
            return Ready()
        if balance.free <= ZERO:
            why = f"{plain(ours)} {asset} are owed and none is free to repay them with: buy some, or repay by hand"
            return self._not_yet(state, Failed("debt_remains", why))
        step = self._requests.send(state, LoanKind.REPAY, min(ours, balance.free), balance.debt)
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
        return balance, owed_by_us(book, balance.debt, others_loans(book, records))

    def _verify_automatic(self, state: MarginState) -> Step:
        """What the orders borrowed they must have repaid; it may take the venue a moment."""
        balances = self._parts.lender.account().balances
        left = debts_of_trade(state.book, balances, automatic=True)
        shown = ", ".join(f"{plain(debt)} {asset}" for asset, debt in left.items())
        why = f"the orders left {shown} owed: repay by hand"
        return self._not_yet(state, Failed("debt_remains", why)) if shown else Ready()

    def _not_yet(self, state: MarginState, failed: Failed) -> Step:
        """A failure counts only when it lasts: shortly after the close, balances and debts still move."""
        now = self._parts.now_ms()
        if now - (state.runtime.closing_since_ms or now) < REPAY_PATIENCE_MS:
            return Waiting(now + REPAY_AGAIN_MS, failed.why)
        return failed

    # --- common ground
    @property
    def _automatic(self) -> bool:
        return self._parts.settings.borrow_mode == "auto"

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
            return Failed(reason(refused.code, str(refused)).value, str(refused))
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


def _begin(state: MarginState, key: str, asset: str, known: KnownBalances, instrument: Instrument) -> None:
    """A new book, with what is owed before the trade."""
    prior = {name: debt_in(known.balances, name) for name in (instrument.base, instrument.quote)}
    book = MarginBook(trade_key=key, asset=asset, opened_ms=known.read_ms, prior=prior)
    state.put(book, state.runtime.model_copy(update={"refused": None, "closing_since_ms": None}))
