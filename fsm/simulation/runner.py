"""Many worlds, side by side on the machine's cores; and one world, stopped at each of its places in turn."""

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from loguru import logger

from fsm.simulation.door import OpenDoor
from fsm.simulation.fate import Weather
from fsm.simulation.outcome import Outcome
from fsm.simulation.world import World

MEMORY = Path("/dev/shm")
"""Files of a world live here, where the system has it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One world to be played; with `crash_at` on a calm day, but for one stop at that place."""

    seed: int
    steps: int
    crash_at: int | None = None


@dataclass(frozen=True, slots=True)
class Player:
    """Plays worlds at exchanges that `open_door` starts."""

    open_door: OpenDoor

    def __call__(self, wish: Wish) -> Outcome:
        return self.traced(wish)[0]

    def traced(self, wish: Wish) -> tuple[Outcome, list[str]]:
        """The outcome, and what happened step by step."""
        logger.remove()
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            calm = Weather() if wish.crash_at is not None else None
            world = World(wish.seed, Path(folder), self.open_door, weather=calm, crash_at=wish.crash_at)
            try:
                return world.run(wish.steps), world.trace
            except Exception as error:
                error.add_note(f"in the world of seed {wish.seed}, {wish.steps} steps, stopped at {wish.crash_at}")
                raise


def play_all(player: Player, wishes: Iterable[Wish], is_over: Callable[[], bool]) -> Iterator[Outcome]:
    """The outcomes as they come; once `is_over` no more are waited for."""
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for outcome in pool.imap_unordered(player, wishes):
            yield outcome
            if is_over():
                return


def every_stop(player: Player, seed: int, steps: int) -> list[Wish]:
    """One wish for each place that a calm world of this seed passes and that is worth stopping at."""
    logger.remove()
    with tempfile.TemporaryDirectory() as folder:
        world = World(seed, Path(folder), player.open_door, weather=Weather())
        world.run(steps)
    return [Wish(seed, steps, number) for number in worth_stopping_at(world.fate.places)]


def worth_stopping_at(places: list[str]) -> list[int]:
    """Numbers, from 1, of the places before which the outside has changed since the last one."""
    found, changed = [], True
    for number, place in enumerate(places, start=1):
        if changed:
            found.append(number)
        changed = place.startswith("after") and not place.startswith("after GET")
    return found
