"""What the owner is told outside the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from fsm.storage import json_lines


class Severity(StrEnum):
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Notification:
    """One message to the owner; numbers in `details` are plain decimal text."""

    event: str
    """What happened, as a fixed word: `entry_filled`, `protection_failed`, …"""
    severity: Severity
    text: str
    """One sentence for a person."""
    time_ms: int
    """When it happened, in milliseconds since the epoch on the venue's clock."""
    trade_id: str | None = None
    symbol: str | None = None
    state: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    def payload(self) -> dict[str, object]:
        """The JSON object that is posted; `time` is ISO 8601 in UTC, absent things are null."""
        return {
            "event": self.event,
            "severity": self.severity.value,
            "text": self.text,
            "time": json_lines.iso(self.time_ms),
            "trade_id": self.trade_id,
            "symbol": self.symbol,
            "state": self.state,
            "details": dict(self.details),
        }


class Notifier(Protocol):
    def send(self, notification: Notification) -> None:
        """Take the notification and return at once; what becomes of it is told in the log, never raised."""
