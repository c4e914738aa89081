"""What the guards look at: everything measured beforehand, nothing fetched.

Between a signal line and its order there is no request, so each fact says when it was learnt.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol, runtime_checkable

from exchange.instrument import Instrument
from exchange.types import Balance, CommissionRates, Quote
from signals.direction import Direction


class PlanView(Protocol):
    """What the guards need of a plan; prices in quote per base, quantity and `r` likewise unsigned."""

    @property
    def direction(self) -> Direction: ...
    @property
    def entry(self) -> Decimal: ...
    @property
    def stop(self) -> Decimal: ...
    @property
    def targets(self) -> tuple[Decimal, Decimal]: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def r(self) -> Decimal: ...
    @property
    def stop_limit(self) -> Decimal:
        """The worst price of the stop order: its limit."""


@runtime_checkable
class PlanRefusal(Protocol):
    """Why no plan could be made; `code` is the guard that says so: no_bars, bad_plan or quantity_too_small."""

    @property
    def code(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def measured(self) -> Decimal | str | None: ...
    @property
    def threshold(self) -> Decimal | str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One signal and the world around it at the moment of the decision; times on the venue's clock."""

    now_ms: int
    signal_ms: int
    key: str
    direction: Direction
    paused: str | None
    """Why there are no new entries at all (the operator, a full disk, a halt), or None."""
    seen: Container[str]
    state: str
    """The lifecycle's state; only IDLE admits an entry."""
    lock_until_ms: int | None
    cooldown_until_ms: int | None
    venue_problem: str | None
    """Why the venue's state is not known (unreachable, foreign orders with our prefix, clock), or None."""
    instrument: Instrument
    quote: Quote | None
    balances: Mapping[str, Balance] | None
    balances_ms: int | None
    rates: CommissionRates
    plan: Callable[[], PlanView | PlanRefusal]
    """Makes the plan when first asked, and gives the same one afterwards."""
    enters_at_market: bool = False
    """True for ENTRY_MODE=MARKET_ONLY."""
    may_go_to_market: bool = False
    """True if the entry, or what is left of it, may go to market: any ENTRY_MODE but LIMIT_ONLY."""
    margin: bool = False
    margin_level: Decimal | None = None
    """Assets over debt; None while nothing is owed, or where it is not known."""
    borrowable: Mapping[str, Decimal] | None = None
    """The most that the venue would lend, by asset; an asset of which it is not known is missing."""
    borrowable_ms: int | None = None
    """When that was read."""
    orders_repay: bool = False
    """True for MARGIN_BORROW_MODE=auto: orders repay whatever is owed in what they receive."""
    carried: Mapping[str, Decimal] = field(default_factory=dict)
    """What earlier trades of ours left owing, by asset."""

    @property
    def bid(self) -> Decimal | None:
        return self.quote.bid if self.quote and self.quote.bid > 0 else None

    @property
    def ask(self) -> Decimal | None:
        return self.quote.ask if self.quote and self.quote.ask > 0 else None

    def free(self, asset: str) -> Decimal:
        """The free balance of an asset; none when it is not listed."""
        balance = (self.balances or {}).get(asset)
        return balance.free if balance else Decimal(0)
