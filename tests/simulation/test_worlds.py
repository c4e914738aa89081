"""A fixed share of the simulated worlds: every promise holds in each of them."""

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

import pytest
from loguru import logger
from rich.console import Console
from typer.testing import CliRunner

import run
from exchange.paper.direct_door import DirectDoor
from fsm.simulation.runner import Player, Wish, every_stop
from fsm.simulation.summary import summary_shown

PLAYER = Player(DirectDoor)
SHARE = range(12)
STEPS = 30
SHORT = 10


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logger.remove()
    yield
    logger.remove()


@pytest.mark.parametrize("seed", SHARE)
def test_every_promise_holds(seed: int) -> None:
    """Whatever network, disk, power and owner do, the checkers find nothing."""
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


@pytest.mark.parametrize("seed", [0, 3])
def test_stopped_at_its_places(seed: int) -> None:
    """A calm world stopped at one place after the other, or power lost there, keeps its promises: a share of them."""
    wishes = every_stop(PLAYER, seed, SHORT)
    assert len(wishes) > 100
    for wish in wishes[::40]:
        outcome = PLAYER(wish)
        assert outcome.fault is None, f"python run.py simulate --seed {seed} --steps {SHORT} --stop-at {wish.crash_at}"
        assert outcome.happened["crash"] == 1


def test_a_broken_promise_is_shown() -> None:
    """The summary names the seed and how to see it again."""
    outcome = replace(PLAYER(Wish(7, 1)), fault="cover: nothing works")
    screen = Console(file=StringIO(), width=120)
    screen.print(summary_shown([outcome], 1))
    assert isinstance(screen.file, StringIO)
    assert "python run.py simulate --seed 7 --steps 1 --trace" in screen.file.getvalue()


def test_the_command_plays_worlds() -> None:
    """`simulate` ends with exit code 0 and a summary; one seed alone can be traced."""
    played = CliRunner().invoke(run.app, ["simulate", "--seed", "3", "--steps", "1", "--trace"])
    assert played.exit_code == 0, played.output
    assert "step 0: price" in played.output
    assert "broken promises" in played.output
