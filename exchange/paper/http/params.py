"""Reading request parameters; what is wrong with them is answered in the venue's own words (Binance docs: errors)."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import TypeVar
from urllib.parse import parse_qsl

from exchange.paper.errors import (
    IllegalCharacters,
    ParameterEmpty,
    ParameterMissing,
    ParameterValueInvalid,
    TooMuchPrecision,
    WireError,
)
from exchange.paper.numbers import ZERO

DECIMAL_RANGE = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
INTEGER_RANGE = r"^-?[0-9]{1,18}$"
SYMBOL_RANGE = r"^[A-Z0-9-_.]{1,20}$"
CLIENT_ID_RANGE = r"^[a-zA-Z0-9-_]{1,36}$"
PRECISION = 8

Choice = TypeVar("Choice", bound=StrEnum)


def read_form(text: str) -> dict[str, str]:
    """Names and values of a query or form body; what is not encoded need not be decoded."""
    if "%" in text or "+" in text:
        return dict(parse_qsl(text, keep_blank_values=True))
    parts = (part.partition("=") for part in text.split("&") if part)
    return {name: value for name, _, value in parts}


@cache
def pattern(legal: str) -> re.Pattern[str]:
    """What a legal range means."""
    return re.compile(legal, re.ASCII)


class Params:
    """The parameters of one request by name."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def renamed(self, names: Mapping[str, str]) -> "Params":
        """The same parameters, with each new name reading what was sent under the old one."""
        values = {name: value for name, value in self._values.items() if name not in names.values()}
        return Params(values | {new: self._values[old] for new, old in names.items() if old in self._values})

    def optional(self, name: str) -> str | None:
        """The text of a parameter, or None if it was not sent."""
        value = self._values.get(name)
        if value == "":
            raise ParameterEmpty(name)
        return value

    def text(self, name: str) -> str:
        """The text of a mandatory parameter."""
        value = self._values.get(name)
        if not value:
            raise ParameterMissing(name)
        return value

    def _matching(self, name: str, legal: str) -> str | None:
        value = self.optional(name)
        if value is not None and not pattern(legal).fullmatch(value):
            raise IllegalCharacters(name, legal)
        return value

    def decimal(self, name: str) -> Decimal:
        """A mandatory quantity or price."""
        self.text(name)
        return self.optional_decimal(name)

    def optional_decimal(self, name: str) -> Decimal:
        """A quantity or price, zero if it was not sent."""
        value = self._matching(name, DECIMAL_RANGE)
        if value is None:
            return ZERO
        if len(value.partition(".")[2].rstrip("0")) > PRECISION:
            raise TooMuchPrecision(name)
        return Decimal(value)

    def optional_integer(self, name: str) -> int | None:
        """A whole number, if it was sent."""
        value = self._matching(name, INTEGER_RANGE)
        return None if value is None else int(value)

    def limit(self, default: int, highest: int) -> int:
        """How many rows are wanted; more than the highest is cut."""
        wanted = self.optional_integer("limit")
        if wanted is None:
            return default
        if wanted < 1:
            raise ParameterValueInvalid("limit")
        return min(wanted, highest)

    def client_id(self, name: str) -> str | None:
        """A client order id, if it was sent."""
        return self._matching(name, CLIENT_ID_RANGE)

    def symbol(self) -> str:
        """The mandatory symbol, not yet looked up."""
        self.text("symbol")
        return self._matching("symbol", SYMBOL_RANGE) or ""

    def choice(self, name: str, choices: type[Choice], refusal: WireError) -> Choice:
        """One word of a mandatory enumeration, else the refusal that belongs to it."""
        return self.optional_choice(self.text(name), choices, refusal)

    @staticmethod
    def optional_choice(value: str, choices: type[Choice], refusal: WireError) -> Choice:
        """One word of an enumeration, else the refusal that belongs to it."""
        try:
            return choices(value)
        except ValueError:
            raise refusal from None

    def flag(self, name: str) -> bool:
        """A true or false in any letter case; false if it was not sent."""
        value = (self.optional(name) or "false").lower()
        if value not in ("true", "false"):
            raise ParameterValueInvalid(name)
        return value == "true"
