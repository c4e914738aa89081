"""Where candles of each interval begin and end (Binance docs: kline intervals)."""

from datetime import UTC, datetime

from exchange.paper.market.tape import MINUTE_MS

SECOND_MS = 1000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
# intervals of one width; months have their own
WIDTHS_MS = {
    "1s": SECOND_MS,
    **{f"{n}m": n * MINUTE_MS for n in (1, 3, 5, 15, 30)},
    **{f"{n}h": n * HOUR_MS for n in (1, 2, 4, 6, 8, 12)},
    **{f"{n}d": n * DAY_MS for n in (1, 3)},
    "1w": 7 * DAY_MS,
}
MONTH = "1M"
INTERVALS = (*WIDTHS_MS, MONTH)
# weeks begin on Monday, 1970 began on a Thursday
WEEK_OFFSET_MS = 4 * DAY_MS


def opens_ms(interval: str, time_ms: int, shift_ms: int = 0) -> int:
    """The beginning of the candle that a moment falls into, in a time zone that is ahead by `shift_ms`."""
    return _opens_ms(interval, time_ms + shift_ms) - shift_ms


def ends_ms(interval: str, open_ms: int, shift_ms: int = 0) -> int:
    """The beginning of the next candle."""
    return _ends_ms(interval, open_ms + shift_ms) - shift_ms


def candle_bounds(interval: str, shift_ms: int, start_ms: int | None, last_ms: int, limit: int) -> list[int]:
    """Where candles begin, and where the last of them ends: from `start_ms` on, else the newest; none before 1970."""
    bounds = [opens_ms(interval, last_ms, shift_ms)] if last_ms >= 0 else []
    if start_ms is None:
        while bounds and len(bounds) < limit and bounds[-1] > 0:
            bounds.append(opens_ms(interval, bounds[-1] - 1, shift_ms))
        bounds.reverse()
    elif start_ms > last_ms:
        bounds = []
    else:
        first_ms = opens_ms(interval, max(start_ms, 0), shift_ms)
        bounds = [first_ms if first_ms >= start_ms else ends_ms(interval, first_ms, shift_ms)]
        while len(bounds) < limit and (next_ms := ends_ms(interval, bounds[-1], shift_ms)) <= last_ms:
            bounds.append(next_ms)
    return [*bounds, ends_ms(interval, bounds[-1], shift_ms)] if bounds and bounds[0] <= last_ms else []


def _opens_ms(interval: str, time_ms: int) -> int:
    if interval == MONTH:
        return _milliseconds(_month(time_ms))
    offset_ms = WEEK_OFFSET_MS if interval == "1w" else 0
    return time_ms - (time_ms - offset_ms) % WIDTHS_MS[interval]


def _ends_ms(interval: str, open_ms: int) -> int:
    if interval == MONTH:
        month = _month(open_ms)
        return _milliseconds(month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1))
    return open_ms + WIDTHS_MS[interval]


def _month(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
