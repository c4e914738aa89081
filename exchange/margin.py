"""Borrow, repay and debt verbs on margin.

Borrow and repay are sent once and never repeated here (M3): what became of one is told by `loans` and by the balances
alone.
"""

from decimal import Decimal

from exchange import margin_wire
from exchange.budget import Urgency
from exchange.instrument import plain
from exchange.lending import LoanKind, LoanOutcome, LoanRecord, MarginAccount
from exchange.margin_routes import BORROW_REPAY, LOANS, MAX_BORROWABLE, account_request
from exchange.outcome import write_result
from exchange.session import Session
from exchange.settings import ExchangeSettings

_PAGE = 100
"""The most rows in one answer (Binance docs: GET margin/borrow-repay, size)."""


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
        asked = {"type": kind.value, "asset": asset, "startTime": str(since_ms), "size": str(_PAGE)}
        found: list[LoanRecord] = []
        while True:
            page = {**asked, "current": str(len(found) // _PAGE + 1), **self._isolated_symbol()}
            rows = self._read_page(page, kind)
            found += rows
            if len(rows) < _PAGE:
                return tuple(sorted(found, key=lambda record: (record.time_ms, record.transaction_id)))

    def _read_page(self, page: dict[str, str], kind: LoanKind) -> tuple[LoanRecord, ...]:
        settle = self._session.policies.settle
        return self._session.read(LOANS, page, lambda body: margin_wire.loans(body, kind), settle, Urgency.SETTLING)

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
