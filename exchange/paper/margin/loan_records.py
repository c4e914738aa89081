"""What was borrowed, repaid, charged and transferred (Binance docs: borrow-repay records, interest history)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exchange.paper.numbers import ZERO


class LoanAction(StrEnum):
    BORROW = "BORROW"
    REPAY = "REPAY"


class LoanOrigin(StrEnum):
    """Asked for by the client, or done on an order's behalf."""

    MANUAL = "MANUAL"
    AUTO = "AUTO"


class LoanStatus(StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    FAILED = "FAILED"


@dataclass(slots=True, eq=False)
class LoanRecord:
    """One borrow or repay; `quantity` is interest and principal together."""

    transaction_id: int
    account: str
    action: LoanAction
    origin: LoanOrigin
    asset: str
    quantity: Decimal
    time_ms: int
    interest: Decimal = ZERO
    principal: Decimal = ZERO
    status: LoanStatus = LoanStatus.CONFIRMED
    confirms_ms: int = 0


class ChargeKind(StrEnum):
    ON_BORROW = "ON_BORROW"
    PERIODIC = "PERIODIC"


@dataclass(frozen=True, slots=True)
class InterestCharge:
    """One charge on one asset's principal."""

    transaction_id: int
    account: str
    asset: str
    kind: ChargeKind
    principal: Decimal
    interest: Decimal
    hourly_rate: Decimal
    time_ms: int


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """One transfer."""

    transaction_id: int
    kind: str
    giver: str
    taker: str
    asset: str
    quantity: Decimal
    time_ms: int
