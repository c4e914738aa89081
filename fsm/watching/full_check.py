"""When the whole account is checked: by a period, and sooner while an exit waits for coins that may be gone."""

from collections.abc import Callable

from fsm.memory import Memory
from fsm.periods import Every
from fsm.settings import FsmSettings
from fsm.watching.surroundings import Surroundings
from signals.direction import Direction

LACKING_MS = 5_000
"""Checks for missing coins are further apart than a reading may lag: what two in a row show is so."""


class FullCheck:
    """Due by its period; `heed_missing_coins` brings it forward, and the reading of the balances with it."""

    def __init__(
        self, memory: Memory, surroundings: Surroundings, settings: FsmSettings, now_ms: Callable[[], int]
    ) -> None:
        self._memory = memory
        self._surroundings = surroundings
        self._now_ms = now_ms
        self._every = Every(int(settings.manage_every_s * 1000))
        self._lacking = Every(LACKING_MS)

    @property
    def next_ms(self) -> int:
        return min(self._every.next_ms, self._lacking.next_ms) if self._waits_for_coins() else self._every.next_ms

    def heed_missing_coins(self) -> None:
        """The owner may have taken what an exit lacked; until that is known, its leg has no stop."""
        if self._waits_for_coins() and self._lacking.is_due(self._now_ms()):
            self._lacking.done(self._now_ms())
            self._surroundings.balances_every.now()
            self._every.now()

    def is_due(self) -> bool:
        return self._every.is_due(self._now_ms())

    def done(self) -> None:
        self._every.done(self._now_ms())

    def _waits_for_coins(self) -> bool:
        """Only those of a LONG can be taken; what a SHORT lacks is owed, and looked for as a debt."""
        position = self._memory.record.position
        if position is None or position.direction is not Direction.LONG:
            return False
        return position.next_try_ms > self._now_ms() and position.lacked_coins
