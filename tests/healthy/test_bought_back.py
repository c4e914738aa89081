"""A SHORT buys back what it owes: never less, and hardly more."""

from decimal import Decimal

import pytest

from fsm.operator import Command, Switches
from fsm.states import State
from tests.healthy.healthy_trades import STEP, Desk, desk

RATES = [("0.0002", "0.0004"), ("0.002", "0.0005"), ("0", "0.001"), ("0.001", "0.001")]


def _bought_too_much(open_desk: Desk) -> Decimal:
    """What is in the account although the trade brought it in: coins that nothing is owed for."""
    base = open_desk.stage.ledger()["balances"]["cross"].get("BTC", {"free": "0", "locked": "0"})
    return Decimal(base["free"]) + Decimal(base["locked"])


@pytest.mark.parametrize(("maker", "taker"), RATES)
@pytest.mark.parametrize("how", ["flattened", "stopped", "at breakeven"])
def test_what_is_bought_too_much_is_a_step_at_most(how: str, maker: str, taker: str) -> None:
    """At market a step at most; by a stop, which may fill as maker too, a step and the difference of the rates."""
    with desk("cross", 0, QTY_USD="3000") as open_desk:
        open_desk.kind = "short"
        stage = open_desk.stage
        stage.paper("fees", {"symbol": "BTCUSDC", "maker": maker, "taker": taker, "bnb_burn": False})
        open_desk.live(301)
        open_desk.enter()
        open_desk.live(6)
        quantity = stage.position.entry_quantity
        if how == "flattened":
            Switches(stage.settings.places.commands).give(Command.FLATTEN)
            open_desk.live(2)
        else:
            stage.watch.excused = frozenset({"offered"} if Decimal(maker) > Decimal(taker) else ())
        if how == "at breakeven":
            open_desk.target(1)
        open_desk.stopped()
        open_desk.over()
        assert stage.state is State.IDLE
        assert open_desk.owed() == 0
        difference = Decimal(0) if how == "flattened" else max(Decimal(maker) - Decimal(taker), Decimal(0))
        assert 0 <= _bought_too_much(open_desk) <= STEP + quantity * difference
