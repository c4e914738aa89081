"""Many worlds, side by side on the machine's cores; and one world, stopped at each of its places in turn."""

import multiprocessing
import random
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from loguru import logger

from fsm.simulation.door import OpenDoor
from fsm.simulation.outcome import Outcome
from fsm.simulation.scripts import SCRIPTS
from fsm.simulation.wish import Wish
from fsm.simulation.world import World

MEMORY = Path("/dev/shm")
"""Files of a world live here, where the system has it."""
RECOVERY_PLACES = 80
"""Places after a stop among which the second one is chosen."""


@dataclass(frozen=True, slots=True)
class Player:
    """Plays worlds at exchanges that `open_door` starts."""

    open_door: OpenDoor

    def __call__(self, wish: Wish) -> Outcome:
        return self.traced(wish)[0]

    def traced(self, wish: Wish) -> tuple[Outcome, list[str]]:
        """The outcome, and what happened step by step."""
        logger.remove()
        script = SCRIPTS[wish.script] if wish.script is not None else None
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            world = World(wish, Path(folder), self.open_door, script)
            return world.run(), world.trace


@dataclass(frozen=True, slots=True)
class Explorer:
    """Plays a world that is stopped at one place; then again, with a second stop during the recovery."""

    player: Player

    def __call__(self, wish: Wish) -> tuple[Outcome, Outcome]:
        first = self.player(wish)
        (stop,) = wish.stops
        later = [place for place in worth_stopping_at(first.places) if stop < place <= stop + RECOVERY_PLACES]
        again = later[stop % len(later)] if later else stop + 1
        return first, self.player(replace(wish, stops=(stop, again)))


Played = TypeVar("Played")


def play_all(
    play: Callable[[Wish], Played], wishes: Sequence[Wish], jobs: int, is_over: Callable[[], bool]
) -> Iterator[Played]:
    """The outcomes in the order of the wishes; once `is_over` no more are waited for."""
    with multiprocessing.Pool(jobs, _leave_interrupts) as pool:
        for played in pool.imap(play, wishes):
            yield played
            if is_over():
                return


def _leave_interrupts() -> None:
    """Ctrl-C is for the one who asked; he ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def every_stop(player: Player, wish: Wish) -> list[Wish]:
    """One wish for each place that a calm world passes and that differs from the one before: killed, power lost."""
    places = player(wish).places
    stops = worth_stopping_at(places)
    return [replace(wish, stops=(place,), power=power) for place in stops for power in (False, True)]


def all_stops(player: Player, days: Sequence[Wish]) -> list[Wish]:
    """Those of several days, mixed in a fixed order: a run of limited time sees all days alike."""
    stops = [stop for day in days for stop in every_stop(player, day)]
    random.Random(0).shuffle(stops)
    return stops


def worth_stopping_at(places: Sequence[str]) -> list[int]:
    """Numbers, from 1, of the places before which the outside has changed since the last one."""
    found, changed = [], True
    for number, place in enumerate(places, start=1):
        if changed:
            found.append(number)
        changed = place.startswith("after") and not place.startswith("after GET")
    return found
