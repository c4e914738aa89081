"""DeltaScout in a world: it appends signals and bars, tears lines, writes nonsense, and has its log rotated."""

import json
import os
import random
from decimal import Decimal
from pathlib import Path

from fsm.storage.json_lines import utc
from signals.bars import HEADER
from signals.timestamp import MINUTE_MS

HISTORY_MINUTES = 60
LARGEST_BURST = 40
ROTATED_MS = 60_000
"""A log lives longer than this."""
NONSENSE = (
    b"not json\n",
    b"[1, 2]\n",
    b'{"action":"PEAK"}\n',
    b'{"action":"PEAK","source":"DeltaScout","ts":"soon","kind":"long","price":1}\n',
    b'{"action":"PEAK","source":"DeltaScout","ts":"2025-01-13T20:00:00Z","kind":"long","price":NaN}\n',
    b"\x00\xff\xfe\n",
    b'{"action":"HEARTBEAT"}\n',
)


class Scribe:
    """Writes the two files that the program follows."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.log = folder / "deltascout.log"
        self.csv = folder / "aggregated.csv"
        self.signals = 0
        self._rng = rng
        self._minute_ms = 0
        self._prices: list[Decimal] = []
        self._torn = b""
        self._rotations = 0
        self._writes = 0
        self._rotated_ms = 0
        self._unread = True
        """Nobody has had a look at the present log since its first line was written."""
        self.log.touch()

    def history(self, price: Decimal, now_ms: int) -> None:
        """Bars of the last hour, around the price."""
        first = now_ms - now_ms % MINUTE_MS - HISTORY_MINUTES * MINUTE_MS
        rows = [_row(first + i * MINUTE_MS, price, price + 20, price - 20) for i in range(HISTORY_MINUTES)]
        self.csv.write_text("\n".join([HEADER, *rows]) + "\n")
        self._minute_ms = now_ms - now_ms % MINUTE_MS
        self._rotated_ms = now_ms

    def saw(self, price: Decimal, now_ms: int) -> None:
        """A price; when its minute is another one, the bars up to it are written."""
        minute_ms = now_ms - now_ms % MINUTE_MS
        while self._minute_ms < minute_ms:
            prices = self._prices or [price]
            with self.csv.open("a") as file:
                file.write(_row(self._minute_ms, prices[-1], max(prices), min(prices)) + "\n")
            self._minute_ms += MINUTE_MS
            self._prices = self._prices[-1:]
        self._prices.append(price)

    def signal(self, price: Decimal, now_ms: int) -> None:
        """A signal of now, sometimes old, dated ahead, or twice."""
        shift_ms = self._rng.choice((0, 0, 0, 0, 0, -2_000, -700_000, 3_000, 60_000))
        kind = self._rng.choice(("long", "short", "LONG", "Short"))
        for _ in range(self._rng.choice((1, 1, 1, 2))):
            self._append(self._line(price, now_ms + shift_ms, kind))

    def write(self, price: Decimal, now_ms: int, kind: str) -> None:
        """One whole signal of now."""
        with self.log.open("ab") as file:
            file.write(self._line(price, now_ms, kind))
        self._date(self.log)

    def _line(self, price: Decimal, time_ms: int, kind: str) -> bytes:
        self.signals += 1
        when = utc(time_ms).isoformat(timespec="milliseconds")
        fields = {"action": "PEAK", "source": "DeltaScout", "ts": when, "kind": kind, "price": str(price)}
        return json.dumps(fields).encode() + b"\n"

    def burst(self, price: Decimal, now_ms: int) -> None:
        """Many signals and other lines at once."""
        for number in range(self._rng.randint(5, LARGEST_BURST)):
            self.signal(price + number, now_ms)
            self.nonsense()

    def nonsense(self) -> None:
        self._append(self._rng.choice(NONSENSE))

    def rotate(self, now_ms: int) -> None:
        """The log moves away, and the next line begins a new one."""
        if self._may_rotate(now_ms):
            self._rotations += 1
            self.log.replace(self.log.with_name(f"{self.log.name}.{self._rotations}"))

    def truncate(self, now_ms: int) -> None:
        """The log is copied away and emptied in its place, as some rotations do; a copy of what nobody has read any of
        cannot be told from an old log."""
        if not self._unread and self._may_rotate(now_ms):
            self._rotations += 1
            copy = self.log.with_name(f"{self.log.name}.{self._rotations}")
            copy.write_bytes(self.log.read_bytes())
            self._date(copy)
            self.log.write_bytes(b"")

    def _may_rotate(self, now_ms: int) -> bool:
        """Nobody can follow a log that goes before anybody could see it."""
        if not self.log.exists() or now_ms - self._rotated_ms < ROTATED_MS:
            return False
        self._rotated_ms = now_ms
        return True

    def _append(self, line: bytes) -> None:
        """Sometimes torn: the rest comes with the next line."""
        content, self._torn = self._torn + line, b""
        if self._rng.random() < 0.1:
            cut = self._rng.randint(1, len(line) - 1)
            content, self._torn = content[:-cut], content[-cut:]
        self._unread = self._unread or not self.log.exists() or self.log.stat().st_size == 0
        with self.log.open("ab") as file:
            file.write(content)
        self._date(self.log)

    def was_looked_at(self) -> None:
        """The program has had its turn."""
        self._unread = False

    def _date(self, file: Path) -> None:
        """Each write is later than the one before: the clock of a file system is too coarse for a world."""
        self._writes += 1
        os.utime(file, (self._writes, self._writes))


def _row(minute_ms: int, close: Decimal, high: Decimal, low: Decimal) -> str:
    return f"{utc(minute_ms):%Y-%m-%d %H:%M:%S},10,1,0.1,0.5,0.5,{close},{close},{high},{low}"
