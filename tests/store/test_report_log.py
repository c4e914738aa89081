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


class ForgetsTheNameOnce(RealDisk):
    """Cannot make the new file's name durable at first."""

    def __init__(self) -> None:
        self.refusals = 1

    def sync_directory(self, directory: Path) -> None:
        self.refusals -= 1
        if self.refusals == 0:
            raise OSError(errno.EIO, "Input/output error")
        super().sync_directory(directory)


def test_a_report_that_a_full_disk_refused_is_written_later(tmp_path: Path) -> None:
    """It was lost for good: the simulated worlds missed the report of a trade that was over."""
    reports = ReportLog(tmp_path / "trades.jsonl", FullOnce())
    assert "No space left" in (reports.append({"trade_id": "one"}) or "")
    assert [report["trade_id"] for report in reports.read()] == ["one"]
    assert reports.append({"trade_id": "two"}) is None
    assert reports.catch_up() is None
    assert [report["trade_id"] for report in ReportLog(reports.path, RealDisk()).read()] == ["one", "two"]


def test_a_report_whose_files_name_was_not_durable_is_there_once(tmp_path: Path) -> None:
    """It was there twice: the line stayed in the file although the caller was told that it did not."""
    reports = ReportLog(tmp_path / "trades.jsonl", ForgetsTheNameOnce())
    assert "Input/output" in (reports.append({"trade_id": "one"}) or "")
    assert reports.catch_up() is None
    assert [report["trade_id"] for report in ReportLog(reports.path, RealDisk()).read()] == ["one"]
