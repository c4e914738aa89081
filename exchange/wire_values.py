"""Single values of the venue's JSON: each is read strictly, so that no absurd one gets into the record.

A value that cannot be right makes the whole reply unreadable: a read is asked again, a write is in doubt.
"""

from datetime import UTC, datetime
from decimal import Decimal

_MOST_DIGITS = 20
"""Before the point and behind it: more than any price, quantity or sum of the venue has."""
_EARLIEST_MS = int(datetime(2017, 7, 1, tzinfo=UTC).timestamp()) * 1000
"""The venue's beginning."""
_LATEST_MS = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp()) * 1000
_MOST_WHOLE = 2**63


def number(value: object) -> Decimal:
    """A decimal of bounded length from the wire; the venue writes strings, margin sometimes numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise TypeError(f"{value!r} is not a number")
    parsed = Decimal(value)
    if not parsed.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    exponent = parsed.as_tuple().exponent
    if parsed.adjusted() >= _MOST_DIGITS or not isinstance(exponent, int) or exponent < -_MOST_DIGITS:
        raise ValueError(f"{value!r} is no number of a market")
    return parsed


def not_negative(value: object) -> Decimal:
    parsed = number(value)
    if parsed < 0:
        raise ValueError(f"{value!r} is below zero")
    return parsed


def positive(value: object) -> Decimal:
    parsed = number(value)
    if parsed <= 0:
        raise ValueError(f"{value!r} is not above zero")
    return parsed


def whole(value: object) -> int:
    """A count or an id, from zero on; cancels on margin write ids as text (Binance docs: DELETE margin/order)."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MOST_WHOLE:
        raise ValueError(f"{value!r} is no id or count")
    return value


def moment_ms(value: object) -> int:
    """A time in milliseconds that the venue's clock can show."""
    time_ms = whole(value)
    if not _EARLIEST_MS <= time_ms < _LATEST_MS:
        raise ValueError(f"{value!r} is no time of the venue")
    return time_ms


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def name(value: object) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise TypeError(f"{value!r} is no name")
    return value
