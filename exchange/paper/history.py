"""The venue as it was some time ago, for reads that lag; kept only while such a fault is armed."""

from collections import deque
from copy import deepcopy

from exchange.paper.engine.venue import Venue

KEPT = 500


class History:
    """Copies of the venue's state, oldest first."""

    def __init__(self) -> None:
        self._copies: deque[tuple[int, Venue]] = deque(maxlen=KEPT)
        self._kept_mark: tuple[object, ...] = ()

    def keep(self, venue: Venue) -> None:
        """Copy the present state if it is not the one copied last."""
        mark = venue.mark()
        if mark != self._kept_mark:
            self._kept_mark = mark
            self._copies.append((venue.now_ms, deepcopy(venue)))

    def forget(self) -> None:
        """Lagging reads are over."""
        self._copies.clear()
        self._kept_mark = ()

    def as_of(self, time_ms: int) -> Venue | None:
        """The state that was valid at a time, or the oldest one known."""
        found = self._copies[0][1] if self._copies else None
        for kept_ms, venue in self._copies:
            if kept_ms > time_ms:
                break
            found = venue
        return found
