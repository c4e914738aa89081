"""Signal lines come in: each is judged, its verdict stored and its key remembered before anything is traded."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fsm.judge import Judge, Judged
from fsm.memory import Memory
from fsm.storage.verdict_log import VerdictLog
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.notify import Severity
from guards.duplicate import remember
from guards.verdict import Refusal, Verdict
from signals.key import dedup_fingerprint
from signals.line import Line
from signals.peak import Peak, parse_line
from signals.position import LogPosition
from signals.settings import SignalSettings
from signals.tail import LogUnreadable, follow, start_up

BATCH_BYTES = 16_384
STORED_BEFORE = 300
"""So many of the last verdicts are looked at after a start: a stopped program may have stored one and not its key."""
NOT_REMEMBERED = frozenset({"malformed", "future", "duplicate"})
"""Verdicts that leave no key: a signal from the future may come again when its time has come (S4)."""


class Intake:
    """Follows the signal log for the record in memory."""

    def __init__(
        self, settings: SignalSettings, judge: Judge, verdicts: VerdictLog, tell: Tell, now_ms: Callable[[], int]
    ) -> None:
        self._settings = settings
        self._judge = judge
        self._verdicts = verdicts
        self._tell = tell
        self._now_ms = now_ms
        self._unreadable: str | None = None
        self._held_up_at: int | None = None
        """Where the line begins whose verdict the disk refuses."""
        self._stored: set[tuple[object, ...]] = set()
        """Verdicts of an earlier run on lines that may be read again (see `_identity`).

        A malformed line has no key: two logs may have the same one at the same byte, so it is told once more.
        """
        self.counted: Counter[str] = Counter()
        """Lines by verdict since the start; `not_peak` for lines that are none."""

    def start(self, memory: Memory) -> None:
        """Merge the keys of lines that were read before, or were there before our first look."""
        path = self._settings.log_path
        stored = (stored.verdict for stored in self._verdicts.read_last(STORED_BEFORE))
        self._stored = {_identity(verdict) for verdict in stored if verdict.get("key") is not None}
        self._forget_other_keys(memory)
        if path is None:
            return
        begin = start_up(path, memory.record.meta.log_position, from_end=self._settings.start_from == "end")
        if isinstance(begin, LogUnreadable):
            self._note_unreadable(begin)
            return
        for line in begin.remembered:
            self._remember_line(memory, line)
        for line in begin.seen_at_start:
            self._mark_seen(memory, line)
        memory.put(memory.record.with_meta(log_position=begin.position))
        memory.save()

    def lines(self, memory: Memory) -> Iterator[Judged]:
        """Judge all that was appended; each verdict is stored, and its key in the record, before it is handed out.

        The record is on disk again when the caller asks for the next one or does something with this one. A line whose
        verdict the disk refuses is not behind us: it is looked at again until its verdict can be stored.
        """
        path = self._settings.log_path
        while path is not None:
            position = memory.record.meta.log_position
            batch = follow(path, position, BATCH_BYTES)
            for note in batch.notes:
                self._tell(Announcement(Severity.WARN, "signal_log", note))
            self._note_unreadable(batch.unreadable)
            for before, line in zip((None, *batch.lines), batch.lines, strict=False):
                judged = self._read(line, memory)
                if judged is not None and not self._is_stored(judged):
                    self._keep_place(memory, position, batch.lines, before)
                    return
                if judged is not None:
                    self._remember(memory, judged)
                    if judged.details is not None:
                        self._keep_place(memory, position, batch.lines, line)
                    yield judged
                self.counted[judged.verdict.name if judged is not None else "not_peak"] += 1
            if batch.position != position:
                memory.put(memory.record.with_meta(log_position=batch.position))
            if not batch.lines:
                return

    def _read(self, line: Line, memory: Memory) -> Judged | None:
        """The verdict on a line; one that had to wait for the disk is not traded any more."""
        judged = self._judge.read(line, memory.record, self._now_ms())
        if judged is None or judged.details is None or line.offset != self._held_up_at:
            return judged
        refusal = Refusal("verdict_not_stored", "the disk refused its verdict when it came, so it is not traded")
        return replace(judged, verdict=Verdict(refusal), trade_id=None, details=None)

    def _is_stored(self, judged: Judged) -> bool:
        problem = self._store(judged)
        if problem is not None and self._held_up_at != judged.line.offset:
            text = f"{judged.key or 'a malformed line'} waits: its verdict could not be stored ({problem})"
            self._tell(Announcement(Severity.ERROR, "verdict_not_stored", text))
        self._held_up_at = judged.line.offset if problem is not None else None
        return problem is None

    def _keep_place(self, memory: Memory, since: LogPosition | None, lines: Sequence[Line], last: Line | None) -> None:
        """All up to the `last` of these lines is behind us: a restart does not read it again."""
        path = self._settings.log_path
        if last is not None and path is not None:
            behind = follow(path, since, last.offset - lines[0].offset + 1).position
            memory.put(memory.record.with_meta(log_position=behind))

    def _store(self, judged: Judged) -> str | None:
        """Store the verdict, once; why it could not be stored, if so."""
        verdict = judged.stored(self._now_ms())
        return None if _identity(verdict) in self._stored else self._verdicts.record(verdict)

    def _mark_seen(self, memory: Memory, line: Line) -> None:
        judged = self._judge.seen_at_start(line)
        if judged is not None:
            self._verdicts.record(judged.stored(self._now_ms()))
            self._remember(memory, judged)

    def _remember_line(self, memory: Memory, line: Line) -> None:
        signal = parse_line(line.raw, self._settings.strict_source)
        if isinstance(signal, Peak):
            self._put_key(memory, self._judge.key_of(signal))

    def _remember(self, memory: Memory, judged: Judged) -> None:
        if judged.key is not None and judged.verdict.name not in NOT_REMEMBERED:
            self._put_key(memory, judged.key)

    def _put_key(self, memory: Memory, key: str) -> None:
        keys = remember(memory.record.meta.seen_keys, key, self._settings.seen_keys_max)
        memory.put(memory.record.with_meta(seen_keys=keys))

    def _forget_other_keys(self, memory: Memory) -> None:
        """Keys made by another rule cannot be compared."""
        fingerprint = dedup_fingerprint(self._settings.key_decimals)
        if memory.record.meta.dedup_fp != fingerprint:
            memory.put(memory.record.with_meta(dedup_fp=fingerprint, seen_keys=()))

    def _note_unreadable(self, unreadable: LogUnreadable | None) -> None:
        text = f"{unreadable.path}: {unreadable.reason}" if unreadable is not None else None
        if text is not None and text != self._unreadable:
            self._tell(Announcement(Severity.ERROR, "signal_log_unreadable", text))
        self._unreadable = text


def signal_files(settings: SignalSettings) -> tuple[Path, ...]:
    """The files whose change should wake the executor."""
    return tuple(path for path in (settings.log_path, settings.bars_path) if path is not None)


def _identity(verdict: Mapping[str, object]) -> tuple[object, ...]:
    """What makes two verdict lines the same answer to the same line."""
    return verdict.get("offset"), verdict.get("key"), verdict.get("verdict")
