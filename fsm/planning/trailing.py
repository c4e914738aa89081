"""The next stop of a runner: it follows the swings of the bars, or the venue's mid price, and never loosens.

Bars, and the buffers that go with them, are in the signal's prices. The current stop, the venue's quote, the
reference, the step and the answer are in the traded symbol's. `ratio` (traded mid / signal mid, at this moment) leads
from the first to the second.
"""

from dataclasses import dataclass
from decimal import Decimal

from exchange.instrument import Instrument
from exchange.types import Quote
from fsm.planning.mirror import ahead, lead, toward_loss
from fsm.settings import FsmSettings
from signals.bars import Bar
from signals.direction import Direction
from signals.swings import last_swing_high, last_swing_low


@dataclass(frozen=True, slots=True)
class TrailDecision:
    """`stop` is the better stop price to move to, or None to stay."""

    stop: Decimal | None
    reference: Decimal | None
    """The reference price to remember: the confirming close after a move, else the one that was given."""
    why: str


def next_stop(
    direction: Direction,
    *,
    current: Decimal,
    reference: Decimal | None,
    bars: tuple[Bar, ...],
    quote: Quote | None,
    instrument: Instrument,
    settings: FsmSettings,
    ratio: Decimal | None = None,
) -> TrailDecision:
    """Move only to a stop that is better than `current`, and by at least TRAIL_STEP_USD.

    `bars` are the complete bars, oldest first. With TRAIL_WAIT_CONFIRM the newest of them must have closed strictly
    beyond `reference` (TP2's price at first) by TRAIL_CONFIRM_BUFFER_USD, whatever the source.
    `ratio` is given when the bars are another market's.
    """
    scale = Decimal(1) if ratio is None else ratio
    confirmed = _confirming_close(direction, reference, bars, settings, scale)
    if settings.trail_wait_confirm and confirmed is None:
        return TrailDecision(None, reference, "no bar closed beyond the reference price")
    level = _level(direction, bars, quote, settings, scale)
    if level is None:
        return TrailDecision(None, reference, "no swing" if settings.trail_source == "AGG" else "no mid price")
    stop = toward_loss(direction, level, instrument)
    gain = lead(direction, stop, current)
    if gain <= 0:
        return TrailDecision(None, reference, "not better than the current stop")
    if gain < settings.trail_step:
        return TrailDecision(None, reference, "better by less than the step")
    return TrailDecision(stop, confirmed if settings.trail_wait_confirm else reference, "moved")


def _level(
    direction: Direction, bars: tuple[Bar, ...], quote: Quote | None, settings: FsmSettings, scale: Decimal
) -> Decimal | None:
    """The desired stop before rounding, in the traded symbol's prices.

    The venue writes 0 for an empty side of the book; half a book has no mid.
    """
    if settings.trail_source == "BINANCE":
        if quote is None or min(quote.bid, quote.ask) <= 0:
            return None
        return ahead(direction, quote.mid, -settings.trail_buffer)
    last_swing = last_swing_low if direction is Direction.LONG else last_swing_high
    swing = last_swing(bars, settings.trail_lookback, settings.trail_side_bars)
    return None if swing is None else ahead(direction, swing, -settings.trail_buffer) * scale


def _confirming_close(
    direction: Direction, reference: Decimal | None, bars: tuple[Bar, ...], settings: FsmSettings, scale: Decimal
) -> Decimal | None:
    """The newest bar's close in the traded symbol's prices, if it is beyond the reference by the buffer."""
    if reference is None or not bars:
        return None
    close = bars[-1].close
    needed = ahead(direction, close, -settings.trail_confirm_buffer) * scale
    return close * scale if lead(direction, needed, reference) > 0 else None
