"""Time spans and row limits of the history requests (Binance docs: all orders, account trade list, all order lists)."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import TypeVar

from exchange.paper.errors import LookupTooLong, OptionalParametersInvalid
from exchange.paper.http.params import Params

HOUR_MS = 3_600_000
LONGEST_HOURS = 24

Row = TypeVar("Row")


def read_span(params: Params) -> tuple[int | None, int | None]:
    """startTime and endTime, together at most 24 hours apart."""
    start_ms, end_ms = params.optional_integer("startTime"), params.optional_integer("endTime")
    if start_ms is not None and end_ms is not None:
        if end_ms < start_ms:
            raise OptionalParametersInvalid
        if end_ms - start_ms > LONGEST_HOURS * HOUR_MS:
            raise LookupTooLong(LONGEST_HOURS)
    return start_ms, end_ms


def rows_in_span(
    rows: Sequence[Row], params: Params, from_id: int | None, id_of: Callable[[Row], int], time_of: Callable[[Row], int]
) -> list[Row]:
    """Oldest first: from an id on, or within a span, else the newest; never more than `limit`."""
    start_ms, end_ms = read_span(params)
    limit = params.limit(500, 1000)
    if from_id is not None:
        first = bisect_left(rows, from_id, key=id_of)
        return list(rows[first : first + limit])
    first = 0 if start_ms is None else bisect_left(rows, start_ms, key=time_of)
    end = len(rows) if end_ms is None else bisect_right(rows, end_ms, key=time_of)
    return list(rows[max(first, end - limit) : end] if start_ms is None else rows[first : min(end, first + limit)])
