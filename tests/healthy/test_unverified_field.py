"""Money does not depend on what `isWorking` means for a stop on margin: always true, always false, or missing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fsm.states import State
from tests.healthy.claims import Claiming
from tests.healthy.healthy_trades import Desk, desk

claimed = pytest.mark.parametrize("is_working", [True, False, None], ids=["always", "never", "missing"])
each_direction = pytest.mark.parametrize("kind", ["long", "short"])


@contextmanager
def claiming(kind: str, *, is_working: bool | None) -> Iterator[Desk]:
    with desk("cross", 0, POLL_SEC="1") as open_desk:
        open_desk.kind = kind
        carrier = open_desk.stage.carrier
        carrier._inner = Claiming(carrier._inner, is_working=is_working)  # type: ignore[assignment]
        yield open_desk


def _requests(open_desk: Desk, method: str) -> int:
    """Order requests of ours so far."""
    sent = open_desk.stage.ledger()["requests"]
    return sum(r["method"] == method and r["path"].startswith("/sapi/v1/margin/order") for r in sent)


def _left(open_desk: Desk) -> None:
    """Flat, debtless, sold once: what the ledger holds of base is what there was, but for dust."""
    open_desk.over()
    assert open_desk.stage.open_orders() == []
    assert open_desk.owes_nothing()
    base = open_desk.stage.ledger()["balances"]["cross"].get("BTC", {"free": "0", "locked": "0"})
    assert float(base["free"]) + float(base["locked"]) < 0.00005


@claimed
@each_direction
def test_a_waiting_stop_is_not_abandoned(kind: str, *, is_working: bool | None) -> None:
    """In a calm market nothing is placed and nothing cancelled, for longer than any grace."""
    with claiming(kind, is_working=is_working) as open_desk:
        open_desk.enter()
        open_desk.live(12)  # interest may make a SHORT's last leg a step larger once
        before = _requests(open_desk, "POST"), _requests(open_desk, "DELETE")
        covered = open_desk.stage.stop_quantity()
        open_desk.live(20)
        assert (_requests(open_desk, "POST"), _requests(open_desk, "DELETE")) == before
        assert open_desk.stage.stop_quantity() == covered > 0
        assert open_desk.stage.state is State.OPEN_FILLED


@claimed
@each_direction
def test_a_stop_that_triggers_leaves_once(kind: str, *, is_working: bool | None) -> None:
    with claiming(kind, is_working=is_working) as open_desk:
        open_desk.enter()
        open_desk.stopped()
        _left(open_desk)
        assert open_desk.stage.reports()[-1]["exit_reason"] == "stop_loss"


@claimed
@each_direction
@pytest.mark.parametrize("targets", [0, 1, 2])
def test_a_stop_that_the_market_jumped_over_still_leaves(kind: str, targets: int, *, is_working: bool | None) -> None:
    """X10: triggered and past its limit, in a list or alone: cancelled after the grace, and sold once at market."""
    with claiming(kind, is_working=is_working) as open_desk:
        open_desk.enter()
        for number in range(1, targets + 1):
            open_desk.target(number)
        open_desk.prints(open_desk.beyond(open_desk.stage.position.stop, -150), seconds=8)
        _left(open_desk)
        report = open_desk.stage.reports()[-1]
        assert report["exit_reason"] == "stop_not_filled"
        assert 3_000 <= report["naked_worst_ms"] <= 5_500
