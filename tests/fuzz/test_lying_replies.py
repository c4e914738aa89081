"""One field of a reply is a lie, anywhere in a whole trade: nothing escapes, nothing is entered or sold twice, and when
the venue tells the truth again the program knows every order of its own and can leave.

A sample is drawn for each run; `LIES=all` tells every lie there is (hours), `LIES=500` so many of each way.
"""

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest

from exchange.errors import VenueError
from fsm.operator import Command, Switches
from fsm.states import State
from tests.fuzz.lying_venue import Lie, Lying, Place, wrong_values
from tests.processes.reading import faults
from tests.scenarios.in_process import InProcessStage, in_process_stage
from tests.scenarios.whole_trades import SETTINGS

SHARE = os.environ.get("LIES", "2")
LASTS = (1, 6)
"""How many replies in a row lie."""
PATIENCE_S = 180
WAYS: Mapping[str, Mapping[str, str]] = {
    "spot": {},
    "bracket": {"ENTRY_PROTECTION": "bracket"},
    "cross": {"TRADE_MODE": "margin"},
    "isolated": {"TRADE_MODE": "margin", "MARGIN_ISOLATED": "true"},
}
DEPOSITS = {
    "cross": {"amount": "300", "account": "cross"},
    "isolated": {"amount": "80", "account": "isolated:BTCUSDC"},
}
DIRECTION = {"spot": "long", "bracket": "long", "cross": "short", "isolated": "long"}


class Told:
    """A trade among lies."""

    def __init__(self, stage: InProcessStage, kind: str) -> None:
        self.stage = stage
        self.kind = kind
        stage.watching = False
        self.lying = Lying(stage.carrier._inner)
        stage.carrier._inner = self.lying  # type: ignore[assignment]

    def price(self, gain: float) -> float:
        return 95000 + gain if self.kind == "long" else 95000 - gain

    def prints(self, gain: float, quantity: float | None = None) -> None:
        self.stage.trade(self.price(gain), quantity, turn=False)
        self.stage.pass_time(3)

    def play(self) -> None:
        """Filled in parts, restarted, TP1, TP2, trailed and stopped, whatever the program makes of it."""
        self.prints(2)
        self.stage.signal(self.kind, 95000.0)
        self.stage.pass_time(1)
        self.prints(0, 0.0006)
        self.prints(0)
        self.restart()
        self.prints(191)
        self.prints(381)
        calm, swing = self._row(400, 399), self._row(400, 370)
        self.stage.bars(*[calm] * 10, swing, *[calm] * 4)
        self.stage.pass_time(6)
        self.restart()
        self.prints(355)

    def _row(self, close: float, worst: float) -> tuple[float, float, float]:
        prices = self.price(close), self.price(worst)
        return prices[0], max(prices), min(prices)

    def restart(self) -> None:
        """A start that the venue's answers prevent is tried again, as `FirstContact` does."""
        for _ in range(20):
            try:
                self.stage.start()
            except VenueError:
                self.stage.advance(2_000)
            else:
                return
        raise AssertionError("no start among 20 succeeded")

    def come_to_rest(self) -> None:
        """The truth again: the owner leaves, and the program has to find its way."""
        self.lying.lie = None
        self.stage.pass_time(15)
        switches = Switches(self.stage.settings.places.commands)
        end_ms = self.stage.clock.now_ms() + PATIENCE_S * 1000
        while self.stage.state is not State.IDLE:
            assert self.stage.clock.now_ms() < end_ms, f"still {self.stage.state}, {self.stage.record.position}"
            if self.stage.record.position is not None:
                switches.give(Command.FLATTEN)
            self.stage.pass_time(5)

    def faults(self) -> list[str]:
        """What the ledger and the files say."""
        stage, ledger = self.stage, self.stage.ledger()
        verdicts = [line for line in stage.verdicts() if "verdict" in line]
        found = faults(ledger, stage.record.to_json(), stage.journal(), verdicts, stage.log)
        left = [order["clientOrderId"] for order in stage.open_orders()]
        return [*found, *([f"orders left open: {left}"] if left else [])]


@cache
def places(way: str) -> Mapping[tuple[str, Place], tuple[object, int]]:
    """Every place in the replies of a trade without a lie, with a value and how often it was there."""
    with told_on(way) as told:
        stage = told.stage
        told.play()
        told.come_to_rest()
        assert told.faults() == []
        assert [report["exit_reason"] for report in stage.reports()] == ["trailing_stop"]
        return {at: (value, told.lying.counted[at]) for at, value in told.lying.seen.items()}


@contextmanager
def told_on(way: str) -> Iterator[Told]:
    """A trade of this way before its first step; on margin with so little that it has to borrow."""
    with in_process_stage(**SETTINGS, **WAYS[way]) as stage:
        if way in DEPOSITS:
            stage.paper("deposit", {"asset": "USDC", **DEPOSITS[way]})
            stage.start()  # before the deposit there was no isolated account
        yield Told(stage, DIRECTION[way])


def lies(way: str) -> list[Lie]:
    """All of them in a mixed order, each at a place of the trade that chance decides."""
    chance = random.Random(f"lies on {way}")
    found = [
        Lie(route, place, value, chance.randrange(count), times)
        for (route, place), (seen, count) in places(way).items()
        for value in wrong_values(seen)
        for times in LASTS
    ]
    chance.shuffle(found)
    return found if SHARE == "all" else found[: int(SHARE)]


def complaint(way: str, lie: Lie) -> str | None:
    """What this lie does that it must not."""
    with told_on(way) as told:
        told.lying.lie = lie
        try:
            told.play()
            told.come_to_rest()
        except Exception as escaped:  # noqa: BLE001 - whatever escapes is what is looked for
            return f"{type(escaped).__name__} {escaped}"
        return "; ".join(told.faults()) or None


@pytest.mark.parametrize("way", WAYS)
def test_no_lie_moves_money(way: str) -> None:
    found: dict[str, Any] = {str(lie): wrong for lie in lies(way) if (wrong := complaint(way, lie)) is not None}
    assert not found, "\n".join(f"{lie}: {wrong}" for lie, wrong in found.items())
