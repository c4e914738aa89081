"""The ordinary ways in, for LONG and SHORT: at once, out of the book, in parts, at the timeout, at market."""

from decimal import Decimal
from pathlib import Path

import pytest

from fsm.states import State
from tests.scenarios.directed import DIRECTIONS, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
ONE_STEP = Decimal("0.00001")
TIMEOUT = {"LIVE_ENTRY_TIMEOUT_SEC": "5"}


@each_direction
def test_limit_entry_at_once(tmp_path: Path, kind: str) -> None:
    """An entry that fills as it arrives is protected in the same turn: two lists and a lone stop for all of it."""
    with directed(tmp_path, kind) as scene:
        scene.signal()
        scene.expect(State.OPEN_FILLED)
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]
        assert set(scene.stops().values()) == {scene.plan.stop}
        assert [Decimal(scene.working()[name]["price"]) for name in ("T1", "T2")] == list(scene.plan.targets)
        assert scene.stage.transitions() == ["signal_accepted", "entry_filled"]


@each_direction
def test_nothing_stands_before_the_entry(tmp_path: Path, kind: str) -> None:
    """Between the signal line and its order there is no other request."""
    with directed(tmp_path, kind) as scene:
        before = scene.stage.ledger()["requests"][-1]["n"]
        scene.signal()
        first = next(request for request in scene.stage.ledger()["requests"] if request["n"] > before)
        assert (first["method"], first["path"]) == ("POST", "/api/v3/order")


@each_direction
def test_limit_entry_out_of_the_book(tmp_path: Path, kind: str) -> None:
    """An entry that waits in the book is OPEN without a stop, and protected when it has filled."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        assert sorted(scene.working()) == ["E0"]
        assert Decimal(scene.working()["E0"]["price"]) == scene.plan.entry
        scene.prints(scene.price(0))
        scene.expect(State.OPEN_FILLED)
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]


@each_direction
def test_cover_grows_with_partial_fills(tmp_path: Path, kind: str) -> None:
    """While the entry fills in parts, one stop covers all that is there so far."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        for filled in ("0.010", "0.015", "0.031"):
            more = Decimal(filled) - scene.position.entry_quantity
            scene.prints(scene.price(0), more)
            scene.expect(State.OPEN)
            assert sorted(scene.working()) == ["E0", "S0"]
            (covered,) = scene.quantities("S")
            assert abs(covered - scene.position.held("BTC")) <= Decimal("0.00005")
        assert scene.stage.transitions().count("entry_grew") == 3
        scene.prints(scene.price(0))
        scene.expect(State.OPEN_FILLED)
        assert sum(scene.quantities("S")) == scene.position.to_exit(scene.stage.client.instrument)


@each_direction
def test_part_too_small_for_a_stop_waits(tmp_path: Path, kind: str) -> None:
    """A part below the minimum notional cannot be covered, and is no gap; with more it is covered."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), ONE_STEP)
        assert sorted(scene.working()) == ["E0"]
        scene.prints(scene.price(0), "0.0005")
        assert sorted(scene.working()) == ["E0", "S0"]


@each_direction
@pytest.mark.parametrize("filled", ["", "0.01"])
def test_timeout_then_remainder_at_market(tmp_path: Path, kind: str, filled: str) -> None:
    """At the timeout the entry is cancelled, and what is missing goes to market where the price rule allows it."""
    with directed(tmp_path, kind, **TIMEOUT) as scene:
        scene.rest_entry()
        if filled:
            scene.prints(scene.price(0), filled)
            scene.prints(scene.price(2), ONE_STEP)
        scene.stage.pass_time(6)
        scene.expect(State.OPEN_FILLED)
        limit, market = scene.orders("E")
        assert (limit["status"], market["type"], market["status"]) == ("CANCELED", "MARKET", "FILLED")
        assert scene.position.entry_quantity == scene.plan.quantity
        assert "remainder_to_market" in scene.stage.transitions()


@each_direction
def test_timeout_and_price_ran_away(tmp_path: Path, kind: str) -> None:
    """Nothing filled and the price rule refuses: no position, no cooldown, and the outcome says why."""
    with directed(tmp_path, kind, **TIMEOUT) as scene:
        scene.rest_entry()
        scene.prints(scene.price(60))
        scene.stage.pass_time(6)
        scene.expect(State.IDLE)
        assert scene.outcome().startswith("not_filled: ")
        assert "worse than the entry" in scene.outcome()
        assert scene.stage.record.cooldown_until is None
        assert scene.stage.reports() == []


@each_direction
def test_timeout_and_price_ran_away_from_a_part(tmp_path: Path, kind: str) -> None:
    """What did fill is kept as a smaller position with legs of its own when the price rule refuses the rest."""
    with directed(tmp_path, kind, **TIMEOUT) as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), "0.01")
        scene.prints(scene.price(60))
        scene.stage.pass_time(6)
        scene.expect(State.OPEN_FILLED)
        assert "entry_ended_partial" in scene.stage.transitions()
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]
        assert abs(sum(scene.quantities("S")) - Decimal("0.01")) < Decimal("0.00003")


@each_direction
def test_limit_only_keeps_what_filled(tmp_path: Path, kind: str) -> None:
    """LIMIT_ONLY: the remainder never goes to market, however good its price."""
    with directed(tmp_path, kind, ENTRY_MODE="LIMIT_ONLY", **TIMEOUT) as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), "0.01")
        scene.prints(scene.price(2), ONE_STEP)
        scene.stage.pass_time(6)
        scene.expect(State.OPEN_FILLED)
        assert [order["type"] for order in scene.orders("E")] == ["LIMIT"]


@each_direction
def test_limit_only_without_a_fill(tmp_path: Path, kind: str) -> None:
    """LIMIT_ONLY and no fill: back to IDLE without a cooldown, and the next signal is traded."""
    with directed(tmp_path, kind, ENTRY_MODE="LIMIT_ONLY", LOCK_SEC="1", **TIMEOUT) as scene:
        scene.rest_entry()
        scene.stage.pass_time(6)
        scene.expect(State.IDLE)
        assert scene.stage.transitions()[-1] == "reset"
        scene.stage.signal(kind, 95001)
        scene.expect(State.OPEN)


@each_direction
def test_market_only(tmp_path: Path, kind: str) -> None:
    """MARKET_ONLY: one market order, protected in the same turn."""
    with directed(tmp_path, kind, ENTRY_MODE="MARKET_ONLY") as scene:
        scene.prints(scene.price(2))
        scene.signal()
        scene.expect(State.OPEN_FILLED)
        (entry,) = scene.orders("E")
        assert (entry["type"], entry["status"]) == ("MARKET", "FILLED")
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]


@each_direction
def test_market_only_in_a_thin_book(tmp_path: Path, kind: str) -> None:
    """MARKET_ONLY and a book that cannot fill it all: what filled is the position, the rest is not chased."""
    with directed(tmp_path, kind, ENTRY_MODE="MARKET_ONLY") as scene:
        scene.stage.paper("book", {"symbol": "BTCUSDC", "levels": "1", "level_qty": "0.01"})
        scene.signal()
        scene.expect(State.OPEN_FILLED)
        assert scene.position.entry_quantity == Decimal("0.01")
        scene.stage.pass_time(3)
        assert len(scene.orders("E")) == 1
