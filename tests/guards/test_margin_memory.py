"""What the hooks remember survives the disk, and nothing else is accepted from it."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exchange.lending import LoanKind
from guards.margin_memory import (
    Debt,
    LoanRequest,
    MarginBook,
    MarginRuntime,
    RefusedTrade,
    RequestStatus,
)

numbers = st.decimals(0, 10**9, allow_nan=False, places=8)
requests = st.builds(
    LoanRequest,
    kind=st.sampled_from(LoanKind),
    asset=st.sampled_from(["BTC", "USDC"]),
    quantity=numbers,
    status=st.sampled_from(RequestStatus),
    sent_ms=st.integers(0, 10**13),
    settled_after_ms=st.none() | st.integers(0, 10**13),
    debt_before=numbers,
    transaction_id=st.none() | st.integers(1, 10**12),
    why=st.none() | st.just("refused"),
)
books = st.builds(
    MarginBook,
    trade_key=st.none() | st.just("t"),
    asset=st.sampled_from(["BTC", "USDC"]),
    prior=st.dictionaries(st.sampled_from(["BTC", "USDC"]), st.builds(Debt, principal=numbers, interest=numbers)),
    carried=st.dictionaries(st.sampled_from(["BTC", "USDC"]), numbers),
    needed=numbers,
    requests=st.lists(requests, max_size=3).map(tuple),
)


@settings(max_examples=40)
@given(books)
def test_a_book_comes_back_as_it_was(book: MarginBook) -> None:
    """Plain decimals as text, no exponent (X20)."""
    text = book.model_dump_json()
    assert "E-" not in text
    assert MarginBook.model_validate(json.loads(text)) == book


@pytest.mark.parametrize(
    "runtime",
    [
        MarginRuntime(),
        MarginRuntime(
            prepared="a",
            refused=RefusedTrade(trade_key="a", code="borrow_limit", why="too much"),
            opened="a",
            repaid="b",
            repaid_ms=7,
            closing_since_ms=5,
            carried={"BTC": Decimal("9E-8")},
        ),
    ],
)
def test_a_runtime_comes_back_as_it_was(runtime: MarginRuntime) -> None:
    shown = json.loads(runtime.model_dump_json())
    assert MarginRuntime.model_validate(shown) == runtime
    assert shown["carried"] == ({"BTC": "0.00000009"} if runtime.carried else {})


@pytest.mark.parametrize(
    "spoiled",
    [
        {"debt": "1"},
        {"carried": {"BTC": "NaN"}},
        {"prior": {"BTC": {"principal": "Infinity"}}},
        {"requests": [{"kind": "GIFT"}]},
        {"opened_ms": "soon"},
    ],
)
def test_what_was_never_written_is_refused(spoiled: dict[str, Any]) -> None:
    """R1: unknown fields and impossible values are errors, not surprises."""
    with pytest.raises(ValidationError):
        MarginBook.model_validate(spoiled)


def asked(kind: LoanKind, quantity: str, status: RequestStatus, asset: str = "BTC") -> LoanRequest:
    return LoanRequest(
        kind=kind, asset=asset, quantity=Decimal(quantity), status=status, sent_ms=5, debt_before=Decimal(0)
    )


def test_only_what_was_confirmed_counts() -> None:
    """Principal taken and repaid, by asset; a carried rest counts as taken."""
    confirmed, doubted = RequestStatus.CONFIRMED, RequestStatus.IN_DOUBT
    book = MarginBook(
        trade_key="t",
        asset="BTC",
        carried={"USDC": Decimal("0.5"), "BTC": Decimal("0.1")},
        requests=(
            asked(LoanKind.BORROW, "2", confirmed),
            asked(LoanKind.REPAY, "0.5", confirmed),
            asked(LoanKind.REPAY, "0.2", confirmed, "USDC"),
            asked(LoanKind.REPAY, "1.5", doubted),
        ),
    )
    assert (book.borrowed, book.taken("BTC"), book.repaid("BTC")) == (Decimal(2), Decimal("2.1"), Decimal("0.5"))
    assert (book.taken("USDC"), book.repaid("USDC")) == (Decimal("0.5"), Decimal("0.2"))
    assert book.owing == ("BTC", "USDC")
    assert book.unsettled == book.requests[-1]
    assert book.open_trade == "t"


def test_refused_requests_do_not_pile_up() -> None:
    """A venue that says -3007 for an hour leaves one refused request in the record."""
    book = MarginBook(trade_key="t", asset="BTC")
    for _ in range(100):
        book = book.with_request(asked(LoanKind.BORROW, "1", RequestStatus.INTENDED))
        book = book.with_last(status=RequestStatus.REJECTED)
    assert len(book.requests) == 1
    assert (book.open_trade, book.owing, book.last_sent_ms) == (None, (), 5)
