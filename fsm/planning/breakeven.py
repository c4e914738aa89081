"""Where the stops of the remaining legs go when TP1 filled."""

from decimal import Decimal
from typing import Literal

from exchange.instrument import Instrument
from fsm.planning.mirror import ahead, toward_profit
from signals.direction import Direction

Mode = Literal["fees", "entry", "off"]


def level(
    direction: Direction,
    *,
    average_entry: Decimal,
    r: Decimal,
    paid_rate: Decimal,
    taker_rate: Decimal,
    mode: Mode,
    instrument: Instrument,
) -> Decimal | None:
    """The breakeven stop price on the grid, or None when it is off.

    `entry` is the average entry. `fees` moves it to the profitable side by average * (`paid_rate` + `taker_rate`), the
    fraction paid on entry and the rate of the exit, at most by half of `r`. Both are then rounded to the profitable
    side (LONG ceiled, SHORT floored), which may go beyond the half of R by less than a tick. Whether the level is
    better than the stop that works already is the caller's question (`fsm.planning.mirror.better`).
    """
    if mode == "off":
        return None
    fees = average_entry * (paid_rate + taker_rate) if mode == "fees" else Decimal(0)
    return toward_profit(direction, ahead(direction, average_entry, min(fees, r / 2)), instrument)
