"""The user stream of a world, as the program has it: a reason to look, which may come late, twice or not at all."""

import random
from enum import StrEnum

LATEST_MS = 20_000
USUAL_MS = (5, 60)
LOSS = 0.3


class Hearing(StrEnum):
    """How well the stream tells what happens."""

    GOOD = "good"
    LATE = "late"
    DOUBLED = "doubled"
    LOSSY = "lossy"
    DEAF = "deaf"


class Wakes:
    """Events of the account, on their way to the program."""

    def __init__(self, rng: random.Random, hearing: Hearing) -> None:
        self.hearing = hearing
        self._rng = rng
        self._arrivals: list[int] = []

    def tell(self, now_ms: int) -> None:
        """Something has happened to the account."""
        if self.hearing is Hearing.DEAF or (self.hearing is Hearing.LOSSY and self._rng.random() < LOSS):
            return
        late = self.hearing is Hearing.LATE and self._rng.random() < LOSS
        for _ in range(1 + (self.hearing is Hearing.DOUBLED)):
            self._arrivals.append(now_ms + (self._rng.randint(1, LATEST_MS) if late else self._rng.randint(*USUAL_MS)))

    @property
    def next_ms(self) -> int | None:
        return min(self._arrivals, default=None)

    def take(self, now_ms: int) -> bool:
        """Whether an event has arrived by now; each is given out once."""
        waiting = [arrival for arrival in self._arrivals if arrival > now_ms]
        arrived, self._arrivals = len(waiting) < len(self._arrivals), waiting
        return arrived

    def forget(self) -> None:
        """The connection is gone with the process: nothing is told again."""
        self._arrivals.clear()
