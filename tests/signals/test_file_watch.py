"""A change of a followed file wakes the loop at once, whatever becomes of its directory."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from signals.watch import RECHECK_MS, watch

IN_TIME_S = 5 * RECHECK_MS / 1_000


@dataclass
class Watched:
    """The files that are watched, and whether the loop was woken."""

    log: Path
    bars: Path
    stop: threading.Event = field(default_factory=threading.Event)
    woken: threading.Event = field(default_factory=threading.Event)

    def wakes(self, act: Callable[[], object], within_s: float = IN_TIME_S) -> bool:
        """True if the loop is woken by this act; wake-ups that are still under way do not count."""
        return self.woken_after_s(act, within_s) is not None

    def woken_after_s(self, act: Callable[[], object], within_s: float = IN_TIME_S) -> float | None:
        while self.woken.wait(0.05):
            self.woken.clear()
        began = time.perf_counter()
        act()
        return time.perf_counter() - began if self.woken.wait(within_s) else None


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    files = Watched(tmp_path / "logs" / "deltascout.log", tmp_path / "bars" / "deep" / "aggregated.csv")
    files.log.parent.mkdir()
    files.log.touch()
    thread = watch([files.log, files.bars], files.woken.set, files.stop)
    assert files.woken.wait(IN_TIME_S), "the first look must follow the beginning of watching"
    yield files
    files.stop.set()
    thread.join(IN_TIME_S)
    assert not thread.is_alive()


def write(path: Path, text: str = "line\n") -> None:
    with path.open("a") as file:
        file.write(text)


def test_appending_replacing_and_deleting_wake(watched: Watched) -> None:
    fresh = watched.log.with_name("fresh")
    fresh.touch()
    for act in (
        lambda: write(watched.log),
        lambda: os.replace(fresh, watched.log),
        lambda: write(watched.log),
        lambda: watched.log.rename(watched.log.with_name("deltascout.log.1")),
        lambda: write(watched.log),
        watched.log.unlink,
    ):
        assert watched.wakes(act)


def test_other_files_and_reading_do_not_wake(watched: Watched) -> None:
    write(watched.log)
    assert not watched.wakes(watched.log.read_bytes, 0.2)
    assert not watched.wakes(lambda: write(watched.log.with_name("other.log")), 0.2)


def test_a_directory_that_does_not_exist_yet_is_waited_for(watched: Watched) -> None:
    assert watched.wakes(lambda: watched.bars.parent.mkdir(parents=True))
    assert watched.wakes(lambda: write(watched.bars))
    assert watched.wakes(lambda: write(watched.bars))


def test_a_directory_that_is_moved_away_and_made_again_is_watched_again(watched: Watched) -> None:
    def remade() -> None:
        watched.log.parent.rename(watched.log.parent.with_name("archive"))
        watched.log.parent.mkdir()

    assert watched.wakes(remade)
    assert watched.wakes(lambda: write(watched.log))


def test_a_log_that_is_a_link_is_watched_where_it_is_written(tmp_path: Path) -> None:
    real = tmp_path / "real" / "log"
    real.parent.mkdir()
    real.touch()
    (tmp_path / "link").symlink_to(real)
    files = Watched(tmp_path / "link", real)
    thread = watch([files.log], files.woken.set, files.stop)
    assert files.woken.wait(IN_TIME_S)
    assert files.wakes(lambda: write(real))
    files.stop.set()
    thread.join(IN_TIME_S)


def test_an_appended_line_wakes_within_milliseconds(watched: Watched) -> None:
    took_s = [watched.woken_after_s(lambda: write(watched.log)) or IN_TIME_S for _ in range(15)]
    assert sorted(took_s)[7] < 0.03
