"""Records by pages, as the margin and wallet requests show them (Binance docs: borrow-repay records)."""

from collections.abc import Sequence
from typing import Any

from exchange.paper.errors import ParameterValueInvalid
from exchange.paper.http.params import Params

DEFAULT_SIZE, LARGEST_SIZE = 10, 100


def page(params: Params, rows: Sequence[Any]) -> dict[str, Any]:
    """`current` counts from one; `total` counts all rows."""
    current, size = params.optional_integer("current"), params.optional_integer("size")
    current = 1 if current is None else current
    size = DEFAULT_SIZE if size is None else size
    if current < 1:
        raise ParameterValueInvalid("current")
    if not 1 <= size <= LARGEST_SIZE:
        raise ParameterValueInvalid("size")
    return {"rows": list(rows[(current - 1) * size : current * size]), "total": len(rows)}


def in_span(params: Params, time_ms: int) -> bool:
    """Whether a time lies between startTime and endTime, as far as they were sent."""
    start_ms, end_ms = params.optional_integer("startTime"), params.optional_integer("endTime")
    return (start_ms is None or time_ms >= start_ms) and (end_ms is None or time_ms <= end_ms)
