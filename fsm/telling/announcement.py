"""What the owner should hear of: said by the trading path in one call, delivered by others off it."""

from dataclasses import dataclass, field
from typing import Protocol

from fsm.telling.notify import Severity


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing worth telling; `event` is a stable name, `details` are texts."""

    severity: Severity
    event: str
    text: str
    details: dict[str, str] = field(default_factory=dict)


class Tell(Protocol):
    """Takes an announcement without delay and without failing."""

    def __call__(self, announcement: Announcement, /) -> None: ...
