"""The first contact with the venue: while it gives no answer the program waits inside, and tells so every minute.

A position of ours may be open, and nobody else looks after it; leaving would only mean to be started again. A request
that the venue refuses (an unknown symbol, a key) ends a start that has no position: waiting does not mend it.
"""

from collections.abc import Callable
from typing import TypeVar

from exchange.errors import RateLimited, Unavailable, VenueError
from fsm.position import Position
from fsm.telling.alarms import Alarms
from fsm.telling.notify import Notification, Severity
from fsm.waker import Waker

FIRST_PAUSE_MS = 1_000
LONGEST_PAUSE_MS = 15_000
TOLD_EVERY_MS = 60_000
UNREACHABLE = "venue_unreachable"

Reached = TypeVar("Reached")


class FirstContact:
    """Asks until the venue answers; `position` is what the record says that it left there."""

    def __init__(self, waker: Waker, alarms: Alarms, now_ms: Callable[[], int], position: Position | None) -> None:
        self._waker = waker
        self._alarms = alarms
        self._now_ms = now_ms
        self._position = position

    def __call__(self, reach: Callable[[], Reached]) -> Reached | None:
        """What `reach` gives, once it does; None if the program was told to stop before.

        Raises the venue's refusal where no position waits.
        """
        pause_ms = FIRST_PAUSE_MS
        while not self._waker.stopping:
            try:
                found = reach()
            except VenueError as error:
                if self._position is None and not isinstance(error, Unavailable):
                    raise
                self._alarms.raise_alarm(UNREACHABLE, self._alarm(error))
                self._waker.wait(max(pause_ms, error.retry_after_ms if isinstance(error, RateLimited) else 0))
                pause_ms = min(2 * pause_ms, LONGEST_PAUSE_MS)
            else:
                self._alarms.clear_alarm(UNREACHABLE, self._now_ms())
                return found
        return None

    def _alarm(self, error: VenueError) -> Notification:
        position = self._position
        if position is None:
            text = f"the venue does not answer, nothing is traded until it does: {error}"
            return Notification(UNREACHABLE, Severity.WARN, text, self._now_ms())
        text = f"the venue does not answer, {position.trade_id} is left to its orders there until it does: {error}"
        return Notification(
            UNREACHABLE,
            Severity.ERROR,
            text,
            self._now_ms(),
            position.trade_id,
            position.symbol,
            position.status.value,
        )
