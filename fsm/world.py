"""What is known beyond the record, and what follows from both: the values that `fsm.due` takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange.instrument import Instrument
from exchange.types import Quote
from fsm.planning.trailing import TrailDecision
from fsm.position import External
from fsm.settings import FsmSettings
from guards.entry_price import PriceRule


@dataclass(frozen=True, slots=True)
class World:
    """What is known beyond the record at this moment; times on the venue's clock."""

    now_ms: int
    instrument: Instrument
    settings: FsmSettings
    price_rule: PriceRule
    cooldown_ms: int
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    """What one unit of a third asset, in which commission was paid, costs in quote."""
    quote: Quote | None = None
    flatten: bool = False
    """The operator asked for the position to be closed."""
    owner_trade: External | None = None
    """What the owner traded by hand out of the position, found by the last check of the account."""
    trail: TrailDecision | None = None
    """The answer of the last look at the trailing stop."""


@dataclass(frozen=True, slots=True)
class Due:
    """A trigger to fire, and why; `details` are the values its effects need."""

    trigger: str
    cause: str
    details: dict[str, object] = field(default_factory=dict)
