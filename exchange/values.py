"""Number types of what is kept on disk: exact decimals, written as plain text in JSON."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from exchange.instrument import plain

Number = Annotated[
    Decimal,
    Field(allow_inf_nan=False, max_digits=40),
    PlainSerializer(plain, return_type=str, when_used="json"),
]
"""A finite decimal; in JSON a string without exponent."""

ZERO = Decimal(0)


class Value(BaseModel):
    """A frozen value that is kept; an unknown field is an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")
