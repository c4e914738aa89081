"""Bars are read as the file grows; a bad row costs itself, a bad header is named, a torn row waits (S11, S12)."""

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.bars import HEADER, Bar, BarFeed, BarsView, complete_bars, parse_row, signal_bar, window
from signals.timestamp import MINUTE_MS, minute_text

EIGHT_PM_MS = 1_736_798_400_000
HEAD = HEADER + "\n"


def row(minute: int, close: str = "95000", *, high: str = "95100", low: str = "94900") -> str:
    return f"{minute_text(EIGHT_PM_MS + minute * MINUTE_MS)}:00,7,1.5,0.2,1,0.5,95000.1,{close},{high},{low}\n"


def bar(minute: int, close: str = "95000", *, high: str = "95100", low: str = "94900") -> Bar:
    return Bar(EIGHT_PM_MS + minute * MINUTE_MS, Decimal(close), Decimal(high), Decimal(low))


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return tmp_path / "aggregated.csv"


def append(path: Path, text: str) -> None:
    with path.open("a", newline="") as file:
        file.write(text)


def test_bars_are_read_incrementally_and_only_the_newest_are_kept(csv: Path) -> None:
    feed = BarFeed(csv, 3)
    csv.write_text(HEAD + row(0) + row(1))
    assert feed.read() == BarsView((bar(0), bar(1)))
    append(csv, row(2) + row(3, "95050.5"))
    assert feed.read() == BarsView((bar(1), bar(2), bar(3, "95050.5")))
    assert feed.read() is feed.read()


def test_the_columns_are_found_by_the_header_that_is_demanded() -> None:
    assert parse_row(b"2025-01-13T20:00:00,1,2,3,4,5,6,95000.5,95001.5,94999.5") == Bar(
        EIGHT_PM_MS, Decimal("95000.5"), Decimal("95001.5"), Decimal("94999.5")
    )


@pytest.mark.parametrize(
    "written",
    [
        "2025-01-13T20:00:00", "2025-01-13 20:00:00", "2025-01-13 20:00", "2025-01-13T20:00:00Z",
        "2025-01-13 22:00:00+02:00", "2025-01-13T20:00:59.999", "1736798400", "1736798459.9", "1736798400000",
    ],
)  # fmt: skip
def test_a_bar_lies_in_the_utc_minute_of_its_time(written: str) -> None:
    parsed = parse_row(f"{written},1,2,3,4,5,6,95000,95000,95000".encode())
    assert parsed is not None
    assert parsed.time_ms == EIGHT_PM_MS


BAD_ROWS = [
    "",
    ",,,,,,,,,",
    HEADER,
    "2025-01-13T20:00:00,1,2,3,4,5,6,95000,95100",
    "2025-01-13T20:00:00,1,2,3,4,5,6,95000,95100,94900,1",
    "yesterday,1,2,3,4,5,6,95000,95100,94900",
    "2025-01-13,1,2,3,4,5,6,95000,95100,94900",
    "20250113,1,2,3,4,5,6,95000,95100,94900",
    "2025-13-13T20:00:00,1,2,3,4,5,6,95000,95100,94900",
    "99999999999999999999,1,2,3,4,5,6,95000,95100,94900",
    "nan,1,2,3,4,5,6,95000,95100,94900",
    "2025-01-13T20:00:00,1,2,3,4,5,6,nan,95100,94900",
    "2025-01-13T20:00:00,1,2,3,4,5,6,95000,inf,94900",
    "2025-01-13T20:00:00,1,2,3,4,5,6,95000,95100,",
    "2025-01-13T20:00:00,1,2,3,4,5,6,95000,95100,-1",
    "2025-01-13T20:00:00,1,2,3,4,5,6,0,0,0",
    "2025-01-13T20:00:00,1,2,3,4,5,6,9500,95100,94900",
    "2025-01-13T20:00:00,1,2,3,4,5,6,95000,94900,95100",
    "2025-01-13T20:00:00,1,2,3,4,5,6,95000,1e999999999,94900",
    "2025-01-13T20:00:00,1,2,3,4,5,6,95000,9510" + row(1).rstrip(),
    "\x00" * 100,
    "x" * 200_000,
]


@pytest.mark.parametrize("bad", BAD_ROWS)
def test_s11_a_bad_row_is_skipped_and_counted_and_costs_only_itself(csv: Path, bad: str) -> None:
    csv.write_text(HEAD + row(0) + bad + "\n" + row(1))
    feed = BarFeed(csv, 10)
    assert feed.read() == BarsView((bar(0), bar(1)), skipped=1)
    append(csv, bad + "\n" + row(2))
    assert feed.read() == BarsView((bar(0), bar(1), bar(2)), skipped=2)


@given(raw=st.binary() | st.text("0123456789-:T.,eE+ nan", max_size=80).map(str.encode))
def test_s11_no_row_raises(raw: bytes) -> None:
    assert isinstance(parse_row(raw), (Bar, type(None)))


@pytest.mark.parametrize("cut", range(1, len(row(1))))
def test_s12_a_half_written_last_row_is_ignored_until_it_is_complete(csv: Path, cut: int) -> None:
    feed = BarFeed(csv, 10)
    csv.write_text(HEAD + row(0) + row(1)[:cut])
    assert feed.read() == BarsView((bar(0),))
    append(csv, row(1)[cut:])
    assert feed.read() == BarsView((bar(0), bar(1)))


@pytest.mark.parametrize(
    "header",
    [
        "Timestamp,Trades,TotalQty,AvgSize,BuyQty,SellQty,AvgPrice,ClosePrice,LowPrice,HiPrice\n",
        HEADER.lower() + "\n",
        HEADER + ",Extra\n",
        HEADER + " \n",
        "\ufeff" + HEADER + "\n",
        "\n",
        row(0),
        "\x00" * 100_000,
    ],
)
def test_s11_another_header_is_a_named_problem_without_bars_until_it_is_right(csv: Path, header: str) -> None:
    csv.write_text(header + row(0))
    feed = BarFeed(csv, 10)
    for _ in range(2):
        view = feed.read()
        assert (view.bars, view.skipped) == ((), 0)
        assert str(view.problem).endswith(f"expected the header {HEADER}")
    csv.write_text(HEAD + row(0))
    assert feed.read() == BarsView((bar(0),))


def test_a_missing_file_means_no_bars_and_no_problem(csv: Path) -> None:
    feed = BarFeed(csv, 10)
    assert feed.read() == BarsView()
    csv.write_text(HEAD + row(0))
    assert feed.read() == BarsView((bar(0),))
    csv.unlink()
    assert feed.read() == BarsView()


@pytest.mark.parametrize("beginning", ["", "Time", HEADER])
def test_a_header_that_is_still_being_written_is_waited_for(csv: Path, beginning: str) -> None:
    feed = BarFeed(csv, 10)
    csv.write_text(beginning)
    assert feed.read() == BarsView()
    append(csv, HEAD[len(beginning) :] + row(0))
    assert feed.read() == BarsView((bar(0),))


def test_rows_that_end_in_carriage_return_and_newline_are_sound(csv: Path) -> None:
    csv.write_bytes((HEAD + row(0)).replace("\n", "\r\n").encode())
    assert BarFeed(csv, 10).read() == BarsView((bar(0),))


def test_what_cannot_be_read_is_a_problem_not_an_error(csv: Path) -> None:
    csv.mkdir()
    assert BarFeed(csv, 10).read() == BarsView(problem=f"{csv} cannot be read: Is a directory")


def by_rename(csv: Path, content: str) -> None:
    csv.with_name("fresh").write_text(content)
    os.replace(csv.with_name("fresh"), csv)


def in_place(csv: Path, content: str) -> None:
    csv.write_text(content)


@pytest.mark.parametrize("rewrite", [by_rename, in_place])
@pytest.mark.parametrize("rows", [[row(5)], [row(minute) for minute in range(5, 100)]])
def test_s10_a_rotated_or_truncated_file_is_read_anew(
    csv: Path, rewrite: Callable[[Path, str], None], rows: list[str]
) -> None:
    feed = BarFeed(csv, 200)
    csv.write_text(HEAD + row(0) + "bad\n" + row(1))
    feed.read()
    rewrite(csv, HEAD + "".join(rows))
    assert feed.read() == BarsView(tuple(bar(5 + index) for index in range(len(rows))))


def test_the_last_row_rewritten_in_place_replaces_its_bar(csv: Path) -> None:
    feed = BarFeed(csv, 10)
    csv.write_text(HEAD + row(0) + row(1, "95000"))
    feed.read()
    csv.write_text(HEAD + row(0) + row(1, "95001"))
    assert feed.read() == BarsView((bar(0), bar(1, "95001")))


def test_of_two_rows_for_a_minute_the_last_counts_and_the_order_of_rows_does_not_matter(csv: Path) -> None:
    csv.write_text(HEAD + row(3) + row(1, "95001") + row(2) + row(1, "95002"))
    assert BarFeed(csv, 2).read().bars == (bar(2), bar(3))
    assert BarFeed(csv, 10).read().bars == (bar(1, "95002"), bar(2), bar(3))


def test_a_long_file_is_read_from_its_end(csv: Path) -> None:
    """Between the header and the last rows is a hole of a terabyte."""
    csv.write_text(HEAD)
    with csv.open("r+b") as file:
        file.seek(2**40)
        file.write(("\n" + "".join(row(minute) for minute in range(50))).encode())
    assert BarFeed(csv, 10).read() == BarsView(tuple(bar(minute) for minute in range(40, 50)))


@given(minutes=st.lists(st.integers(0, 30), max_size=40), cuts=st.lists(st.integers(1, 400), max_size=10))
def test_reading_in_pieces_equals_reading_at_once(
    tmp_path_factory: pytest.TempPathFactory, minutes: list[int], cuts: list[int]
) -> None:
    csv = tmp_path_factory.mktemp("bars") / "aggregated.csv"
    content = HEAD + "".join(row(minute, str(95_000 + index)) for index, minute in enumerate(minutes))
    feed = BarFeed(csv, 20)
    for cut in cuts:
        append(csv, content[:cut])
        content = content[cut:]
        feed.read()
    append(csv, content)
    newest = sorted({minute: str(95_000 + index) for index, minute in enumerate(minutes)}.items())[-20:]
    assert feed.read() == BarsView(tuple(bar(minute, close) for minute, close in newest))


@pytest.mark.parametrize(
    ("minutes", "signal_s", "expected"),
    [
        ([0, 1, 2], 0, 0),
        ([0, 1, 2], 59.999, 0),
        ([0, 1, 2], 60, 1),
        ([0, 1, 9], 125, 1),
        ([0], 60 + 180, 0),
        ([0], 60 + 180.001, None),
        ([1, 2], 59, None),
        ([], 0, None),
        ([0, 1_000_000], 100, 0),
    ],
)
def test_the_signals_bar_is_that_of_its_minute_else_the_last_before_it_if_it_ended_no_longer_ago_than_allowed(
    minutes: list[int], signal_s: float, expected: int | None
) -> None:
    bars = [bar(minute) for minute in minutes]
    found = signal_bar(bars, EIGHT_PM_MS + round(signal_s * 1_000), 180)
    assert found == (None if expected is None else bar(expected))


def test_the_window_is_the_last_bars_up_to_and_including_the_signals() -> None:
    bars = [bar(minute) for minute in (0, 1, 3, 4, 5)]
    assert window(bars, bars[3], 3) == tuple(bars[1:4])
    assert window(bars, bars[0], 180) == (bars[0],)


def test_s11_neither_the_running_bar_nor_one_dated_ahead_is_complete() -> None:
    bars = [bar(minute) for minute in (0, 1, 2, 1_000_000)]
    assert complete_bars(bars, EIGHT_PM_MS + 2 * MINUTE_MS) == tuple(bars[:2])
    assert complete_bars(bars, EIGHT_PM_MS + 2 * MINUTE_MS - 1) == tuple(bars[:1])
