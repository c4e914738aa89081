"""The dedup key: minute of the UTC time, direction, price rounded half up and printed with fixed decimals."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.direction import Direction
from signals.key import dedup_fingerprint, dedup_key
from signals.peak import Peak, parse_line

EIGHT_PM_MS = 1_736_798_400_000


@pytest.mark.parametrize(
    ("price", "decimals", "printed"),
    [
        ("95000", 1, "95000.0"),
        ("95000.04", 1, "95000.0"),
        ("95000.05", 1, "95000.1"),
        ("95000.15", 1, "95000.2"),
        ("95000.25", 1, "95000.3"),
        ("95000.049999999999999999999", 1, "95000.0"),
        ("95000.5", 0, "95001"),
        ("94999.5", 0, "95000"),
        ("0.00000001", 8, "0.00000001"),
        ("0.000000005", 8, "0.00000001"),
        ("0.00000001", 1, "0.0"),
        ("999999999999.99999999", 8, "999999999999.99999999"),
        ("999999999999.95", 1, "1000000000000.0"),
    ],
)
def test_the_price_is_rounded_half_up_and_printed_with_all_decimals(price: str, decimals: int, printed: str) -> None:
    peak = Peak(EIGHT_PM_MS, Direction.LONG, Decimal(price), "")
    assert dedup_key(peak, decimals) == f"PEAK|2025-01-13T20:00|long|{printed}"


@pytest.mark.parametrize(
    ("time_ms", "minute"),
    [
        (EIGHT_PM_MS, "2025-01-13T20:00"),
        (EIGHT_PM_MS + 59_999, "2025-01-13T20:00"),
        (EIGHT_PM_MS + 60_000, "2025-01-13T20:01"),
        (-1, "1969-12-31T23:59"),
        (-62_135_596_800_000, "0001-01-01T00:00"),
    ],
)
def test_the_minute_is_the_one_the_time_lies_in(time_ms: int, minute: str) -> None:
    assert dedup_key(Peak(time_ms, Direction.SHORT, Decimal(1), ""), 1) == f"PEAK|{minute}|short|1.0"


def test_s1_the_key_comes_from_the_parsed_value_not_from_its_spelling() -> None:
    spelled = (
        b'{"action":"PEAK","source":"DeltaScout","ts":"2025-01-13T21:00:30+01:00","kind":"LONG","price":"95000.01"}'
    )
    peak = parse_line(spelled, strict_source=True)
    assert isinstance(peak, Peak)
    assert dedup_key(peak, 1) == "PEAK|2025-01-13T20:00|long|95000.0"


def test_s8_different_prices_in_one_minute_have_different_keys() -> None:
    keys = {dedup_key(Peak(EIGHT_PM_MS, Direction.LONG, Decimal(price), ""), 1) for price in (95_000, 95_001)}
    assert len(keys) == 2


@given(
    time_ms=st.integers(-62_135_596_800_000, 253_402_300_799_999),
    price=st.decimals("0.000000000001", "999999999999", places=12),
    decimals=st.integers(0, 8),
)
def test_every_signal_has_a_key_of_the_documented_form(time_ms: int, price: Decimal, decimals: int) -> None:
    key = dedup_key(Peak(time_ms, Direction.SHORT, price, ""), decimals)
    fraction = rf"\.[0-9]{{{decimals}}}" if decimals else ""
    assert re.fullmatch(rf"PEAK\|\d{{4}}-\d\d-\d\dT\d\d:\d\d\|short\|[0-9]+{fraction}", key)
    assert abs(Decimal(key.rsplit("|", 1)[1]) - price) <= Decimal(1).scaleb(-decimals) / 2


def test_the_fingerprint_is_a_sha_256_that_changes_with_the_settings_of_the_key() -> None:
    fingerprints = [dedup_fingerprint(decimals) for decimals in range(9)]
    assert all(re.fullmatch("[0-9a-f]{64}", fingerprint) for fingerprint in fingerprints)
    assert len(set(fingerprints)) == 9
    assert dedup_fingerprint(1) == fingerprints[1]
