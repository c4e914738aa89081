"""Faults of connections and their events: deterministic, and each of them in the request log."""

from typing import Any

import pytest

from tests.paper.paper_door import SYMBOL, Door, order_params
from tests.paper.ws_door import ApiDoor, MarketDoor, sign

BUY = order_params("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="mine")
ORDER_FAULT = {"route": "/ws-api/v3", "method": "order.place"}


@pytest.fixture
def api(door: Door) -> ApiDoor:
    return ApiDoor(door)


@pytest.fixture
def follower(door: Door) -> ApiDoor:
    api = ApiDoor(door)
    api.follow()
    return api


def arm(door: Door, **fault: object) -> None:
    door.script("faults", fault)


def place(api: ApiDoor) -> list[Any]:
    """What comes back for a new order."""
    api.send({"id": 1, "method": "order.place", "params": sign(api.door, BUY)})
    return api.heard.pop()


def last_row(door: Door) -> dict[str, Any]:
    row: dict[str, Any] = door.script("ledger", method="GET")["requests"][-1]
    return row


def is_placed(door: Door) -> bool:
    return bool(door.script("ledger", method="GET")["orders"])


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["e"] for event in events]


# Requests --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "code", "done"),
    [
        ({"kind": "error"}, 500, -1001, False),
        ({"kind": "error", "status": 400, "code": -2010, "msg": "No."}, 400, -2010, False),
        ({"kind": "error_after"}, 500, -1006, True),
        ({"kind": "error_after", "code": -1007, "status": 504}, 504, -1007, True),
        ({"kind": "limit"}, 429, -1003, False),
        ({"kind": "limit", "status": 418, "retry_after": 120}, 418, -1003, False),
    ],
)
def test_an_injected_reply(api: ApiDoor, fault: dict[str, object], status: int, code: int, done: bool) -> None:  # noqa: FBT001
    arm(api.door, **fault, **ORDER_FAULT)
    reply = place(api)[0]
    assert (reply["id"], reply["status"], reply["error"]["code"]) == (1, status, code)
    assert is_placed(api.door) == done
    assert {"status": status, "code": code, "fault": fault["kind"]}.items() <= last_row(api.door).items()
    assert "rateLimits" in reply


def test_a_limit_names_the_time_of_its_end(api: ApiDoor) -> None:
    arm(api.door, kind="limit", status=418, retry_after=120, **ORDER_FAULT)
    error, now_ms = place(api)[0]["error"], api.door.clock.now_ms()
    assert error["data"] == {"serverTime": now_ms, "retryAfter": now_ms + 120_000}
    assert str(now_ms + 120_000) in error["msg"]


@pytest.mark.parametrize(
    ("kind", "ended", "done"),
    [("timeout", None, False), ("timeout_after", None, True), ("drop", "reset", False), ("drop_after", "reset", True)],
)
def test_no_reply_at_all(api: ApiDoor, kind: str, ended: str | None, done: bool) -> None:  # noqa: FBT001
    arm(api.door, kind=kind, **ORDER_FAULT)
    assert place(api) == []
    assert (api.heard.ended, is_placed(api.door)) == (ended, done)
    assert (last_row(api.door)["status"], last_row(api.door)["fault"]) == (0, kind)


def test_work_that_is_done_late_is_done_if_its_time_allows(api: ApiDoor) -> None:
    """The order is in the book three seconds after its connection was lost."""
    arm(api.door, kind="drop_after", late_ms=3000, **ORDER_FAULT)
    place(api)
    assert not is_placed(api.door)
    api.door.script("clock", {"advance_ms": 3000})
    assert is_placed(api.door)


def test_a_delay_advances_a_stepped_clock(api: ApiDoor) -> None:
    before_ms = api.door.clock.now_ms()
    arm(api.door, kind="delay", ms=6000, **ORDER_FAULT)
    assert place(api)[0]["error"]["code"] == -1021
    assert api.door.clock.now_ms() == before_ms + 6000


def test_a_fault_without_a_route_is_about_rest(api: ApiDoor) -> None:
    arm(api.door, kind="error")
    assert place(api)[0]["status"] == 200
    assert api.door.ask("GET", "/api/v3/ping")[0] == 500


# Events ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "heard"),
    [
        ({"kind": "missing_event"}, ["outboundAccountPosition"]),
        ({"kind": "missing_event", "method": "outboundAccountPosition"}, ["balanceUpdate"]),
        ({"kind": "missing_event", "skip": 1}, ["balanceUpdate"]),
        ({"kind": "missing_event", "count": -1}, []),
        ({"kind": "missing_event", "route": "/stream*"}, ["balanceUpdate", "outboundAccountPosition"]),
        ({"kind": "duplicate_event"}, ["balanceUpdate", "balanceUpdate", "outboundAccountPosition"]),
        ({"kind": "late_event", "ms": 1000}, ["outboundAccountPosition"]),
    ],
)
def test_events_that_are_lost_doubled_or_late(follower: ApiDoor, fault: dict[str, object], heard: list[str]) -> None:
    arm(follower.door, **fault)
    follower.door.deposit("BTC", "1")
    assert kinds(follower.events()) == heard


def test_a_late_event_is_overtaken(follower: ApiDoor) -> None:
    """It says what it would have said, after what followed it."""
    arm(follower.door, kind="late_event", ms=1000, method="balanceUpdate")
    follower.door.deposit("BTC", "1")
    sent_ms = follower.door.clock.now_ms()
    follower.door.script("clock", {"advance_ms": 999})
    assert kinds(follower.events()) == ["outboundAccountPosition"]
    follower.door.script("clock", {"advance_ms": 1})
    late = follower.events()
    assert (kinds(late), late[0]["E"]) == (["balanceUpdate"], sent_ms)


def test_event_faults_are_in_the_request_log(follower: ApiDoor) -> None:
    arm(follower.door, kind="missing_event", method="executionReport")
    follower.door.order("BUY", "MARKET", "0.01")
    row = last_row(follower.door)
    assert (row["method"], row["path"], row["fault"]) == ("executionReport", "/ws-api/v3", "missing_event")


def test_a_connection_that_drops_instead_of_telling(follower: ApiDoor) -> None:
    """Nothing is replayed to the connection that follows."""
    arm(follower.door, kind="drop_event", method="executionReport")
    follower.door.order("BUY", "MARKET", "0.01")
    assert (follower.heard.frames, follower.heard.ended) == ([], "reset")
    again = ApiDoor(follower.door)
    again.follow()
    assert again.events() == []
    follower.door.print("96000")
    follower.door.order("SELL", "MARKET", "0.005")
    assert again.events()[0]["x"] == "NEW"


def test_market_events_meet_faults_too(door: Door) -> None:
    market = MarketDoor(door, "/stream", "streams=btcusdc@trade/btcusdc@bookTicker")
    arm(door, kind="missing_event", route="/stream", method="bookTicker")
    arm(door, kind="duplicate_event", route="/stream", method="trade")
    door.print("95001")
    assert [frame["stream"] for frame in market.heard.pop()] == ["btcusdc@trade", "btcusdc@trade"]


# Connections -----------------------------------------------------------------------------------


def test_connections_are_reset_at_once(door: Door, follower: ApiDoor) -> None:
    market = MarketDoor(door)
    arm(door, kind="drop_stream", route="/ws-api/v3")
    assert (follower.heard.ended, market.heard.ended) == ("reset", None)
    assert (last_row(door)["path"], last_row(door)["fault"]) == ("/ws-api/v3", "drop_stream")
    assert door.script("faults", method="GET") == {"armed": []}
    arm(door, kind="drop_stream")
    assert market.heard.ended == "reset"


def test_a_shutdown_is_announced(door: Door, follower: ApiDoor) -> None:
    """Wrapped on each kind of connection as its events are; closed when the time is over."""
    raw, combined = MarketDoor(door), MarketDoor(door, "/stream")
    event = {"e": "serverShutdown", "E": door.clock.now_ms()}
    arm(door, kind="shutdown", ms=600_000)
    assert follower.heard.pop() == [{"event": event}]
    assert raw.heard.pop() == [event]
    assert combined.heard.pop() == [{"stream": "!serverShutdown", "data": event}]
    assert follower.heard.ended is None
    door.script("clock", {"advance_ms": 600_000})
    assert [near.heard.ended for near in (follower, raw, combined)] == ["close"] * 3


def test_a_subscription_ends_and_can_begin_again(door: Door, follower: ApiDoor) -> None:
    arm(door, kind="end_stream")
    ended = follower.heard.pop()
    assert ended == [{"subscriptionId": 0, "event": {"e": "eventStreamTerminated", "E": door.clock.now_ms()}}]
    door.deposit("BTC", "1")
    assert follower.heard.pop() == []
    follower.follow()
    door.deposit("BTC", "1")
    assert len(follower.events()) == 2


def test_the_same_faults_give_the_same_frames(door: Door) -> None:
    """A script of faults and orders, run twice."""

    def run() -> list[Any]:
        fresh = Door()
        api = ApiDoor(fresh)
        api.follow()
        arm(fresh, kind="late_event", ms=500, skip=1)
        arm(fresh, kind="duplicate_event", skip=2, count=2)
        arm(fresh, kind="missing_event", method="listStatus")
        fresh.order("BUY", "MARKET", "0.01")
        fresh.script("clock", {"advance_ms": 500})
        fresh.order("SELL", "LIMIT", "0.005", price="96000", newClientOrderId="exit")
        fresh.print("96000")
        return api.heard.pop()

    assert run() == run() != []
    assert SYMBOL in {frame["event"].get("s") for frame in run()}
