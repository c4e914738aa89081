"""The sample's checks: each of them can fail, and says what is wrong."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from exchange.instrument import Instrument
from fsm.planning.plan import Plan
from fsm.position import Position
from fsm.record import Record
from fsm.sample.books import Books, Entry
from fsm.sample.checks import Script, fault_of, faults_at_end
from fsm.states import State
from signals.direction import Direction

TRADE = "2501132002L9997ef"
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
TAKER = Decimal("0.001")


def plan(direction: Direction) -> Plan:
    sign = 1 if direction is Direction.LONG else -1
    entry = Decimal(95000)
    return Plan(
        direction=direction,
        entry=entry,
        stop=entry - 500 * sign,
        stop_limit=entry - 501 * sign,
        targets=(entry + 500 * sign, entry + 1000 * sign),
        quantity=Decimal("0.01"),
        r=Decimal(500),
        legs=(Decimal("0.003"), Decimal("0.003"), Decimal("0.004")),
    )


def record(state: State, direction: Direction = Direction.LONG) -> Record:
    if state in (State.IDLE, State.COOLDOWN):
        return Record(state=state)
    position = Position(
        trade_id=TRADE,
        status=state,
        signal_key="PEAK|2025-01-13T20:02|long|95000.0",
        signal_ms=0,
        accepted_ms=0,
        symbol="BTCUSDC",
        direction=direction,
        plan=plan(direction),
        stop=plan(direction).stop,
    )
    return Record(state=state, position=position)


def order(number: int, role: str, quantity: str, **fields: Any) -> dict[str, Any]:
    kind = "STOP_LOSS_LIMIT" if role.startswith("S") else "LIMIT"
    return {
        "clientOrderId": f"EX-{TRADE}-{role}-0",
        "orderId": number,
        "status": "NEW",
        "type": kind,
        "isWorking": kind == "LIMIT",
        "origQty": quantity,
        "executedQty": "0",
        **fields,
    }


def fill(number: int, quantity: str, *, buys: bool, commission: str = "0", asset: str = "BTC") -> dict[str, Any]:
    return {"orderId": number, "qty": quantity, "isBuyer": buys, "commission": commission, "commissionAsset": asset}


FILLED = order(1, "E0", "0.01", status="FILLED", executedQty="0.01")
BOUGHT = fill(1, "0.01", buys=True, commission="0.00001")
SOLD = fill(1, "0.01", buys=False, commission="0.95", asset="USDC")


@pytest.mark.parametrize(
    ("state", "direction", "orders", "fault"),
    [
        pytest.param(State.OPEN_FILLED, "LONG", [order(2, "S3", "0.00999")], None, id="covered net of commission"),
        pytest.param(State.OPEN_FILLED, "LONG", [], "stops cover 0 of 0.00999", id="no stop"),
        pytest.param(State.TRAILING, "LONG", [order(2, "S3", "0.005")], "cover 0.005 of 0.00999", id="half a stop"),
        pytest.param(State.OPEN_FILLED, "LONG", [order(2, "S3", "0.02")], "cover 0.02 of 0.00999", id="stop too large"),
        pytest.param(
            State.OPEN_FILLED, "LONG", [order(2, "S3", "0.00999", isWorking=True)], "cover 0 of", id="triggered stop"
        ),
        pytest.param(
            State.OPEN_FILLED, "LONG", [order(2, "S3", "0.00999", status="CANCELED")], "cover 0 of", id="canceled stop"
        ),
        pytest.param(State.OPEN_FILLED, "LONG", [order(2, "S3", "0.00996")], None, id="too little to sell is no fault"),
        pytest.param(State.OPEN, "LONG", [], "OPEN: stops cover 0", id="a part filled while the entry works"),
        pytest.param(State.CLOSING, "LONG", [], None, id="closing sells it"),
        pytest.param(State.OPEN_FILLED, "SHORT", [order(2, "S3", "0.01002")], None, id="buy-back with its commission"),
        pytest.param(State.OPEN_FILLED, "SHORT", [order(2, "S3", "0.005")], "of 0.01002", id="half a buy-back"),
        pytest.param(State.IDLE, "LONG", [order(2, "S3", "0.001")], "S3-0 may still fill", id="left behind"),
        pytest.param(State.COOLDOWN, "LONG", [order(2, "T1", "0.001")], "T1-0 may still fill", id="left in cooldown"),
        pytest.param(
            State.IDLE, "LONG", [order(2, "S3", "0.001", clientOrderId="mine")], None, id="an order of the owner"
        ),
    ],
)
def test_books_of_the_venue(state: State, direction: str, orders: list[Mapping[str, Any]], fault: str | None) -> None:
    """Stops cover what is held, save what is too small to trade, and nothing of ours is left behind."""
    fills = [BOUGHT if direction == "LONG" else SOLD]
    ledger = {"orders": [FILLED, *orders], "trades": fills}
    found = fault_of(ledger, record(state, Direction(direction)), INSTRUMENT, TAKER)
    assert (found is None) if fault is None else (found is not None and fault in found)


def trade(**fields: object) -> Entry:
    return {
        "trade_id": TRADE,
        "exit_reason": "stop_loss",
        "naked_worst_ms": 45,
        "realized_profit": "-1.5",
        "left_at_cost": "0",
        **fields,
    }


def transitions() -> tuple[Entry, ...]:
    """Once through all states, a second each."""
    return tuple(
        {"time": f"2025-01-13T20:00:0{second}.000Z", "from": source.value, "to": dest.value}
        for second, (source, dest) in enumerate(pairwise((*State, State.IDLE)))
    )


GOOD = Books((trade(),), ({"verdict": "stale"}, {"verdict": "accepted"}), transitions())
SCRIPT = Script(("stale", "accepted"), ("stop_loss",), 0)
GAIN = Decimal("-1.5")


def test_nothing_is_wrong_with_good_books() -> None:
    """Books that agree with script and account have no fault."""
    assert faults_at_end(GOOD, SCRIPT, GAIN) == ()


@pytest.mark.parametrize(
    ("books", "script", "gain", "fault"),
    [
        (GOOD, replace(SCRIPT, verdicts=("stale", "price")), GAIN, "verdicts: number 2 is accepted, expected price"),
        (GOOD, replace(SCRIPT, verdicts=("stale",)), GAIN, "verdicts: 1 expected, 2 found"),
        (GOOD, replace(SCRIPT, exits=("breakeven",)), GAIN, "ways out: number 1 is stop_loss, expected breakeven"),
        (GOOD, replace(SCRIPT, unfilled=1), GAIN, "entries without a fill: number 1 is 0, expected 1"),
        (GOOD, SCRIPT, Decimal("-1.4"), "the account gained -1.4, the trade reports say -1.5"),
        (replace(GOOD, trades=(trade(naked_worst_ms=1001),)), SCRIPT, GAIN, "without a stop for 1001 ms"),
        (replace(GOOD, transitions=transitions()[:-1]), SCRIPT, GAIN, "IDLE was never entered"),
    ],
)
def test_what_is_wrong_is_named(books: Books, script: Script, gain: Decimal, fault: str) -> None:
    """One difference gives one fault, which says what was found and what was expected."""
    (found,) = faults_at_end(books, script, gain)
    assert fault in found
