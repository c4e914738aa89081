"""Lessons S7 and S10 as whole programs: one signal one trade, through restarts and whatever becomes of the log."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fsm.operator import Command
from fsm.states import State
from tests.scenarios.directed import DIRECTIONS, Directed, directed
from tests.scenarios.stage import Stage

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
each_time = pytest.mark.parametrize("when", ["running", "while down"])


def verdict_names(stage: Stage) -> list[str]:
    return [line["verdict"] for line in stage.verdicts() if "verdict" in line]


# --- S7
@each_direction
def test_s7_the_same_signal_is_traded_once(tmp_path: Path, kind: str) -> None:
    """The line of a traded signal, read again after a restart or written again, is a duplicate."""
    with directed(tmp_path, kind, COOLDOWN_SEC="5") as scene:
        scene.enter_at_once()
        line = scene.stage.log.read_text()
        scene.stage.start()
        scene.command(Command.FLATTEN)
        scene.stage.pass_time(20)
        scene.expect(State.IDLE)
        scene.stage.start()
        scene.stage.pass_time(2)
        with scene.stage.log.open("a") as log:
            log.write(line)
        scene.stage.turn()
        scene.expect(State.IDLE)
        assert verdict_names(scene.stage) == ["accepted", "duplicate"]
        assert len(scene.orders("E")) == 1


def test_s7_a_signal_of_the_downtime_is_judged_like_any_other(tmp_path: Path) -> None:
    """A line written while we were down is traded if it is young enough, and refused as stale if not."""
    with directed(tmp_path, "long") as scene:
        scene.stage.signal("long", 95000, turn=False)
        scene.stage.advance(601_000)
        scene.stage.signal("long", 95001, turn=False)
        scene.stage.bars(*[(95000, 95010, 94990)] * 200)
        scene.stage.start()
        scene.stage.pass_time(2)
        assert verdict_names(scene.stage) == ["stale", "accepted"]
        scene.expect(State.OPEN_FILLED)


def test_s7_the_memory_of_keys_outlives_a_lost_place_in_the_log(tmp_path: Path) -> None:
    """A log that was written anew from its beginning brings the traded signal again: it is a duplicate."""
    with directed(tmp_path, "long", COOLDOWN_SEC="5") as scene:
        scene.enter_at_once()
        scene.command(Command.FLATTEN)
        scene.stage.pass_time(20)
        content = scene.stage.log.read_bytes()
        scene.stage.log.unlink()
        scene.stage.log.write_bytes(b'{"action":"HEARTBEAT"}\n' + content)
        scene.stage.start()
        scene.stage.pass_time(2)
        assert verdict_names(scene.stage) == ["accepted", "duplicate"]


# --- S10
def _renamed(log: Path) -> None:
    log.rename(log.with_name(log.name + ".1"))
    log.touch()


def _copied_and_truncated(log: Path) -> None:
    log.with_name(log.name + ".1").write_bytes(log.read_bytes())
    os.truncate(log, 0)


def _replaced(log: Path) -> None:
    other = log.with_name("other.log")
    other.write_bytes(b'{"action":"HEARTBEAT"}\n')
    other.replace(log)


def _deleted(log: Path) -> None:
    log.unlink()


LIVES: dict[str, Callable[[Path], None]] = {
    "renamed": _renamed,
    "copied and truncated": _copied_and_truncated,
    "replaced": _replaced,
    "deleted": _deleted,
}


def _refuse_one(scene: Directed) -> None:
    """A first signal, refused, so that there is a place in the log."""
    with scene.stage.log.open("a") as log:
        log.write(json.dumps({"action": "PEAK", "source": "DeltaScout", "ts": "never", "kind": "long"}) + "\n")
    scene.stage.turn()


@each_time
@pytest.mark.parametrize("life", LIVES)
def test_s10_the_log_is_followed_through_its_life(tmp_path: Path, life: str, when: str) -> None:
    """Rotated, truncated, replaced or deleted, while we run or while we are down: the next signal is traded, once."""
    with directed(tmp_path, "long") as scene:
        scene.stage.watch.excused = frozenset({"verdicts"})  # it looks for verdicts by offset in one file
        _refuse_one(scene)
        LIVES[life](scene.stage.log)
        if when == "running":
            scene.stage.turn()
        scene.stage.signal("long", 95000, turn=False)
        if when == "while down":
            scene.stage.start()
        scene.stage.pass_time(2)
        assert verdict_names(scene.stage) == ["malformed", "accepted"]
        scene.expect(State.OPEN_FILLED)


@each_time
def test_s10_the_last_line_of_the_old_log_is_not_lost(tmp_path: Path, when: str) -> None:
    """A signal that DeltaScout wrote just before the rotation is read from the renamed file."""
    with directed(tmp_path, "long") as scene:
        scene.stage.watch.excused = frozenset({"verdicts"})
        _refuse_one(scene)
        scene.stage.signal("long", 95000, turn=False)
        _renamed(scene.stage.log)
        if when == "while down":
            scene.stage.start()
        scene.stage.pass_time(2)
        assert verdict_names(scene.stage) == ["malformed", "accepted"]


def test_s10_the_same_malformed_line_of_the_next_log_has_its_own_verdict(tmp_path: Path) -> None:
    """A restart between the two logs, which begin alike, takes the second line for no answer that was given before."""
    with directed(tmp_path, "long") as scene:
        _refuse_one(scene)
        with scene.stage.log.open("a") as log:
            log.write('{"action":"HEARTBEAT"}\n')
        scene.stage.turn()
        _renamed(scene.stage.log)
        scene.stage.start()
        _refuse_one(scene)
        assert verdict_names(scene.stage) == ["malformed", "malformed"]


@each_time
def test_s10_a_torn_last_line_waits_for_its_newline(tmp_path: Path, when: str) -> None:
    """Half a line is no signal; when the rest comes it is one, and is traded once."""
    with directed(tmp_path, "long") as scene:
        scene.stage.signal("long", 95000, turn=False)
        whole = scene.stage.log.read_bytes()
        scene.stage.log.write_bytes(whole[:-20])
        scene.stage.turn()
        assert verdict_names(scene.stage) == []
        if when == "while down":
            scene.stage.start()
        with scene.stage.log.open("ab") as log:
            log.write(whole[-20:])
        scene.stage.pass_time(2)
        assert verdict_names(scene.stage) == ["accepted"]
        scene.expect(State.OPEN_FILLED)


@each_time
def test_s10_a_burst_of_any_length_loses_nothing(tmp_path: Path, when: str) -> None:
    """Four hundred signals between two looks: each has its verdict, the first is traded, the others name it."""
    with directed(tmp_path, "long") as scene:
        scene.stage.watching = False
        for number in range(400):
            scene.stage.signal("long", 95000 + number, turn=False)
        if when == "while down":
            scene.stage.start()
        scene.stage.pass_time(1)
        names = verdict_names(scene.stage)
        assert (names[0], len(names), set(names[1:])) == ("accepted", 400, {"position_open"})
        scene.stage.watch.check()
