"""What is lent, at which rates and limits, and which bars the margin level meets; a script may change all of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from exchange.paper.engine.symbols import SymbolRules
from exchange.paper.errors import WireError
from exchange.paper.margin.errors import BY_CODE
from exchange.paper.margin.listen_tokens import ListenTokens
from exchange.paper.margin.loan_records import InterestCharge, LoanRecord, TransferRecord
from exchange.paper.numbers import ZERO

if TYPE_CHECKING:
    from exchange.paper.engine.orders import Order

HOURS_A_DAY = 24
# asset: name, interest per hour, most that one account may owe
DEFAULT_TERMS = {
    "BTC": ("Bitcoin", "0.0000005", "72"),
    "ETH": ("Ethereum", "0.000001", "1200"),
    "BNB": ("BNB", "0.000002", "3000"),
    "USDC": ("USD Coin", "0.000005", "3000000"),
    "USDT": ("TetherUS", "0.000005", "5000000"),
}
OTHER_TERMS = ("", "0.000005", "100000")


@dataclass(slots=True)
class LendingTerms:
    """One asset; `available` is what the venue can still lend in all, None for no bound."""

    asset: str
    full_name: str
    hourly_rate: Decimal
    max_borrow: Decimal
    min_borrow: Decimal = ZERO
    min_repay: Decimal = ZERO
    available: Decimal | None = None
    borrowable: bool = True

    @property
    def daily_rate(self) -> Decimal:
        """As the reference requests show it."""
        return self.hourly_rate * HOURS_A_DAY


@dataclass(slots=True)
class MarginBars:
    """Margin levels (Binance docs: margin tradeCoeff): borrowing stops at normal, liquidation begins at force."""

    normal: Decimal = Decimal("1.5")
    margin_call: Decimal = Decimal("1.3")
    force_liquidation: Decimal = Decimal("1.1")
    transfer_out: Decimal = Decimal(2)

    @property
    def leverage(self) -> Decimal:
        """Assets against own funds when as much as possible is borrowed."""
        return self.normal / (self.normal - 1)


@dataclass(slots=True)
class AccountFlags:
    """What one margin account may do; isolated accounts must be opened first."""

    created: bool
    borrow_enabled: bool = True
    trade_enabled: bool = True
    transfer_in_enabled: bool = True
    transfer_out_enabled: bool = True


@dataclass(slots=True)
class ForcedRefusal:
    """Armed by a script: lets `skip` such actions pass and refuses the next `count`."""

    action: str
    code: int
    count: int = 1
    skip: int = 0


ACTIONS = ("BORROW", "REPAY", "AUTO_BORROW", "AUTO_REPAY", "ORDER", "TRANSFER")


@dataclass(slots=True)
class MarginMarket:
    """The lending side of the venue."""

    assets: dict[str, LendingTerms]
    bars: MarginBars = field(default_factory=MarginBars)
    flags: dict[str, AccountFlags] = field(default_factory=dict)
    refusals: list[ForcedRefusal] = field(default_factory=list)
    liquidates: bool = True
    loan_ms: int = 0
    loans: list[LoanRecord] = field(default_factory=list)
    pending: list[LoanRecord] = field(default_factory=list)
    charges: list[InterestCharge] = field(default_factory=list)
    transfers: list[TransferRecord] = field(default_factory=list)
    liquidations: list["Order"] = field(default_factory=list)
    interest_bnb_burn: bool = False
    tokens: ListenTokens = field(default_factory=ListenTokens)
    next_hour_ms: int | None = None
    last_transaction_id: int = 0

    def next_transaction_id(self) -> int:
        """The id of the next loan, repayment, charge or transfer."""
        self.last_transaction_id += 1
        return self.last_transaction_id

    def flags_of(self, account: str) -> AccountFlags:
        """Of an account; cross exists from the start."""
        found = self.flags.get(account)
        if found is None:
            found = self.flags[account] = AccountFlags(created=account == "cross")
        return found

    def forced(self, action: str) -> WireError | None:
        """The refusal that a script has armed for this action, used up by asking."""
        for refusal in self.refusals:
            if refusal.action != action:
                continue
            if refusal.skip > 0:
                refusal.skip -= 1
                continue
            refusal.count -= 1
            self.refusals = [other for other in self.refusals if other.count > 0]
            return BY_CODE[refusal.code]()
        return None

    def refuse_if_forced(self, action: str) -> None:
        """Refuse the action if a script has said so."""
        refusal = self.forced(action)
        if refusal is not None:
            raise refusal


def default_margin_market(rules: Iterable[SymbolRules]) -> MarginMarket:
    """Every listed asset can be borrowed."""
    listed = sorted({asset for symbol in rules for asset in (symbol.base, symbol.quote)})
    return MarginMarket({asset: _terms(asset) for asset in listed})


def _terms(asset: str) -> LendingTerms:
    name, rate, limit = DEFAULT_TERMS.get(asset, OTHER_TERMS)
    return LendingTerms(asset, name or asset, Decimal(rate), Decimal(limit))
