"""Public prices: tickers, depth, candles, bars, and trailing stops that follow them."""

import pytest

from exchange.paper.settings import PaperSettings
from tests.paper.paper_door import SYMBOL, Door

MINUTE_MS = 60_000


def bar(door: Door, opened: str, high: str, low: str, closed: str, **given: object) -> None:
    door.script("bar", {"symbol": SYMBOL, "open": opened, "high": high, "low": low, "close": closed, **given})


def printed(door: Door) -> list[str]:
    rows = door.ok("GET", "/api/v3/trades", symbol=SYMBOL)
    return [row["price"].removesuffix(".00000000") for row in rows[1:]]


@pytest.mark.parametrize(
    ("points", "path"),
    [
        (("100", "104", "99", "101"), ["100", "99", "104", "101"]),
        (("100", "101", "97", "98"), ["100", "101", "97", "98"]),
        (("100", "102", "98", "100"), ["100", "98", "102", "100"]),
    ],
)
def test_a_bar_visits_its_nearer_extreme_first(door: Door, points: tuple[str, ...], path: list[str]) -> None:
    """If both are as near, the low comes first."""
    bar(door, *points)
    assert printed(door) == path


def test_a_bar_passes_through_our_prices_so_that_a_stop_is_not_jumped(door: Door) -> None:
    door.deposit("BTC", "0.01")
    door.order("SELL", "STOP_LOSS_LIMIT", "0.01", stopPrice="94000", price="93999.98", newClientOrderId="stop")
    bar(door, "95000", "95100", "93000", "93500")
    assert door.find("stop")["cummulativeQuoteQty"] == "939.99990000"


@pytest.mark.parametrize("given", [{"gaps": True}, {}])
def test_an_open_or_a_gap_jumps_a_stop(door: Door, given: dict[str, object]) -> None:
    door.deposit("BTC", "0.01")
    door.order("SELL", "STOP_LOSS_LIMIT", "0.01", stopPrice="94000", price="93999.98", newClientOrderId="stop")
    opened = "95000" if given else "93500"
    bar(door, opened, opened, "93000", "93000", **given)
    assert door.state("stop") == ("NEW", "0")


def test_a_bar_can_stop_out_what_it_filled(door: Door) -> None:
    """The entry fills on the way down, its pending exits begin, and the same bar triggers them."""
    pair = {
        "pendingSide": "SELL",
        "pendingQuantity": "0.00999",
        "pendingAboveType": "LIMIT_MAKER",
        "pendingAbovePrice": "96000",
        "pendingBelowType": "STOP_LOSS_LIMIT",
        "pendingBelowStopPrice": "94000",
        "pendingBelowPrice": "93999.98",
        "pendingBelowTimeInForce": "GTC",
        "pendingBelowClientOrderId": "stop",
    }
    entry = {"workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "94500", "workingQuantity": "0.01"}
    given = {"symbol": SYMBOL, **entry, "workingTimeInForce": "GTC", **pair}
    door.ok("POST", "/api/v3/orderList/otoco", **given)
    bar(door, "95000", "95010", "93000", "93500")
    assert door.state("stop") == ("FILLED", "0.00999")


def test_through_is_stricter_than_touch() -> None:
    door = Door(PaperSettings(fill="through"))
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="rest")
    door.print("94000")
    assert door.state("rest") == ("NEW", "0")
    door.print("93999.99")
    assert door.state("rest") == ("FILLED", "0.01")


@pytest.mark.parametrize(
    ("spread_ticks", "bid", "ask"),
    [(1, "94999.99", "95000"), (2, "94999.99", "95000.01"), (3, "94999.98", "95000.01")],
)
def test_spread(spread_ticks: int, bid: str, ask: str) -> None:
    door = Door(PaperSettings(spread_ticks=spread_ticks))
    quote = door.ok("GET", "/api/v3/ticker/bookTicker", symbol=SYMBOL)
    assert (float(quote["bidPrice"]), float(quote["askPrice"])) == (float(bid), float(ask))


def test_a_script_sets_bid_and_ask_until_the_next_print(door: Door) -> None:
    door.script("book", {"symbol": SYMBOL, "bid": "94000", "ask": "96000"})
    assert door.order("BUY", "MARKET", "0.001")["fills"][0]["price"] == "96000.00000000"
    door.print("95000")
    assert door.order("BUY", "MARKET", "0.001")["fills"][0]["price"] == "95000.00000000"


def test_tickers_follow_the_last_print(door: Door) -> None:
    door.clock.advance(1000)
    door.print("96000", "0.5")
    assert door.ok("GET", "/api/v3/ticker/price", symbol=SYMBOL) == {"symbol": SYMBOL, "price": "96000.00000000"}
    day = door.ok("GET", "/api/v3/ticker/24hr", symbol=SYMBOL)
    assert (day["openPrice"], day["highPrice"], day["priceChange"]) == (
        "95000.00000000",
        "96000.00000000",
        "1000.00000000",
    )
    assert (day["lastQty"], day["count"], day["bidPrice"]) == ("0.50000000", 2, "95999.99000000")
    assert len(door.ok("GET", "/api/v3/ticker/price")) == 5
    assert "priceChange" not in door.ok("GET", "/api/v3/ticker/24hr", symbol=SYMBOL, type="MINI")
    assert door.refusal("GET", "/api/v3/ticker/24hr", symbol=SYMBOL, type="HALF")[0] == -1130


def test_depth_shows_the_levels_a_taker_meets(door: Door) -> None:
    door.script("book", {"symbol": SYMBOL, "level_qty": "2", "level_step_ticks": 10})
    depth = door.ok("GET", "/api/v3/depth", symbol=SYMBOL, limit=2)
    assert depth["bids"] == [["94999.99000000", "2.00000000"], ["94999.89000000", "2.00000000"]]
    assert depth["asks"] == [["95000.00000000", "2.00000000"], ["95000.10000000", "2.00000000"]]


def test_candles_gather_prints_and_quiet_minutes_are_flat(door: Door) -> None:
    start_ms = door.clock.now_ms()
    for step, price in ((0, "95100"), (30_000, "94900"), (MINUTE_MS * 2, "95500")):
        door.clock.advance(start_ms + step - door.clock.now_ms())
        door.print(price, "1")
    rows = door.ok("GET", "/api/v3/klines", symbol=SYMBOL, interval="1m", startTime=start_ms)
    shapes = [(row[0] - start_ms, float(row[1]), float(row[2]), float(row[3]), float(row[4])) for row in rows]
    assert shapes == [
        (0, 95000, 95100, 94900, 94900),
        (MINUTE_MS, 94900, 94900, 94900, 94900),
        (2 * MINUTE_MS, 95500, 95500, 95500, 95500),
    ]
    assert (rows[0][6] - rows[0][0], len(rows[0])) == (MINUTE_MS - 1, 12)
    newest = door.ok("GET", "/api/v3/klines", symbol=SYMBOL, interval="1h", limit=2)
    assert [float(row[4]) for row in newest] == [95000, 95500]


JAN_13_MS = 1_736_726_400_000
"""2025-01-13 is a Monday; the market begins at 20:00 of it."""
DAY_MS = 24 * 60 * MINUTE_MS


@pytest.mark.parametrize(
    ("interval", "zone", "opens_ms", "ends_ms"),
    [
        ("1s", "0", JAN_13_MS + 20 * 60 * MINUTE_MS, JAN_13_MS + 20 * 60 * MINUTE_MS + 999),
        ("1d", "0", JAN_13_MS, JAN_13_MS + DAY_MS - 1),
        ("1d", "+8:00", JAN_13_MS + 16 * 60 * MINUTE_MS, JAN_13_MS + 40 * 60 * MINUTE_MS - 1),
        ("1d", "-05:30", JAN_13_MS + 330 * MINUTE_MS, JAN_13_MS + DAY_MS + 330 * MINUTE_MS - 1),
        ("1w", "0", JAN_13_MS, JAN_13_MS + 7 * DAY_MS - 1),
        ("1M", "0", JAN_13_MS - 12 * DAY_MS, JAN_13_MS + 19 * DAY_MS - 1),
    ],
)
@pytest.mark.parametrize("path", ["klines", "uiKlines"])
def test_candles_begin_where_their_interval_does(
    door: Door, path: str, interval: str, zone: str, opens_ms: int, ends_ms: int
) -> None:
    """Weeks on Monday, months on their first day, days in the time zone that is asked for."""
    row = door.ok("GET", f"/api/v3/{path}", symbol=SYMBOL, interval=interval, timeZone=zone, limit=1)[0]
    assert (row[0], row[6]) == (opens_ms, ends_ms)


def test_months_follow_each_other(door: Door) -> None:
    rows = door.ok("GET", "/api/v3/klines", symbol=SYMBOL, interval="1M", limit=3)
    days = [(row[6] + 1 - row[0]) // DAY_MS for row in rows]
    assert days == [30, 31, 31]
    later = door.ok("GET", "/api/v3/klines", symbol=SYMBOL, interval="1M", startTime=rows[0][0] + 1)
    assert [row[0] for row in later] == [row[0] for row in rows[1:]]


def test_seconds_gather_prints_and_go_on_flat(door: Door) -> None:
    for ms, price in ((200, "95100"), (300, "95050"), (2000, "95200")):
        door.clock.advance(ms)
        door.print(price, "1")
    rows = door.ok("GET", "/api/v3/klines", symbol=SYMBOL, interval="1s", limit=3)
    prices = [tuple(float(price) for price in row[1:6]) for row in rows]
    flat = (95050.0, 95050.0, 95050.0, 95050.0, 0.0)
    assert prices == [(95000.0, 95100.0, 95000.0, 95050.0, 2.00001), flat, (95200.0, 95200.0, 95200.0, 95200.0, 1.0)]


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({"startTime": JAN_13_MS + 2 * DAY_MS}, 0),
        ({"endTime": -1}, 0),
        ({"startTime": -(10**17), "limit": 2}, 2),
        ({"startTime": 10**17}, 0),
        ({"endTime": 10**17, "limit": 2}, 2),
        ({"startTime": JAN_13_MS, "endTime": JAN_13_MS - 1}, 0),
    ],
)
@pytest.mark.parametrize("interval", ["1s", "1m", "1w", "1M"])
def test_candles_of_no_time_are_none(door: Door, interval: str, given: dict[str, int], count: int) -> None:
    """Neither the future nor the time before 1970 has any, whatever is asked."""
    assert len(door.ok("GET", "/api/v3/klines", symbol=SYMBOL, interval=interval, **given)) == count


@pytest.mark.parametrize("zone", ["15", "+14:01", "-12:01", "8:60", "east", "--8"])
def test_a_time_zone_that_is_none_is_refused(door: Door, zone: str) -> None:
    assert door.refusal("GET", "/api/v3/klines", symbol=SYMBOL, interval="1d", timeZone=zone)[0] == -1130


def test_an_unknown_interval_is_refused(door: Door) -> None:
    assert door.refusal("GET", "/api/v3/klines", symbol=SYMBOL, interval="7m") == (-1120, "Invalid interval.")


@pytest.mark.parametrize(
    ("side", "kind", "given", "prices", "fills_at"),
    [
        ("SELL", "STOP_LOSS", {"trailingDelta": "100"}, ["96000", "95041"], "95040"),
        ("BUY", "STOP_LOSS", {"trailingDelta": "100"}, ["94000", "94939"], "94940"),
        ("SELL", "STOP_LOSS", {"trailingDelta": "100", "stopPrice": "94000"}, ["96000", "94001"], None),
        ("SELL", "TAKE_PROFIT", {"trailingDelta": "100"}, ["94000", "94939"], "94940"),
    ],
)
def test_trailing_stops_follow_the_best_price(
    door: Door, side: str, kind: str, given: dict[str, str], prices: list[str], fills_at: str | None
) -> None:
    door.deposit("BTC", "0.01")
    door.order(side, kind, "0.01", **given, newClientOrderId="trail")
    for price in prices:
        door.print(price)
        assert door.state("trail") == ("NEW", "0")
    if fills_at is not None:
        door.print(fills_at)
        assert door.state("trail") == ("FILLED", "0.01")


def test_a_trailing_stop_with_a_stop_price_begins_when_it_is_reached(door: Door) -> None:
    door.deposit("BTC", "0.01")
    door.order("SELL", "STOP_LOSS", "0.01", trailingDelta="100", stopPrice="94000", newClientOrderId="trail")
    for price, state in (("94000", "NEW"), ("95000", "NEW"), ("94051", "NEW"), ("94050", "FILLED")):
        door.print(price)
        assert door.state("trail")[0] == state


@pytest.mark.parametrize(
    ("params", "symbols"),
    [
        ({"permissions": "SPOT"}, ["BTCUSDC", "BTCUSDT", "ETHUSDT", "BNBUSDC", "BNBUSDT"]),
        ({"permissions": "MARGIN"}, ["BTCUSDC", "BTCUSDT", "ETHUSDT", "BNBUSDC"]),
        ({"permissions": '["MARGIN","LEVERAGED"]'}, ["BTCUSDC", "BTCUSDT", "ETHUSDT", "BNBUSDC"]),
        ({"permissions": "LEVERAGED"}, []),
        ({"symbolStatus": "TRADING"}, ["BTCUSDC", "ETHUSDT", "BNBUSDC", "BNBUSDT"]),
        ({"symbolStatus": "HALT", "permissions": "MARGIN"}, ["BTCUSDT"]),
    ],
)
def test_symbols_are_listed_by_permission_and_status(door: Door, params: dict[str, str], symbols: list[str]) -> None:
    """Any of the permissions is enough (Binance docs: exchange information)."""
    door.script("symbol", {"symbol": "BTCUSDT", "status": "HALT"})
    door.script("symbol", {"symbol": "BNBUSDT", "margin_allowed": False})
    assert [row["symbol"] for row in door.ok("GET", "/api/v3/exchangeInfo", **params)["symbols"]] == symbols


def test_permission_sets_can_be_left_out(door: Door) -> None:
    found = door.ok("GET", "/api/v3/exchangeInfo", symbol=SYMBOL, showPermissionSets="false")
    assert [row["permissionSets"] for row in found["symbols"]] == [[]]


@pytest.mark.parametrize(
    "params",
    [
        {"symbol": SYMBOL, "symbols": '["BTCUSDC"]'},
        {"symbol": SYMBOL, "permissions": "SPOT"},
        {"symbols": '["BTCUSDC"]', "symbolStatus": "TRADING"},
    ],
)
def test_symbols_by_name_go_with_no_other_choice(door: Door, params: dict[str, str]) -> None:
    assert door.refusal("GET", "/api/v3/exchangeInfo", **params) == (
        -1128,
        "Combination of optional parameters invalid.",
    )
