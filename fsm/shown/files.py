"""What the files say beside the record: prices last seen, the end of the journal, and whether an executor runs."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from exchange.types import Quote
from fsm.numbers import Number
from fsm.shown.reckoning import Seen
from fsm.storage import json_lines
from fsm.storage.disk import RealDisk
from fsm.storage.lock import InstanceLock
from signals.timestamp import parse_time_ms

TAIL_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Executor:
    """Whether an executor runs on the state, and as which process."""

    running: bool
    pid: int | None = None


class _LastSeen(BaseModel):
    """The shape of `last_seen.json`."""

    model_config = ConfigDict(extra="ignore")

    time: str
    bid: Number
    ask: Number
    last: Number
    problem: str | None = None


def read_seen(path: Path) -> Seen:
    """The prices last seen; nothing if the file is missing or unreadable, for it is a hint only."""
    try:
        seen = _LastSeen.model_validate_json(RealDisk().read(path) or b"")
        quote = Quote(seen.bid, seen.ask, seen.last, parse_time_ms(seen.time))
    except (ValidationError, ValueError, OSError):
        return Seen()
    return Seen(quote, problem=seen.problem)


def last_events(directory: Path, count: int) -> tuple[dict[str, object], ...]:
    """The last lines of the journal, oldest first, from its two newest files."""
    disk = RealDisk()
    names = [name for name in disk.names(directory) if name.endswith(".jsonl")][-2:]
    tails = (disk.read(directory / name, last=TAIL_BYTES) or b"" for name in names)
    entries = [entry for tail in tails for entry in json_lines.decode(tail)]
    return tuple(entries[-count:])


def executor_of(state_path: Path) -> Executor:
    """The executor that holds the lock; it is tried for an instant only, and shared, so nobody is kept out by it."""
    try:
        descriptor = os.open(InstanceLock(state_path).path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return Executor(running=False)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(descriptor, 32, 0).strip()
        return Executor(running=True, pid=int(text) if text.isdigit() else None)
    finally:
        os.close(descriptor)
    return Executor(running=False)
