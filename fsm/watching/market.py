"""Watches the market for a held position: is the price past the stop, is there a better trailing stop?"""

from collections.abc import Callable

from exchange.ids import Role
from exchange.types import Venue
from fsm.bracket import covers_from
from fsm.memory import Memory
from fsm.periods import Every
from fsm.planning.mirror import lead
from fsm.planning.trailing import TrailDecision, next_stop
from fsm.position import Position
from fsm.settings import FsmSettings
from fsm.states import State
from fsm.watching.surroundings import Surroundings
from signals.bars import complete_bars

SURE_MS = 1_000
"""A price that has been past a stop for this long is no leftover of the time before the stop was placed."""


class MarketWatch:
    """`trail` is the answer of the last look at the trailing stop, until it is used."""

    def __init__(
        self, memory: Memory, venue: Venue, surroundings: Surroundings, settings: FsmSettings, now_ms: Callable[[], int]
    ) -> None:
        self._memory = memory
        self._venue = venue
        self._surroundings = surroundings
        self._settings = settings
        self._now_ms = now_ms
        self.trail_every = Every(settings.trail_every_s * 1000)
        self.trail: TrailDecision | None = None
        self.looked_ms: int | None = None
        """When the trailing stop was last looked at, since the start."""

    def look(self) -> None:
        self._note_passed_stop()
        self._withdraw_guesses()
        self._note_triggered()
        self._look_at_trail()

    def _note_passed_stop(self) -> None:
        """Since when the last price has been past the stop, as far as we saw since it was placed: the venue takes no
        stop that the market has passed, so an older price says nothing of it."""
        position, quote = self._memory.record.position, self._surroundings.quote
        if position is None or quote is None:
            return
        is_of_the_stop = quote.time_ms >= _newest_stop_ms(position)
        passed = is_of_the_stop and lead(position.direction, quote.last, position.stop) <= 0
        if passed != (position.passed_since_ms is not None):
            since = quote.time_ms if passed else None
            self._memory.put_position(position.model_copy(update={"passed_since_ms": since}))

    def _withdraw_guesses(self) -> None:
        """A stop that triggered and rests has the market past it. Where it is not, the price that said so was an old
        one: quotes may lag."""
        position, quote = self._memory.record.position, self._surroundings.quote
        if position is None or quote is None:
            return
        for order in position.of_role(Role.STOP):
            guessed = order.at_venue and order.trigger_guessed and not order.executed
            if guessed and order.stop_price and lead(position.direction, quote.last, order.stop_price) > 0:
                waits = order.model_copy(update={"triggered_ms": None, "trigger_guessed": False})
                self._memory.put_position(self._memory.position.with_order(waits))

    def _note_triggered(self) -> None:
        """A stop that the last price has passed since it was placed has triggered, whatever the venue calls it."""
        position, quote = self._memory.record.position, self._surroundings.quote
        since = position.passed_since_ms if position is not None else None
        if position is None or quote is None or since is None or quote.time_ms - since < SURE_MS:
            return
        for order in position.of_role(Role.STOP):
            waits = order.at_venue and order.triggered_ms is None and (order.placed_ms or since) < since
            if waits and order.stop_price and lead(position.direction, quote.last, order.stop_price) <= 0:
                triggered = order.triggered_by(since, covers_from(position, order))
                self._memory.put_position(self._memory.position.with_order(triggered))

    def _look_at_trail(self) -> None:
        position, now = self._memory.record.position, self._now_ms()
        if position is None or position.status is not State.TRAILING or not self.trail_every.is_due(now):
            return
        self.trail_every.done(now)
        self.looked_ms = now
        around = self._surroundings
        if around.other_market and around.ratio is None:
            return
        self.trail = next_stop(
            position.direction,
            current=position.stop,
            reference=position.trail_reference,
            bars=complete_bars(around.read_bars().bars, now),
            quote=around.quote,
            instrument=self._venue.instrument,
            settings=self._settings,
            ratio=around.ratio,
        )


def _newest_stop_ms(position: Position) -> int:
    """When the newest stop that may work was placed."""
    stops = (order for order in position.of_role(Role.STOP) if order.live)
    return max((order.placed_ms or order.sent_ms or 0 for order in stops), default=0)
