"""A fixed share of the simulated worlds: every promise holds in each of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from loguru import logger

from exchange.paper.direct_door import DirectDoor
from fsm.simulation.fate import Weather
from fsm.simulation.runner import Player, Wish, worth_stopping_at
from fsm.simulation.world import World

PLAYER = Player(DirectDoor)
SHARE = range(24)
STEPS = 40
SHORT = 12


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logger.remove()
    yield
    logger.remove()


@pytest.mark.parametrize("seed", SHARE)
def test_every_promise_holds(seed: int) -> None:
    """Whatever network, disk, power and owner do, the checkers find nothing, and a calm world raises no alarm."""
    outcome = PLAYER(Wish(seed, STEPS))
    assert outcome.fault is None, f"python run.py simulate --seed {seed} --steps {STEPS} --trace"


@pytest.mark.parametrize("seed", [0, 5])
def test_the_same_seed_writes_the_same_bytes(seed: int) -> None:
    """Journal, verdicts and reports of two runs are equal byte for byte."""
    first, second = PLAYER(Wish(seed, SHORT)), PLAYER(Wish(seed, SHORT))
    assert first == second


def test_other_seeds_are_other_worlds() -> None:
    """The digest tells worlds apart."""
    assert PLAYER(Wish(0, SHORT)).digest != PLAYER(Wish(1, SHORT)).digest


def test_a_stop_comes_where_it_was_wished(tmp_path: Path) -> None:
    """A calm world stopped at a place of its own is stopped there once, and keeps its promises."""
    calm = World(1, tmp_path, DirectDoor, weather=Weather())
    calm.run(SHORT)
    places = worth_stopping_at(calm.fate.places)
    assert len(places) > 100
    outcome = PLAYER(Wish(1, SHORT, crash_at=places[50]))
    assert outcome.fault is None
    assert outcome.happened["crash"] == 1
