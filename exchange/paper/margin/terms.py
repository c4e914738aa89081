"""What a margin order may do besides trading: borrow when it is placed, repay when it receives or is canceled."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exchange.paper.numbers import ZERO


class SideEffect(StrEnum):
    """sideEffectType (Binance docs: margin account new order)."""

    NO_SIDE_EFFECT = "NO_SIDE_EFFECT"
    MARGIN_BUY = "MARGIN_BUY"
    AUTO_REPAY = "AUTO_REPAY"
    AUTO_BORROW_REPAY = "AUTO_BORROW_REPAY"

    @property
    def borrows(self) -> bool:
        """The part that is missing is borrowed when the order is placed, filled or not."""
        return self in (SideEffect.MARGIN_BUY, SideEffect.AUTO_BORROW_REPAY)

    @property
    def repays(self) -> bool:
        """What a fill brings in pays back debt of that asset."""
        return self in (SideEffect.AUTO_REPAY, SideEffect.AUTO_BORROW_REPAY)


@dataclass(slots=True)
class MarginTerms:
    """Of one order, or of both legs of an OCO; `borrowed` is what was lent for it."""

    side_effect: SideEffect = SideEffect.NO_SIDE_EFFECT
    repays_at_cancel: bool = True
    borrowed: Decimal = ZERO
    borrowed_asset: str = ""
