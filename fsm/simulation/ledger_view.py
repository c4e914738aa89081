"""Our trades as the exchange's ledger shows them: what was held when, and what stops covered when."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from functools import cached_property
from itertools import product
from typing import Any

ZERO = Decimal(0)
GROSS_UP = Decimal("0.01")
"""A SHORT buys back more than it sold, for the commission: never more than this fraction."""
WORST_RATE = Decimal("0.001")
"""Commission that the last buy-back of a SHORT is grossed up by as long as the venue has not told its rates."""
SEEN_MS = 8_000
"""Within this time the stops follow a trade by hand or a request that came twice, even if the network or a limit keeps
the program from looking at once."""
ORDER_ID = re.compile(r"EX-(\d{10}[LS][0-9a-f]{6})-([ETSXL])(\d)-(\d+)")

Json = Mapping[str, Any]
ByHand = Mapping[str, tuple[tuple[int, Decimal], ...]]
"""By trade id: when the owner traded how much of it by hand."""
Refused = Mapping[str, int]
"""By client order id: when the venue refused an order under it first."""


@dataclass(frozen=True, slots=True)
class Grid:
    """What the venue demands of an order on the symbol."""

    symbol: str
    base: str
    tick: Decimal
    step: Decimal
    min_quantity: Decimal
    coarsest: Decimal
    """The largest step so far: orders that were rounded by it are still judged."""
    dearest: Decimal
    """The largest least notional so far."""

    @classmethod
    def of(cls, symbol: Json, before: "Grid | None" = None) -> "Grid":
        filters = {found["filterType"]: found for found in symbol["filters"]}
        notional = filters.get("NOTIONAL") or filters["MIN_NOTIONAL"]
        step, least = Decimal(filters["LOT_SIZE"]["stepSize"]), Decimal(notional["minNotional"])
        return cls(
            symbol=symbol["symbol"],
            base=symbol["baseAsset"],
            tick=Decimal(filters["PRICE_FILTER"]["tickSize"]),
            step=step,
            min_quantity=Decimal(filters["LOT_SIZE"]["minQty"]),
            coarsest=max(step, before.coarsest if before is not None else ZERO),
            dearest=max(least, before.dearest if before is not None else ZERO),
        )

    def accepts(self, quantity: Decimal, price: Decimal) -> bool:
        """By the most demanding of the rules so far: what was dust then is not brought back."""
        whole = (quantity / self.coarsest).to_integral_value(ROUND_FLOOR) * self.coarsest
        return whole > 0 and whole >= self.min_quantity and whole * price >= self.dearest


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which `quantity`, at most, was held without a stop; `end_ms` None while it lasts."""

    start_ms: int
    end_ms: int | None
    quantity: Decimal

    def length_ms(self, now_ms: int) -> int:
        return (now_ms if self.end_ms is None else self.end_ms) - self.start_ms


@dataclass(frozen=True)
class OurTrade:
    """One signal's orders and fills, in the order of their time; what follows from them is computed once."""

    trade_id: str
    grid: Grid
    orders: tuple[Json, ...]
    fills: tuple[Json, ...]
    by_hand: tuple[tuple[int, Decimal], ...]
    refused: tuple[tuple[str, int], ...] = ()

    @property
    def is_long(self) -> bool:
        return self.trade_id[10] == "L"

    def held(self, at_ms: int | None = None) -> Decimal:
        """Base bought and not yet sold (LONG), or sold and not yet bought back (SHORT), net of commission in base."""
        change = sum((self.change(fill) for fill in self.fills if at_ms is None or fill["time"] <= at_ms), ZERO)
        by_hand = sum((quantity for time, quantity in self.by_hand if at_ms is None or time <= at_ms), ZERO)
        return (change if self.is_long else -change) - by_hand

    def change(self, fill: Json) -> Decimal:
        """What a fill added to our base, commission in base included."""
        commission = Decimal(fill["commission"]) if fill["commissionAsset"] == self.grid.base else ZERO
        return (Decimal(fill["qty"]) if fill["isBuyer"] else -Decimal(fill["qty"])) - commission

    def tradable(self, quantity: Decimal) -> bool:
        """Whether the venue takes an order of that much at the least favourable price of this trade."""
        return self.grid.accepts(quantity, self._lowest_price)

    @cached_property
    def _lowest_price(self) -> Decimal:
        """Of its entries and stops, or of its fills where all of these went at market."""
        orders = [*self._role("E"), *self._role("S")]
        prices = [Decimal(order["price"]) for order in orders if Decimal(order["price"])]
        return min(prices or [Decimal(fill["price"]) for fill in self.fills], default=ZERO)

    def covered(self, at_ms: int) -> Decimal:
        """What the stops that waited for their trigger covered; a triggered one is a limit order and covers nothing."""
        begun = (wait for wait in self._waits if wait.start_ms <= at_ms)
        return sum((wait.quantity for wait in begun if wait.end_ms is None or at_ms < wait.end_ms), ZERO)

    @cached_property
    def _waits(self) -> list[Span]:
        """From when until when each stop waited for its trigger."""
        begins = ((stop, self._begin_of_wait(stop)) for stop in self._role("S"))
        return [
            Span(begin, _end_of_wait(stop), Decimal(stop["origQty"])) for stop, begin in begins if begin is not None
        ]

    def _begin_of_wait(self, stop: Json) -> int | None:
        """A stop in one list with its entry begins when that is filled wholly (Binance docs: order lists, OTO)."""
        listed = (order for order in self._role("E") if order["orderListId"] == stop["orderListId"] != -1)
        entry = next(listed, None)
        if entry is None:
            return int(stop["time"])
        return int(entry["updateTime"]) if entry["status"] == "FILLED" and stop["status"] != "PENDING_NEW" else None

    def naked_spans(self) -> list[Span]:
        return self._naked_spans

    @cached_property
    def _naked_spans(self) -> list[Span]:
        """When a tradable quantity was held that no stop covered."""
        spans: list[Span] = []
        for time in self._moments():
            bare = self.held(time) - self.covered(time)
            lasting = bool(spans) and spans[-1].end_ms is None
            if self.tradable(bare):
                start, worst = (spans.pop().start_ms, bare) if lasting else (time, bare)
                spans.append(Span(start, None, worst))
            elif lasting:
                spans.append(Span(spans[-1].start_ms, time, spans.pop().quantity))
        return [span for span in spans if span.start_ms != span.end_ms]

    def naked_ms(self) -> int:
        last = max(self._moments(), default=0)
        return sum(span.length_ms(last) for span in self.naked_spans())

    def offered_too_much(self) -> list[str]:
        return self._offered_too_much

    @cached_property
    def _offered_too_much(self) -> list[str]:
        return list(self._moments_offered_too_much())

    def _moments_offered_too_much(self) -> Iterator[str]:
        """Moments at which our stops covered more than was held.

        Old dust of less than a step may have paid the commission of a purchase whose exits the venue sized.
        """
        dust = (
            self.grid.coarsest
            if self.is_long and any(order["orderListId"] != -1 for order in self._role("E"))
            else ZERO
        )
        for time in self._moments():
            held, covered = self.held(time), self.covered(time)
            most = held + dust if self.is_long else held * (1 + GROSS_UP) + self.grid.coarsest
            if covered > max(most, ZERO) and not self._just_traded_by_hand(time) and not self._just_repeated(time):
                yield f"{self.trade_id}: stops of {covered} with {held} held at {time}"
        most_bought = self.entered() * WORST_RATE + self.grid.coarsest
        if self.held() < (-dust if self.is_long else -most_bought):
            yield f"{self.trade_id}: {-self.held()} more left than came in"

    def _just_traded_by_hand(self, at_ms: int) -> bool:
        """The stops follow what the owner did; they cannot do so at the same moment."""
        return any(time <= at_ms <= time + SEEN_MS for time, _ in self.by_hand)

    def _just_repeated(self, at_ms: int) -> bool:
        """The network repeated a request, and the program has to see that first."""
        return any(time <= at_ms <= time + SEEN_MS for time in self.repeated_ms)

    @cached_property
    def repeated_ms(self) -> list[int]:
        """When the venue got a second order under the id of an earlier one, or of one that it had refused."""
        ids: set[str] = set()
        refused = dict(self.refused)
        repeated = []
        for order in self.orders:
            name, time = order["clientOrderId"], int(order["time"])
            if name in ids or refused.get(name, time) < time:
                repeated.append(time)
            ids.add(name)
        return repeated

    def entered(self) -> Decimal:
        return sum((Decimal(order["executedQty"]) for order in self._role("E")), ZERO)

    def overlapping_entries(self) -> Iterator[str]:
        """One limit order, or one a leg, and one market order after the end of all others."""
        entries = self._role("E")
        limits = [order for order in entries if order["type"] != "MARKET"]
        markets = [order for order in entries if order["type"] == "MARKET"]
        legs = [_leg_of(order) for order in limits]
        if len(markets) > 1 or len(set(legs)) < len(legs) or ("0" in legs and len(legs) > 1):
            yield f"{self.trade_id} has the entries {[(order['clientOrderId'], order['type']) for order in entries]}"
        for first, second in product(limits, markets):
            if first["status"] in ("NEW", "PARTIALLY_FILLED") or second["time"] < first["updateTime"]:
                yield f"{second['clientOrderId']} was placed while {first['clientOrderId']} could still fill"

    def _role(self, role: str) -> list[Json]:
        return self._by_role.get(role, [])

    @cached_property
    def _by_role(self) -> dict[str, list[Json]]:
        found: dict[str, list[Json]] = {}
        for order in self.orders:
            found.setdefault(role_of(order), []).append(order)
        return found

    def _moments(self) -> list[int]:
        changes = {time for wait in self._waits for time in (wait.start_ms, wait.end_ms) if time is not None}
        return sorted(changes | {fill["time"] for fill in self.fills} | {time for time, _ in self.by_hand})


def role_of(order: Json) -> str:
    """What our order is for, by the letter in its id."""
    found = ORDER_ID.fullmatch(order["clientOrderId"])
    return found[2] if found is not None else ""


def our_trades(
    ledger: Json,
    grid: Grid,
    by_hand: ByHand,
    known: dict[str, OurTrade] | None = None,
    refused: Refused | None = None,
) -> list[OurTrade]:
    """The ledger's orders with our prefix, by trade; one that is as it was `known` stays the same object."""
    known = {} if known is None else known
    refused = {} if refused is None else refused
    ours = [order for order in ledger["orders"] if ORDER_ID.fullmatch(order["clientOrderId"])]
    ids = list(dict.fromkeys(order["clientOrderId"][3:20] for order in ours))
    found = []
    for trade_id in ids:
        orders = tuple(order for order in ours if order["clientOrderId"][3:20] == trade_id)
        numbers = {order["orderId"] for order in orders}
        fills = [fill for fill in ledger["trades"] if fill["orderId"] in numbers and fill["symbol"] == grid.symbol]
        turned_down = tuple((name, time) for name, time in refused.items() if name[3:20] == trade_id)
        trade = OurTrade(trade_id, grid, orders, tuple(fills), by_hand.get(trade_id, ()), turned_down)
        known[trade_id] = known[trade_id] if known.get(trade_id) == trade else trade
        found.append(known[trade_id])
    return found


def _leg_of(order: Json) -> str:
    found = ORDER_ID.fullmatch(order["clientOrderId"])
    return found[3] if found is not None else ""


def _end_of_wait(stop: Json) -> int | None:
    if stop["workingTime"] != -1:
        return int(stop["workingTime"])
    return None if stop["status"] in ("NEW", "PENDING_NEW") else int(stop["updateTime"])
