"""What the margin hooks are made of, and what both ends of a trade share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from exchange.instrument import Instrument
from exchange.lending import Lender
from exchange.settings import ExchangeSettings
from exchange.types import Balance
from guards.entry_price import PriceRule

ASK_AGAIN_MS = 500


class EntryPrice(Protocol):
    """What the hooks need of a plan."""

    @property
    def entry(self) -> Decimal: ...
    @property
    def r(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class KnownBalances:
    """Balances kept warm, and when they were read (venue time)."""

    balances: Mapping[str, Balance]
    read_ms: int


@dataclass(frozen=True, slots=True)
class MarginParts:
    """Put together by the composition root."""

    lender: Lender
    settings: ExchangeSettings
    instrument: Callable[[], Instrument]
    taker_rate: Callable[[], Decimal]
    known_balances: Callable[[], KnownBalances | None]
    now_ms: Callable[[], int]
    market_rule: PriceRule | None = None
    """By which the entry, or what is left of it, may go to market; None where it never does."""
    last_price: Callable[[], Decimal | None] = lambda: None
    """The last price of the symbol, where it is known."""

    @property
    def automatic(self) -> bool:
        """True where the orders borrow and repay by themselves."""
        return self.settings.borrow_mode == "auto"
