"""The program as a process that need not be loaded anew: forked from a server that has imported it already.

Otherwise the same: a process of its own with its own environment, folder, terminal and exit code.
For loops of many starts.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.processes.programs import PATIENCE_S, bare_environment

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["run"])


class Forked:
    """`run.py run` in a forked process; what it says is appended to `terminal.txt` in its folder."""

    def __init__(self, folder: Path, environ: Mapping[str, str], *options: str) -> None:
        given = {**bare_environment(), **environ}
        self._process = _SERVER.Process(target=_become, args=(folder, given, options), daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def ended(self) -> int:
        """The exit code, negative for a signal, once it has ended."""
        self._process.join(PATIENCE_S)
        assert self._process.exitcode is not None, f"process {self.pid} does not end"
        return self._process.exitcode

    def shut_down(self) -> int:
        """SIGTERM, and the exit code."""
        self.send(signal.SIGTERM)
        return self.ended()


def _become(folder: Path, environ: Mapping[str, str], options: tuple[str, ...]) -> None:
    """In the new process: what `python run.py run` does."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    said = os.open(folder / "terminal.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(said, descriptor)
    sys.argv = ["run.py", "run", *options]
    __import__("run").main()
