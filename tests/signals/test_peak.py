"""One log line is a signal, nothing of ours, or refused with a reason; nothing raises."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.direction import Direction
from signals.line import MAX_LINE_BYTES
from signals.peak import Malformed, NotPeak, Peak, parse_line

EIGHT_PM_MS = int(datetime(2025, 1, 13, 20, 0, tzinfo=UTC).timestamp()) * 1_000
SOUND = {"action": "PEAK", "source": "DeltaScout", "ts": "2025-01-13T20:00:00", "kind": "long", "price": 95000.0}


def line(**changes: Any) -> bytes:
    return json.dumps({**SOUND, **changes}).encode()


def with_price(written: str) -> bytes:
    return line(price="@").replace(b'"@"', written.encode())


def reason(raw: bytes, *, strict_source: bool = True) -> str:
    parsed = parse_line(raw, strict_source)
    assert isinstance(parsed, Malformed), parsed
    assert parsed.reason.isprintable()
    assert len(parsed.reason) < 400
    return parsed.reason


def peak(raw: bytes) -> Peak:
    parsed = parse_line(raw, strict_source=True)
    assert isinstance(parsed, Peak), parsed
    return parsed


def test_a_sound_line_is_a_signal_and_keeps_its_text() -> None:
    raw = line(unknown={"deep": [1, 2]}, other=None)
    assert peak(raw) == Peak(EIGHT_PM_MS, Direction.LONG, Decimal("95000.0"), raw.decode())


@pytest.mark.parametrize("kind", ["long", "LONG", "Long", "lOnG"])
def test_s1_the_case_of_kind_never_changes_the_direction_long(kind: str) -> None:
    assert peak(line(kind=kind)).direction is Direction.LONG


@pytest.mark.parametrize("kind", ["short", "SHORT", "Short", "sHoRt"])
def test_s1_the_case_of_kind_never_changes_the_direction_short(kind: str) -> None:
    assert peak(line(kind=kind)).direction is Direction.SHORT


@pytest.mark.parametrize("kind", ["", "longs", " long", "ſhort", "buy", None, True, 1, ["long"], {"long": 1}])
def test_a_kind_that_is_not_exactly_long_or_short_is_refused(kind: Any) -> None:
    assert reason(line(kind=kind)).startswith("kind is ")


@pytest.mark.parametrize(
    ("raw", "because"),
    [
        (b"5", "JSON, but the number 5 instead of an object"),
        (b"true", "JSON, but true instead of an object"),
        (b"null", "JSON, but null or missing instead of an object"),
        (b'"PEAK"', "JSON, but 'PEAK' instead of an object"),
        (b"[1,2]", "JSON, but an array instead of an object"),
        (b"NaN", "JSON, but the number NaN instead of an object"),
        (b"-Infinity", "JSON, but the number -Infinity instead of an object"),
        (b"{", "not JSON: "),
        (b'{"action":"PEAK",}', "not JSON: "),
        (b"{} {}", "not JSON: "),
        (b"\xff\xfe{}", "not UTF-8 at byte 0"),
        (b'{"action":"PE\xc3AK"}', "not UTF-8 at byte 13"),
        (b'{"action":"PE\x00AK"}', "not JSON: "),
        (b"\x00", "not JSON: "),
        (b"\xef\xbb\xbf{}", "not JSON: "),
        (b"[" * 60_000, "JSON is nested too deeply"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "JSON is nested too deeply"),
        (b"9" * 60_000, "JSON, but the number 9999"),
        (b"x" * (MAX_LINE_BYTES + 1), f"line is longer than {MAX_LINE_BYTES} bytes"),
        (line(padding="x" * MAX_LINE_BYTES), f"line is longer than {MAX_LINE_BYTES} bytes"),
    ],
)
def test_s2_what_is_not_a_json_object_is_refused_with_its_reason(raw: bytes, because: str) -> None:
    assert reason(raw).startswith(because)


def test_s2_a_line_of_100_mb_is_refused_and_its_text_is_cut() -> None:
    parsed = parse_line(b"{" + b" " * 100_000_000, strict_source=True)
    assert isinstance(parsed, Malformed)
    assert len(parsed.text) == 500


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \r",
        b"{}",
        b'{"action":"TRADE","price":NaN}',
        b'{"action":"peak"}',
        b'{"action":["PEAK"]}',
        b'{"a":1e999}',
    ],
)
def test_blank_lines_and_other_actions_are_not_peaks(raw: bytes) -> None:
    assert parse_line(raw, strict_source=True) == NotPeak()


@pytest.mark.parametrize("field", ["NaN", "-Infinity", "1e999999999", "9" * 5_000])
def test_s2_what_stands_in_ignored_fields_does_not_matter(field: str) -> None:
    assert peak(line(ignored="@").replace(b'"@"', field.encode())).price == Decimal(95_000)


@pytest.mark.parametrize(
    ("ts", "after_ms"),
    [
        ("2025-01-13T20:00:00", 0),
        ("2025-01-13T20:00:00Z", 0),
        ("2025-01-13t20:00:00z", 0),
        ("2025-01-13 20:00:00", 0),
        ("2025-01-13T20:00", 0),
        ("20250113T200000Z", 0),
        ("2025-01-13T20:00:00+00:00", 0),
        ("2025-01-13T22:00:00+02:00", 0),
        ("2025-01-14T01:30:00+0530", 0),
        ("2025-01-13T11:00:00-09", 0),
        ("2025-01-13T20:00:59.999999", 59_999),
        ("2025-01-13T20:00:00.5Z", 500),
        ("2025-01-13T20:00:00.123456789Z", 123),
    ],
)
def test_ts_is_iso_8601_naive_means_utc_and_offsets_are_converted(ts: str, after_ms: int) -> None:
    assert peak(line(ts=ts)).time_ms == EIGHT_PM_MS + after_ms


def test_naive_means_utc_whatever_the_time_zone_of_the_machine() -> None:
    program = (
        f"from signals.timestamp import parse_time_ms; assert parse_time_ms('2025-01-13T20:00:00') == {EIGHT_PM_MS}"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program], cwd=root, env={**os.environ, "TZ": "Asia/Tokyo"}, check=True)


@pytest.mark.parametrize(
    "ts",
    [
        "", "now", "2025-01-13", "20:00:00", "2025-13-01T00:00:00", "2025-02-29T00:00:00", "2025-01-13T24:01:00",
        "2025-01-13T20:00:60", "2025-01-13T20:00:00+25:00", "2025-01-13T20:00:00 UTC", "2025-01-13T20:00:00\u0000",
        "２０２５-01-13T20:00:00", "2025-01-13\ud80020:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00",
        "1" * 5_000, "2025-W03-1T20:00:00", 1_736_798_400, None, True, [], {},
    ],
)  # fmt: skip
def test_s5_an_unreadable_ts_is_refused(ts: Any) -> None:
    assert reason(line(ts=ts)).startswith("ts ")


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("95000", "95000"),
        ("95000.10", "95000.10"),
        ('"95000.5"', "95000.5"),
        ('" 95000.5 "', "95000.5"),
        ("9.5e4", "95000"),
        ('"9.5E+4"', "95000"),
        ("1e-8", "0.00000001"),
        ("0.1", "0.1"),
        ("95000.000000000000000001", "95000.000000000000000001"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_the_price_is_exactly_what_was_written(written: str, price: str) -> None:
    assert f"{peak(with_price(written)).price:f}" == price


@pytest.mark.parametrize(
    "written",
    [
        "NaN", "Infinity", "-Infinity", '"NaN"', '"inf"', "0", "0.0", '"0"', "-1", '"-95000"', "-0.0", "1e999999999",
        "1e-999999999", "1e12", "1e-13", "9" * 5_000, '"' + "9" * 5_000 + '"', '"9_5000"', '"９５"', '"0x10"',
        '"95,000"', '""', '" "', '"1e9999"', "true", "false", "null", "[95000]", "{}", '"95000\\u0000"', '"\\ud800"',
        '"95 000"', '"95000.5.1"', "[" * 300 + "]" * 300,
    ],
)  # fmt: skip
def test_s2_a_price_that_is_not_positive_finite_and_sensible_is_refused(written: str) -> None:
    assert reason(with_price(written)).startswith("price ")


@pytest.mark.parametrize("field", ["ts", "kind", "price", "source"])
def test_a_missing_field_is_named(field: str) -> None:
    raw = json.dumps({name: value for name, value in SOUND.items() if name != field}).encode()
    assert reason(raw).startswith(f"{field} is null or missing")


@pytest.mark.parametrize("source", ["deltascout", "Other", "", None, 1, ["DeltaScout"]])
def test_strict_source_demands_deltascout_and_otherwise_any_source_will_do(source: Any) -> None:
    assert reason(line(source=source)).startswith("source is ")
    assert isinstance(parse_line(line(source=source), strict_source=False), Peak)


def test_s8_two_signals_of_one_minute_are_two_signals() -> None:
    first, second = peak(line(price=95_000)), peak(line(price=95_001))
    assert (first.time_ms, first.price, second.price) == (second.time_ms, Decimal(95_000), Decimal(95_001))


def test_a_signal_keeps_only_the_beginning_of_a_long_line() -> None:
    assert len(peak(line(padding="é" * 10_000)).text) == 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(raw=st.binary() | JSON.map(lambda value: json.dumps(value).encode()), strict=st.booleans())
def test_s2_no_bytes_raise(raw: bytes, strict: bool) -> None:  # noqa: FBT001 - drawn
    assert isinstance(parse_line(raw, strict), (Peak, Malformed, NotPeak))


@given(changes=st.dictionaries(st.sampled_from(sorted(SOUND)), JSON), cut=st.integers(0, 200), torn=st.booleans())
def test_s2_no_damaged_signal_raises(changes: dict[str, Any], cut: int, torn: bool) -> None:  # noqa: FBT001 - drawn
    raw = line(**changes)
    parsed = parse_line(raw[:cut] if torn else raw, strict_source=True)
    assert isinstance(parsed, (Peak, Malformed, NotPeak))
    if isinstance(parsed, Peak):
        assert parsed.price.is_finite()
        assert parsed.price > 0


def test_s2_deep_nesting_is_refused_however_deep_the_caller_already_is() -> None:
    def below(frames: int) -> None:
        if frames:
            below(frames - 1)
        else:
            assert isinstance(parse_line(b"[" * 2_000 + b"]" * 2_000, strict_source=True), Malformed)

    below(sys.getrecursionlimit() - 200)
