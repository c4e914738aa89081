"""A disk that is really full or read-only, in the middle of a trade and at a start: a small file system of its own."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.processes.desk import Desk
from tests.processes.programs import Exchange, exchange_process, until

START = ("--balance", "USDC=10000", "--price", "BTCUSDC=95000")
SIZE = "size=600k"


class SmallDisk:
    """A file system in memory at `place`, which can be filled and made read-only."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._ballast = place / "ballast"

    def fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                """Until there is no space left."""

    def clear(self) -> None:
        self._ballast.unlink()

    def make_read_only(self) -> None:
        self._mount("remount,ro")

    def make_writable(self) -> None:
        self._mount(f"remount,rw,{SIZE}")

    def _mount(self, options: str) -> None:
        subprocess.run(["mount", "-o", options, str(self._place)], check=True)


Trouble = Callable[[SmallDisk], None]
TROUBLES: dict[str, tuple[Trouble, Trouble]] = {
    "full": (SmallDisk.fill, SmallDisk.clear),
    "read-only": (SmallDisk.make_read_only, SmallDisk.make_writable),
}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Mounted at DATA_DIR; only who may mount can have one."""
    place = tmp_path / "data"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", SIZE, "none", str(place)], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"needs the right to mount: {mounted.stderr.decode()}")
    yield SmallDisk(place)
    subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def _position(folder: Path, exchange: Exchange) -> Iterator[Desk]:
    desk = Desk(folder, exchange)
    desk.quick_starts = True
    with desk.running():
        desk.signal()
        desk.wait_state("OPEN_FILLED")
        desk.wait_calm()
        yield desk


def _stops(exchange: Exchange) -> set[str]:
    return {order["clientOrderId"] for order in exchange.working() if order["type"] == "STOP_LOSS_LIMIT"}


def _wait_for_breakeven(exchange: Exchange, before: set[str]) -> None:
    until(lambda: len(_stops(exchange) - before) == 2, "both stops at breakeven")


def test_a_position_lives_on(tmp_path: Path, small_disk: SmallDisk) -> None:
    """Full: TP1 moves the stops, a fall closes it; no signal is taken meanwhile; with space again all is written."""
    with exchange_process(*START) as exchange, _position(tmp_path, exchange) as desk:
        before = _stops(exchange)
        small_disk.fill()
        desk.prints(191)
        _wait_for_breakeven(exchange, before)
        until(lambda: "no new entries until it can be saved" in desk.said(), "an alarm")
        desk.prints(0)
        until(lambda: "COOLDOWN → IDLE" in desk.said(), "the end of the trade")
        desk.signal(95_001)
        until(lambda: len(desk.verdicts()) == 2 or "could not be stored" in desk.said(), "a refusal, or a wait for it")
        small_disk.clear()
        desk.wait_verdicts(2)
        desk.wait_state("IDLE")
        desk.signal(95_002)
        desk.wait_state("OPEN_FILLED")
        desk.wait_calm()
        desk.watch.check()
    verdicts = [one["verdict"] for one in desk.verdicts()]
    assert verdicts in (["accepted", refusal, "accepted"] for refusal in ("paused", "verdict_not_stored"))


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_start_finds_its_position(tmp_path: Path, small_disk: SmallDisk, trouble: str) -> None:
    """The record can be read, so the position is managed; nothing can be written, so nothing new is begun."""
    harm, heal = TROUBLES[trouble]
    with exchange_process(*START) as exchange:
        with _position(tmp_path, exchange) as desk:
            before = _stops(exchange)
        harm(small_disk)
        program = desk.start()
        desk.prints(191)
        _wait_for_breakeven(exchange, before)
        heal(small_disk)
        desk.wait_for_transition("leg_closed")
        desk.wait_calm()
        desk.watch.check()
        assert program.shut_down() == 0
