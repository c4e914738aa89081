"""Healthy trades raise no alarm: I1 to I13 are looked at every second, and not one is told.

`HEALTHY_ROUNDS=4 HEALTHY_START=100 python -m pytest tests/healthy/test_healthy_trades.py -n 2` plays the rounds 100 to
103 on each kind of account instead of round 0 alone: 504 trades. A round is a seed.
"""

import os
import random

import pytest

from tests.healthy.healthy_trades import ACCOUNTS, DIRECTIONS, ENDINGS, Desk, Ending, desk

ROUNDS = int(os.environ.get("HEALTHY_ROUNDS", "1"))
START = int(os.environ.get("HEALTHY_START", "0"))


def told_beyond_news(open_desk: Desk) -> list[str]:
    """All warnings and errors, but for what a SHORT that never filled owes: there are no coins to pay interest with."""
    told = open_desk.stage.told.notifications
    worse = (f"{note.event}: {note.text}" for note in told if note.severity != "INFO")
    return [text for text in worse if not text.startswith("debt_carried")]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_healthy_trades_raise_no_alarm(account: str) -> None:
    """Every way a trade can end, a direction each; in further rounds both, in any order."""
    for number in range(START, START + ROUNDS):
        with desk(account, number) as open_desk:
            for kind, ending in _trades(number):
                open_desk.kind = kind
                ending(open_desk)
                open_desk.over()
                assert told_beyond_news(open_desk) == [], f"round {number}, {kind}, {ending.__name__}"
            assert open_desk.owes_nothing()


def _trades(number: int) -> list[tuple[str, Ending]]:
    if number == 0:
        return [(DIRECTIONS[place % 2], ending) for place, ending in enumerate(ENDINGS)]
    trades = [(kind, ending) for kind in DIRECTIONS for ending in ENDINGS]
    random.Random(number).shuffle(trades)
    return trades
