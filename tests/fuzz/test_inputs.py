"""Signal lines, bars and settings of any shape: read, or refused by name; nothing else happens."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fsm.environment import AllSettings, BadSettings, names, read_settings
from signals.bars import HEADER, Bar, BarFeed, parse_row
from signals.peak import Malformed, NotPeak, Peak, parse_line
from tests.fuzz.mutations import mutated

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

SIGNAL = {"action": "PEAK", "source": "DeltaScout", "ts": "2025-01-13T20:00:00", "kind": "long", "price": 95000.5}
ROW = "2025-01-13 20:00:00,10,1,0.1,0.5,0.5,95000,95000,95010,94990"
WEIRD = st.sampled_from(
    ["", " ", "NaN", "-inf", "1e999", "0x10", "１２", "9" * 5000, "\x00", "true", "a,b", "-1", "1,2,3"]
)


@fuzzed
@given(st.one_of(st.binary(max_size=400), mutated(SIGNAL).map(lambda line: json.dumps(line).encode())), st.booleans())
def test_any_line_is_a_signal_or_not_or_refused(raw: bytes, strict: bool) -> None:  # noqa: FBT001
    """What is taken for a signal has a positive finite price and a time that a calendar has."""
    found = parse_line(raw, strict)
    assert isinstance(found, Peak | Malformed | NotPeak)
    if isinstance(found, Peak):
        assert found.price.is_finite()
        assert found.price > 0
        assert 0 < found.time_ms < 10**15
    if isinstance(found, Malformed):
        assert found.reason


@st.composite
def rows(draw: st.DrawFn) -> bytes:
    """A row with cells replaced, cut off or doubled."""
    cells = ROW.split(",")
    for _ in range(draw(st.integers(0, 3))):
        cells[draw(st.integers(0, 9))] = draw(st.one_of(WEIRD, st.text(max_size=8), st.floats().map(str)))
    raw = ",".join(cells).encode("utf-8", "surrogatepass")
    return raw[draw(st.integers(0, 3)) : len(raw) - draw(st.integers(0, 30))]


@fuzzed
@given(st.one_of(rows(), st.binary(max_size=200)))
def test_any_row_is_a_bar_or_skipped(raw: bytes) -> None:
    """A bar's prices are positive, finite and in order."""
    bar = parse_row(raw)
    if bar is not None:
        assert isinstance(bar, Bar)
        assert all(price.is_finite() and price > 0 for price in (bar.low, bar.high, bar.close))
        assert bar.low <= bar.close <= bar.high


@fuzzed
@given(lines=st.lists(st.one_of(rows(), st.binary(max_size=40)), max_size=8), header=st.booleans())
def test_any_file_of_bars_is_read_or_called_unusable(tmp_path: Path, lines: list[bytes], header: bool) -> None:  # noqa: FBT001
    """Bad rows are skipped, the good one after them is still found; another header is a problem with a name."""
    path = tmp_path / "aggregated.csv"
    first = HEADER.encode() if header else b"Timestamp,Price"
    path.write_bytes(b"\n".join([first, *lines, ROW.encode(), b""]))
    view = BarFeed(path, 500).read()
    assert header == (view.problem is None)
    assert header == bool(view.bars)


NAMES = sorted(names())


@fuzzed
@given(
    st.dictionaries(st.sampled_from([*NAMES, "TP_", "BINANCE_X"]), st.one_of(WEIRD, st.text(max_size=12)), max_size=8)
)
def test_any_settings_are_taken_or_refused_by_name(environ: dict[str, str]) -> None:
    """Each mistake says what it is about."""
    mistakes = ["none"]
    try:
        assert isinstance(read_settings(environ), AllSettings)
    except BadSettings as bad:
        mistakes = bad.mistakes
    assert mistakes
    assert all(mistake.strip() for mistake in mistakes)


@pytest.mark.parametrize("depth", [100, 10_000, 1_000_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    """Brackets without end are no way to stop the program."""
    line = b'{"action":"PEAK","price":' + b"[" * depth + b"]" * depth + b"}"
    assert isinstance(parse_line(line, strict_source=False), Malformed)
