"""Reads ask again within a budget, say what happens next when they fail, and page through history."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.errors import KeyRefused, RateLimited, Refused, Unavailable, VenueError
from exchange.settings import ExchangeSettings
from exchange.types import Balance, Side, Venue, VenueStatus
from tests.exchange.documented import ENTRY_ID, START_MS, STOP_ID, exchange_rules, own_fill, queried
from tests.exchange.scripted_venue import Asked, Say, ScriptedVenue

OPEN_ORDERS = "/api/v3/openOrders"
DAY_MS = 86_400_000


def error(code: int, text: str, status: int = 400) -> Say:
    return Say({"code": code, "msg": text}, status)


def test_the_client_is_a_venue(client: BinanceClient) -> None:
    """The lifecycle's border is met in full (the type checker reads this line)."""
    venue: Venue = client
    assert venue.venue_ms() == START_MS


def test_connecting_takes_two_requests(venue: ScriptedVenue, client: BinanceClient) -> None:
    """The venue's time, then the rules of our symbol alone."""
    venue.on("GET", "/api/v3/time", Say({"serverTime": START_MS}))
    venue.on("GET", "/api/v3/exchangeInfo", Say(exchange_rules()))
    client.connect()
    assert [(asked.path, asked.params) for asked in venue.asked] == [
        ("/api/v3/time", {}),
        ("/api/v3/exchangeInfo", {"symbol": "BTCUSDC"}),
    ]
    rules = client.instrument
    assert (rules.base, rules.quote, rules.trading) == ("BTC", "USDC", True)
    assert [str(value) for value in (rules.tick_size, rules.step_size, rules.min_quantity, rules.min_notional)] == [
        "0.01",
        "0.00001",
        "0.00001",
        "5",
    ]
    assert rules.max_quantity == Decimal("97.09521512")
    assert client.can_replace


@pytest.mark.parametrize("state", ["BREAK", "HALT", "CANCEL_ONLY", "END_OF_DAY"])
def test_only_trading_is_trading(venue: ScriptedVenue, client: BinanceClient, state: str) -> None:
    """V9: any other state of the symbol takes no new entries."""
    venue.on("GET", "/api/v3/exchangeInfo", Say(exchange_rules(status=state, cancelReplaceAllowed=False)))
    assert not client.refresh_instrument().trading
    assert not client.can_replace


def test_rules_are_not_guessed(client: BinanceClient) -> None:
    with pytest.raises(Unavailable, match="connect first"):
        _ = client.instrument


@pytest.mark.parametrize(
    "replies",
    [
        [Say("", 503), Say([])],
        [Say("<html>bad gateway</html>", 502), Say(drop=True), Say([])],
        [error(-1001, "Internal error; unable to process your request. Please try again.", 500), Say([])],
        [Say("[tru", 200), Say([])],
        [Say([], wait=True), Say([])],
    ],
)
def test_a_read_is_repeated_until_it_is_answered(
    venue: ScriptedVenue, client: BinanceClient, naps: list[float], replies: list[Say]
) -> None:
    venue.on("GET", OPEN_ORDERS, *replies)
    assert client.open_orders() == ()
    assert len(naps) == len(replies) - 1


@pytest.mark.parametrize(
    ("say", "expected", "sent"),
    [
        (Say("", 503), Unavailable, 3),
        (Say(drop=True), Unavailable, 3),
        (Say("<html>no such route</html>", 404), Unavailable, 3),
        (Say({"shape": "unheard of"}), Unavailable, 3),
        (Say([{**queried(), "executedQty": "Infinity"}]), Unavailable, 3),
        (error(-1003, "Too much request weight used.", 429), RateLimited, 1),
        (error(-1003, "Way too much request weight used; IP banned.", 418), RateLimited, 1),
        (error(-2015, "Invalid API-key, IP, or permissions for action.", 401), KeyRefused, 1),
        (error(-1022, "Signature for this request is not valid."), KeyRefused, 1),
        (error(-1121, "Invalid symbol."), Refused, 1),
    ],
)
def test_a_failing_read_says_what_happens_next(
    venue: ScriptedVenue, client: BinanceClient, naps: list[float], say: Say, expected: type[VenueError], sent: int
) -> None:
    venue.on("GET", OPEN_ORDERS, say)
    with pytest.raises(expected) as told:
        client.open_orders()
    assert type(told.value) is expected
    assert len(venue.asked) == len(naps) + 1 == sent


def test_a_wrong_clock_is_corrected_before_the_read_is_repeated(venue: ScriptedVenue, client: BinanceClient) -> None:
    """R9: a clock that jumped costs one request, not the night."""
    venue.on("GET", OPEN_ORDERS, error(-1021, "Timestamp for this request is outside of the recvWindow."), Say([]))
    venue.on("GET", "/api/v3/time", Say({"serverTime": START_MS - 90_000}))
    assert client.open_orders() == ()
    assert [asked.path for asked in venue.asked] == [OPEN_ORDERS, "/api/v3/time", OPEN_ORDERS]
    assert client.skew_ms == -90_000


class FreeClock(VirtualClock):
    """A clock that a test moves and the venue corrects."""

    def discipline(self, venue_ms: int) -> None:
        self._now_ms = venue_ms


@pytest.mark.parametrize(
    ("round_trips_ms", "counted_ms"), [([120], 120), ([200], 200), ([900, 90], 90), ([900, 400, 600, 100], 400)]
)
def test_the_clock_is_set_to_the_venues_time_plus_half_the_round_trip(
    venue: ScriptedVenue, round_trips_ms: list[int], counted_ms: int
) -> None:
    """A slow answer is asked for again, and the fastest of at most three counts."""
    clock = FreeClock(START_MS)
    venue_ms = START_MS + 60_000
    venue.on(
        "GET",
        "/api/v3/time",
        *(Say({"serverTime": venue_ms}, meanwhile=lambda ms=ms: clock.advance(ms)) for ms in round_trips_ms),  # type: ignore[misc]
    )
    client = BinanceClient(ExchangeSettings(base_url=venue.url), clock, lambda _: None)
    behind_ms = client.check_clock()
    asked = round_trips_ms[: len(venue.asked)]
    before_counted_ms = sum(asked[: asked.index(counted_ms)])
    assert behind_ms == venue_ms - (START_MS + before_counted_ms + counted_ms // 2)
    assert clock.now_ms() == START_MS + sum(asked) + behind_ms
    assert len(asked) <= 3


def test_an_order_is_found_by_its_id(venue: ScriptedVenue, client: BinanceClient) -> None:
    venue.on("GET", "/api/v3/order", Say(queried(STOP_ID, orderListId=7)))
    report = client.order(STOP_ID)
    assert report is not None
    assert (report.client_id, report.list_id, report.status) == (STOP_ID, 7, VenueStatus.NEW)
    assert (report.stop_price, report.working_ms, report.updated_ms) == (Decimal(94810), None, 1499827319600)
    assert report.fills is None
    assert venue.asked[0].params["origClientOrderId"] == STOP_ID


def test_only_the_venues_word_makes_an_order_absent(venue: ScriptedVenue, client: BinanceClient) -> None:
    """R5: silence raises, and only -2013 is None."""
    venue.on("GET", "/api/v3/order", error(-2013, "Order does not exist."))
    assert client.order(ENTRY_ID) is None
    venue.on("GET", "/api/v3/order", error(-2026, "Order was canceled or expired with no executed qty.", 400))
    with pytest.raises(Refused):
        client.order(ENTRY_ID)
    venue.on("GET", "/api/v3/order", Say("", 500))
    with pytest.raises(Unavailable):
        client.order(ENTRY_ID)


def test_a_quote_is_one_request(venue: ScriptedVenue, client: BinanceClient) -> None:
    ticker = {"symbol": "BTCUSDT", "bidPrice": "94999.00", "askPrice": "95001.00", "lastPrice": "95000.50"}
    venue.on("GET", "/api/v3/ticker/24hr", Say(ticker))
    quote = client.quote("BTCUSDT")
    assert (quote.bid, quote.ask, quote.last, quote.mid) == (
        Decimal(94999),
        Decimal(95001),
        Decimal("95000.5"),
        Decimal(95000),
    )
    assert quote.time_ms == START_MS
    assert [asked.params for asked in venue.asked] == [{"symbol": "BTCUSDT"}]


def test_an_empty_side_of_the_book_is_told_as_zero(venue: ScriptedVenue, client: BinanceClient) -> None:
    """Half a book is no failure of the venue; what may be done with it is the caller's rule."""
    half = {"symbol": "BTCUSDC", "bidPrice": "0.00", "askPrice": "95001.00", "lastPrice": "95000.50"}
    venue.on("GET", "/api/v3/ticker/24hr", Say(half))
    assert client.quote().bid == 0


def test_balances_are_exact(venue: ScriptedVenue, client: BinanceClient) -> None:
    rows = [{"asset": "BTC", "free": "0.10000001", "locked": "0.00000002"}]
    venue.on("GET", "/api/v3/account", Say({"balances": rows}))
    assert client.balances() == {"BTC": Balance(Decimal("0.10000001"), Decimal("0.00000002"))}


def test_numbers_without_quotes_are_exact_too(venue: ScriptedVenue, client: BinanceClient) -> None:
    """No float on the way, not even where the venue writes a JSON number."""
    venue.on("GET", "/api/v3/account", Say('{"balances":[{"asset":"BTC","free":0.1000000000000000055,"locked":0}]}'))
    assert client.balances()["BTC"].free == Decimal("0.1000000000000000055")


def test_commission_is_the_worst_case(venue: ScriptedVenue, client: BinanceClient) -> None:
    """Standard, special and tax add up, with the dearer of buyer and seller."""

    def part(maker: str, taker: str, buyer: str, seller: str) -> dict[str, str]:
        return {"maker": maker, "taker": taker, "buyer": buyer, "seller": seller}

    body = {
        "symbol": "BTCUSDC",
        "standardCommission": part("0.00080000", "0.00100000", "0.00000000", "0.00010000"),
        "specialCommission": part("0.00005000", "0.00006000", "0.00000000", "0.00000000"),
        "taxCommission": part("0.00001000", "0.00001000", "0.00002000", "0.00000000"),
        "discount": {"enabledForAccount": True, "enabledForSymbol": True, "discountAsset": "BNB", "discount": "0.75"},
    }
    venue.on("GET", "/api/v3/account/commission", Say(body))
    rates = client.commission_rates()
    assert (rates.maker, rates.taker) == (Decimal("0.00098"), Decimal("0.00119"))


def test_key_permissions_are_told(venue: ScriptedVenue, client: BinanceClient) -> None:
    body = {
        "ipRestrict": False,
        "enableReading": True,
        "enableWithdrawals": True,
        "enableMargin": False,
        "enableSpotAndMarginTrading": True,
    }
    venue.on("GET", "/sapi/v1/account/apiRestrictions", Say(body))
    permissions = client.key_permissions()
    assert (permissions.may_withdraw, permissions.may_trade, permissions.ip_restricted) == (True, True, False)


def test_fills_are_paged_by_id(venue: ScriptedVenue, client: BinanceClient) -> None:
    """An order with more fills than one page holds is read to its end."""
    first = [own_fill(number) for number in range(1, 1001)]
    venue.on("GET", "/api/v3/myTrades", Say(first), Say([own_fill(1001, isBuyer=False)]))
    fills = client.fills(28)
    assert [fill.trade_id for fill in fills] == list(range(1, 1002))
    assert (fills[0].side, fills[-1].side) == (Side.BUY, Side.SELL)
    assert [asked.params.get("fromId") for asked in venue.asked] == [None, "1001"]


def within_a_day(asked: Asked) -> bool:
    start, end = asked.params.get("startTime"), asked.params.get("endTime")
    return start is None or end is None or 0 < int(end) - int(start) <= DAY_MS


def shown_fills(client: BinanceClient) -> list[int]:
    return [fill.trade_id for fill in client.fills_since(START_MS - 3 * DAY_MS)]


def shown_orders(client: BinanceClient) -> list[int]:
    return [order.order_id for order in client.orders_since(START_MS - 3 * DAY_MS)]


def an_order(number: int) -> dict[str, Any]:
    return queried(orderId=number)


@dataclass(frozen=True)
class History:
    path: str
    continued_by: str
    row: Callable[[int], dict[str, Any]]
    shown: Callable[[BinanceClient], list[int]]


@pytest.mark.parametrize(
    "history",
    [
        History("/api/v3/myTrades", "fromId", own_fill, shown_fills),
        History("/api/v3/allOrders", "orderId", an_order, shown_orders),
    ],
)
def test_history_steps_through_days_and_then_through_ids(
    venue: ScriptedVenue, client: BinanceClient, history: History
) -> None:
    """R7: nothing of a long absence is missed, and no question spans more than the venue's 24 hours."""
    row = history.row
    full = [row(number) for number in range(5, 1005)]
    venue.on("GET", history.path, Say([]), Say([row(3), row(4)]), Say(full), Say([row(1005)]))
    assert history.shown(client) == list(range(3, 1006))
    assert [asked.params.get(history.continued_by) for asked in venue.asked] == [None, None, "5", "1005"]
    assert all(within_a_day(asked) for asked in venue.asked)


def test_an_empty_history_ends_at_the_present(venue: ScriptedVenue, client: BinanceClient) -> None:
    venue.on("GET", "/api/v3/myTrades", Say([]))
    assert shown_fills(client) == []
    assert [int(asked.params["startTime"]) for asked in venue.asked] == [
        START_MS - day * DAY_MS for day in (3, 2, 1, 0)
    ]


SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"


@pytest.mark.parametrize("drop", [False, True])
def test_no_error_shows_a_key_a_secret_or_a_signature(venue: ScriptedVenue, clock: VirtualClock, drop: bool) -> None:  # noqa: FBT001
    """Not even when the venue, or something between, plays our own request back to us."""
    settings = ExchangeSettings(base_url=venue.url, api_key=SecretStr(KEY), api_secret=SecretStr(SECRET))
    client = BinanceClient(settings, clock, lambda _: None)
    venue.on("GET", OPEN_ORDERS, Say([]))
    client.open_orders()
    (asked,) = venue.asked
    echo = f"<html>?{asked.raw} apiKey={KEY} secret {SECRET} {asked.headers}</html>"
    venue.on("GET", OPEN_ORDERS, Say(echo, 500, drop=drop))
    with pytest.raises(Unavailable) as told:
        client.open_orders()
    texts = f"{told.value!r} {settings!r} {client!r} {vars(client)}"
    assert not [secret for secret in (KEY, SECRET, asked.params["signature"]) if secret in texts]
