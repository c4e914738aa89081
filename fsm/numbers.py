"""Number types of the record; they live with the values of the venue, so that guards may keep them too."""

from exchange.values import ZERO, Number, Value

__all__ = ["ZERO", "Number", "Value"]
