"""How much an entry has to borrow: rounded up to the smallest unit, commission included (M5)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.types import Balance, Side
from guards.margin_need import borrowed_asset, lacking
from tests.guards.sound_facts import INSTRUMENT, free

QUANTITY, ENTRY, TAKER = Decimal("0.00105"), Decimal("95000.5"), Decimal("0.001")
UNIT = Decimal("0.00000001")


def lacks(side: Side, balances: dict[str, Balance], quantity: Decimal = QUANTITY, entry: Decimal = ENTRY) -> Decimal:
    return lacking(side, quantity, entry, taker_rate=TAKER, balances=balances, instrument=INSTRUMENT)


@pytest.mark.parametrize(("side", "asset"), [(Side.BUY, "USDC"), (Side.SELL, "BTC")])
def test_a_long_borrows_quote_and_a_short_base(side: Side, asset: str) -> None:
    assert borrowed_asset(side, INSTRUMENT) == asset


@pytest.mark.parametrize(
    ("side", "balances", "expected"),
    [
        # 0.00105 * 95000.5 * 1.001 = 99.850275525
        (Side.BUY, {}, "99.85027553"),
        (Side.BUY, free(BTC="1"), "99.85027553"),
        (Side.BUY, free(USDC="50"), "49.85027553"),
        (Side.BUY, free(USDC="99.85027552"), "0.00000001"),
        (Side.BUY, free(USDC="99.85027553"), "0"),
        (Side.BUY, free(USDC="100"), "0"),
        (Side.BUY, {"USDC": Balance(Decimal(50), locked=Decimal(50))}, "49.85027553"),
        (Side.SELL, {}, "0.00105"),
        (Side.SELL, free(BTC="0.0005", USDC="100"), "0.00055"),
        (Side.SELL, free(BTC="0.00104999"), "0.00000001"),
        (Side.SELL, free(BTC="0.00105"), "0"),
    ],
)
def test_what_the_free_balance_lacks(side: Side, balances: dict[str, Balance], expected: str) -> None:
    """Locked funds do not count, and neither does any other asset."""
    assert lacks(side, balances) == Decimal(expected)


@given(
    st.sampled_from(Side),
    st.integers(1, 10**6).map(lambda steps: steps * INSTRUMENT.step_size),
    st.integers(1, 10**7).map(lambda ticks: ticks * INSTRUMENT.tick_size),
    st.integers(0, 10**11).map(lambda units: units * UNIT),
)
def test_borrowed_and_free_together_just_suffice(side: Side, quantity: Decimal, entry: Decimal, has: Decimal) -> None:
    """M5: never a unit short, never more than one unit over, and on the venue's grid of eight decimals."""
    asset = borrowed_asset(side, INSTRUMENT)
    missing = lacks(side, {asset: Balance(has, Decimal(0))}, quantity, entry)
    needed = quantity * entry * (1 + TAKER) if side is Side.BUY else quantity
    assert missing % UNIT == 0
    assert has + missing >= needed
    assert missing == 0 or has + missing - needed < UNIT
