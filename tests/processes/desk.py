"""The owner's desk: DeltaScout's files, an executor that he starts and ends, and what he reads of it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fsm.simulation.checks import Watch
from fsm.simulation.written import Written
from signals.bars import HEADER
from tests.processes.forked import Forked
from tests.processes.programs import Exchange, Running, command, until

MINUTE_MS = 60_000
BARS = 200
CLOSE = 95_000
QUICK = {
    "POLL_SEC": "0.2",
    "MANAGE_EVERY_SEC": "1",
    "COOLDOWN_SEC": "1",
    "LOCK_SEC": "0",
    "TRAIL_UPDATE_EVERY_SEC": "1",
    "SL_WATCHDOG_GRACE_SEC": "1",
}
LIVE_KEYS = {"BINANCE_API_KEY": "paper", "BINANCE_API_SECRET": "paper"}
QUIET_S = 0.5
REACTION_MS = 5_000
"""A gap shorter than this need not stand in the journal: machines that run tests are slow."""


Program = Running | Forked


class Desk:
    """One folder and one exchange; `direction` is where the market has to go for a gain."""

    def __init__(self, folder: Path, exchange: Exchange, kind: str = "long", **environ: str) -> None:
        self.folder = folder
        self.quick_starts = False
        self.exchange = exchange
        self.kind = kind
        self.data = folder / "data"
        self.signal_log = folder / "deltascout.log"
        self.state_file = self.data / "state" / "executor_state.json"
        self.environ = {
            "MODE": "live",
            "BINANCE_BASE_URL": exchange.url,
            "DATA_DIR": str(self.data),
            "DELTASCOUT_LOG": str(self.signal_log),
            "AGG_CSV": str(folder / "aggregated.csv"),
            **LIVE_KEYS,
            **QUICK,
            **({"SPOT_SHORT": "sell_holdings"} if kind == "short" else {}),
            **environ,
        }
        self.signal_log.touch()
        self.bars([(CLOSE, CLOSE + 10, CLOSE - 10)] * BARS)
        journal, verdicts = self.data / "journal", self.data / "logs" / "signals.jsonl"
        reports = self.data / "reports" / "trades.jsonl"
        self.watch = Watch(
            exchange.ask,
            Written(self.state_file, journal, verdicts, reports, self.signal_log),
            reaction_ms=REACTION_MS,
        )

    # --- DeltaScout and the market
    def venue_ms(self) -> int:
        return int(self.exchange.ask("/api/v3/time")["serverTime"])

    def price(self, gain: float) -> float:
        """The price that is `gain` better than the bars' close for the position."""
        return CLOSE + gain if self.kind == "long" else CLOSE - gain

    def prints(self, gain: float, quantity: float | None = None) -> None:
        self.exchange.prints(self.price(gain), quantity)

    def bars(self, rows: list[tuple[float, float, float]]) -> None:
        """Write (close, high, low) rows, one a minute, the last one of this minute."""
        last = self.venue_ms() // MINUTE_MS
        lines = [HEADER]
        for index, (close, high, low) in enumerate(rows, start=last + 1 - len(rows)):
            time = datetime.fromtimestamp(index * 60, UTC).strftime("%Y-%m-%d %H:%M:%S")
            lines.append(f"{time},10,1,0.1,0.5,0.5,{close},{close},{high},{low}")
        (self.folder / "aggregated.csv").write_text("\n".join(lines) + "\n")

    def swing(self, close: float, worst: float) -> None:
        """Bars that end at a gain of `close`, with one swing at a gain of `worst` before the last four."""
        calm, bare = self._row(close, close - 1), self._row(close, worst)
        self.bars([*[calm] * 10, bare, *[calm] * 4])

    def _row(self, close: float, worst: float) -> tuple[float, float, float]:
        prices = self.price(close), self.price(worst)
        return prices[0], max(prices), min(prices)

    def signal(self, price: float = CLOSE) -> None:
        """DeltaScout appends a signal of this moment."""
        when = datetime.fromtimestamp(self.venue_ms() / 1000, UTC).isoformat()
        line = {"action": "PEAK", "source": "DeltaScout", "ts": when, "kind": self.kind, "price": price}
        with self.signal_log.open("a") as log:
            log.write(json.dumps(line) + "\n")

    def repeat_signal(self) -> None:
        """DeltaScout appends its last line once more."""
        line = self.signal_log.read_bytes().splitlines(keepends=True)[-1]
        with self.signal_log.open("ab") as log:
            log.write(line)

    # --- the executor
    def start(self, *options: str) -> Program:
        """An executor as a process; `python run.py run` itself, unless many starts are wanted."""
        kind = Forked if self.quick_starts else Running
        return kind(self.folder, self.environ, *options)

    @contextmanager
    def running(self, *options: str) -> Iterator[Program]:
        """An executor at work; it has to end by SIGTERM with exit code 0, unless it ended by itself."""
        program = self.start(*options)
        try:
            self.wait_ready(program)
            yield program
        finally:
            code = program.shut_down() if program.is_alive() else 0
        assert code == 0, self.said()

    def wait_ready(self, program: Program) -> None:
        """Until it has saved its state in this run: from then on it follows the log."""
        before = self.glance_ns()
        until(lambda: not program.is_alive() or self.glance_ns() != before, "the first turn of the executor")
        assert program.is_alive(), self.said()

    def glance_ns(self) -> int:
        """When a turn last wrote down what it saw of the market."""
        glance = self.data / "state" / "last_seen.json"
        return glance.stat().st_mtime_ns if glance.exists() else 0

    def refused(self, *options: str) -> int:
        """The exit code of a start that is refused."""
        return self.start(*options).ended()

    def command(self, *words: str) -> str:
        """What a command prints; it has to end well."""
        done = command(self.folder, self.environ, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def end_well(self) -> None:
        """TP1 and TP2 still work, breakeven and all, and then the owner takes the rest."""
        for gain in (191, 381):
            self.prints(gain)
            self.wait_calm()
        self.wait_state("TRAILING")
        self.command("flatten")
        self.wait_state("COOLDOWN", "IDLE")
        self.watch.check()

    # --- what it wrote
    def said(self) -> str:
        """What its runs printed."""
        path = self.folder / "terminal.txt"
        return path.read_text(errors="replace")[-5000:] if path.exists() else ""

    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.state_file.read_bytes())
        return found

    def state(self) -> str:
        return str(self.record()["state"]) if self.state_file.exists() else "IDLE"

    def wait_state(self, *states: str) -> None:
        until(lambda: self.state() in states, f"state {' or '.join(states)} instead of {self.state()}")

    def wait_calm(self) -> None:
        """Until nothing is in doubt or on its way, and nothing has changed for `QUIET_S`."""
        seen, since = self._picture(), time.monotonic()

        def is_calm() -> bool:
            nonlocal seen, since
            now = self._picture()
            if now != seen or self._restless():
                seen, since = now, time.monotonic()
            return time.monotonic() - since > QUIET_S

        until(is_calm, "calm")

    def _picture(self) -> tuple[object, ...]:
        return self.state_file.read_bytes(), self.exchange.orders(), len(self.journal())

    def _restless(self) -> bool:
        position = self.record().get("position")
        orders = position["orders"] if position else []
        return any(order["status"] in ("intended", "in_doubt") for order in orders)

    def journal(self) -> list[dict[str, Any]]:
        files = sorted((self.data / "journal").glob("journal-*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def transitions(self) -> list[str]:
        return [line["trigger"] for line in self.journal() if line["event"] == "transition"]

    def reports(self) -> list[dict[str, Any]]:
        path = self.watch.written.reports
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def verdicts(self) -> list[dict[str, Any]]:
        path = self.watch.written.verdicts
        lines = path.read_text().splitlines() if path.exists() else []
        return [found for found in map(json.loads, lines) if "verdict" in found]

    def wait_verdicts(self, count: int) -> None:
        until(lambda: len(self.verdicts()) >= count, f"verdict number {count}")

    def wait_for_transition(self, trigger: str) -> None:
        until(lambda: trigger in self.transitions(), f"transition {trigger}")

    def wait_for_commands(self, count: int) -> None:
        """Until the executor has taken up so many of the owner's switches."""
        until(lambda: [line["event"] for line in self.journal()].count("command") >= count, f"command {count}")

    def wait_halted(self) -> None:
        until(lambda: self.state_file.exists() and self.record()["meta"]["halted"], "a halt")

    def lose_state(self) -> None:
        """The state file and its previous generation are gone."""
        for path in self.state_file.parent.glob("executor_state.json*"):
            path.unlink()

    def refuse_damaged(self) -> None:
        """A start on a torn state file is refused; the file is whole again afterwards."""
        whole = self.state_file.read_bytes()
        self.state_file.write_bytes(whole[:-40])
        assert self.refused() == 3
        self.state_file.write_bytes(whole)

    def wait_price_seen(self, gain: float) -> None:
        """Until the executor has seen the market there; a signal is judged by the last price seen."""
        seen = self.data / "state" / "last_seen.json"
        until(lambda: seen.exists() and json.loads(seen.read_bytes())["last"] == str(self.price(gain)), "the price")
