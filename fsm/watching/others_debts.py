"""Which part of a debt after a close is the owner's own: he may borrow the same asset when no trade of ours is open."""

from decimal import Decimal

from loguru import logger

from exchange.errors import VenueError
from exchange.lending import Lender, LoanKind, LoanRecord
from exchange.values import ZERO
from guards.margin_debts import left_after_close
from guards.margin_memory import Debt, MarginBook


class OthersDebts:
    """Asks the loan records once for each debt that is shown; where they cannot be read it is taken for ours."""

    def __init__(self, lender: Lender | None) -> None:
        self._lender = lender
        self._left: dict[tuple[str | None, str], tuple[Debt, Decimal]] = {}
        """By trade and asset: the debt that was last asked about, and what of it is ours."""

    def left(self, book: MarginBook, asset: str, shown: Debt, *, automatic: bool) -> Decimal:
        """What of the debt shown after the close is ours."""
        if shown.total == ZERO:
            return ZERO
        asked, known = self._left.get((book.trade_key, asset), (None, ZERO))
        if asked == shown:
            return known
        records = self._records(book, asset)
        left = left_after_close(book, asset, shown, records or (), automatic=automatic)
        if records is not None:
            of_trade = {key: asked for key, asked in self._left.items() if key[0] == book.trade_key}
            self._left = {**of_trade, (book.trade_key, asset): (shown, left)}
        return left

    def _records(self, book: MarginBook, asset: str) -> list[LoanRecord] | None:
        if self._lender is None:
            return None
        try:
            return [record for kind in LoanKind for record in self._lender.loans(kind, asset, book.opened_ms)]
        except VenueError as error:
            logger.warning(
                "the loan records of {} cannot be read, so all that is owed counts as ours: {}", asset, error
            )
            return None
