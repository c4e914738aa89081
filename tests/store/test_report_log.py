"""A trade report is written, sooner or later."""

import errno
from pathlib import Path

from fsm.storage.disk import RealDisk
from fsm.storage.report_log import ReportLog


class FullOnce(RealDisk):
    """Refuses the first write."""

    def __init__(self) -> None:
        self.refusals = 1

    def put(self, descriptor: int, content: bytes) -> None:
        self.refusals -= 1
        if self.refusals == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().put(descriptor, content)


def test_a_report_that_a_full_disk_refused_is_written_later(tmp_path: Path) -> None:
    """It was lost for good: the simulated worlds missed the report of a trade that was over."""
    reports = ReportLog(tmp_path / "trades.jsonl", FullOnce())
    assert "No space left" in (reports.append({"trade_id": "one"}) or "")
    assert [report["trade_id"] for report in reports.read()] == ["one"]
    assert reports.append({"trade_id": "two"}) is None
    assert reports.catch_up() is None
    assert [report["trade_id"] for report in ReportLog(reports.path, RealDisk()).read()] == ["one", "two"]
