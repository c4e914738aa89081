"""Borrowing on margin: what may be asked of the venue beyond `Venue`, and the values that answer it.

Quantities are in units of the asset. Debt is principal plus interest; the venue charges interest on borrowing and then
every full hour, and a repayment covers interest first (Binance docs: margin, borrow and repay).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from exchange.types import Balance, Denied, InDoubt, Rejected, Side


class LoanKind(StrEnum):
    BORROW = "BORROW"
    REPAY = "REPAY"


class LoanState(StrEnum):
    """What became of a loan transaction, as the venue spells it."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class LoanAccepted:
    """The venue took it, under this transaction id; whether it is done, its record tells."""

    transaction_id: int


LoanOutcome = LoanAccepted | Rejected | Denied | InDoubt


@dataclass(frozen=True, slots=True)
class LoanRecord:
    """One row of the venue's loan records; a repayment's quantity is its principal plus its interest."""

    kind: LoanKind
    transaction_id: int
    asset: str
    quantity: Decimal
    principal: Decimal
    interest: Decimal
    state: LoanState
    time_ms: int
    automatic: bool = False
    """An order's side effect, or the venue's own doing, and no request of its own (`type` AUTO)."""


@dataclass(frozen=True, slots=True)
class Liquidation:
    """One order by which the venue liquidated (Binance docs: margin, GET margin/forceLiquidationRec)."""

    order_id: int
    side: Side
    quantity: Decimal
    """What it executed."""
    time_ms: int


@dataclass(frozen=True, slots=True)
class MarginAccount:
    """The margin account as a whole; isolated: the account of our symbol."""

    balances: Mapping[str, Balance]
    """What is held or owed, by asset; an asset without either is missing."""
    level: Decimal | None
    """Assets over debt; None while nothing is owed."""
    may_trade: bool
    """False while the venue bars orders, or the isolated account is not created or switched off."""
    may_borrow: bool


class Lender(Protocol):
    """The margin verbs; borrow and repay are sent once and return an outcome, the others raise a `VenueError`."""

    @property
    def doubt_ms(self) -> int:
        """How long after its timestamp a loan request may still be executed."""

    def account(self) -> MarginAccount: ...
    def margin_level(self) -> Decimal | None:
        """Assets over debt; None while nothing is owed."""

    def max_borrowable(self, asset: str) -> Decimal:
        """The most that the venue would lend of the asset now."""

    def loans(self, kind: LoanKind, asset: str, since_ms: int) -> tuple[LoanRecord, ...]:
        """All loan transactions of the account since then, whoever asked for them, oldest first."""

    def liquidations(self, since_ms: int) -> tuple[Liquidation, ...]:
        """The venue's forced liquidations on our symbol since then, oldest first."""

    def borrow(self, asset: str, quantity: Decimal) -> LoanOutcome: ...
    def repay(self, asset: str, quantity: Decimal) -> LoanOutcome: ...
