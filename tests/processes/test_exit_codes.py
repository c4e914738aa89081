"""Exit codes and refusals of the real program: each names what is wrong and the way out."""

import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.processes.desk import Desk
from tests.processes.programs import Exchange, Running, exchange_process

START = ("--balance", "USDC=10000", "--price", "BTCUSDC=95000")


def _desk(folder: Path, exchange: Exchange, **environ: str) -> Desk:
    desk = Desk(folder, exchange, **environ)
    desk.quick_starts = True
    return desk


def _in_a_trade(folder: Path, desk: Desk) -> None:
    """Leave a stopped executor behind, with a covered position."""
    with desk.running():
        desk.signal()
        desk.wait_state("OPEN_FILLED")
        desk.wait_calm()


def test_all_mistakes_in_the_settings_are_named_at_once(tmp_path: Path) -> None:
    """2, before anything is asked of any venue."""
    wrong = {"SL_PCT": "2", "TRAIL_STEPS_USD": "5", "MODE": "real", "POLL_SEC": "never", "BINANCE_API_KEY": "k"}
    program = Running(tmp_path, wrong)
    assert program.ended() == 2
    said = (tmp_path / "terminal.txt").read_text()
    for name in ("SL_PCT", "TRAIL_STEPS_USD", "did you mean TRAIL_STEP_USD", "MODE", "POLL_SEC"):
        assert name in said
    assert not (tmp_path / "data").exists()


def test_a_venue_that_refuses_us_is_named(tmp_path: Path) -> None:
    """5, with the address and the venue's words."""
    with exchange_process(*START) as exchange:
        desk = _desk(tmp_path, exchange, SYMBOL="XYZUSDC")
        assert desk.refused() == 5
    assert exchange.url in desk.said()
    assert "Invalid symbol" in desk.said()


def test_a_place_that_cannot_hold_the_state_is_named(tmp_path: Path) -> None:
    """3, in one sentence instead of a traceback."""
    (tmp_path / "data").touch()
    with exchange_process(*START) as exchange:
        desk = _desk(tmp_path, exchange)
        assert desk.refused() == 3
    assert "Not a directory; correct DATA_DIR" in desk.said()
    assert "Traceback" not in desk.said()


def test_a_second_instance_is_refused(tmp_path: Path) -> None:
    """3, naming the process that runs; the first goes on and ends with 0 on Ctrl-C too."""
    with exchange_process(*START) as exchange:
        desk = _desk(tmp_path, exchange)
        with desk.running() as first:
            assert desk.refused() == 3
            assert f"process {first.pid} runs on this state already" in desk.said()
            first.send(signal.SIGINT)
            assert first.ended() == 0


def test_a_lost_state_is_refused_and_adopted(tmp_path: Path) -> None:
    """3 with the orders by name; `run --adopt` rebuilds the record, and the position goes on to its end."""
    with exchange_process(*START) as exchange:
        desk = _desk(tmp_path, exchange)
        _in_a_trade(tmp_path, desk)
        desk.lose_state()
        working = exchange.working()
        assert desk.refused() == 3
        assert all(order["clientOrderId"] in desk.said() for order in working)
        assert "run --adopt" in desk.said()
        with desk.running("--adopt"):
            desk.wait_calm()
            assert desk.state() == "OPEN_FILLED"
            assert exchange.working() == working
            desk.prints(191)
            desk.prints(381)
            desk.wait_state("TRAILING")
        assert [order["side"] for order in exchange.working()] == ["SELL"]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "torn": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "another_number": lambda content: content.replace(b'"94810', b'"84810'),
    "newer": lambda content: content.replace(b'"schema":2', b'"schema":3'),
    "another_file": lambda content: b"[]",
}


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    """3, naming the file and how to go on from the previous generation; nothing is changed; that way out works."""
    with exchange_process(*START) as exchange:
        desk = _desk(tmp_path, exchange)
        _in_a_trade(tmp_path, desk)
        working, whole = exchange.working(), desk.state_file.read_bytes()
        for name, damage in DAMAGES.items():
            desk.state_file.write_bytes(damage(whole))
            assert desk.state_file.read_bytes() != whole, name
            (tmp_path / "terminal.txt").unlink()
            assert desk.refused() == 3, name
            assert f"{desk.state_file}, " in desk.said()
            assert f"cp -p '{desk.state_file}.previous' '{desk.state_file}'" in desk.said()
            assert desk.state_file.read_bytes() == damage(whole)
        way_out = desk.said().rpartition("from it: ")[2].splitlines()[0]
        subprocess.run(way_out, shell=True, check=True)
        with desk.running():
            desk.wait_calm()
            assert desk.state() == "OPEN_FILLED"
        assert exchange.working() == working


def test_an_older_state_that_came_back_is_refused(tmp_path: Path) -> None:
    """3, by the number of its generation: it does not know what was traded since; the newest one goes on."""
    with exchange_process(*START) as exchange:
        desk = _desk(tmp_path, exchange)
        with desk.running():
            pass
        backup = desk.state_file.read_bytes()
        _in_a_trade(tmp_path, desk)
        working, newest = exchange.working(), desk.state_file.read_bytes()
        older = {"backup": backup, "previous": desk.state_file.with_name("executor_state.json.previous").read_bytes()}
        for name, content in older.items():
            desk.state_file.write_bytes(content)
            (tmp_path / "terminal.txt").unlink()
            assert desk.refused() == 3, name
            assert "an older one came back" in desk.said(), name
            assert desk.state_file.read_bytes() == content
            assert exchange.working() == working
        desk.state_file.write_bytes(newest)
        with desk.running():
            desk.wait_calm()
            assert desk.state() == "OPEN_FILLED"
        assert exchange.working() == working


def test_a_whole_folder_that_came_back_is_refused(tmp_path: Path) -> None:
    """3, by the trade that the venue knows and the record does not; the way out in the message works."""
    with exchange_process(*START) as exchange:
        desk = _desk(tmp_path, exchange)
        _in_a_trade(tmp_path, desk)
        desk.prints(-189.51)
        with desk.running():
            desk.wait_state("IDLE")
        shutil.copytree(desk.data, tmp_path / "backup")
        with desk.running():
            desk.prints(0)
            desk.wait_price_seen(0)
            desk.signal(95_001)
            desk.wait_state("OPEN_FILLED")
            desk.wait_calm()
        working = exchange.working()
        shutil.rmtree(desk.data)
        shutil.copytree(tmp_path / "backup", desk.data)
        assert desk.refused() == 3
        assert working[0]["clientOrderId"][3:20] in desk.said()
        assert exchange.working() == working
        desk.lose_state()
        with desk.running("--adopt"):
            desk.wait_calm()
            assert desk.state() == "OPEN_FILLED"
        assert exchange.working() == working


def test_a_halt_with_a_position_is_told(tmp_path: Path) -> None:
    """4, when the venue refused the exits too often and flattening is off."""
    with exchange_process(*START) as exchange:
        environ = {"FAILSAFE_FLATTEN": "false", "FAILSAFE_EXITS_MAX_TRIES": "2", "EXITS_RETRY_EVERY_SEC": "1"}
        desk = _desk(tmp_path, exchange, **environ)
        for route in ("/api/v3/orderList/oco", "/api/v3/order"):
            skip = 1 if route == "/api/v3/order" else 0
            fault = {"kind": "error", "status": 400, "code": -2010, "msg": "refused by the test", "count": 50}
            exchange.paper("faults", {**fault, "route": route, "method": "POST", "skip": skip})
        program = desk.start()
        desk.wait_ready(program)
        desk.signal()
        desk.wait_halted()
        assert program.shut_down() == 4
        assert "FAILSAFE_FLATTEN is off" in desk.said()
