"""Times without a stop stand in the journal as they were, also where what is learnt later changes them."""

from pathlib import Path

from exchange.ids import Role
from fsm.coverage import gaps
from fsm.position import Position
from fsm.storage.disk import RealDisk
from fsm.storage.journal import Journal
from fsm.telling.alarms import Alarms
from fsm.telling.gap_log import GapLog
from tests.scenarios.directed import directed
from tests.scenarios.stage import Told


def _triggered_as_placed(position: Position, at_ms: int) -> Position:
    """The venue tells late that the stops triggered in the instant in which they began to cover."""
    for stop in (order for order in position.live_orders if order.role is Role.STOP):
        position = position.with_order(stop.model_copy(update={"triggered_ms": at_ms}))
    return position


def _log(folder: Path) -> tuple[GapLog, Journal]:
    journal = Journal(folder, RealDisk(), lambda _path: None)
    return GapLog(journal, Alarms(Told(), 60_000), 2_000), journal


def _told(journal: Journal) -> list[tuple[object, object]]:
    """Event and beginning of each line, the newest first of each event."""
    lines = [*journal.newest_first("uncovered"), *journal.newest_first("covered")]
    return [(line["event"], line["since"]) for line in sorted(lines, key=lambda line: int(str(line["seq"])))]


def test_a_gap_that_was_told_to_be_over_is_told_again(tmp_path: Path) -> None:
    """A stop that triggers in the instant in which it is placed covers nothing; after a restart it is not told anew."""
    with directed(tmp_path, "long") as scene:
        scene.enter_at_once()
        position, instrument = scene.position, scene.stage.client.instrument
        (gap,) = gaps(position, instrument)
        assert gap.end_ms is not None
        now_ms = gap.end_ms + 10
        log, journal = _log(tmp_path / "told")
        assert not log.tell(position, instrument, now_ms)
        reopened = _triggered_as_placed(position, gap.end_ms)
        for _ in range(2):
            assert log.tell(reopened, instrument, now_ms)
        again, journal = _log(tmp_path / "told")
        again.recall(gap.start_ms)
        assert again.tell(reopened, instrument, now_ms)
        assert [event for event, _ in _told(journal)] == ["uncovered", "covered", "uncovered"]
        assert len({since for _, since in _told(journal)}) == 1
