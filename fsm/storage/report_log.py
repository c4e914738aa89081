"""The trade reports on disk: `trades.jsonl`, one record per closed position, synced."""

from collections.abc import Mapping
from pathlib import Path

from fsm.storage import json_lines
from fsm.storage.disk import Disk

NEWEST_BYTES = 1_048_576
"""More than any report is long; what a close reads does not grow with the file."""


class ReportLog:
    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk

    def append(self, report: Mapping[str, object]) -> str | None:
        """Store a report: None when it is durable, else why not; the caller keeps it and tries again."""
        try:
            self._disk.append_line(self.path, json_lines.encode(report), durable=True)
        except OSError as error:
            return str(error)
        return None

    def has_newest(self, trade_id: str) -> bool:
        """Whether the trade is among the newest reports: a restart may be about to write its report again."""
        newest = self._disk.read(self.path, last=NEWEST_BYTES) or b""
        return any(report.get("trade_id") == trade_id for report in json_lines.decode(newest))

    def read(self) -> list[dict[str, object]]:
        """All reports, oldest first."""
        return list(json_lines.decode(self._disk.read(self.path) or b""))
