"""The trade reports on disk: `trades.jsonl`, one record per closed position, synced."""

from collections.abc import Mapping
from pathlib import Path

from fsm.storage import json_lines
from fsm.storage.disk import Disk

NEWEST_BYTES = 1_048_576
"""More than any report is long; what a close reads does not grow with the file."""


class ReportLog:
    """Appends reports; one that the disk refuses waits in memory and is written as soon as the disk takes it."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk
        self._waiting = b""

    def append(self, report: Mapping[str, object]) -> str | None:
        """Store a report: None when it is durable, else why it has to wait."""
        self._waiting += json_lines.encode(report)
        return self.catch_up()

    def catch_up(self) -> str | None:
        """Write the reports that wait; why they still have to, if so."""
        try:
            if self._waiting:
                self._disk.append_line(self.path, self._waiting, durable=True)
        except OSError as error:
            return str(error)
        self._waiting = b""
        return None

    def has_newest(self, trade_id: str) -> bool:
        """Whether the trade is among the newest reports: a restart may be about to write its report again."""
        newest = self._disk.read(self.path, last=NEWEST_BYTES) or b""
        return any(report.get("trade_id") == trade_id for report in json_lines.decode(newest))

    def read(self) -> list[dict[str, object]]:
        """All reports, oldest first, those that wait too."""
        return list(json_lines.decode((self._disk.read(self.path) or b"") + self._waiting))
