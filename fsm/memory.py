"""The record in memory and on disk: it is written before the world is touched, and only when it changed."""

from typing import Protocol

from fsm.position import Position
from fsm.record import Record
from fsm.storage.store import SaveFailed
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.notify import Severity


class Saves(Protocol):
    """Stores one document durably or raises `SaveFailed`, leaving the old one as it was."""

    def save(self, document: dict[str, object]) -> None: ...


class Memory:
    """The one place where the record changes.

    A full disk does not stop the protection of a position: the record then lives in memory, `failing` says so, an alarm
    goes out, and no new entry is made until a save succeeds.
    """

    def __init__(self, record: Record, store: Saves, tell: Tell) -> None:
        self.record = record
        self.failing: str | None = None
        self._saved: Record | None = None
        self._store = store
        self._tell = tell

    @property
    def position(self) -> Position:
        return self.record.held_position

    def put(self, record: Record) -> None:
        self.record = record

    def put_position(self, position: Position) -> None:
        self.record = self.record.with_position(position)

    def save(self) -> bool:
        """Write the record if it differs from what is on disk; False if that failed."""
        if self.record is self._saved or self.record == self._saved:
            return True
        try:
            self._store.save(self.record.to_json())
        except SaveFailed as failure:
            self._note_failure(str(failure))
            return False
        self._saved = self.record
        if self.failing is not None:
            self.failing = None
            self._tell(Announcement(Severity.INFO, "disk_recovered", "the state file is written again"))
        return True

    def _note_failure(self, text: str) -> None:
        if self.failing is None:
            self._tell(Announcement(Severity.ERROR, "state_not_saved", f"{text}; no new entries until it can be saved"))
        self.failing = text
