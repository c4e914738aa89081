"""Days of trading in minutes: the executor alone in this process on a virtual clock, and what grows of it.

`python -m benchmarks.simulated_days DAYS` from the root of the project; one line every six simulated hours. The
exchange is a process of its own, so that its ledger, which keeps everything, is not counted.
"""

import sys
import tempfile
import threading
import tracemalloc
from pathlib import Path

from loguru import logger

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from fsm.environment import read_settings
from fsm.states import State
from tests.processes.programs import exchange_process
from tests.scenarios.stage import MINUTE_MS, START_MS, Stage

HOUR_MS = 3_600_000
PAUSE_MIN = 30
"""Minutes of quiet after each trade, in which it looks once a minute: it is days that are wanted."""
SHOWN_EVERY_MS = 6 * HOUR_MS
CLOSE = 95_000
START = ("--manual", "--balance", "USDC=10000000", "--price", f"BTCUSDC={CLOSE}")
SETTINGS = {"POLL_SEC": "8", "MANAGE_EVERY_SEC": "16", "LOG_MAX_LINES": "200"}


class Days(Stage):
    """A stage whose exchange is elsewhere: its clock is moved along with ours."""

    def new_client(self) -> BinanceClient:
        return BinanceClient(self.settings.exchange, self.clock, lambda s: self.advance(int(s * 1000)))

    def advance(self, milliseconds: int) -> None:
        super().advance(milliseconds)
        self.clock.advance(milliseconds)

    def trade_once(self, number: int) -> None:
        """In at once, TP1 and TP2, and out where the market falls back; then it is quiet for a while."""
        self.trade(CLOSE)
        self.bars(*[(CLOSE, CLOSE + 10, CLOSE - 10)] * 200)
        self.signal("long", CLOSE + number % 100)
        self.pass_time(20)
        if self.state is not State.OPEN_FILLED:
            raise RuntimeError(f"the entry of trade {number} ended in {self.state}: {self.verdicts()[-1]}")
        for gain in (191, 381, 0):
            self.trade(CLOSE + gain, turn=False)
            self.pass_time(40)
        for _ in range(PAUSE_MIN):
            self.advance(MINUTE_MS)
            self.turn()


def shown(days: Days, trades: int) -> str:
    """What there is of memory, files and bytes."""
    place = Path("/proc/self")
    status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
    files = [path.stat().st_size for path in days.folder.joinpath("data").rglob("*") if path.is_file()]
    hours = (days.clock.now_ms() - START_MS) // HOUR_MS
    python_kib = tracemalloc.get_traced_memory()[0] // 1024
    return (
        f"{hours} h, {trades} trades: RSS {status['VmRSS'].strip()}, of Python's {python_kib} KiB, "
        f"{len(list((place / 'fd').iterdir()))} open files, {threading.active_count()} threads, "
        f"{sum(files) // 1024} KiB in {len(files)} files, state {days.settings.places.state.stat().st_size} bytes"
    )


def main(count: float) -> None:
    logger.remove()
    tracemalloc.start()
    with tempfile.TemporaryDirectory() as name, exchange_process(*START) as exchange:
        folder = Path(name)
        days = Days(exchange.url, VirtualClock(START_MS), folder, read_settings(_environ(exchange.url, folder)))
        days.watching = False
        next_ms, trades = START_MS, 0
        while days.clock.now_ms() < START_MS + count * 24 * HOUR_MS:
            days.trade_once(trades)
            trades += 1
            days.told.notifications.clear()  # the notifier is ours, and keeps what it hears
            if days.clock.now_ms() >= next_ms:
                next_ms = days.clock.now_ms() + SHOWN_EVERY_MS
                print(shown(days, trades), flush=True)
        print(shown(days, trades))


def _environ(url: str, folder: Path) -> dict[str, str]:
    return {
        "MODE": "paper",
        "BINANCE_BASE_URL": url,
        "DATA_DIR": str(folder / "data"),
        "DELTASCOUT_LOG": str(folder / "deltascout.log"),
        "AGG_CSV": str(folder / "aggregated.csv"),
        **SETTINGS,
    }


if __name__ == "__main__":
    main(float(sys.argv[1]))
