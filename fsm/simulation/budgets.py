"""How long something held may be without a stop: one table, by how the gap began and by what struck meanwhile.

A gap may last as long as its beginning takes on a good day, not counting the times in which a mishap is dealt with:
from the moment at which it struck, for as long as that takes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fsm.simulation.ledger_view import OurTrade, Span, role_of

BEGINNINGS: Mapping[str, tuple[int, str]] = {
    "entry filled": (1_000, "the exits are placed when the fill is known"),
    "target partly filled": (2_000, "its stop is gone, its rest may go on filling for half a second"),
    "stop moved": (1_000, "a list cannot be replaced in place: cancelled, then placed anew"),
    "stop passed": (6_000, "the market jumped the limit: three seconds of grace, seen by polling, out at market"),
    "cancelled by hand": (6_000, "the owner's doing: noticed at the next look"),
    "taken by hand": (9_000, "he took coins before exits locked them: missed at two checks, five seconds apart"),
}
"""In ms, where account events are heard; a program that hears none adds its polling period."""
MISHAPS: Mapping[str, tuple[int, str]] = {
    "halt": (95_000, "the venue takes no orders for up to a minute; exits are tried again every 15 s"),
    "banned": (50_000, "HTTP 418 for 30 s, then what had to wait"),
    "crash": (36_000, "down for up to 20 s, then an order in doubt for 12 s"),
    "relapse": (36_000, "stopped again during the recovery"),
    "late": (32_000, "an answer that does not come for 5 s, an order in doubt for 12 s, arriving for 15 s"),
    "silent": (20_000, "an answer that does not come for 5 s, an order in doubt for 12 s"),
    "answer_lost": (16_000, "an order in doubt for 12 s"),
    "server_error": (16_000, "an order in doubt for 12 s"),
    "lost": (16_000, "nobody can tell it from a lost answer"),
    "limited": (16_000, "HTTP 429 for 2 s, exits that were held back are tried again"),
    "new_rules": (16_000, "an order off the new grid is refused once"),
    "thin_book": (16_000, "what the book does not take is sold in a next order"),
    "stale": (4_000, "a read lags by up to 3 s"),
    "slow": (3_000, "2 s on the way"),
    "doubled": (3_000, "the copy arrives when the order has just been replaced"),
    "disk_full": (1_000, ""),
    "disk_broken": (1_000, ""),
    "sync_fails": (1_000, ""),
}
"""In ms for each; the first one that struck names the cause."""
OWNER = {"owner_cancels": "cancelled by hand", "owner_trades": "taken by hand"}
BY_HAND_MS = 500
"""A gap that begins so soon after the owner acted began by his hand; so does one before whose exits he took coins."""
BEFORE_MS = max(budget_ms for budget_ms, _ in MISHAPS.values())
"""A mishap may matter for what begins within this time: doubt, a late arrival, a refused exit's pause."""


@dataclass(slots=True)
class GapBudgets:
    """Judges every gap that the ledger shows."""

    moments: Sequence[tuple[int, str]]
    """What struck, and when."""
    deaf_ms: int
    """What the user stream's silence adds."""
    poll_ms: int
    """A market that is past a stop is seen by polling alone."""
    worst: dict[str, int] = field(default_factory=dict)
    """The longest gap in ms, by cause."""

    def faults(self, trades: Sequence[OurTrade], now_ms: int) -> Iterator[str]:
        for trade in trades:
            for span in trade.naked_spans():
                yield from self._judge(trade, span, now_ms)

    def _judge(self, trade: OurTrade, span: Span, now_ms: int) -> Iterator[str]:
        length_ms, begun = span.length_ms(now_ms), self._begun(trade, span, now_ms)
        struck = self._struck(span, now_ms)
        watched_ms = self.poll_ms if "stop passed" in begun else self.deaf_ms
        usual_ms = sum(BEGINNINGS[beginning][0] for beginning in begun) + watched_ms
        idle_ms = _idle_ms(span.start_ms, span.start_ms + length_ms, struck)
        cause = next((mishap for mishap in MISHAPS if mishap in {what for _, what in struck}), begun[-1])
        self.worst[cause] = max(self.worst.get(cause, 0), length_ms)
        if idle_ms > usual_ms:
            mishaps = f" and {', '.join(what for _, what in struck)}" if struck else ""
            yield (
                f"{trade.trade_id}: {span.quantity} without stop for {length_ms} ms from {span.start_ms}, "
                f"{idle_ms} ms of it without need, more than the {usual_ms} ms for {', '.join(begun)}{mishaps}"
            )

    def _begun(self, trade: OurTrade, span: Span, now_ms: int) -> list[str]:
        """How it began, and whether the market passed other stops meanwhile, which are then waited for as well."""
        first = began_by(trade, span)
        near = (what for time, what in self.moments if abs(time - span.start_ms) <= BY_HAND_MS)
        by_hand = [OWNER[what] for what in near if what in OWNER]
        if by_hand:
            first = max(by_hand, key=lambda beginning: BEGINNINGS[beginning][0])
        end_ms = now_ms if span.end_ms is None else span.end_ms
        stops = (order["workingTime"] for order in trade.orders if role_of(order) == "S")
        passed = first != "stop passed" and any(span.start_ms < time <= end_ms for time in stops)
        return [first, "stop passed"] if passed else [first]

    def _struck(self, span: Span, now_ms: int) -> list[tuple[int, str]]:
        end_ms = now_ms if span.end_ms is None else span.end_ms
        around = (one for one in self.moments if span.start_ms - BEFORE_MS <= one[0] <= end_ms)
        return [(time, what) for time, what in around if what in MISHAPS]


def _idle_ms(start_ms: int, end_ms: int, struck: Sequence[tuple[int, str]]) -> int:
    """How much of the time lies outside of all that mishaps take."""
    idle_ms, reached_ms = 0, start_ms
    for time, what in sorted(struck):
        idle_ms += max(min(time, end_ms) - reached_ms, 0)
        reached_ms = max(reached_ms, time + MISHAPS[what][0])
    return idle_ms + max(end_ms - reached_ms, 0)


def began_by(trade: OurTrade, span: Span) -> str:
    """The beginning of a gap by what the ledger shows of that moment."""
    at_ms = span.start_ms
    stops = [order for order in trade.orders if role_of(order) == "S"]
    if any(stop["workingTime"] == at_ms for stop in stops):
        return "stop passed"
    filled = {_role(trade, fill) for fill in trade.fills if fill["time"] == at_ms}
    if "T" in filled:
        return "target partly filled"
    if "E" in filled:
        return "entry filled"
    return "stop moved" if any(stop["updateTime"] == at_ms for stop in stops) else "cancelled by hand"


def _role(trade: OurTrade, fill: Mapping[str, Any]) -> str:
    return next(role_of(order) for order in trade.orders if order["orderId"] == fill["orderId"])
