"""One line of DeltaScout's log to a signal, to nothing of ours, or to a reason why it is refused.

No input of any shape raises. Numbers are kept as the text they were written as, so that no price passes through a
float and no huge number is ever computed.
"""

import json
from dataclasses import dataclass
from decimal import Decimal

from signals.direction import Direction
from signals.line import MAX_LINE_BYTES
from signals.price import parse_price
from signals.timestamp import parse_time_ms

SOURCE = "DeltaScout"

_ACTION = "PEAK"
_DIRECTIONS = {"long": Direction.LONG, "short": Direction.SHORT}
_SHOWN_CHARACTERS = 500
_SHOWN_IN_REASON = 60


@dataclass(frozen=True, slots=True)
class Peak:
    """A signal: UTC epoch milliseconds, direction, price of the signal's market, and the line as it was written."""

    time_ms: int
    direction: Direction
    price: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is refused, and why; the text is cut at 500 characters."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class NotPeak:
    """A blank line, or an object with another action: counted, never judged."""


class _Refused(ValueError):
    """What is wrong with the line."""


@dataclass(frozen=True, slots=True)
class _Number:
    """A JSON number (or NaN, Infinity) as it was written."""

    text: str


def parse_line(raw: bytes, strict_source: bool) -> Peak | Malformed | NotPeak:  # noqa: FBT001 - called with a setting
    """A PEAK object with valid `ts`, `kind` and `price` (and `source`, if strict) is a signal."""
    text = raw[: 4 * _SHOWN_CHARACTERS].decode("utf-8", "replace")[:_SHOWN_CHARACTERS]
    try:
        fields = _fields(raw)
        if fields.get("action") != _ACTION:
            return NotPeak()
        if strict_source:
            _check_source(fields.get("source"))
        return Peak(_time_ms(fields.get("ts")), _direction(fields.get("kind")), _price(fields.get("price")), text)
    except _Refused as refusal:
        return Malformed(str(refusal), text)


def _fields(raw: bytes) -> dict[str, object]:
    if len(raw) > MAX_LINE_BYTES:
        raise _Refused(f"line is longer than {MAX_LINE_BYTES} bytes")
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw.decode("utf-8"), parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    except UnicodeDecodeError as error:
        raise _Refused(f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise _Refused("JSON is nested too deeply") from None
    except ValueError as error:
        raise _Refused(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise _Refused(f"JSON, but {_shown(value)} instead of an object")
    return value


def _check_source(value: object) -> None:
    if value != SOURCE:
        raise _Refused(f"source is {_shown(value)}, not '{SOURCE}' (STRICT_SOURCE)")


def _time_ms(value: object) -> int:
    if not isinstance(value, str):
        raise _Refused(f"ts is {_shown(value)}, not an ISO 8601 text")
    try:
        return parse_time_ms(value)
    except ValueError as error:
        raise _Refused(f"ts {error}") from None


def _direction(value: object) -> Direction:
    direction = _DIRECTIONS.get(value.lower()) if isinstance(value, str) else None
    if direction is None:
        raise _Refused(f"kind is {_shown(value)}, not 'long' or 'short'")
    return direction


def _price(value: object) -> Decimal:
    if not isinstance(value, (str, _Number)):
        raise _Refused(f"price is {_shown(value)}, not a number")
    try:
        return parse_price(value if isinstance(value, str) else value.text)
    except ValueError as error:
        raise _Refused(f"price {error}") from None


def _shown(value: object) -> str:
    """A short name for a JSON value; containers are never printed, they may be too deep for it."""
    match value:
        case str():
            return ascii(value[:_SHOWN_IN_REASON])
        case _Number():
            return f"the number {value.text[:_SHOWN_IN_REASON]}"
        case None:
            return "null or missing"
        case bool():
            return str(value).lower()
        case list():
            return "an array"
        case _:
            return "an object"
