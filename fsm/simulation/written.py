"""The files of an executor as a checker reads them: state, journal, verdicts, reports, and the log that it follows.

Files grow, and are looked at after every step: what was read before is not read again, unless it changed.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fsm.simulation.signal_lines import Mark, SignalLines

TAIL_BYTES = 200
"""So much of what was read before must still stand where it stood."""

Json = Mapping[str, Any]


class GrownFile:
    """JSON lines of one file; a line that a loss of power has torn is passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._tail = b""
        self._lines: list[Json] = []

    def lines(self) -> list[Json]:
        if not self._path.exists():
            self._read, self._tail, self._lines = 0, b"", []
            return []
        with self._path.open("rb") as file:
            file.seek(max(self._read - len(self._tail), 0))
            content = file.read()
            if not content.startswith(self._tail):
                self._read, self._tail, self._lines = 0, b"", []
                file.seek(0)
                content = file.read()
        self._take(content[len(self._tail) :])
        return self._lines

    def _take(self, more: bytes) -> None:
        """Whole lines only: a torn one is looked at again."""
        whole = more[: more.rfind(b"\n") + 1]
        self._lines += filter(None, map(_parsed, whole.splitlines()))
        self._read += len(whole)
        self._tail = (self._tail + whole)[-TAIL_BYTES:]


@dataclass(frozen=True, slots=True)
class Written:
    """The files of an executor, and the log it reads."""

    state: Path
    journal: Path
    verdicts: Path
    reports: Path
    signal_log: Path
    _files: dict[Path, GrownFile] = field(default_factory=dict, compare=False)
    _signals: dict[Path, SignalLines] = field(default_factory=dict, compare=False)

    def read_state(self) -> Json:
        found: Json = json.loads(self.state.read_bytes()) if self.state.exists() else {"state": "IDLE"}
        return found

    def read_journal(self) -> list[Json]:
        days = sorted(self.journal.glob("journal-*.jsonl"))
        return [line for day in days for line in self._lines(day)]

    def read_verdicts(self) -> list[Json]:
        return self._lines(self.verdicts)

    def read_reports(self) -> list[Json]:
        return self._lines(self.reports)

    def peaks(self) -> Counter[Mark]:
        """Complete PEAK lines of the log and of those that were rotated away."""
        return self._signals.setdefault(self.signal_log, SignalLines(self.signal_log)).marked()

    def _lines(self, path: Path) -> list[Json]:
        return self._files.setdefault(path, GrownFile(path)).lines()


def _parsed(line: bytes) -> Json | None:
    try:
        found: Json = json.loads(line)
    except ValueError:
        return None
    return found


def ms_of(iso: str) -> int:
    """A written time in milliseconds."""
    return round(datetime.fromisoformat(iso).timestamp() * 1000)
