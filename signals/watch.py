"""Waking the loop when a followed file changes, within a few milliseconds.

The parent directories are watched, so that creation, replacement and rotation are seen as well as appending. What a
notification cannot tell (a directory that does not exist yet, was replaced, or a file system without notifications)
is found by looking again every `RECHECK_MS`.
"""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from loguru import logger

# watchfiles.watch waits out at least 50 ms of debouncing; its native part can be asked for less
from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

RECHECK_MS = 1_000
_STEP_MS = 2  # how often the native watcher looks for collected changes: median wake-up about 3.5 ms

_Identity = tuple[int, int]


def watch(paths: Iterable[Path], wake: Callable[[], None], stop: threading.Event) -> threading.Thread:
    """Starts a thread that calls `wake` whenever one of these files may have changed, until `stop` is set."""
    followed = [Path(os.path.abspath(path)) for path in paths]
    thread = threading.Thread(target=_watch, args=(followed, wake, stop), name="file-watch", daemon=True)
    thread.start()
    return thread


def _watch(followed: list[Path], wake: Callable[[], None], stop: threading.Event) -> None:
    reported = ""
    while not stop.is_set():
        try:
            _watch_directories(followed, wake, stop)
            reported = ""
        except (OSError, WatchfilesRustInternalError) as error:
            if str(error) != reported:
                logger.warning("files are looked at every {} ms, watching them failed: {}", RECHECK_MS, error)
                reported = str(error)
            stop.wait(RECHECK_MS / 1_000)
            wake()


def _watch_directories(followed: list[Path], wake: Callable[[], None], stop: threading.Event) -> None:
    """Returns when another set of directories is to be watched, or on `stop`."""
    files = {name for path in followed for name in (str(path), os.path.realpath(path))}
    directories = _directories(files)
    with RustNotify([*directories], False, False, 0, False, False) as changes:
        wake()  # for what changed before watching began
        while _directories(files) == directories:
            seen = changes.watch(_STEP_MS, _STEP_MS, RECHECK_MS, stop)
            if seen == "stop":
                return
            if isinstance(seen, set) and any(path in files or path in directories for _, path in seen):
                wake()


def _directories(files: Iterable[str]) -> dict[str, _Identity]:
    """The directory of each file, or its nearest ancestor that exists, with its identity."""
    found: dict[str, _Identity] = {}
    for file in files:
        directory = next(parent for parent in Path(file).parents if parent.is_dir())
        status = os.stat(directory)
        found[str(directory)] = (status.st_dev, status.st_ino)
    return found
