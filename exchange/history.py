"""Paging through everything since a time (Binance docs: allOrders, myTrades).

The venue answers for at most 24 hours at once, but from an id onwards without a window: days are stepped through until
something is found, then ids.
"""

from collections.abc import Callable
from typing import TypeVar

DAY_MS = 24 * 3_600_000

Row = TypeVar("Row")


def since(
    time_ms: int,
    now_ms: int,
    ask: Callable[[dict[str, str]], tuple[Row, ...]],
    after: Callable[[Row], tuple[str, int]],
    page: int,
) -> tuple[Row, ...]:
    """All rows since `time_ms`, oldest first; `after` names the parameter and value that continue behind a row.

    `page` is the most rows that the venue puts into one answer.
    """
    found: tuple[Row, ...] = ()
    start_ms = time_ms
    while not found and start_ms <= now_ms:
        end_ms = start_ms + DAY_MS - 1
        found = ask({"startTime": str(start_ms), "endTime": str(end_ms), "limit": str(page)})
        start_ms = end_ms + 1
    complete = len(found) < page and start_ms > now_ms
    while found and not complete:
        name, value = after(found[-1])
        rows = ask({name: str(value), "limit": str(page)})
        found += rows
        complete = len(rows) < page
    return found
