"""Facts about which no guard has anything to say; each test changes what it is about."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange.instrument import Instrument
from exchange.types import Balance, CommissionRates, Quote
from guards.facts import Facts, PlanRefusal, PlanView
from signals.direction import Direction

NOW_MS = 1_736_798_400_000
"""2025-01-13T20:00:00Z"""
KEY = "PEAK|2025-01-13T20:00|long|95000.0"


@dataclass(frozen=True)
class SamplePlan:
    """A plan as the guards see it."""

    direction: Direction
    entry: Decimal
    stop: Decimal
    targets: tuple[Decimal, Decimal]
    stop_limit: Decimal
    quantity: Decimal = Decimal("0.00105")
    r: Decimal = Decimal(190)


LONG_PLAN = SamplePlan(
    Direction.LONG,
    entry=Decimal("95000.5"),
    stop=Decimal("94810.5"),
    targets=(Decimal("95190.5"), Decimal("95380.5")),
    stop_limit=Decimal("94810.48"),
)
SHORT_PLAN = SamplePlan(
    Direction.SHORT,
    entry=Decimal("94999.5"),
    stop=Decimal("95189.5"),
    targets=(Decimal("94809.5"), Decimal("94619.5")),
    stop_limit=Decimal("95189.52"),
)

INSTRUMENT = Instrument(
    symbol="BTCUSDC",
    base="BTC",
    quote="USDC",
    tick_size=Decimal("0.01"),
    step_size=Decimal("0.00001"),
    min_quantity=Decimal("0.00001"),
    max_quantity=Decimal(9000),
    min_notional=Decimal(5),
    trading=True,
)


def gives(plan: PlanView | PlanRefusal) -> Callable[[], PlanView | PlanRefusal]:
    return lambda: plan


def quote(bid: str, ask: str, age_ms: int = 0) -> Quote:
    return Quote(Decimal(bid), Decimal(ask), last=Decimal(bid), time_ms=NOW_MS - age_ms)


def free(**quantities: str) -> dict[str, Balance]:
    return {asset: Balance(free=Decimal(quantity), locked=Decimal(0)) for asset, quantity in quantities.items()}


SOUND_LONG = Facts(
    now_ms=NOW_MS,
    signal_ms=NOW_MS,
    key=KEY,
    direction=Direction.LONG,
    paused=None,
    seen=(),
    state="IDLE",
    lock_until_ms=None,
    cooldown_until_ms=None,
    venue_problem=None,
    instrument=INSTRUMENT,
    quote=quote("94999.99", "95000.01"),
    balances=free(USDC="10000", BTC="1"),
    balances_ms=NOW_MS,
    rates=CommissionRates(maker=Decimal("0.0005"), taker=Decimal("0.001")),
    plan=gives(LONG_PLAN),
)
SOUND_SHORT = replace(SOUND_LONG, direction=Direction.SHORT, plan=gives(SHORT_PLAN))
