"""DeltaScout's price bars (aggregated.csv): one row per minute, read as it grows.

A different header is a problem that is named, with no bars. A missing file, or one whose header is still being
written, means no bars. A bad row is skipped and counted; a last row without its newline is left until it is complete.
Of several rows for one minute the last one counts; the order of the rows does not matter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from signals.backwards import last_lines
from signals.line import MAX_LINE_BYTES, Line
from signals.position import LogPosition, continues, position_at
from signals.price import parse_price
from signals.regular_file import open_regular, size_of
from signals.tail import read_lines
from signals.timestamp import MINUTE_MS, parse_time_ms

HEADER = "Timestamp,Trades,TotalQty,AvgSize,BuyQty,SellQty,AvgPrice,ClosePrice,HiPrice,LowPrice"

_COLUMNS = HEADER.count(",") + 1
_TIME, _CLOSE, _HIGH, _LOW = 0, 7, 8, 9
_ROWS_PER_BAR = 4  # rows read at start for each bar that is kept: room for bad and repeated rows
_CHUNK_BYTES = 1024 * 1024
_EPOCH_SECONDS = re.compile(r"[0-9]{10}([.][0-9]+)?")
_EPOCH_MILLISECONDS = re.compile(r"[0-9]{13}")


@dataclass(frozen=True, slots=True)
class Bar:
    """One minute of prices; `time_ms` is the minute's start in UTC epoch milliseconds."""

    time_ms: int
    close: Decimal
    high: Decimal
    low: Decimal

    @property
    def end_ms(self) -> int:
        return self.time_ms + MINUTE_MS


@dataclass(frozen=True, slots=True)
class BarsView:
    """The newest bars in order of time, the rows skipped since the file was last read anew, and a problem, if any."""

    bars: tuple[Bar, ...] = ()
    skipped: int = 0
    problem: str | None = None


class BarFeed:
    """Keeps the newest `max_bars` bars of a growing file; a replaced or truncated file is read anew."""

    def __init__(self, path: Path, max_bars: int) -> None:
        self._path = path
        self._max_bars = max_bars
        self._position: LogPosition | None = None
        self._bars: dict[int, Bar] = {}
        self._view = BarsView()

    def read(self) -> BarsView:
        """The bars as the file is now; only what was appended since the last call is read."""
        try:
            with open_regular(self._path) as file:
                if self._position is None or not continues(self._position, file):
                    self._begin(file)
                if self._position is not None:
                    self._position = self._append(file, self._position)
        except FileNotFoundError:
            self._forget()
        except OSError as error:
            self._forget(f"{self._path} cannot be read: {error.strerror or error}")
        return self._view

    def _forget(self, problem: str | None = None) -> None:
        self._position = None
        self._bars = {}
        self._view = BarsView(problem=problem)

    def _begin(self, file: BinaryIO) -> None:
        self._forget()
        size = size_of(file)
        header = file.readline(MAX_LINE_BYTES)
        if not header.endswith(b"\n") and len(header) < MAX_LINE_BYTES:
            return
        if header.rstrip(b"\r\n") != HEADER.encode():
            self._forget(f"{self._path} begins with {ascii(header[:200])[1:]}, expected the header {HEADER}")
            return
        rows = last_lines(file, size, _ROWS_PER_BAR * self._max_bars)
        if size_of(file) < size:
            return  # it is being written anew: the next call reads it
        self._position = position_at(file, max(len(header), rows[0].offset))

    def _append(self, file: BinaryIO, position: LogPosition) -> LogPosition:
        lines, end = read_lines(file, position, _CHUNK_BYTES)
        while end != position:
            self._keep(lines)
            position = end
            lines, end = read_lines(file, position, _CHUNK_BYTES)
        return position

    def _keep(self, lines: Sequence[Line]) -> None:
        parsed = [parse_row(line.raw) for line in lines]
        self._bars |= {bar.time_ms: bar for bar in parsed if bar is not None}
        newest = sorted(self._bars)[-self._max_bars :]
        self._bars = {time_ms: self._bars[time_ms] for time_ms in newest}
        self._view = BarsView(tuple(self._bars.values()), self._view.skipped + parsed.count(None))


def parse_row(raw: bytes) -> Bar | None:
    """The bar of one row; None if a column is missing or too many, or its time or prices make no sense."""
    columns = raw.decode("utf-8", "replace").split(",")
    if len(columns) != _COLUMNS:
        return None
    try:
        time_ms = _row_time_ms(columns[_TIME].strip())
        close, high, low = (parse_price(columns[column]) for column in (_CLOSE, _HIGH, _LOW))
    except ValueError:
        return None
    if not low <= close <= high:
        return None
    return Bar(time_ms - time_ms % MINUTE_MS, close, high, low)


def signal_bar(bars: Sequence[Bar], time_ms: int, max_age_s: int) -> Bar | None:
    """The bar of the signal's minute, else the last one before it, if not too old.

    The age of a bar is the signal's time minus the bar's end.
    """
    minute = time_ms - time_ms % MINUTE_MS
    bar = next((bar for bar in reversed(bars) if bar.time_ms <= minute), None)
    if bar is None or time_ms - bar.end_ms > max_age_s * 1_000:
        return None
    return bar


def complete_bars(bars: Sequence[Bar], now_ms: int) -> tuple[Bar, ...]:
    """The bars whose minute has ended: neither the running one nor one dated ahead."""
    return tuple(bar for bar in bars if bar.end_ms <= now_ms)


def window(bars: Sequence[Bar], upto: Bar, minutes: int) -> tuple[Bar, ...]:
    """The last `minutes` bars up to and including `upto`."""
    return tuple(bar for bar in bars if bar.time_ms <= upto.time_ms)[-minutes:]


def _row_time_ms(text: str) -> int:
    """ISO 8601 (naive means UTC), or seconds or milliseconds since the epoch."""
    if _EPOCH_SECONDS.fullmatch(text):
        return int(text[:10]) * 1_000
    return int(text) if _EPOCH_MILLISECONDS.fullmatch(text) else parse_time_ms(text)
