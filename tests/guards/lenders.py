"""The venue's real lender, seen through something: records that lag, or a process that may be killed."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from exchange.lending import Lender, Liquidation, LoanKind, LoanOutcome, LoanRecord, MarginAccount

Answer = TypeVar("Answer")
Rows = tuple[LoanRecord, ...]


class ThroughLender:
    """Passes every request on to the real lender."""

    def __init__(self, real: Lender) -> None:
        self._real = real

    @property
    def doubt_ms(self) -> int:
        return self._real.doubt_ms

    def account(self) -> MarginAccount:
        return self._around(self._real.account)

    def margin_level(self) -> Decimal | None:
        return self._around(self._real.margin_level)

    def max_borrowable(self, asset: str) -> Decimal:
        return self._around(lambda: self._real.max_borrowable(asset))

    def loans(self, kind: LoanKind, asset: str, since_ms: int) -> Rows:
        return self._around(lambda: self._real.loans(kind, asset, since_ms))

    def liquidations(self, since_ms: int) -> tuple[Liquidation, ...]:
        return self._around(lambda: self._real.liquidations(since_ms))

    def borrow(self, asset: str, quantity: Decimal) -> LoanOutcome:
        return self._around(lambda: self._real.borrow(asset, quantity))

    def repay(self, asset: str, quantity: Decimal) -> LoanOutcome:
        return self._around(lambda: self._real.repay(asset, quantity))

    def _around(self, ask: Callable[[], Answer]) -> Answer:
        return ask()


class ShownRecords(ThroughLender):
    """The records are these, whatever the venue has; the default is a venue whose records lag."""

    def __init__(self, real: Lender, rows: Rows = ()) -> None:
        super().__init__(real)
        self._rows = rows

    def loans(self, kind: LoanKind, asset: str, since_ms: int) -> Rows:
        return tuple(row for row in self._rows if (row.kind, row.asset) == (kind, asset) and row.time_ms >= since_ms)


class Stopped(BaseException):
    """The process was killed here."""


class Death:
    """Kills at the n-th moment; never for zero."""

    def __init__(self, at: int = 0) -> None:
        self._at = at
        self.passed = 0

    def __call__(self) -> None:
        self.passed += 1
        if self.passed == self._at:
            raise Stopped


class StoppingLender(ThroughLender):
    """Before and after each request is a moment at which the process may be killed."""

    def __init__(self, real: Lender, death: Death) -> None:
        super().__init__(real)
        self._death = death

    def _around(self, ask: Callable[[], Answer]) -> Answer:
        self._death()
        answer = ask()
        self._death()
        return answer
