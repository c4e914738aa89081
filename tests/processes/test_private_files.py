"""What the program writes is readable by its owner alone, whatever the umask it was started with."""

import os
from pathlib import Path

import pytest

from tests.processes.desk import Desk
from tests.processes.programs import exchange_process

START = ("--balance", "USDC=10000", "--price", "BTCUSDC=95000")


def _modes(place: Path) -> dict[str, str]:
    """The access of each file and folder that is not the usual one."""
    usual = {True: "0o700", False: "0o600"}
    found = {path: oct(path.stat().st_mode & 0o777) for path in (place, *place.rglob("*"))}
    return {str(path): mode for path, mode in found.items() if mode != usual[path.is_dir()]}


@pytest.mark.parametrize("umask", [0o000, 0o277])
def test_files_and_folders_are_private(tmp_path: Path, umask: int) -> None:
    """0700 and 0600 for all of DATA_DIR, for other folders that had to be made, and for what a command leaves."""
    with exchange_process(*START) as exchange:
        made = tmp_path / "made"
        desk = Desk(tmp_path, exchange, EXEC_LOG=str(made / "anew" / "executor.log"))
        before = os.umask(umask)
        try:
            desk.command("pause")
            program = desk.start()
        finally:
            os.umask(before)
        desk.wait_for_commands(1)
        desk.command("resume")
        desk.wait_for_commands(2)
        desk.signal()
        desk.wait_state("OPEN_FILLED")
        desk.command("flatten")
        desk.wait_state("COOLDOWN", "IDLE")
        assert program.shut_down() == 0
    assert len(list(desk.data.rglob("*"))) > 8
    assert _modes(desk.data) == {}
    assert _modes(made) == {}
