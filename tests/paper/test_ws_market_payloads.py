"""What each market stream says and when, field by field (Binance docs: WebSocket streams)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.paper.paper_door import SYMBOL, Door
from tests.paper.ws_door import MarketDoor

# fields and types of each stream in the documented order
PAYLOADS = {
    "btcusdc@trade": "e:str E:int s:str t:int p:str q:str T:int m:bool M:bool",
    "btcusdc@aggTrade": "e:str E:int s:str a:int p:str q:str f:int l:int T:int m:bool M:bool",
    "btcusdc@bookTicker": "u:int s:str b:str B:str a:str A:str",
    "btcusdc@kline_1m": "e:str E:int s:str k:dict",
    "btcusdc@miniTicker": "e:str E:int s:str c:str o:str h:str l:str v:str q:str",
    "btcusdc@ticker": (
        "e:str E:int s:str p:str P:str w:str x:str c:str Q:str b:str B:str a:str A:str o:str h:str l:str v:str q:str "
        "O:int C:int F:int L:int n:int"
    ),
    "btcusdc@ticker_1h": (
        "e:str E:int s:str p:str P:str o:str h:str l:str c:str w:str v:str q:str O:int C:int F:int L:int n:int"
    ),
    "btcusdc@avgPrice": "e:str E:int s:str i:str w:str T:int",
    "btcusdc@depth": "e:str E:int s:str U:int u:int b:list a:list",
    "btcusdc@depth5": "lastUpdateId:int bids:list asks:list",
}
KLINE = "t:int T:int s:str i:str f:int L:int o:str c:str h:str l:str v:str n:int x:bool q:str V:str Q:str B:str"
TYPES = {"btcusdc@ticker": "24hrTicker", "btcusdc@miniTicker": "24hrMiniTicker", "btcusdc@ticker_1h": "1hTicker"}


def follow(door: Door, *names: str) -> MarketDoor:
    market = MarketDoor(door)
    market.subscribe(*names)
    return market


def shape(payload: dict[str, Any]) -> str:
    return " ".join(f"{name}:{type(value).__name__}" for name, value in payload.items())


@pytest.mark.parametrize("name", PAYLOADS)
def test_fields_and_types(door: Door, name: str) -> None:
    """Every field in its order; the event time is the venue's, the trade was half a second before the update."""
    market = follow(door, name)
    market.after(500)
    door.print("95001", "0.5")
    payload = (market.heard.pop() + market.after(1500))[0]
    assert shape(payload) == PAYLOADS[name]
    if "e" in payload:
        kind = name.partition("@")[2].partition("_")[0]
        assert payload["e"] == TYPES.get(name, {"depth": "depthUpdate"}.get(kind, kind))
        assert payload["s"] == SYMBOL
    if name == "btcusdc@kline_1m":
        assert shape(payload["k"]) == KLINE


def test_a_trade_in_numbers(door: Door) -> None:
    market = follow(door, "btcusdc@trade", "btcusdc@aggTrade")
    door.print("94999.5", "0.5")
    now_ms = door.clock.now_ms()
    common = {"p": "94999.50000000", "q": "0.50000000", "T": now_ms, "m": True, "M": True}
    assert market.heard.pop() == [
        {"e": "trade", "E": now_ms, "s": SYMBOL, "t": 2, **common},
        {"e": "aggTrade", "E": now_ms, "s": SYMBOL, "a": 2, "p": "94999.50000000", "q": "0.50000000", "f": 2, "l": 2}
        | common,
    ]


def test_own_fills_and_other_symbols_are_not_shown(door: Door) -> None:
    market = follow(door, "btcusdc@trade", "btcusdc@bookTicker")
    door.order("BUY", "MARKET", "0.01")
    door.print("96000", symbol="BTCUSDT")
    assert market.heard.pop() == []


def test_the_best_quotes_are_told_when_they_change(door: Door) -> None:
    """A print at the last price changes nothing; a script that moves bid and ask does."""
    market = follow(door, "btcusdc@bookTicker")
    door.print("95000", "1")
    assert market.heard.pop() == []
    door.print("95010")
    quote = market.heard.pop()[0]
    assert (quote["b"], quote["a"], quote["B"]) == ("95009.99000000", "95010.00000000", "10000.00000000")
    door.script("book", {"symbol": SYMBOL, "bid": "95000", "ask": "95020"})
    assert [(quote["b"], quote["a"]) for quote in market.heard.pop()] == [("95000.00000000", "95020.00000000")]


def test_a_bar_shows_each_of_its_prints(door: Door) -> None:
    market = follow(door, "btcusdc@trade")
    door.script("bar", {"symbol": SYMBOL, "open": "95000", "high": "95100", "low": "94900", "close": "95050"})
    prices = [payload["p"] for payload in market.heard.pop()]
    assert prices == ["95000.00000000", "94900.00000000", "95100.00000000", "95050.00000000"]


@pytest.mark.parametrize(
    ("name", "period_ms"),
    [
        ("btcusdc@kline_1s", 1000),
        ("btcusdc@kline_5m", 2000),
        ("btcusdc@miniTicker", 1000),
        ("btcusdc@ticker", 1000),
        ("btcusdc@ticker_4h", 1000),
        ("btcusdc@avgPrice", 1000),
        ("btcusdc@depth10", 1000),
        ("btcusdc@depth20@100ms", 100),
    ],
)
def test_updates_come_at_the_documented_pace(door: Door, name: str, period_ms: int) -> None:
    """On a manual clock the periods follow the manual clock; a second candle stream closes one with each update."""
    market = follow(door, name)
    assert market.after(period_ms - 1) == []
    assert len(market.after(1)) == (2 if name.endswith("_1s") else 1)
    last = market.after(10 * period_ms)[-1]
    assert last.get("E", door.clock.now_ms()) == door.clock.now_ms()


def test_nobody_follows_and_nothing_runs(door: Door) -> None:
    market = follow(door, "btcusdc@depth@100ms", "btcusdc@trade")
    market.control({"method": "UNSUBSCRIBE", "params": ["btcusdc@depth@100ms", "btcusdc@trade"], "id": 2})
    market.after(100)
    life_end_ms = door.exchange.next_due_ms()
    assert life_end_ms is not None
    assert life_end_ms - door.clock.now_ms() > 23 * 3_600_000
    assert door.exchange.bus.markets == []


def test_a_candle_closes_at_the_end_of_its_minute(door: Door) -> None:
    """Worked by hand: two prints of 1 and 2 in the first minute, none in the next."""
    market = follow(door, "btcusdc@kline_1m")
    open_ms = door.clock.now_ms()
    market.after(2500)
    door.print("95010", "1")
    door.print("94990", "2")
    last_before = market.after(57_499)[-1]["k"]
    assert (last_before["x"], last_before["t"], last_before["T"]) == (False, open_ms, open_ms + 59_999)
    closed, fresh = (event["k"] for event in market.after(1))
    assert closed == {
        "t": open_ms,
        "T": open_ms + 59_999,
        "s": SYMBOL,
        "i": "1m",
        "f": 1,
        "L": 3,
        "o": "95000.00000000",
        "c": "94990.00000000",
        "h": "95010.00000000",
        "l": "94990.00000000",
        "v": "3.00001000",
        "n": 3,
        "x": True,
        "q": "284990.95000000",
        "V": "1.00001000",
        "Q": "95010.95000000",
        "B": "0",
    }
    assert (fresh["t"], fresh["o"], fresh["n"], fresh["f"], fresh["x"]) == (
        open_ms + 60_000,
        "94990.00000000",
        0,
        -1,
        False,
    )


def test_streamed_and_asked_candles_agree(door: Door) -> None:
    market = follow(door, "btcusdc@kline_5m")
    for step in range(4):
        door.print(str(95000 + step), "1")
        market.after(90_000)
    closed = next(event["k"] for event in market.after(300_000) if event["k"]["x"])
    asked = door.ask("GET", "/api/v3/klines", symbol=SYMBOL, interval="5m", startTime=closed["t"], limit=1)[1][0]
    assert [closed[name] for name in "tohlcvTqnVQ"] == asked[:11]


@pytest.mark.parametrize(
    ("interval", "opened", "ended"),
    [
        ("1h", "2025-01-13T20:00", "2025-01-13T21:00"),
        ("3d", "2025-01-12T00:00", "2025-01-15T00:00"),
        ("1w", "2025-01-13T00:00", "2025-01-20T00:00"),
        ("1M", "2025-01-01T00:00", "2025-02-01T00:00"),
        ("1d@+08:00", "2025-01-13T16:00", "2025-01-14T16:00"),
    ],
)
def test_where_candles_begin_and_end(door: Door, interval: str, opened: str, ended: str) -> None:
    """It is Monday 2025-01-13, 20:00; at +08:00 it is Tuesday already."""
    candle = follow(door, f"btcusdc@kline_{interval}").after(2000)[0]["k"]
    begin, end = (int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) for text in (opened, ended))
    assert (candle["t"], candle["T"], candle["i"]) == (begin, end - 1, interval.partition("@")[0])


def test_the_ticker_of_a_day(door: Door) -> None:
    """Worked by hand: 1 at 96000 after the first 0.00001 at 95000."""
    market = follow(door, "btcusdc@ticker")
    door.print("96000", "1")
    ticker = market.after(1000)[0]
    shown = {name: ticker[name] for name in "pPowhlcQvqn"}
    assert shown == {
        "p": "1000.00000000",
        "P": "1.053",
        "o": "95000.00000000",
        "w": "95999.99000010",
        "h": "96000.00000000",
        "l": "95000.00000000",
        "c": "96000.00000000",
        "Q": "1.00000000",
        "v": "1.00001000",
        "q": "96000.95000000",
        "n": 2,
    }
    assert ticker["C"] - ticker["O"] == 24 * 3_600_000


def test_a_window_begins_with_a_minute(door: Door) -> None:
    window = follow(door, "btcusdc@ticker_1h").after(31_000)[-1]
    assert (window["O"] % 60_000, window["C"]) == (0, door.clock.now_ms())
    assert window["C"] - window["O"] == 3_600_000 + 31_000


def test_all_tickers_show_what_has_changed(door: Door) -> None:
    market = follow(door, "!miniTicker@arr", "!ticker_1h@arr")
    assert market.after(1000) == []
    door.print("96000")
    door.print("3400", symbol="ETHUSDT")
    mini, window = market.after(1000)
    assert [row["s"] for row in mini] == [row["s"] for row in window] == [SYMBOL, "ETHUSDT"]
    assert market.after(1000) == []


def test_partial_books(door: Door) -> None:
    book = follow(door, "btcusdc@depth5").after(1000)[0]
    assert book["bids"][0] == ["94999.99000000", "10000.00000000"]
    assert book["asks"][0] == ["95000.00000000", "10000.00000000"]
    assert (len(book["bids"]), len(book["asks"])) == (5, 5)


def test_a_local_book_stays_in_step(door: Door) -> None:
    """Snapshot and differences, put together as documented, give the book that the venue shows."""
    market = follow(door, "btcusdc@depth@100ms")
    door.print("95003")
    snapshot = door.ask("GET", "/api/v3/depth", symbol=SYMBOL, limit=5000)[1]
    local = {side: dict(snapshot[side]) for side in ("bids", "asks")}
    last_id, events = snapshot["lastUpdateId"], market.after(100)
    for price in ("95001", "95001", "94990", "95050"):
        door.print(price)
        events += market.after(100)
    fresh = [event for event in events if event["u"] > last_id]
    assert fresh[0]["U"] <= last_id + 1 <= fresh[0]["u"]
    for before, event in zip([None, *fresh], fresh, strict=False):
        assert before is None or event["U"] == before["u"] + 1
        for side, name in (("bids", "b"), ("asks", "a")):
            local[side] |= dict(event[name])
    shown = {side: {p: q for p, q in rows.items() if float(q)} for side, rows in local.items()}
    now = door.ask("GET", "/api/v3/depth", symbol=SYMBOL, limit=5000)[1]
    assert shown == {side: dict(now[side]) for side in ("bids", "asks")}


def test_an_unchanged_book_is_not_told(door: Door) -> None:
    market = follow(door, "btcusdc@depth")
    door.print("95000", "1")
    assert market.after(5000) == []


def test_a_reset_is_told_like_any_other_change(door: Door) -> None:
    """Followers stay in step: ids go on, quotes and differences lead back to the start."""
    market = follow(door, "btcusdc@depth", "btcusdc@bookTicker")
    for price in ("95001", "95002", "95003"):
        door.print(price)
    before = next(event["u"] for event in market.after(1000) if "U" in event)
    door.script("reset")
    quote, difference = market.after(1000)
    assert (quote["b"], quote["a"]) == ("94999.99000000", "95000.00000000")
    assert (difference["U"], difference["b"][0]) == (before + 1, ["95002.99000000", "0.00000000"])
