"""Whether the price that a market order would get still fits the plan."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guards.entry_price import PriceRefusal, PriceRule, executable
from signals.direction import Direction

LONG, SHORT = Direction.LONG, Direction.SHORT


def asked(direction: Direction, price: str | None, rule: PriceRule) -> PriceRefusal | None:
    """Ask for a plan of entry 100 and R 8; the other side of the book is far away, to show that it does not count."""
    far, this = Decimal(1000), None if price is None else Decimal(price)
    stop, tp1 = (Decimal(92), Decimal(108)) if direction is LONG else (Decimal(108), Decimal(92))
    bid, ask = (far, this) if direction is LONG else (this, far)
    return executable(
        direction, entry=Decimal(100), stop=stop, tp1=tp1, r=Decimal(8), quote_bid=bid, quote_ask=ask, settings=rule
    )


STRICT = PriceRule()
WIDE = PriceRule(deviation_r=Decimal(5))
WIDE_PAST_TP1 = PriceRule(deviation_r=Decimal(5), refuse_past_tp1=False)


@pytest.mark.parametrize(
    ("direction", "price", "rule", "code"),
    [
        (LONG, "100", STRICT, None),
        (LONG, "95", STRICT, None),
        # a quarter of R is 2
        (LONG, "102", STRICT, None),
        (LONG, "102.01", STRICT, "too_far"),
        (LONG, "105", PriceRule(deviation_quote=Decimal(5)), None),
        (LONG, "105.01", PriceRule(deviation_quote=Decimal(5)), "too_far"),
        (LONG, "102", PriceRule(deviation_quote=Decimal(1)), None),
        (LONG, "92.01", STRICT, None),
        (LONG, "92", STRICT, "past_stop"),
        (LONG, "91", STRICT, "past_stop"),
        (LONG, "107.99", WIDE, None),
        (LONG, "108", WIDE, "past_tp1"),
        (LONG, "109", WIDE, "past_tp1"),
        (LONG, "109", WIDE_PAST_TP1, None),
        (LONG, "140.01", WIDE_PAST_TP1, "too_far"),
        (SHORT, "100", STRICT, None),
        (SHORT, "98", STRICT, None),
        (SHORT, "97.99", STRICT, "too_far"),
        (SHORT, "107.99", STRICT, None),
        (SHORT, "108", STRICT, "past_stop"),
        (SHORT, "92.01", WIDE, None),
        (SHORT, "92", WIDE, "past_tp1"),
        (SHORT, "91", WIDE_PAST_TP1, None),
        # no price: an absent quote, or an empty side of the book
        (LONG, None, STRICT, "no_price"),
        (SHORT, "0", STRICT, "no_price"),
        (LONG, None, PriceRule(require_price=False), None),
        (SHORT, "0", PriceRule(require_price=False), None),
    ],
)
def test_e10_a_price_that_ran_away_is_not_chased(
    direction: Direction, price: str | None, rule: PriceRule, code: str | None
) -> None:
    """E10: the ask for LONG and the bid for SHORT decide, with and without a price in the book."""
    refused = asked(direction, price, rule)
    assert (refused and refused.code) == code


def test_a_refusal_says_what_was_measured() -> None:
    """The measured value, its threshold, and a sentence."""
    refused = asked(LONG, "102.5", STRICT)
    assert refused == PriceRefusal(
        "too_far", Decimal("2.5"), Decimal(2), "102.5 is 2.5 worse than the entry 100, more than 2"
    )


@given(price=st.decimals(min_value=80, max_value=120, places=2), rule=st.sampled_from([STRICT, WIDE, WIDE_PAST_TP1]))
def test_a_short_is_judged_like_the_mirrored_long(price: Decimal, rule: PriceRule) -> None:
    """Reflected at the entry the same price gets the same answer."""
    as_long, as_short = asked(LONG, str(price), rule), asked(SHORT, str(200 - price), rule)
    assert (as_long and as_long.code) == (as_short and as_short.code)
