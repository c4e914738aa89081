"""What is to happen at a later time."""

from collections.abc import Callable
from heapq import heappop, heappush

Action = Callable[[], None]


class Agenda:
    """Actions by time; equal times keep their order of arrival."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, Action]] = []
        self._count = 0

    def add(self, time_ms: int, action: Action) -> None:
        """Let something happen at a time."""
        self._count += 1
        heappush(self._entries, (time_ms, self._count, action))

    def clear(self) -> None:
        """Nothing is to happen any more."""
        self._entries.clear()

    @property
    def next_ms(self) -> int | None:
        """When the next action is due."""
        return self._entries[0][0] if self._entries else None

    def pop(self) -> Action:
        """The next action."""
        return heappop(self._entries)[2]
