"""One executor per state (S7), with real second processes."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fsm.storage.lock import AlreadyRunning, InstanceLock

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import signal, sys
from pathlib import Path
from fsm.storage.lock import AlreadyRunning, InstanceLock
try:
    with InstanceLock(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
except AlreadyRunning as refusal:
    print(refusal.pid, refusal, flush=True)
"""


def start_holder(state: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_s7_a_second_process_is_refused_by_the_first_ones_number(tmp_path: Path) -> None:
    """S7: while one process runs on a state, another is refused and told which process that is."""
    state = tmp_path / "state" / "executor_state.json"
    with InstanceLock(state), start_holder(state) as second:
        answer = first_line(second)
    assert answer.startswith(f"{os.getpid()} ")
    assert str(state) in answer


def test_s7_two_locks_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    """S7: the lock counts per holder, not per process."""
    with InstanceLock(tmp_path / "s.json"), pytest.raises(AlreadyRunning), InstanceLock(tmp_path / "s.json"):
        pass


def test_states_do_not_exclude_each_other(tmp_path: Path) -> None:
    """Two executors on two states may run side by side."""
    with InstanceLock(tmp_path / "a.json"), InstanceLock(tmp_path / "b.json"):
        pass


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_ends_with_its_process(tmp_path: Path, end: signal.Signals) -> None:
    """However a process ends, the next one may run at once; nothing has to be removed by hand."""
    with start_holder(tmp_path / "s.json") as holder:
        assert first_line(holder) == "held\n"
        holder.send_signal(end)
    with InstanceLock(tmp_path / "s.json") as lock:
        assert lock.path.read_text() == f"{os.getpid()}\n"


def test_the_lock_can_be_taken_again_and_again(tmp_path: Path) -> None:
    """Leaving the `with` releases the lock; its private file stays."""
    lock = InstanceLock(tmp_path / "s.json")
    for _ in range(2):
        with lock:
            pass
    assert stat.S_IMODE(lock.path.stat().st_mode) == 0o600


def test_an_unreadable_number_is_still_a_refusal(tmp_path: Path) -> None:
    """When the holder could not write its number, the refusal says "another process"."""
    lock = InstanceLock(tmp_path / "s.json")
    with lock:
        lock.path.write_text("")
        with pytest.raises(AlreadyRunning, match="another process") as caught, InstanceLock(tmp_path / "s.json"):
            pass
    assert caught.value.pid is None


def test_r8_a_full_disk_does_not_keep_the_lock_from_being_held(small_disk: Path) -> None:
    """R8: a restart on a full disk may manage its position; the number in the lock file is only for the message."""
    with InstanceLock(small_disk / "s.json"):
        pass
    with pytest.raises(OSError, match="No space"):
        (small_disk / "ballast").write_bytes(bytes(200_000))
    with InstanceLock(small_disk / "s.json"), pytest.raises(AlreadyRunning), InstanceLock(small_disk / "s.json"):
        pass
