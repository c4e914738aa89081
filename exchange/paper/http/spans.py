"""Time spans and row limits of the history requests (Binance docs: all orders, account trade list, all order lists)."""

from collections.abc import Callable, Iterable
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
    rows: Iterable[Row], params: Params, from_id: int | None, id_of: Callable[[Row], int], time_of: Callable[[Row], int]
) -> list[Row]:
    """Oldest first: from an id on, or within a span, else the newest; never more than `limit`."""
    start_ms, end_ms = read_span(params)
    limit = params.limit(500, 1000)
    if from_id is not None:
        return [row for row in rows if id_of(row) >= from_id][:limit]
    found = [
        row
        for row in rows
        if (start_ms is None or time_of(row) >= start_ms) and (end_ms is None or time_of(row) <= end_ms)
    ]
    return found[:limit] if start_ms is not None else found[-limit:]
