"""The sample's folder: made anew for each session, and never at the cost of somebody else's files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fsm.sample.folder import MARK, NotOurs, claim, empty

ROOT = Path(__file__).parents[2]


def earlier_session(folder: Path) -> list[Path]:
    claim(folder)
    paths = [folder / name for name in ("deltascout.log", "aggregated.csv", "journal/j.jsonl", "reports/trades.jsonl")]
    paths += [folder / "state" / "commands" / "pause", folder / "state" / "executor_state.json"]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


def test_an_earlier_session_is_removed(tmp_path: Path) -> None:
    """Everything that a session writes is gone before the next begins, except the lock that is held."""
    paths = earlier_session(tmp_path / "sample")
    lock = tmp_path / "sample" / "state" / "executor_state.json.lock"
    lock.touch()
    claim(tmp_path / "sample")
    empty(tmp_path / "sample", lock)
    assert not any(path.exists() for path in paths)
    assert lock.exists()


def test_what_others_put_there_stays(tmp_path: Path) -> None:
    """A file that no session writes is left alone, and so is what a link leads to."""
    earlier_session(tmp_path / "sample")
    notes, outside = tmp_path / "sample" / "notes.txt", tmp_path / "outside"
    notes.touch()
    outside.mkdir()
    (outside / "kept").touch()
    (tmp_path / "sample" / "reports" / "link").symlink_to(outside)
    empty(tmp_path / "sample", tmp_path / "none")
    assert notes.exists()
    assert (outside / "kept").exists()


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """A folder that has something in it and lacks our mark is not touched."""
    theirs = tmp_path / "sample" / "state" / "executor_state.json"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("precious")
    with pytest.raises(NotOurs, match="move it away"):
        claim(tmp_path / "sample")
    assert theirs.read_text() == "precious"
    assert not (tmp_path / "sample" / MARK).exists()


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    """There is nothing to lose in an empty folder."""
    (tmp_path / "sample").mkdir()
    claim(tmp_path / "sample")
    assert (tmp_path / "sample" / MARK).exists()


def test_run_refuses_in_words(tmp_path: Path) -> None:
    """`python run.py` with a foreign folder ends with exit code 3 and says what to do, without a traceback."""
    (tmp_path / "data" / "sample").mkdir(parents=True)
    (tmp_path / "data" / "sample" / "theirs").touch()
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, str(ROOT / "run.py")]
    ended = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 3
    assert "move it away" in ended.stderr
    assert "Traceback" not in ended.stderr
