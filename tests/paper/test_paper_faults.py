"""Injected faults through the in-process door, and how the request log shows them."""

from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

from exchange.paper.settings import PaperSettings
from tests.paper.paper_clients import in_process_client
from tests.paper.paper_door import SYMBOL, Door, order_params

ORDER = "/api/v3/order"
BUY = order_params("BUY", "MARKET", "0.001", newClientOrderId="mine")


def logged(door: Door) -> Any:
    return door.script("ledger", method="GET")["requests"][-1]


def exists(door: Door) -> bool:
    return door.ask("GET", ORDER, symbol=SYMBOL, origClientOrderId="mine")[0] == 200


@pytest.mark.parametrize(
    ("fault", "status", "code", "executed"),
    [
        ({"kind": "error"}, 500, -1001, False),
        ({"kind": "error", "status": 503, "code": -1008}, 503, -1008, False),
        ({"kind": "error", "status": 400, "code": -2010, "msg": "Market is closed."}, 400, -2010, False),
        ({"kind": "error_after"}, 500, -1006, True),
        ({"kind": "error_after", "status": 504, "code": -1007}, 504, -1007, True),
        ({"kind": "limit"}, 429, -1003, False),
        ({"kind": "limit", "status": 418, "retry_after": 120}, 418, -1003, False),
    ],
)
def test_an_answer_may_be_an_error_before_or_after_the_work(
    door: Door, fault: dict[str, Any], status: int, code: int, *, executed: bool
) -> None:
    door.script("faults", [{"route": ORDER, "method": "POST", **fault}])
    answered, body = door.ask("POST", ORDER, **BUY)
    assert (answered, body["code"]) == (status, code)
    row = logged(door)
    assert (row["fault"], row["status"], row["code"]) == (fault["kind"], status, code)
    assert exists(door) is executed


@pytest.mark.parametrize(("status", "retry_after"), [(429, "3"), (418, "3")])
def test_a_limit_says_when_to_come_back(door: Door, status: int, retry_after: str) -> None:
    door.script("faults", [{"kind": "limit", "status": status, "retry_after": 3}])
    assert door.signed("POST", ORDER, **BUY).headers["Retry-After"] == retry_after


@pytest.mark.parametrize(
    ("kind", "executed"), [("drop", False), ("drop_after", True), ("timeout", False), ("timeout_after", True)]
)
def test_an_answer_may_never_come(door: Door, kind: str, *, executed: bool) -> None:
    door.script("faults", [{"kind": kind, "route": ORDER, "method": "POST"}])
    response = door.signed("POST", ORDER, **BUY)
    assert response.transport == kind.removesuffix("_after")
    assert (logged(door)["status"], logged(door)["fault"]) == (0, kind)
    assert exists(door) is executed


def test_work_may_be_done_after_its_answer_was_lost(door: Door) -> None:
    """-1007 with later execution: "does not exist" is no proof before the request has grown too old."""
    door.script("faults", [{"kind": "error_after", "code": -1007, "late_ms": 3000}])
    door.ask("POST", ORDER, **BUY)
    assert not exists(door)
    door.clock.advance(3000)
    assert exists(door)


def test_work_that_comes_too_late_is_refused_by_its_recv_window(door: Door) -> None:
    door.script("faults", [{"kind": "timeout_after", "late_ms": 3000}])
    door.signed("POST", ORDER, **BUY, recvWindow=2000)
    door.clock.advance(10_000)
    assert not exists(door)


def test_delays_pass_on_a_stepped_clock(door: Door) -> None:
    """Before the work a delay can make the request too old; after it the answer is only late."""
    door.script("faults", [{"kind": "delay", "ms": 5001}])
    assert door.refusal("POST", ORDER, **BUY)[0] == -1021
    door.script("faults", [{"kind": "delay", "ms": 700, "when": "after"}])
    response = door.signed("POST", ORDER, **BUY)
    assert (response.status, response.delay_after_ms) == (200, 700)


def test_skip_count_method_and_route_choose_the_requests(door: Door) -> None:
    door.script("faults", [{"kind": "error", "route": ORDER, "method": "GET", "skip": 1, "count": 2}])
    door.order("BUY", "LIMIT", "0.001", price="94000", newClientOrderId="mine")
    statuses = [door.ask("GET", ORDER, symbol=SYMBOL, orderId=1)[0] for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    assert door.script("faults", method="GET") == {"armed": []}


@pytest.mark.parametrize(("route", "hit"), [("/api/v3/order*", True), ("/api/v3/orderList*", False), (None, True)])
def test_a_route_may_end_in_a_star_or_be_any(door: Door, route: str | None, hit: bool) -> None:  # noqa: FBT001
    door.script("faults", [{"kind": "error", "route": route}])
    assert (door.ask("POST", ORDER, **BUY)[0] == 500) is hit


def test_two_faults_on_one_route_take_turns(door: Door) -> None:
    door.script("faults", [{"kind": "error", "status": 501}, {"kind": "error", "status": 502}])
    assert [door.ask("POST", ORDER, **BUY)[0] for _ in range(3)] == [501, 502, 200]


def test_a_delay_joins_another_fault(door: Door) -> None:
    door.script("faults", [{"kind": "delay", "ms": 100, "when": "after"}, {"kind": "error_after"}])
    response = door.signed("POST", ORDER, **BUY)
    assert (response.status, response.delay_after_ms, logged(door)["fault"]) == (500, 100, "delay+error_after")


def test_disarmed_faults_do_not_fire(door: Door) -> None:
    door.script("faults", [{"kind": "error", "count": 5}])
    door.script("faults", method="DELETE")
    door.ok("POST", ORDER, **BUY)


def test_an_error_may_be_html(door: Door) -> None:
    door.script("faults", [{"kind": "error", "status": 403, "html": True}])
    response = door.signed("POST", ORDER, **BUY)
    assert (response.status, response.headers["Content-Type"]) == (403, "text/html")
    assert response.body.startswith(b"<html>")


def test_a_stale_read_shows_the_past(door: Door) -> None:
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="mine")
    door.script("faults", [{"kind": "stale", "ms": 2000, "count": 2}])
    door.clock.advance(3000)
    door.print("94000")
    door.clock.advance(1000)
    assert door.state("mine") == ("NEW", "0")
    assert door.balance("BTC") == ("0", "0")
    assert door.state("mine") == ("FILLED", "0.01")


def test_a_stale_read_may_not_know_a_new_order(door: Door) -> None:
    door.script("faults", [{"kind": "stale", "ms": 2000, "method": "GET"}])
    door.ok("POST", ORDER, **BUY)
    assert not exists(door)
    assert exists(door)


def test_fills_come_in_slices(door: Door) -> None:
    """A resting order gets a part per print, a market order several fills."""
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="rest")
    door.script("faults", [{"kind": "partial", "count": 2, "fraction": "0.4"}])
    door.print("94000")
    assert door.state("rest") == ("PARTIALLY_FILLED", "0.004")
    reply = door.order("BUY", "MARKET", "0.001")
    assert [fill["qty"] for fill in reply["fills"]] == ["0.00040000", "0.00060000"]
    door.print("94000")
    assert door.state("rest") == ("FILLED", "0.01")


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"kind": "explode"}, "kind must be one of"),
        ({"kind": "error", "colour": 1}, "no field 'colour'"),
        ({"kind": "error", "count": "two"}, "count"),
        ({"kind": "error", "status": "500"}, "status"),
        ({"kind": "partial", "fraction": "half"}, "fraction"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(door: Door, fault: dict[str, Any], text: str) -> None:
    with pytest.raises(AssertionError, match=text):
        door.script("faults", [fault])


@pytest.mark.parametrize(
    ("kind", "error", "waited_ms"),
    [("timeout_after", ccxt.RequestTimeout, 10_000), ("drop_after", ccxt.NetworkError, 0)],
)
def test_ccxt_in_process_meets_the_same_faults(kind: str, error: type[ccxt.BaseError], waited_ms: int) -> None:
    """Silence lasts as long as the client waits for it, in the exchange's own time."""
    door = Door(PaperSettings(latency_ms=5))
    client = in_process_client(door.exchange)
    client.load_markets()
    door.script("faults", [{"kind": kind, "route": ORDER, "method": "POST"}])
    before_ms = door.clock.now_ms()
    with pytest.raises(error):
        client.create_order("BTC/USDC", "market", "buy", 0.001, params={"newClientOrderId": "mine"})
    assert door.clock.now_ms() - before_ms == waited_ms + 5
    assert client.fetch_order("", "BTC/USDC", {"origClientOrderId": "mine"})["status"] == "closed"
