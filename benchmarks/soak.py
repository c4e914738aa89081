"""Trades one position after the other with real processes, and shows what grows: memory, open files, bytes kept.

`python -m benchmarks.soak MINUTES` from the root of the project; one line a minute.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.processes.desk import Desk
from tests.processes.forked import Forked
from tests.processes.programs import exchange_process

START = ("--balance", "USDC=10000000", "--price", "BTCUSDC=95000")
REPORT_S = 60


def trade_once(desk: Desk, number: int) -> None:
    """In at once, TP1 and TP2, and out where the market falls back."""
    desk.prints(0)
    desk.wait_price_seen(0)
    desk.bars([(95_000, 95_010, 94_990)] * 200)
    desk.signal(95_000 + number % 100)
    desk.wait_state("OPEN_FILLED")
    desk.wait_calm()
    for gain in (191, 381):
        desk.prints(gain)
        desk.wait_calm()
    desk.prints(0)
    desk.wait_state("IDLE")


def measured(desk: Desk, program: Forked) -> str:
    place = Path("/proc") / str(program.pid)
    status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
    files = {path: path.stat().st_size for path in desk.data.rglob("*") if path.is_file()}
    kept = sum(files.values()) // 1024
    log_lines = len((desk.data / "logs" / "executor.log").read_bytes().splitlines())
    opened = len(list((place / "fd").iterdir()))
    return (
        f"{len(desk.reports())} trades: RSS {status['VmRSS'].strip()}, {opened} open files, "
        f"{status['Threads'].strip()} threads, {kept} KiB in {len(files)} files, "
        f"state {desk.state_file.stat().st_size} bytes, log {log_lines} lines"
    )


def main(minutes: float) -> None:
    with tempfile.TemporaryDirectory() as name, exchange_process(*START) as exchange:
        desk = Desk(Path(name), exchange, COOLDOWN_SEC="0", LOG_MAX_LINES="200")
        desk.quick_starts = True
        with desk.running() as program:
            assert isinstance(program, Forked)
            begun = shown = time.monotonic()
            number = 0
            while time.monotonic() < begun + minutes * 60:
                trade_once(desk, number)
                number += 1
                if number == 1 or time.monotonic() > shown + REPORT_S:
                    shown = time.monotonic()
                    print(measured(desk, program), flush=True)
            print(measured(desk, program))


if __name__ == "__main__":
    main(float(sys.argv[1]))
