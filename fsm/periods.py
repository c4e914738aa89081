"""When something is due again.

Times are compared by their distance: one that a corrected clock has still before it is as far away as one behind it, so
that nothing waits for hours until a clock that went back comes to where it was (R9).
"""


def elapsed_ms(since_ms: int, now_ms: int) -> int:
    """How far away that moment is, whichever way a clock was corrected meanwhile."""
    return abs(now_ms - since_ms)


class Every:
    """Due at once, then `period_ms` after it was last done."""

    def __init__(self, period_ms: int) -> None:
        self._period_ms = period_ms
        self._done_ms: int | None = None

    def is_due(self, now_ms: int) -> bool:
        return self._done_ms is None or elapsed_ms(self._done_ms, now_ms) >= self._period_ms

    def done(self, now_ms: int) -> None:
        self._done_ms = now_ms

    def now(self) -> None:
        """Make it due at once."""
        self._done_ms = None

    @property
    def next_ms(self) -> int:
        return 0 if self._done_ms is None else self._done_ms + self._period_ms
