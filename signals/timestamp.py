"""Times from text to UTC epoch milliseconds and back."""

import re
from datetime import UTC, datetime, timedelta

MINUTE_MS = 60_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ISO_8601 = re.compile(
    r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}"
    r"[T ][0-9]{2}:?[0-9]{2}(:?[0-9]{2}([.,][0-9]+)?)?"
    r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
_MAX_CHARACTERS = 64


def parse_time_ms(text: str) -> int:
    """UTC epoch milliseconds of an ISO 8601 date and time; naive means UTC, offsets are converted."""
    shown = ascii(text[:_MAX_CHARACTERS])
    iso = text.upper()
    if len(text) > _MAX_CHARACTERS or not _ISO_8601.fullmatch(iso):
        raise ValueError(f"{shown} is not an ISO 8601 date and time")
    try:
        moment = datetime.fromisoformat(iso)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware.astimezone(UTC) - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{shown} is not a date and time of the calendar: {error}") from None


def minute_text(time_ms: int) -> str:
    """The UTC minute as YYYY-MM-DDTHH:MM."""
    moment = _EPOCH + timedelta(milliseconds=time_ms)
    return moment.replace(tzinfo=None).isoformat(timespec="minutes")
