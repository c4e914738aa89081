"""One executor per state: a lock on a file beside the state, released by the kernel when the process ends."""

import contextlib
import fcntl
import os
from pathlib import Path
from types import TracebackType

from fsm.storage.disk import private_directory


class AlreadyRunning(Exception):
    """Another executor holds this state; `pid` is its process, when it could write it down."""

    def __init__(self, path: Path, pid: int | None) -> None:
        owner = "another process" if pid is None else f"process {pid}"
        super().__init__(f"{path}: {owner} runs on this state already; end it first or use another DATA_DIR")
        self.path = path
        self.pid = pid


class NoPlaceForState(Exception):
    """The folder of the state file cannot be made or written, so nothing could be remembered."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path}: {error.strerror}; correct DATA_DIR or STATE_FN, or who may write there")
        self.path = path


class InstanceLock:
    """Held from entering to leaving the `with`; the file `<state>.lock` itself stays."""

    def __init__(self, state_path: Path) -> None:
        self.path = state_path.with_name(state_path.name + ".lock")
        self._descriptor: int | None = None

    def __enter__(self) -> "InstanceLock":
        descriptor = self._opened()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = _pid_in(descriptor)
            os.close(descriptor)
            raise AlreadyRunning(self.path, pid) from None
        self._descriptor = descriptor
        _write_pid(descriptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _opened(self) -> int:
        try:
            private_directory(self.path.parent)
            return os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            return self._opened_to_read(error)

    def _opened_to_read(self, error: OSError) -> int:
        """A disk that became read-only must not keep a position from being managed: a lock needs no write."""
        try:
            return os.open(self.path, os.O_RDONLY)
        except NotADirectoryError as plainer:
            raise NoPlaceForState(self.path, plainer) from error
        except OSError:
            raise NoPlaceForState(self.path, error) from error


def _write_pid(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # a full disk must not keep a position from being managed; the lock holds
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)


def _pid_in(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else None
