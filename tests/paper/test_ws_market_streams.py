"""Connections to the market streams: paths, control messages, wrapping, limits (Binance docs: WebSocket streams)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.paper.paper_door import Door
from tests.paper.ws_door import MarketDoor

VARIANTS = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"


@pytest.fixture
def market(door: Door) -> MarketDoor:
    return MarketDoor(door)


@pytest.mark.parametrize(
    ("path", "query", "names", "combined"),
    [
        ("/ws", "", [], False),
        ("/ws/0", "", [], False),
        ("/ws/btcusdc@trade", "", ["btcusdc@trade"], False),
        ("/ws/btcusdc@trade/btcusdt@trade", "", ["btcusdc@trade", "btcusdt@trade"], False),
        ("/stream", "", [], True),
        ("/stream", "streams=btcusdc@trade/btcusdt@trade", ["btcusdc@trade", "btcusdt@trade"], True),
        ("/stream", "streams=%21miniTicker%40arr", ["!miniTicker@arr"], True),
        ("/stream/ws/0", "", [], False),
        ("/stream/ws/12", "", [], False),
    ],
)
def test_paths(door: Door, path: str, query: str, names: list[str], combined: bool) -> None:  # noqa: FBT001
    market = MarketDoor(door, path, query)
    assert market.control({"method": "LIST_SUBSCRIPTIONS", "id": 3}) == {"result": names, "id": 3}
    assert market.control({"method": "GET_PROPERTY", "params": ["combined"], "id": 4}) == {"result": combined, "id": 4}


def test_raw_and_combined(door: Door) -> None:
    raw, combined = MarketDoor(door, "/ws/btcusdc@trade"), MarketDoor(door, "/stream", "streams=btcusdc@trade")
    door.print("95001")
    payload = raw.heard.pop()[0]
    assert combined.heard.pop() == [{"stream": "btcusdc@trade", "data": payload}]
    assert combined.control({"method": "SET_PROPERTY", "params": ["combined", False], "id": 5})["result"] is None
    door.print("95002")
    assert combined.heard.pop() == raw.heard.pop()


def test_following_and_leaving(door: Door, market: MarketDoor) -> None:
    other = MarketDoor(door, "/ws/btcusdc@trade")
    market.subscribe("btcusdc@trade", "btcusdt@trade")
    market.subscribe("btcusdc@trade")
    door.print("95001")
    assert len(market.heard.pop()) == 1
    reply = market.control({"method": "UNSUBSCRIBE", "params": ["btcusdc@trade", "no@such"], "id": 312})
    assert reply == {"result": None, "id": 312}
    assert market.control({"method": "LIST_SUBSCRIPTIONS", "id": 3})["result"] == ["btcusdt@trade"]
    door.print("95002")
    assert (market.heard.pop(), len(other.heard.pop())) == ([], 2)


def test_who_has_left_is_told_nothing(door: Door, market: MarketDoor) -> None:
    """Nothing is replayed to the one that comes after."""
    market.subscribe("btcusdc@trade", "btcusdc@kline_1m")
    door.exchange.sockets.lost(market.session)
    door.print("95001")
    assert market.after(2000) == []
    assert MarketDoor(door, "/ws/btcusdc@trade").heard.frames == []


@pytest.mark.parametrize("request_id", [1, -1, 2**63 - 1, "1", "ab-c_9", "x" * 36, None])
def test_ids_come_back_unchanged(market: MarketDoor, request_id: object) -> None:
    message = {"method": "SUBSCRIBE", "params": ["btcusdc@trade"], "id": request_id}
    reply = market.control(message)
    assert reply == {"result": None, "id": request_id}
    assert type(reply["id"]) is type(request_id)


@pytest.mark.parametrize(
    ("message", "code", "msg"),
    [
        ({"method": "SUBSCRIBE", "params": ["btcusdc"], "id": 1}, 2, "Invalid request: invalid stream"),
        ({"method": "SUBSCRIBE", "params": [1], "id": 1}, 2, "Invalid request: invalid stream"),
        ({"method": "SUBSCRIBE", "params": "btcusdc@trade", "id": 1}, 2, "Invalid request: invalid stream"),
        ({"method": "SUBSCRIBE", "id": 1}, 2, "Invalid request: invalid stream"),
        (
            {"method": "subscribe", "id": 1},
            2,
            f"Invalid request: unknown variant `subscribe`, expected one of {VARIANTS}",
        ),
        ('{"id":1}', 2, "Invalid request: missing field `method` at line 1 column 8"),
        ("[1]", 2, "Invalid request: missing field `method` at line 1 column 3"),
        ({"method": "LIST_SUBSCRIPTIONS", "params": [1], "id": 1}, 2, "Invalid request: too many parameters"),
        ({"method": "GET_PROPERTY", "params": [], "id": 1}, 2, "Invalid request: property name must be a string"),
        ({"method": "SET_PROPERTY", "params": [1, 2], "id": 1}, 2, "Invalid request: property name must be a string"),
        (
            {"method": "SET_PROPERTY", "params": ["combined", True, 1], "id": 1},
            2,
            "Invalid request: too many parameters",
        ),
        ({"method": "SET_PROPERTY", "params": ["raw", True], "id": 1}, 0, "Unknown property"),
        ({"method": "SET_PROPERTY", "params": ["combined", 1], "id": 1}, 1, "Invalid value type: expected Boolean"),
        ({"method": "SUBSCRIBE", "id": 1.5}, 2, "Invalid request: request ID must be an unsigned integer"),
        ({"method": "SUBSCRIBE", "id": "a b"}, 2, "Invalid request: request ID must be an unsigned integer"),
        ({"method": "SUBSCRIBE", "id": 2**63}, 2, "Invalid request: request ID must be an unsigned integer"),
        ({"method": "SUBSCRIBE", "id": False}, 2, "Invalid request: request ID must be an unsigned integer"),
        ("{", 3, "Invalid JSON: expected value at line 1 column 2"),
        ("", 3, "Invalid JSON: expected value at line 1 column 1"),
        ("[" * 5000, 3, "Invalid JSON: expected value at line 1 column 1"),
    ],
)
def test_refused_messages(market: MarketDoor, message: object, code: int, msg: str) -> None:
    reply = market.control(message)
    assert reply["error"] == {"code": code, "msg": msg}
    assert market.control({"method": "LIST_SUBSCRIPTIONS", "id": 2})["result"] == []


@given(st.text() | st.dictionaries(st.sampled_from(["method", "params", "id"]), st.text() | st.lists(st.text())))
def test_no_message_goes_unanswered(message: object) -> None:
    reply = MarketDoor(Door()).control(message)
    assert set(reply) == {"id", "error"} or set(reply) == {"id", "result"}


@pytest.mark.parametrize(
    "name", ["BTCUSDC@trade", "nosuch@trade", "btcusdc@nosuch", "btcusdc@depth7", "btcusdc@kline_7m", "!ticker@arr"]
)
def test_names_that_stand_for_nothing_stay_silent(door: Door, market: MarketDoor, name: str) -> None:
    """They are granted all the same; the stream of all tickers was retired."""
    market.subscribe(name)
    door.print("95001")
    assert market.after(5000) == []


def test_at_most_1024_streams(market: MarketDoor) -> None:
    names = [f"s{number}@trade" for number in range(1025)]
    market.subscribe(*names[:1024])
    refused = {"method": "SUBSCRIBE", "params": names[1024:], "id": 7}
    assert market.control(refused) == {"error": {"code": 4, "msg": "Too many subscriptions"}, "id": 7}


def test_a_connection_lives_for_a_day(door: Door, market: MarketDoor) -> None:
    market.after(24 * 3_600_000 - 1)
    assert market.heard.ended is None
    market.after(1)
    assert market.heard.ended == "close"
    assert door.exchange.sockets.open == []


@settings(max_examples=30)
@given(st.data())
def test_two_followers_of_the_same_streams_hear_the_same(data: Any) -> None:
    """The same prints at the same times give the same frames, run after run."""
    steps = data.draw(st.lists(st.tuples(st.integers(94900, 95100), st.integers(0, 3000)), max_size=8))

    def heard() -> list[Any]:
        door = Door()
        market = MarketDoor(door)
        market.subscribe("btcusdc@trade", "btcusdc@kline_1m", "btcusdc@depth@100ms", "btcusdc@bookTicker")
        for price, wait_ms in steps:
            door.print(str(price))
            door.script("clock", {"advance_ms": wait_ms})
        return market.heard.pop()

    assert heard() == heard()
