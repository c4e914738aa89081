"""Where prices come from when nobody scripts them: recorded bars, or a seeded random walk."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from exchange.paper.engine.venue import Venue
from exchange.paper.market.playing import PRINTS_PER_BAR, bar_path
from exchange.paper.market.tape import MINUTE_MS
from exchange.paper.settings import PaperSettings

SEEDED_STEP_MS = 1000
# a usual step of the random walk, and a rare one, in ticks
USUAL_TICKS, RARE_TICKS, RARE_ONE_IN = 300, 6000, 200


@dataclass(frozen=True, slots=True)
class FeedStep:
    """At `time_ms` the market has moved to `price`; a jump leaves out the prices between."""

    time_ms: int
    symbol: str
    price: Decimal
    volume: Decimal | None
    is_jump: bool


def feed_steps(settings: PaperSettings, venue: Venue) -> Iterator[FeedStep]:
    """The steps that the settings ask for, in order of time; none if the market is to stand still."""
    if settings.bars is not None:
        return _bar_steps(settings.bars, settings.bars_symbols, venue)
    if settings.seed is not None:
        return _seeded_steps(random.Random(settings.seed), venue)
    return iter(())


def _bar_steps(path: Path, symbols: tuple[str, ...], venue: Venue) -> Iterator[FeedStep]:
    """Aggregated minutes (Timestamp, HiPrice, LowPrice, ClosePrice); each opens at the close before it."""
    start_ms, first_ms, close_price = venue.now_ms, -1, None
    for row in read_bars(path):
        first_ms = row.time_ms if first_ms < 0 else first_ms
        opens_ms = start_ms + row.time_ms - first_ms
        open_price = row.close_price if close_price is None else min(max(close_price, row.low), row.high)
        prices = bar_path(open_price, row.high, row.low, row.close_price)
        for place, price in enumerate(prices):
            time_ms = opens_ms + place * MINUTE_MS // PRINTS_PER_BAR
            for symbol in symbols:
                snapped = price - price % venue.rules[symbol].tick_size
                yield FeedStep(time_ms, symbol, snapped, row.volume / PRINTS_PER_BAR, is_jump=place == 0)
        close_price = row.close_price


@dataclass(frozen=True, slots=True)
class BarRow:
    """One recorded minute."""

    time_ms: int
    high: Decimal
    low: Decimal
    close_price: Decimal
    volume: Decimal


def read_bars(path: Path) -> Iterator[BarRow]:
    """Rows of aggregated.csv; a row that cannot be read ends the start with its line number."""
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                time = datetime.fromisoformat(row["Timestamp"])
                moment = time if time.tzinfo else time.replace(tzinfo=UTC)
                prices = [Decimal(row[name]) for name in ("HiPrice", "LowPrice", "ClosePrice", "TotalQty")]
            except (KeyError, ValueError, ArithmeticError) as fault:
                raise ValueError(
                    f"{path}, line {number}: cannot be read as a bar ({fault!r}); correct the line"
                ) from fault
            yield BarRow(int(moment.timestamp()) * 1000, *prices)


def _seeded_steps(chance: random.Random, venue: Venue) -> Iterator[FeedStep]:
    """Every second each symbol moves by some ticks; the two BTC symbols move alike."""
    prices = {symbol: market.last_price for symbol, market in venue.markets.items()}
    ticks = {symbol: market.rules.tick_size for symbol, market in venue.markets.items()}
    time_ms = venue.now_ms
    while True:
        time_ms += SEEDED_STEP_MS
        moves: dict[str, int] = {}
        for symbol, price in list(prices.items()):
            base = venue.rules[symbol].base
            is_rare = chance.randrange(RARE_ONE_IN) == 0
            reach = RARE_TICKS if is_rare else USUAL_TICKS
            move = moves.setdefault(base, chance.randint(-reach, reach))
            scaled = int(move * price / 95000)
            prices[symbol] = max(price + ticks[symbol] * scaled, ticks[symbol] * 100)
            volume = Decimal(chance.randint(1, 500)) / 1000
            yield FeedStep(time_ms, symbol, prices[symbol], volume, is_jump=True)
