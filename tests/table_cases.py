"""Records in every state, and the details that each trigger needs, for the tests of the transition table."""

from collections.abc import Mapping
from decimal import Decimal

from exchange.ids import Role
from exchange.instrument import Instrument
from exchange.types import CommissionRates, Quote, Side
from fsm.planning.plan import Plan
from fsm.position import External, FillRecord, Leg, Position
from fsm.record import Record
from fsm.settings import FsmSettings
from fsm.states import WITH_POSITION, State
from fsm.world import World
from guards.chain import GUARD_NAMES
from guards.settings import GuardSettings
from guards.verdict import Verdict
from signals.direction import Direction
from signals.peak import Peak

NOW_MS = 1_736_798_400_000
KEY = "PEAK|2025-01-13T20:00|long|95000.0"
TRADE_ID = "2501132000L3f9a1c"
QUANTITY = Decimal("0.0009")

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
PLAN = Plan(
    direction=Direction.LONG,
    entry=Decimal("95000.5"),
    stop=Decimal("94810.5"),
    stop_limit=Decimal("94810.48"),
    targets=(Decimal("95190.5"), Decimal("95380.5")),
    quantity=QUANTITY,
    r=Decimal(190),
    legs=(Decimal("0.0003"), Decimal("0.0003"), Decimal("0.0003")),
)
ENTRY_FILL = FillRecord(
    trade_id=1,
    client_id=f"EX-{TRADE_ID}-E0-0",
    role=Role.ENTRY,
    leg=0,
    side=Side.BUY,
    price=PLAN.entry,
    quantity=QUANTITY,
    quote_quantity=PLAN.entry * QUANTITY,
    commission=Decimal(0),
    commission_asset="USDC",
    time_ms=NOW_MS,
)
LEGS = tuple(
    Leg(number=n, quantity=Decimal("0.0003"), target=t)
    for n, t in ((1, PLAN.targets[0]), (2, PLAN.targets[1]), (3, None))
)


def position(state: State, **changes: object) -> Position:
    """A position as it may be in that state, with every condition of the table's rows met unless changed."""
    filled = state not in (State.PENDING, State.OPEN)
    usual = Position(
        trade_id=TRADE_ID,
        status=state,
        signal_key=KEY,
        signal_ms=NOW_MS,
        accepted_ms=NOW_MS,
        symbol="BTCUSDC",
        direction=Direction.LONG,
        plan=PLAN,
        stop=PLAN.stop,
        fills=(ENTRY_FILL,) if filled else (),
        legs=LEGS if filled else (),
        entry_withdrawn=not filled,
        verified_ms=NOW_MS,
        entered_ms={state: NOW_MS},
    )
    return usual.model_copy(update=changes)


def record(state: State, **changes: object) -> Record:
    """A record in that state."""
    cooldown_until = NOW_MS if state is State.COOLDOWN else None
    return Record(
        state=state,
        position=position(state, **changes) if state in WITH_POSITION else None,
        cooldown_until=cooldown_until,
    )


def world(settings: FsmSettings | None = None) -> World:
    """A quiet market at the plan's entry."""
    return World(
        now_ms=NOW_MS,
        instrument=INSTRUMENT,
        settings=settings or FsmSettings(),
        price_rule=GuardSettings().price_rule,
        cooldown_ms=180_000,
        quote=Quote(PLAN.entry, PLAN.entry, PLAN.entry, NOW_MS),
    )


DETAILS: Mapping[str, Mapping[str, object]] = {
    "signal_accepted": {
        "verdict": Verdict(None, GUARD_NAMES),
        "peak": Peak(NOW_MS, Direction.LONG, Decimal(95000), "{}"),
        "plan": PLAN,
        "key": KEY,
        "trade_id": TRADE_ID,
        "rates": CommissionRates(Decimal("0.001"), Decimal("0.001")),
        "ratio": None,
        "free_base": Decimal(0),
        "lock_ms": 15_000,
    },
    "stop_moved": {"stop": Decimal("94900"), "reference": None},
    "exit_at_market": {"leg": 3},
    "changed_by_owner": {
        "trade": External(quantity=Decimal("0.0001"), quote_quantity=Decimal("9.5"), time_ms=NOW_MS),
    },
}
"""What a trigger brings along beyond its cause."""
