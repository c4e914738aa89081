"""Client order ids say trade, role and leg, and nothing else is taken for one of ours."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.ids import PREFIX, OrderName, Role, parse, trade_id

TRADE = "2501132000L3f9a1c"
MINUTES = st.integers(min_value=946_684_800_000, max_value=4_102_444_799_999)


TRADES = st.builds(trade_id, st.text(), MINUTES, st.sampled_from(("L", "S")))


@given(st.builds(OrderName, TRADES, st.sampled_from(Role), st.integers(0, 9), st.integers(0, 999_999)))
def test_every_id_is_legal_and_says_what_it_was_made_of(name: OrderName) -> None:
    """At most 36 characters of the venue's legal range, with our prefix, and readable back."""
    assert re.fullmatch(r"[a-zA-Z0-9-_]{1,36}", name.client_id)
    assert name.client_id.startswith(PREFIX)
    assert parse(name.client_id) == name


def test_an_id_reads_as_documented() -> None:
    assert OrderName(TRADE, Role.STOP, 2, 7).client_id == "EX-2501132000L3f9a1c-S2-7"


def test_the_trade_id_depends_on_the_signal_alone() -> None:
    """A signal read again after a crash finds the orders of its first life."""
    made = trade_id("PEAK|2025-01-13T20:00|long|95000.0", 1_736_798_400_000, "L")
    assert made == trade_id("PEAK|2025-01-13T20:00|long|95000.0", 1_736_798_400_000, "L")
    assert made.startswith("2501132000L")
    assert made != trade_id("PEAK|2025-01-13T20:00|long|95000.1", 1_736_798_400_000, "L")


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "EX-",
        "x-TKT5PX2F0123456789",
        "web_2501132000L3f9a1c-S2-7",
        "EX-2501132000L3f9a1c-S2",
        "EX-2501132000L3f9a1c-Q2-7",
        "EX-2501132000X3f9a1c-S2-7",
        "EX-2501132000L3F9A1C-S2-7",
        "EX-2501132000L3f9a1c-S2-07",
        "EX-2501132000L3f9a1c-S2-7\n",
        " EX-2501132000L3f9a1c-S2-7",
        "EX-٢٥٠١١٣٢٠٠٠L3f9a1c-S2-7",
    ],
)
def test_an_id_that_we_would_not_write_is_not_ours(foreign: str) -> None:
    assert parse(foreign) is None


@pytest.mark.parametrize(("leg", "revision"), [(10, 0), (-1, 0), (0, -1), (0, 1_000_000)])
def test_a_name_that_has_no_id_cannot_be_built(leg: int, revision: int) -> None:
    with pytest.raises(ValueError, match="cannot be a client order id"):
        OrderName(TRADE, Role.STOP, leg, revision)
