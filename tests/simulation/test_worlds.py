"""A fixed share of the simulated worlds: every promise holds in each of them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from loguru import logger
from rich.console import Console
from typer.testing import CliRunner

import run
from exchange.paper.direct_door import DirectDoor
from fsm.simulation.runner import Explorer, Player, every_stop, play_all
from fsm.simulation.summary import summary_shown
from fsm.simulation.wish import Wish

ROOT = Path(__file__).parents[2]
PLAYER = Player(DirectDoor)
SHARE = range(12)
STEPS = 30
SHORT = 10
WHOLE = 60
"""As many steps as the command plays by default."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logger.remove()
    yield
    logger.remove()


@pytest.mark.parametrize("seed", SHARE)
def test_every_promise_holds(seed: int) -> None:
    """Whatever network, venue, disk, power and owner do, the checkers find nothing."""
    outcome = PLAYER(Wish(seed, STEPS))
    assert outcome.fault is None, outcome.wish.again


FOUND = {
    48: "a price from before a stop was raised counted as past it: the runner was sold at market",
    114: "a stop was passed while another was away by the owner's hand: the gap was judged by its beginning alone",
    143: "a report whose file's name could not be made durable was written twice",
    32015: "legs that were too small for new rules were closed with what they held",
    35010: "the cover of a filling entry filled before the exits took its place, and they offered all that was entered",
    38067: "an armed stop's last change was its arming, and was taken for its trigger: cover was told as a gap",
    31002: "a position without any order but at market was taken for dust by the checker",
    50245: "a log that was rotated twice between two looks: the file between was not read",
    60122: "after a restart a malformed line had no verdict, for one at the same byte of the log before had the same",
    60982: "when a stop triggered was guessed from prices, and the guess outlived the venue's word",
    70417: "the runner took over what other legs had not yet given up, and the exits offered more than was held",
    100636: "an account that was read as it was before the loan: the trade closed and owed",
    100782: "a repeated request revived an order after its trade was closed, and nobody cancelled it",
    102573: "the runner took over the cover of a bracket's crumbs before that was withdrawn",
    201832: "a stop that a full disk had kept from the record was sent again after a start that could not look",
    72378: "stops triggered in the instant in which they were placed: the journal called them cover",
    300070: "stops triggered unseen and were cancelled before the venue told when: the report told too little",
    300974: "a new log began with what was read of the old one, and was taken for its copy",
    502154: "what a leg had left was too small alone and belonged to none: the legs did not add up to the position",
    503035: "a request that the venue had refused came again and was taken: the checker knew only repeats of orders",
    602661: "prices that lagged looked past new stops: a guessed trigger outlived them, and what was safe was sold",
    800003: "a crumb of two steps that a SHORT's leg had left belonged to no leg, as if it were the rounding of a LONG",
    702122: "a debt that could be traded for was carried, for it was less than a hundredth of the entry",
    61564: "exits that lacked the coins of a repeated order waited for their period after it was cancelled",
}
"""Worlds in which a promise was broken once, and what it was; worlds that are drawn otherwise have other seeds."""


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_found_is_mended(seed: int) -> None:
    """Each world keeps its promises now."""
    assert PLAYER(Wish(seed, WHOLE)).fault is None


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_same_seed_writes_the_same_bytes(hash_seed: str) -> None:
    """Journal, verdicts and reports are equal byte for byte, in another process with other hashes too."""
    command = [sys.executable, "run.py", "simulate", "--seed", "5", "--steps", str(SHORT), "--trace"]
    environ = {**os.environ, "PYTHONHASHSEED": hash_seed}
    shown = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True).stdout
    outcome, trace = PLAYER.traced(Wish(5, SHORT))
    assert f"digest {outcome.digest}" in shown
    assert shown.startswith("\n".join(trace))


def test_other_seeds_are_other_worlds() -> None:
    """The digest tells worlds apart."""
    assert PLAYER(Wish(0, SHORT)).digest != PLAYER(Wish(1, SHORT)).digest


def test_any_number_of_jobs_plays_the_same() -> None:
    """Outcomes come in the order of the wishes, whoever played them."""
    wishes = [Wish(seed, 3) for seed in range(4)]
    alone, together = (list(play_all(PLAYER, wishes, jobs, lambda: False)) for jobs in (1, 3))
    assert alone == together


@pytest.mark.parametrize("script", ["spot-long-trail", "cross-short-trail"])
def test_stopped_at_its_places(script: str) -> None:
    """A day stopped at one place after the other, and again in recovery, keeps its promises: a share of the places."""
    stops = every_stop(PLAYER, Wish(0, SHORT, script))
    assert len(stops) > 200
    for wish in stops[7::71]:
        for outcome in Explorer(PLAYER)(wish):
            assert outcome.fault is None, outcome.wish.again
            assert outcome.happened["crash"] == len(outcome.wish.stops)


def test_a_broken_promise_is_shown() -> None:
    """The summary names the seed and how to see it again."""
    outcome = replace(PLAYER(Wish(7, 1)), fault="cover: nothing works")
    screen = Console(file=StringIO(), width=120)
    screen.print(summary_shown([outcome]))
    assert isinstance(screen.file, StringIO)
    assert "python run.py simulate --seed 7 --steps 1 --trace" in screen.file.getvalue()


def test_the_command_plays_worlds() -> None:
    """`simulate` ends with exit code 0 and a summary; one script alone can be traced."""
    played = CliRunner().invoke(run.app, ["simulate", "--script", "spot-long-flatten", "--trace"])
    assert played.exit_code == 0, played.output
    assert "signal to 95002" in played.output
    assert "broken promises" in played.output
