"""The far side: last price, bid and ask, and the levels a taker meets."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from exchange.paper.engine.orders import Side
from exchange.paper.engine.symbols import SymbolRules
from exchange.paper.market.tape import Print, Tape
from exchange.paper.numbers import ZERO


@dataclass(slots=True)
class Depth:
    """The ladder of equal levels on each side; `spread_ticks` lies between bid and ask."""

    spread_ticks: int
    level_quantity: Decimal
    level_step_ticks: int
    levels: int


class Market:
    """One symbol's public state."""

    def __init__(self, rules: SymbolRules, first_price: Decimal, depth: Depth) -> None:
        self.rules = rules
        self.depth = depth
        self.last_price = self.bid = self.ask = first_price
        self.tape = Tape(first_price)
        self.last_id = 0
        self.changes = 0
        self.follow(first_price)

    def follow(self, price: Decimal) -> None:
        """The last price moves, bid and ask keep their distance; with a spread of one tick it is also the ask."""
        ticks = self.depth.spread_ticks
        self.last_price = price
        self.bid = price - self.rules.tick_size * ((ticks + 1) // 2)
        self.ask = price + self.rules.tick_size * (ticks // 2)
        self.changes += 1

    def next_id(self) -> int:
        """The id of the next public trade or fill; they share one row of numbers."""
        self.last_id += 1
        return self.last_id

    def record(self, price: Decimal, quantity: Decimal, now_ms: int) -> Print:
        """Put a print on the tape and let the quotes follow."""
        printed = Print(self.next_id(), price, quantity, now_ms, price < self.last_price)
        self.tape.add(printed)
        self.follow(price)
        return printed

    def levels(self, side: Side) -> Iterator[tuple[Decimal, Decimal]]:
        """Price and quantity of one side's levels, best first."""
        step = self.rules.tick_size * self.depth.level_step_ticks
        price = self.ask if side is Side.SELL else self.bid
        for _ in range(self.depth.levels):
            if price <= ZERO:
                return
            yield price, self.depth.level_quantity
            price = price + step if side is Side.SELL else price - step

    def best(self, side: Side) -> Decimal:
        """The ask for SELL, the bid for BUY."""
        return self.ask if side is Side.SELL else self.bid

    def reference_price(self, now_ms: int) -> Decimal:
        """The price that filters compare with (Binance docs: filters, PERCENT_PRICE_BY_SIDE)."""
        mins = self.rules.average_mins
        average = self.tape.average_price(now_ms, mins) if mins else None
        return self.last_price if average is None else average
