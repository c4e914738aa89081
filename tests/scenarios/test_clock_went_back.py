"""R9: after a clock was corrected backwards nothing waits until it comes to where it was."""

from pathlib import Path

import pytest

from fsm.clock_step import brought_back
from fsm.periods import Every
from tests.scenarios.directed import directed

HOUR_MS = 3_600_000


@pytest.mark.parametrize("step_ms", [HOUR_MS, -HOUR_MS, 72 * HOUR_MS, -72 * HOUR_MS])
def test_what_is_done_every_second_is_due_after_a_step(step_ms: int) -> None:
    """And a correction by milliseconds makes nothing due."""
    every, now_ms = Every(1_000), 500 * HOUR_MS
    every.done(now_ms)
    assert every.is_due(now_ms + step_ms)
    assert not every.is_due(now_ms - 20)
    assert not every.is_due(now_ms + 20)
    assert every.is_due(now_ms + 1_000)


def test_waits_of_the_record_go_on_for_as_long_as_they_would_have(tmp_path: Path) -> None:
    """Lock, entry timeout, next try, and the deadline of an order in doubt."""
    with directed(tmp_path, "long") as scene:
        scene.stage.faults({"kind": "drop", "route": "/api/v3/order", "method": "POST"})
        scene.signal()
        before = scene.stage.record
        after = brought_back(before, HOUR_MS)
        old, new = before.held_position, after.held_position
        assert [order.settled_after_ms for order in old.unsettled] != []
        for earlier, later in zip(new.unsettled, old.unsettled, strict=True):
            assert (later.settled_after_ms or 0) - (earlier.settled_after_ms or 0) == HOUR_MS
        assert old.accepted_ms - new.accepted_ms == HOUR_MS
        assert before.lock_until is not None
        assert after.lock_until == before.lock_until - HOUR_MS
