"""Borrow, repay and debt verbs on margin.

Borrow and repay are sent once and never repeated here (M3): what became of one is told by `loans` and by the balances
alone.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from exchange import margin_wire
from exchange.budget import Urgency
from exchange.instrument import plain
from exchange.lending import Liquidation, LoanKind, LoanOutcome, LoanRecord, MarginAccount
from exchange.margin_routes import BORROW_REPAY, LIQUIDATIONS, LOANS, MAX_BORROWABLE, account_request
from exchange.outcome import write_result
from exchange.routes import Route
from exchange.session import Session
from exchange.settings import ExchangeSettings
from exchange.wire import Json

_PAGE = 100
"""The most rows in one answer (Binance docs: GET margin/borrow-repay, size; the same for forceLiquidationRec)."""

Row = TypeVar("Row")


class MarginLender:
    """The loans of one margin account: cross, or the isolated one of the symbol."""

    def __init__(self, settings: ExchangeSettings, session: Session) -> None:
        self._session = session
        self._symbol = settings.symbol
        self._isolated = settings.margin_isolated
        self._account = account_request(settings)

    @property
    def doubt_ms(self) -> int:
        """How long after its timestamp a loan request may still be executed."""
        return self._session.doubt_ms

    def account(self) -> MarginAccount:
        asked = self._account
        return self._session.read(asked.route, dict(asked.query), asked.read)

    def margin_level(self) -> Decimal | None:
        """Assets over debt; None while nothing is owed."""
        return self.account().level

    def max_borrowable(self, asset: str) -> Decimal:
        """The most that the venue would lend of the asset now."""
        return self._session.read(
            MAX_BORROWABLE, {"asset": asset, **self._isolated_symbol()}, margin_wire.max_borrowable
        )

    def loans(self, kind: LoanKind, asset: str, since_ms: int) -> tuple[LoanRecord, ...]:
        """All loan transactions of the account since then, whoever asked for them, oldest first."""
        asked = {"type": kind.value, "asset": asset}
        found = self._pages(LOANS, asked, since_ms, lambda body: margin_wire.loans(body, kind))
        return tuple(sorted(found, key=lambda record: (record.time_ms, record.transaction_id)))

    def liquidations(self, since_ms: int) -> tuple[Liquidation, ...]:
        """The venue's forced liquidations on our symbol since then, oldest first."""
        found = self._pages(LIQUIDATIONS, {}, since_ms, margin_wire.liquidations)
        ours = (liquidation for symbol, liquidation in found if symbol == self._symbol)
        return tuple(sorted(ours, key=lambda liquidation: (liquidation.time_ms, liquidation.order_id)))

    def _pages(
        self, route: Route, asked: dict[str, str], since_ms: int, parse: Callable[[Json], tuple[Row, ...]]
    ) -> list[Row]:
        """The rows of all pages since then, in the venue's order."""
        asked = {**asked, "startTime": str(since_ms), "size": str(_PAGE), **self._isolated_symbol()}
        found: list[Row] = []
        while True:
            page = {**asked, "current": str(len(found) // _PAGE + 1)}
            rows = self._session.read(route, page, parse, self._session.policies.settle, Urgency.SETTLING)
            found += rows
            if len(rows) < _PAGE:
                return found

    def borrow(self, asset: str, quantity: Decimal) -> LoanOutcome:
        """Send one borrow request, once."""
        return self._ask(LoanKind.BORROW, asset, quantity, Urgency.ROUTINE)

    def repay(self, asset: str, quantity: Decimal) -> LoanOutcome:
        """Send one repay request, once."""
        return self._ask(LoanKind.REPAY, asset, quantity, Urgency.PROTECTIVE)

    def _ask(self, kind: LoanKind, asset: str, quantity: Decimal, urgency: Urgency) -> LoanOutcome:
        params = {
            "asset": asset,
            "isIsolated": "TRUE" if self._isolated else "FALSE",
            "amount": plain(quantity),
            "type": kind.value,
        }
        if self._isolated:
            params["symbol"] = self._symbol
        reply = self._session.write(BORROW_REPAY, params, urgency, self._session.policies.place)
        return write_result(reply, self._session.window_ms, margin_wire.loan_accepted)

    def _isolated_symbol(self) -> dict[str, str]:
        return {"isolatedSymbol": self._symbol} if self._isolated else {}
