"""JSON lines as all our append-only files have them: one object a line, numbers exact, torn lines skipped."""

import json
from collections.abc import Iterator, Mapping, Set
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(time_ms: int) -> datetime:
    """The aware UTC time of milliseconds since the epoch, exactly."""
    return EPOCH + timedelta(milliseconds=time_ms)


def iso(time_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds: `2025-01-13T20:00:00.000Z`."""
    return utc(time_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ms_of_iso(text: str) -> int:
    """The milliseconds since the epoch that `iso` wrote."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


def encode(entry: Mapping[str, object]) -> bytes:
    """One line with its newline; takes any value: what JSON has no form for becomes text."""
    return json.dumps(plain(entry), separators=(",", ":")).encode("ascii") + b"\n"


def decode(content: bytes) -> Iterator[dict[str, object]]:
    """The objects in the content, oldest first; a line that is torn or no object is skipped."""
    return filter(None, map(_decode_line, content.split(b"\n")))


def _decode_line(line: bytes) -> dict[str, object] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def plain(value: object) -> object:
    """The value in JSON's types: numbers that are not whole as text without exponent, sets in order, else text."""
    form: object
    match value:
        case Enum():
            form = plain(value.value)
        case None | bool() | int() | str():
            form = value
        case Decimal():
            form = format(value, "f")
        case float():
            form = format(Decimal(repr(value)), "f")
        case Mapping():
            form = {str(key): plain(part) for key, part in value.items()}
        case list() | tuple():
            form = [plain(part) for part in value]
        case Set():
            form = sorted((plain(part) for part in value), key=str)
        case _:
            form = str(value)
    return form
