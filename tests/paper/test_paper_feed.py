"""Prices that nobody scripts: recorded bars in the forms that others write, and the market made from a seed."""

import random
from collections import Counter
from contextlib import chdir
from decimal import Decimal
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from exchange.paper.exchange import PaperExchange
from exchange.paper.market.recorded import AGGREGATED, KLINES, read_bars
from exchange.paper.market.regimes import HIGHEST, LOWEST, REGIMES, PathStep, seeded_path
from exchange.paper.settings import CannotStart, PaperSettings
from run import app
from tests.paper.paper_door import SYMBOL, Door

MINUTE_MS = 60_000
OPEN_MS = 1_735_689_600_000
"""2025-01-01T00:00:00Z"""

AGGREGATED_CSV = f"""{AGGREGATED}
2025-01-13T20:00:00Z,10,8,0.4,1,1,95010,95020,95050,94990
2025-01-13T20:01:00Z,10,4,0.4,1,1,95010,94950,95020,94940
"""


def kline(minute: int, opened: str, high: str, low: str, closed: str, volume: str = "4", unit: int = 1) -> str:
    """A row of a klines file; `unit` 1000 writes microseconds."""
    opens, ends = (OPEN_MS + minute * MINUTE_MS) * unit, (OPEN_MS + (minute + 1) * MINUTE_MS) * unit - 1
    return f"{opens},{opened},{high},{low},{closed},{volume},{ends},380000.0,10,2.0,190000.0,0\n"


def klines(unit: int = 1) -> str:
    """Two minutes, a gap of one, a silent one, and another."""
    return "".join(
        (
            kline(0, "95000.00", "95050.00", "94990.00", "95020.00", "8.00000", unit),
            kline(1, "95020.00", "95030.00", "94900.00", "94950.00", "4.00003", unit),
            kline(3, "94960.00", "94960.00", "94960.00", "94960.00", "0.00000", unit),
            kline(4, "94970.00", "95100.00", "94970.00", "95100.00", "2.00000", unit),
        )
    )


def written(folder: Path, text: str) -> Path:
    path = folder / "bars.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [klines(), klines(1000), f"{KLINES}\n{klines(1000)}", f"\ufeff{KLINES}\r\n" + klines().replace("\n", "\r\n")],
    ids=["milliseconds", "microseconds", "with a header", "from Windows"],
)
def test_klines_as_binance_publishes_them_are_read_in_every_form(tmp_path: Path, text: str) -> None:
    """Times are in milliseconds, since 2025 in microseconds; newer files have a header."""
    bars = read_bars(written(tmp_path, text))
    assert [(bar.open_ms - OPEN_MS) // MINUTE_MS for bar in bars] == [0, 1, 3, 4]
    assert {bar.width_ms for bar in bars} == {MINUTE_MS}
    assert str(bars[1].open_price) == "95020.00"
    assert [str(price) for price in (bars[1].high, bars[1].low)] == ["95030.00", "94900.00"]
    assert [bar.is_silent for bar in bars] == [False, False, True, False]


def replayed(folder: Path, text: str, minutes: int) -> Door:
    door = Door(PaperSettings(bars=written(folder, text)))
    door.clock.advance(minutes * MINUTE_MS)
    return door


@pytest.mark.parametrize("symbol", ["BTCUSDC", "BTCUSDT"])
def test_the_candles_served_are_those_of_the_file(tmp_path: Path, symbol: str) -> None:
    """Prices and volume to the last digit; what the file leaves out, and its silent minute, are flat."""
    door = replayed(tmp_path, klines(), 5)
    rows = door.ok("GET", "/api/v3/klines", symbol=symbol, interval="1m", limit=6)[:-1]
    shown = [tuple(Decimal(value).normalize() for value in row[1:6]) for row in rows]
    assert shown == [
        tuple(Decimal(value).normalize() for value in row)
        for row in (
            ("95000", "95050", "94990", "95020", "8.00001"),
            ("95020", "95030", "94900", "94950", "4.00003"),
            ("94950", "94950", "94950", "94950", "0"),
            ("94950", "94950", "94950", "94950", "0"),
            ("94970", "95100", "94970", "95100", "2"),
        )
    ]


def test_a_bar_is_played_open_nearer_extreme_other_extreme_close(tmp_path: Path) -> None:
    door = replayed(tmp_path, klines(), 2)
    prices = [float(row["price"]) for row in door.ok("GET", "/api/v3/trades", symbol=SYMBOL)]
    assert prices == [95000, 95000, 94990, 95050, 95020, 95020, 95030, 94900, 94950]


def test_aggregated_minutes_open_at_the_close_before(tmp_path: Path) -> None:
    """They are played at their distance in time, a quarter of a minute from point to point."""
    door = Door(PaperSettings(bars=written(tmp_path, AGGREGATED_CSV)))
    seen = [door.exchange.venue.markets[SYMBOL].last_price]
    for _ in range(8):
        door.clock.advance(15_000)
        door.exchange.catch_up()
        seen.append(door.exchange.venue.markets[SYMBOL].last_price)
    assert seen == [95020, 94990, 95050, 95020, 95020, 95020, 94940, 94950, 94950]


def test_a_gap_in_time_is_played_as_one(tmp_path: Path) -> None:
    """Nothing trades meanwhile, and the next bar opens with a jump that leaves out a stop in between."""
    text = kline(0, "95000", "95000", "95000", "95000") + kline(60, "94000", "94000", "94000", "94000")
    door = replayed(tmp_path, text, 1)
    door.deposit("BTC", "0.01")
    door.order("SELL", "STOP_LOSS_LIMIT", "0.01", stopPrice="94500", price="94499.98", newClientOrderId="stop")
    door.clock.advance(58 * MINUTE_MS)
    assert len(door.ok("GET", "/api/v3/trades", symbol=SYMBOL)) == 5
    door.clock.advance(2 * MINUTE_MS)
    assert door.find("stop")["isWorking"]
    assert door.state("stop") == ("NEW", "0")


GOOD = kline(0, "95000", "95050", "94990", "95020")
BAD_FILES = [
    (GOOD + kline(1, "95020", "95030", "94900", "x"), "line 2: close 'x' is no number"),
    (
        GOOD + kline(1, "95020", "95010", "94900", "95000"),
        "line 2: price 95020 is not between low 94900",
    ),
    (GOOD + kline(1, "95020", "NaN", "94900", "95000"), "line 2: high NaN is not between"),
    (GOOD + kline(1, "95020", "1e30", "94900", "95000"), "line 2: high 1e30 is not between"),
    (GOOD + kline(1, "95020", "95030", "0", "95000"), "line 2: low is zero"),
    (GOOD + kline(1, "95020", "95030", "94900", "95000", "-1"), "line 2: volume -1 is not between"),
    (GOOD + GOOD, "line 2: its time 1735689600000 ms is not after"),
    (GOOD + "1,2,3\n", "line 2: has 3 columns instead of 12"),
    (GOOD + "\n", "line 2: has 1 columns instead of 12"),
    (GOOD + GOOD.replace(str(OPEN_MS), "soon"), "line 2: its time 'soon' is neither"),
    (GOOD.replace(str(OPEN_MS + MINUTE_MS - 1), str(OPEN_MS)), "line 1: its close time"),
    (f"{KLINES}\n", "has no bars"),
    ("", "line 1: '' is neither a kline"),
    ("Timestamp,Price\n1,2\n", "line 1: 'Timestamp,Price' is neither a kline"),
    (AGGREGATED_CSV.replace("94940", "x"), "line 3: LowPrice 'x' is no number"),
    (AGGREGATED_CSV.replace("2025-01-13T20:01", "2025-01-13T19:59"), "line 3: its time"),
    (AGGREGATED_CSV.replace("95020,94940\n", ""), "line 3: has 9 columns instead of 10"),
]


@pytest.mark.parametrize(("text", "fault"), BAD_FILES, ids=[fault for _, fault in BAD_FILES])
def test_a_row_that_cannot_be_played_is_an_error_of_the_start(tmp_path: Path, text: str, fault: str) -> None:
    """It names file and line and what is wrong."""
    path = written(tmp_path, text)
    with pytest.raises(CannotStart) as refused:
        PaperExchange(PaperSettings(bars=path, manual=True))
    assert str(refused.value).startswith(str(path))
    assert fault in str(refused.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--bars", "bars.csv"), "bars.csv, line 2: has 3 columns instead of 12; correct or remove the line"),
        (("--bars", "nowhere.csv"), "nowhere.csv cannot be read: No such file or directory"),
        (
            (
                "--bars",
                ".",
            ),
            ". cannot be read: Is a directory",
        ),
        (("--bars", "good.csv", "--bars-symbol", "BTCEUR"), "BTCEUR cannot follow the bars: it is not listed"),
        (("--price", "BTCEUR=1"), "BTCEUR has a price but is not listed"),
        (("--price", "BTCUSDC=0"), "BTCUSDC cannot start at 0"),
        (("--bars", "good.csv", "--seed", "1"), "choose one"),
        (("--manual", "--speed", "2"), "choose one"),
        (("--balance", "BTC=nan"), "must lie between"),
        (("--balance", "BTC"), "write NAME=NUMBER"),
        (("--port", "70000"), "--port"),
    ],
)
def test_the_command_says_why_it_cannot_start(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """Exit code 2 and a line, never a traceback."""
    with chdir(tmp_path):
        Path("bars.csv").write_text(GOOD + "1,2,3\n")
        Path("good.csv").write_text(GOOD)
        ended = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["exchange", *words])
    assert ended.exit_code == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


# Seeded ------------------------------------------------------------------------------------------


def path_of(seed: int, prints: int) -> list[PathStep]:
    return list(islice(seeded_path(random.Random(seed), OPEN_MS), prints))


def test_a_seed_is_one_market() -> None:
    """Whoever looks, and how often; another seed is another one."""

    def walked(seed: int, steps_ms: list[int]) -> list[Any]:
        door = Door(PaperSettings(seed=seed))
        for ms in steps_ms:
            door.clock.advance(ms)
            door.exchange.catch_up()
        return list(door.ok("GET", "/api/v3/trades", symbol=SYMBOL))

    assert walked(7, [600_000]) == walked(7, [10] * 100 + [599_000])
    assert walked(7, [600_000]) != walked(8, [600_000])


def test_the_chain_of_regimes_has_no_dead_end() -> None:
    """Every regime is followed by others that exist, and each is reached from the first."""
    reached, ahead = set[str](), ["calm"]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead.extend(REGIMES[name].followed_by)
    assert reached == set(REGIMES)
    assert all(name not in regime.followed_by for name, regime in REGIMES.items())


def test_a_week_has_every_regime_and_they_differ_as_stated() -> None:
    """Flat stretches stand still, wild ones move most; gaps and spikes jump; time only goes forward."""
    steps = path_of(1, 120_000)
    moves: dict[str, list[Decimal]] = {name: [] for name in REGIMES}
    for before, after in pairwise(steps):
        assert before.time_ms < after.time_ms
        assert LOWEST * Decimal("0.9") < after.level < HIGHEST * Decimal("1.1")
        if before.regime == after.regime and not after.is_jump and not before.is_jump:
            moves[after.regime].append(abs(after.level / before.level - 1) * 1_000_000)
    mean = {name: sum(found) / len(found) for name, found in moves.items()}
    assert mean["flat"] == 0
    assert mean["flat"] < mean["calm"] < mean["lively"] < mean["wild"]
    jumps = Counter(step.regime for step in steps if step.is_jump)
    assert jumps["flat"] == 0
    assert all(jumps[name] for name in REGIMES if name != "flat")


def test_seeded_prices_and_volumes_lie_on_the_grid() -> None:
    """Both BTC symbols print the same; each coin goes its own way."""
    door = Door(PaperSettings(seed=3))
    door.clock.advance(3_600_000)
    last = {}
    for symbol, rules in door.exchange.venue.rules.items():
        rows = door.ok("GET", "/api/v3/trades", symbol=symbol, limit=1000)
        assert len(rows) > 100
        assert all(Decimal(row["price"]) % rules.tick_size == 0 for row in rows)
        assert all(Decimal(row["qty"]) % rules.step_size == 0 for row in rows)
        last[symbol] = [(row["time"], row["price"]) for row in rows]
    assert last["BTCUSDC"] == last["BTCUSDT"]
    assert [time for time, _ in last["BTCUSDC"]] != [time for time, _ in last["ETHUSDT"]]


def test_usual_moves_pass_through_our_prices() -> None:
    """A stop is jumped by gaps and spikes alone: most stop-limit orders with a gap of two ticks are filled."""
    door = Door(PaperSettings(seed=2, balances={"BTC": Decimal(1)}))
    ends = Counter[str]()
    for number in range(30):
        stop_price = door.exchange.venue.markets[SYMBOL].last_price - 10
        given = {"stopPrice": stop_price, "price": stop_price - Decimal("0.02"), "newClientOrderId": f"s{number}"}
        door.order("SELL", "STOP_LOSS_LIMIT", "0.001", **given)
        door.clock.advance(300_000)
        found = door.find(f"s{number}")
        if found["isWorking"]:
            ends[found["status"]] += 1
        if found["status"] == "NEW":
            door.ok("DELETE", "/api/v3/order", symbol=SYMBOL, origClientOrderId=f"s{number}")
    assert ends["FILLED"] > 10
    assert ends["NEW"] <= ends["FILLED"] // 5
