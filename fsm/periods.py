"""When something is due again."""


class Every:
    """Due at once, then `period_ms` after it was last done."""

    def __init__(self, period_ms: int) -> None:
        self._period_ms = period_ms
        self._next_ms = 0

    def is_due(self, now_ms: int) -> bool:
        return now_ms >= self._next_ms

    def done(self, now_ms: int) -> None:
        self._next_ms = now_ms + self._period_ms

    def now(self) -> None:
        """Make it due at once."""
        self._next_ms = 0

    @property
    def next_ms(self) -> int:
        return self._next_ms
