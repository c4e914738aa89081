"""Recorded bars: candles as Binance publishes them, and DeltaScout's aggregated minutes; told apart by content.

A row that cannot be played is an error of the start that names its line: a market that leaves rows out would be another
market. Time may have gaps; it must only go forward.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import chain
from pathlib import Path

from exchange.paper.market.tape import MINUTE_MS
from exchange.paper.numbers import ZERO
from exchange.paper.settings import CannotStart

AGGREGATED = "Timestamp,Trades,TotalQty,AvgSize,BuyQty,SellQty,AvgPrice,ClosePrice,HiPrice,LowPrice"
# spot files have no header, newer ones of other markets have this (Binance docs: public data, klines)
KLINES = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
)
# spot files count microseconds since 2025 (Binance docs: public data); milliseconds reach this in the year 5138
MICROSECONDS_FROM = 10**14
MILLISECONDS_FROM = 10**11
LARGEST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class RecordedBar:
    """One recorded interval; aggregated minutes do not tell where they opened."""

    open_ms: int
    width_ms: int
    open_price: Decimal | None
    high: Decimal
    low: Decimal
    close_price: Decimal
    volume: Decimal

    @property
    def is_silent(self) -> bool:
        """Nothing was traded."""
        return self.volume == ZERO and self.high == self.low


class BadRow(ValueError):
    """What is wrong with one row."""


def read_bars(path: Path) -> tuple[RecordedBar, ...]:
    """All bars of a file; what cannot be played is told with its line."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return tuple(_bars(path, (line.rstrip("\r\n") for line in file)))
    except OSError as fault:
        raise CannotStart(f"{path} cannot be read: {fault.strerror or fault}") from fault


def _bars(path: Path, lines: Iterator[str]) -> Iterator[RecordedBar]:
    first = next(lines, "")
    read, has_header = (_aggregated, True) if first == AGGREGATED else (_kline, first.lower() == KLINES)
    if not has_header and not _begins_klines(first):
        raise CannotStart(
            f"{path}, line 1: {first[:120]!r} is neither a kline as Binance publishes them (12 columns, the first of "
            f"them the open time) nor the header {AGGREGATED}"
        )
    before_ms = -1
    for number, line in enumerate(lines if has_header else chain((first,), lines), start=1 + has_header):
        try:
            bar = read(line.split(","))
            _check_time(bar, before_ms)
        except BadRow as fault:
            raise CannotStart(f"{path}, line {number}: {fault}; correct or remove the line") from fault
        before_ms = bar.open_ms
        yield bar
    if before_ms < 0:
        raise CannotStart(f"{path} has no bars; name a file with at least one")


def _begins_klines(line: str) -> bool:
    columns = line.split(",")
    return len(columns) == len(KLINES.split(",")) and columns[0].isdecimal()


def _kline(row: list[str]) -> RecordedBar:
    _check_columns(row, KLINES)
    open_ms, close_ms = _time_ms(row[0]), _time_ms(row[6])
    if close_ms <= open_ms:
        raise BadRow(f"its close time {row[6]} is not after its open time {row[0]}")
    opened, high, low, closed = (_price(row, place, KLINES) for place in (1, 2, 3, 4))
    bar = RecordedBar(open_ms, close_ms + 1 - open_ms, opened, high, low, closed, _number(row, 5, KLINES))
    _check_range(bar, opened, closed)
    return bar


def _aggregated(row: list[str]) -> RecordedBar:
    _check_columns(row, AGGREGATED)
    closed, high, low = (_price(row, place, AGGREGATED) for place in (7, 8, 9))
    bar = RecordedBar(_time_ms(row[0]), MINUTE_MS, None, high, low, closed, _number(row, 2, AGGREGATED))
    _check_range(bar, closed)
    return bar


def _check_columns(row: list[str], header: str) -> None:
    wanted = len(header.split(","))
    if len(row) != wanted:
        raise BadRow(f"has {len(row)} columns instead of {wanted}")


def _check_time(bar: RecordedBar, before_ms: int) -> None:
    if bar.open_ms <= before_ms:
        raise BadRow(f"its time {bar.open_ms} ms is not after {before_ms} ms, the time of the row before")


def _check_range(bar: RecordedBar, *prices: Decimal) -> None:
    for price in prices:
        if not bar.low <= price <= bar.high:
            raise BadRow(f"price {price} is not between low {bar.low} and high {bar.high}")


def _number(row: list[str], place: int, header: str) -> Decimal:
    name, text = header.split(",")[place], row[place]
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadRow(f"{name} {text!r} is no number") from None
    if not number.is_finite() or not ZERO <= number < LARGEST:
        raise BadRow(f"{name} {text} is not between 0 and {LARGEST}")
    return number


def _price(row: list[str], place: int, header: str) -> Decimal:
    number = _number(row, place, header)
    if number == ZERO:
        raise BadRow(f"{header.split(',')[place]} is zero")
    return number


def _time_ms(text: str) -> int:
    """Digits are seconds, milliseconds or microseconds, told apart by size; anything else is ISO 8601, naive is UTC."""
    if text.isdecimal():
        number = int(text)
        if number >= MICROSECONDS_FROM:
            return number // 1000
        return number if number >= MILLISECONDS_FROM else number * 1000
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise BadRow(f"its time {text!r} is neither ISO 8601 nor a number") from None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
