"""Prices from text, exactly: no float, no absurd magnitude."""

import re
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_MAX_CHARACTERS = 40
_LOWEST = Decimal("0.000000000001")
_HIGHEST = Decimal(1_000_000_000_000)


def parse_price(text: str) -> Decimal:
    """A positive finite price; anything else is a ValueError that says what is wrong."""
    number = text.strip()
    if len(number) > _MAX_CHARACTERS:
        raise ValueError(f"{number[:_MAX_CHARACTERS]!a}… has more than {_MAX_CHARACTERS} characters")
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"{number!a} is not a finite number")
    price = Decimal(number)
    if not _LOWEST <= price < _HIGHEST:
        raise ValueError(f"{number} is outside {_LOWEST:f} to {_HIGHEST:f}")
    return price
