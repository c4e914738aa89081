"""A reader of a log as the executor is one: bounded batches, and a position that survives as JSON."""

from dataclasses import dataclass, field
from pathlib import Path

from signals.line import Line
from signals.position import LogPosition
from signals.tail import Batch, follow

MEGABYTE = 1024 * 1024


@dataclass
class Follower:
    path: Path
    limit_bytes: int = MEGABYTE
    stored: str | None = None
    notes: list[str] = field(default_factory=list)

    def once(self) -> Batch:
        position = LogPosition.model_validate_json(self.stored) if self.stored else None
        batch = follow(self.path, position, self.limit_bytes)
        self.stored = batch.position.model_dump_json()
        self.notes.extend(batch.notes)
        return batch

    def lines(self) -> list[Line]:
        lines: list[Line] = []
        while batch := self.once().lines:
            lines.extend(batch)
        return lines

    def raw(self) -> list[bytes]:
        return [line.raw for line in self.lines()]
