"""Reading what a script sends; what makes no sense is refused with a text that says what to change."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from exchange.paper.errors import ScriptRefused
from exchange.paper.numbers import ZERO

Given = Mapping[str, Any]

# larger or finer numbers could not be reckoned with to the last digit
LARGEST, DECIMALS = 10**12, 15
FINEST = Decimal(1).scaleb(-DECIMALS)


def fields(given: Any) -> Given:
    """The body as an object."""
    if not isinstance(given, Mapping):
        raise ScriptRefused(f"the body must be a JSON object, not {type(given).__name__}")
    return given


def decimal(given: Given, name: str, default: Decimal | None = None) -> Decimal:
    """A number of the script, sent as text or as a JSON number."""
    value = given.get(name)
    if value is None:
        if default is None:
            raise ScriptRefused(f"{name} is missing")
        return default
    try:
        number = Decimal(value if isinstance(value, Decimal) else str(value))
    except InvalidOperation:
        raise ScriptRefused(f"{name} must be a number, not {value!r}") from None
    if not number.is_finite():
        raise ScriptRefused(f"{name} must be finite, not {value!r}")
    if abs(number) > LARGEST or number != number.quantize(FINEST):
        raise ScriptRefused(f"{name} must be at most {LARGEST} and have at most {DECIMALS} decimals, not {value!r}")
    return number


def positive(given: Given, name: str) -> Decimal:
    """A number above zero."""
    number = decimal(given, name)
    if number <= ZERO:
        raise ScriptRefused(f"{name} must be above zero, not {number}")
    return number


def not_negative(given: Given, name: str) -> Decimal:
    """A number of zero or more."""
    number = decimal(given, name)
    if number < ZERO:
        raise ScriptRefused(f"{name} must be zero or more, not {number}")
    return number


def whole(given: Given, name: str, default: int, lowest: int = 0) -> int:
    """A whole number that is not below the lowest."""
    number = decimal(given, name, Decimal(default))
    if number != number.to_integral_value() or number < lowest:
        raise ScriptRefused(f"{name} must be a whole number of {lowest} or more, not {number}")
    return int(number)


def optional_positive(given: Given, name: str) -> Decimal | None:
    """A number above zero, if one was sent."""
    return None if given.get(name) is None else positive(given, name)


def flag(given: Given, name: str) -> bool:
    """A JSON true or false."""
    value = given.get(name)
    if not isinstance(value, bool):
        raise ScriptRefused(f"{name} must be true or false, not {value!r}")
    return value
