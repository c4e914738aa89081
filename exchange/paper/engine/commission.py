"""What a fill costs, and in which asset (Binance docs: commission FAQ)."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from exchange.paper.engine.orders import Order, Side
from exchange.paper.numbers import ZERO, down8

if TYPE_CHECKING:
    from exchange.paper.engine.venue import Venue

DISCOUNT_ASSET = "BNB"


@dataclass(slots=True)
class FeeSchedule:
    """Maker and taker rates, per symbol where a script says so, and whether BNB pays."""

    maker: Decimal
    taker: Decimal
    bnb_discount: Decimal
    bnb_burn: bool = False
    by_symbol: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)

    def rates(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Maker and taker rate of a symbol."""
        return self.by_symbol.get(symbol, (self.maker, self.taker))


def commission(
    venue: "Venue", order: Order, quantity: Decimal, notional: Decimal, *, is_maker: bool
) -> tuple[str, Decimal]:
    """Asset and quantity: in what is received, or in BNB if that is wished and there is enough of it."""
    maker, taker = venue.fees.rates(order.symbol)
    rate = maker if is_maker else taker
    if venue.fees.bnb_burn:
        in_bnb = _in_bnb(venue, order, quantity, notional * rate * venue.fees.bnb_discount)
        if in_bnb is not None:
            return DISCOUNT_ASSET, in_bnb
    rules = venue.rules[order.symbol]
    if order.side is Side.BUY:
        return rules.base, down8(quantity * rate)
    return rules.quote, down8(notional * rate)


def _in_bnb(venue: "Venue", order: Order, quantity: Decimal, quote_cost: Decimal) -> Decimal | None:
    """The cost in BNB, or None if the free BNB does not cover it."""
    rules = venue.rules[order.symbol]
    market = venue.markets.get(DISCOUNT_ASSET + rules.quote) or venue.markets[DISCOUNT_ASSET + "USDT"]
    cost = down8(quote_cost / market.last_price)
    free = venue.account(order.account).free(DISCOUNT_ASSET)
    if rules.base == DISCOUNT_ASSET and order.side is Side.BUY:
        free += quantity
    return cost if ZERO < cost <= free else None
