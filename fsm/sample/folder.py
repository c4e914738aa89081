"""The sample's own folder: made anew each time, and nothing in it is removed that the sample did not make."""

import shutil
from pathlib import Path

from fsm.storage.disk import private_directory

MARK = "sample-session"
"""A folder without this file was made by somebody else."""
_FOLDERS = ("state", "journal", "logs", "reports")
_FILES = ("deltascout.log", "aggregated.csv")


class NotOurs(Exception):
    """The folder of the sample session holds something that it did not make."""


def claim(folder: Path) -> None:
    """See that the folder is ours, or make it so; nothing is removed yet."""
    mark = folder / MARK
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise NotOurs(f"{folder} was not made by the sample session; move it away, or choose another DATA_DIR")
    private_directory(folder)
    mark.touch(mode=0o600)


def empty(folder: Path, keep: Path) -> None:
    """Remove what an earlier session left, except the file `keep` (the lock that is held)."""
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)
    for name in _FOLDERS:
        for path in _inside(folder / name):
            if path != keep:
                _remove(path)


def _inside(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
