"""The checkers of the venue's books see what they are for."""

from typing import Any

import pytest

from fsm.simulation.books import MOST_REQUESTS, BooksKept
from fsm.simulation.checks import PromiseBroken

START_MS = 1_736_798_400_000


def _ledger(free: str = "100", borrowed: str = "0", requests: int = 0) -> dict[str, Any]:
    entry = {"free": free, "locked": "0", "borrowed": borrowed, "interest": "0"}
    return {
        "time": START_MS,
        "market": {"BTCUSDC": {"last": "95000"}},
        "balances": {"cross": {"USDC": entry}},
        "venue": {"counterparty": {"USDC": "0"}},
        "requests": [{"n": number, "time": START_MS} for number in range(requests)],
    }


@pytest.mark.parametrize(
    ("ledger", "name"),
    [
        (_ledger(free="101"), "money"),
        (_ledger(free="107", borrowed="7"), "debt"),
        (_ledger(requests=MOST_REQUESTS + 1), "haste"),
    ],
)
def test_a_fault_in_the_books_is_named(ledger: dict[str, Any], name: str) -> None:
    """Coins from nowhere, a debt at rest, and a flood of requests each break a promise."""
    books = BooksKept()
    books.check(_ledger(), at_rest=True)
    with pytest.raises(PromiseBroken, match=name):
        books.check(ledger, at_rest=True)


def test_a_debt_of_an_open_trade_is_in_order() -> None:
    """What is borrowed is owed only once the trade is over."""
    BooksKept().check(_ledger(borrowed="6"), at_rest=False)
