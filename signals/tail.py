"""Following DeltaScout's log: every line once, in order, through rotation, truncation, replacement and deletion.

What the file system does is an answer, never an exception: a missing log is waited for, an unreadable one is reported
as `LogUnreadable`. A line belongs to us when its newline is there; a torn last line is left for the next call.
"""

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from signals.backwards import end_of_last_line, last_lines
from signals.line import MAX_LINE_BYTES, Line
from signals.position import SAMPLE_BYTES, LogPosition, continues, is_same_file, position_at
from signals.regular_file import open_regular, size_of
from signals.rotations import beside, next_rotated

LINES_AT_START = 300

NOWHERE = LogPosition(device=0, inode=0, offset=0, fingerprint="")
"""Nothing was read of any file: whatever appears is read from its beginning."""


@dataclass(frozen=True, slots=True)
class LogUnreadable:
    """The log is there but cannot be read: which file, and what the system said."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines appended since a position, the position behind them, and what happened to the file on the way."""

    lines: tuple[Line, ...]
    position: LogPosition
    notes: tuple[str, ...] = ()
    unreadable: LogUnreadable | None = None


@dataclass(frozen=True, slots=True)
class StartUp:
    """Where following begins, and which earlier lines are already known."""

    position: LogPosition
    remembered: tuple[Line, ...] = ()
    """Judged by an earlier run: their keys belong into the dedup memory."""
    seen_at_start: tuple[Line, ...] = ()
    """Never to be judged: their keys belong into the memory, and their verdict is `seen_at_start`."""


def follow(path: Path, position: LogPosition | None, limit_bytes: int) -> Batch:
    """About `limit_bytes` (at least one line) of what was appended since `position`; no lines: nothing more is there.

    None stands for the beginning. Of a line longer than `MAX_LINE_BYTES` only the first bytes are returned, once.
    """
    since = position or NOWHERE
    try:
        with ExitStack() as files:
            return _follow(path, since, limit_bytes, files)
    except OSError as error:
        return Batch((), since, unreadable=_unreadable(path, error))


def start_up(path: Path, stored: LogPosition | None, *, from_end: bool) -> StartUp | LogUnreadable:
    """Begin at the stored position, remembering the last 300 lines before it; without one (or `from_end`) at the end,
    the last 300 lines being seen at start."""
    try:
        with ExitStack() as files:
            current = _opened(path, files)
            read_file = _find(path, current, stored, files) if stored else None
            if stored and not from_end:
                return StartUp(stored, tuple(last_lines(read_file, stored.offset, LINES_AT_START)) if read_file else ())
            return _behind_all(current, stored if read_file is current else None)
    except OSError as error:
        return _unreadable(path, error)


def read_tail_lines(path: Path, n: int) -> list[bytes] | LogUnreadable:
    """The last `n` lines of the file, read backwards from its end; an unfinished last line counts as one."""
    lines = lines_before(path, None, n)
    return lines if isinstance(lines, LogUnreadable) else [line.raw for line in lines]


def lines_before(path: Path, offset: int | None, n: int) -> list[Line] | LogUnreadable:
    """The last `n` lines before a byte offset of the file that is now at the path (None: its end); none if missing."""
    try:
        with ExitStack() as files:
            file = _opened(path, files)
            if file is None:
                return []
            size = size_of(file)
            return last_lines(file, size if offset is None else min(offset, size), n)
    except OSError as error:
        return _unreadable(path, error)


def read_lines(
    file: BinaryIO, position: LogPosition, limit_bytes: int, *, torn_is_line: bool = False
) -> tuple[tuple[Line, ...], LogPosition]:
    """The lines from `position` on, and where they end; a torn last line only if nobody will finish it.

    A file that is truncated and written anew meanwhile has no such end: what was read may be of either, and the given
    position is returned, at which the next call finds out.
    """
    lines: list[Line] = []
    first = last = b""
    offset, taken, skipping = position.offset, 0, position.inside_long_line
    file.seek(offset)
    while taken < limit_bytes and (piece := file.readline(MAX_LINE_BYTES + 1)):
        finished = piece.endswith(b"\n")
        if not skipping:
            if not finished and len(piece) <= MAX_LINE_BYTES and not torn_is_line:
                break
            lines.append(Line(offset, piece.removesuffix(b"\n")))
            taken += len(piece)
        offset += len(piece)
        first, last = first or piece[:SAMPLE_BYTES], piece[-SAMPLE_BYTES:]
        skipping = not finished and (skipping or len(piece) > MAX_LINE_BYTES)
    end = position_at(file, offset, inside_long_line=skipping)
    is_whole = (
        continues(position, file) and _is_at(file, position.offset, first) and _is_at(file, offset - len(last), last)
    )
    return tuple(lines), end if is_whole else position


def _is_at(file: BinaryIO, offset: int, piece: bytes) -> bool:
    return os.pread(file.fileno(), len(piece), offset) == piece


def _follow(path: Path, since: LogPosition, limit_bytes: int, files: ExitStack) -> Batch:
    current = _opened(path, files)
    read_file = _find(path, current, since, files)
    if read_file is not None:
        return _read_on(path, read_file, since, limit_bytes, current, files)
    if current is None:
        return Batch((), since)
    lines, position = read_lines(current, position_at(current, 0), limit_bytes)
    return Batch(lines, position, _notes_on_lost(path, since))


def _read_on(
    path: Path, file: BinaryIO, since: LogPosition, limit_bytes: int, current: BinaryIO | None, files: ExitStack
) -> Batch:
    """From `since` on; where nothing more is in a rotated file, from the beginning of the one that followed it."""
    successor = None if file is current else _successor(path, file, current, files)  # seen before the end is read
    lines, position = read_lines(file, since, limit_bytes, torn_is_line=successor is not None)
    if lines or successor is None:
        return Batch(lines, position)
    batch = _read_on(path, successor, position_at(successor, 0), limit_bytes, current, files)
    note = f"log rotated: {file.name} is read to its end, following {successor.name} from its beginning"
    return replace(batch, notes=(note, *batch.notes))


def _find(path: Path, current: BinaryIO | None, since: LogPosition, files: ExitStack) -> BinaryIO | None:
    """The file that was read up to `since`: that very one, wherever it is; else a copy, at the path or beside it."""
    copy = current if current is not None and continues(since, current) else None
    if copy is not None and is_same_file(since, copy):
        return copy
    for candidate in beside(path, since.inode, copies=copy is None):
        try:
            file = open_regular(candidate)
        except OSError:  # what cannot be read cannot be finished; the note says that lines may be lost
            continue
        if continues(since, file):
            return files.enter_context(file)
        file.close()
    return copy


def _successor(path: Path, file: BinaryIO, current: BinaryIO | None, files: ExitStack) -> BinaryIO | None:
    """What the writer filled after this rotated file: an earlier rotation than the last, or the log itself."""
    rotated = next_rotated(path, file, files)
    begun = current if current is not None and size_of(current) > 0 else None
    return rotated or begun


def _behind_all(current: BinaryIO | None, stored: LogPosition | None) -> StartUp:
    if current is None:
        return StartUp(NOWHERE)
    end = end_of_last_line(current, size_of(current))
    judged_until = stored.offset if stored else 0
    lines = last_lines(current, end, LINES_AT_START)
    return StartUp(
        position_at(current, end),
        remembered=tuple(line for line in lines if line.offset < judged_until),
        seen_at_start=tuple(line for line in lines if line.offset >= judged_until),
    )


def _notes_on_lost(path: Path, since: LogPosition) -> tuple[str, ...]:
    if since == NOWHERE:
        return ()
    return (
        f"log replaced or truncated: what was read up to byte {since.offset} is no longer at {path} nor beside it; "
        "following the file from its beginning; lines that were only in the old one are lost",
    )


def _opened(path: Path, files: ExitStack) -> BinaryIO | None:
    try:
        return files.enter_context(open_regular(path))
    except FileNotFoundError:
        return None


def _unreadable(path: Path, error: OSError) -> LogUnreadable:
    return LogUnreadable(path, f"{error.strerror or error} ({error.filename or path})")
