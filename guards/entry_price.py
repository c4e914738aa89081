"""Whether the price that an order would get now still fits the plan."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from exchange.instrument import plain
from signals.direction import Direction


@dataclass(frozen=True, slots=True)
class PriceRule:
    """How far the executable price may run before the entry is given up; distances in quote."""

    deviation_r: Decimal = Decimal("0.25")
    """PLANB_MAX_DEV_R_MULT"""
    deviation_quote: Decimal = Decimal(0)
    """PLANB_MAX_DEV_USD"""
    refuse_past_tp1: bool = True
    """PLANB_ABORT_IF_PAST_TP1"""
    require_price: bool = True
    """PLANB_REQUIRE_PRICE"""

    def distance(self, r: Decimal) -> Decimal:
        """How much worse than the entry the executable price may be, for a plan with that R."""
        return max(r * self.deviation_r, self.deviation_quote)


@dataclass(frozen=True, slots=True)
class PriceRefusal:
    """Which part of the rule refused, and by how much; `measured` is None when there is no price."""

    code: Literal["no_price", "past_stop", "past_tp1", "too_far"]
    measured: Decimal | None
    threshold: Decimal | None
    text: str


def executable(
    direction: Direction,
    *,
    entry: Decimal,
    stop: Decimal,
    tp1: Decimal,
    r: Decimal,
    quote_bid: Decimal | None,
    quote_ask: Decimal | None,
    settings: PriceRule,
) -> PriceRefusal | None:
    """None if a market order may go now: the ask for LONG, the bid for SHORT, is inside stop and TP1 and near `entry`.

    Refused at or past the stop, at or past TP1 (if the rule says so), when worse than `entry` by more than the larger
    of the rule's two distances, and without a price (if the rule demands one). The venue writes 0 for an empty side of
    the book (Binance docs: symbol order book ticker); that is no price.
    """
    is_long = direction is Direction.LONG
    price = quote_ask if is_long else quote_bid
    if price is None or price <= 0:
        text = f"the book has no {'ask' if is_long else 'bid'}"
        return PriceRefusal("no_price", None, None, text) if settings.require_price else None
    sign = 1 if is_long else -1
    if (price - stop) * sign <= 0:
        return PriceRefusal("past_stop", price, stop, f"{plain(price)} is at or past the stop {plain(stop)}")
    if settings.refuse_past_tp1 and (price - tp1) * sign >= 0:
        return PriceRefusal("past_tp1", price, tp1, f"{plain(price)} is at or past TP1 {plain(tp1)}")
    deviation = (price - entry) * sign
    limit = settings.distance(r)
    if deviation > limit:
        text = f"{plain(price)} is {plain(deviation)} worse than the entry {plain(entry)}, more than {plain(limit)}"
        return PriceRefusal("too_far", deviation, limit, text)
    return None
