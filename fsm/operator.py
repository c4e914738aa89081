"""The operator's switches: a command leaves a file, the running executor takes it up and removes it.

A file survives a restart of either side; the directory is watched, so a command is taken up at once.
"""

from enum import StrEnum
from pathlib import Path

from loguru import logger

from fsm.storage.disk import private_directory


class Command(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    FLATTEN = "flatten"


class Switches:
    """The command files in one directory, oldest first."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._stuck: set[Path] = set()

    def give(self, command: Command) -> Path:
        """Leave a command for the executor; giving it again before it was taken changes nothing."""
        private_directory(self.directory)
        path = self.directory / command.value
        path.touch(mode=0o600)
        return path

    def take(self) -> tuple[Command, ...]:
        """The commands that wait, oldest first; each is given out once, so one that cannot be removed is not taken."""
        waiting = []
        for command in Command:
            path = self.directory / command.value
            try:
                given_ns = path.stat().st_mtime_ns
                path.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                self._note_stuck(path, error)
                continue
            waiting.append((given_ns, command))
        return tuple(command for _, command in sorted(waiting))

    def _note_stuck(self, path: Path, error: OSError) -> None:
        if path not in self._stuck:
            logger.error("the command {} is not taken, it cannot be removed ({}): mend that", path, error)
        self._stuck.add(path)

    def paths(self) -> tuple[Path, ...]:
        """The files whose change should wake the executor."""
        return tuple(self.directory / command.value for command in Command)
