"""Lessons V1, V2, V9 and V10: limits, late answers, maintenance, changed rules and silence of the venue, as whole
trades."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from fsm.operator import Command
from fsm.states import State
from tests.scenarios.directed import DIRECTIONS, Directed
from tests.scenarios.in_process import in_process_stage

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
ORDER, OCO, REPLACE = "/api/v3/order", "/api/v3/orderList/oco", "/api/v3/order/cancelReplace"
OPEN_ORDERS, TICKER = "/api/v3/openOrders", "/api/v3/ticker/24hr"
SYMBOL = "BTCUSDC"
ROUTINE_WEIGHT, ALL_TICKERS_WEIGHT = 5_000, 80
"""What reads may use of a minute, and what asking for every market costs."""


@contextmanager
def acting(kind: str, **environ: str) -> Iterator[Directed]:
    """A directed scene without sockets, so that waiting for an answer costs virtual time only."""
    short = {"SPOT_SHORT": "sell_holdings"} if kind == "short" else {}
    with in_process_stage(**{"QTY_USD": "3000", **short, **environ}) as stage:
        yield Directed(stage, kind)


def sent_between(scene: Directed, start_ms: int, end_ms: int) -> list[str]:
    """What reached the venue after a moment and before another."""
    requests = scene.stage.ledger()["requests"]
    return [f"{r['method']} {r['path']}" for r in requests if start_ms < r["time"] < end_ms]


# --- the six kinds of request that change something, each on its way in a trade
def _entry(scene: Directed) -> None:
    scene.signal()


def _cover(scene: Directed) -> None:
    scene.prints(scene.price(0), "0.01")


def _lists(scene: Directed) -> None:
    scene.prints(scene.price(0))


def _breakeven(scene: Directed) -> None:
    scene.prints(scene.plan.targets[0])


def _flatten(scene: Directed) -> None:
    scene.command(Command.FLATTEN)


def _rest(scene: Directed) -> None:
    scene.rest_entry()


def _hold(scene: Directed) -> None:
    scene.enter_at_once()


def _nothing(scene: Directed) -> None:
    scene.prints(scene.price(0))


Step = Callable[[Directed], None]
WRITES: dict[str, tuple[Step, Step, str, str, State]] = {
    "stop": (_rest, _cover, "POST", ORDER, State.OPEN),
    "list": (_rest, _lists, "POST", OCO, State.OPEN_FILLED),
    "replace": (_hold, _breakeven, "POST", REPLACE, State.OPEN_FILLED),
    "cancel": (_hold, _breakeven, "DELETE", ORDER, State.OPEN_FILLED),
    "market exit": (_hold, _flatten, "POST", ORDER, State.COOLDOWN),
    "cancel of a close": (_hold, _flatten, "DELETE", ORDER, State.COOLDOWN),
}
"""What leads to the request, what sends it, the request, and the state that follows."""
each_write = pytest.mark.parametrize("write", WRITES)


def disturb(write: str, kind: str, *faults: dict[str, Any], wait_s: float, within_ms: int) -> None:
    """Let one kind of request meet these faults: afterwards the trade is where it belongs and wholly covered."""
    prepare, send, method, route, state = WRITES[write]
    with acting(kind) as scene:
        prepare(scene)
        scene.stage.faults(*({"method": method, "route": route, **fault} for fault in faults))
        scene.stage.watch.reaction_ms = within_ms
        send(scene)
        scene.stage.pass_time(wait_s)
        scene.expect(state)
        if state is not State.COOLDOWN:
            held = scene.ours().held()
            assert abs(held - scene.stage.stop_quantity()) <= held / 500
        assert max((span.length_ms(0) for span in scene.ours().naked_spans() if span.end_ms), default=0) <= within_ms


# --- V1
@each_write
@pytest.mark.parametrize(("status", "seconds", "kind"), [(429, 5, "long"), (418, 30, "short")])
def test_v1_a_limited_write_waits_as_told(write: str, kind: str, status: int, seconds: int) -> None:
    """After a 429 or 418 on protection nothing is sent until the named time is over; then it is done."""
    prepare, send, method, route, state = WRITES[write]
    with acting(kind) as scene:
        prepare(scene)
        limit = {"kind": "limit", "status": status, "retry_after": seconds, "method": method, "route": route}
        scene.stage.faults(limit)
        scene.stage.watch.reaction_ms = seconds * 1000 + 3_000
        send(scene)
        scene.stage.pass_time(seconds + 3)
        scene.expect(state)
        (limited,) = (r["time"] for r in scene.stage.ledger()["requests"] if r.get("fault") == "limit")
        assert sent_between(scene, limited, limited + seconds * 1000) == []


@each_direction
def test_v1_a_limited_entry_is_sent_again_after_the_pause(kind: str) -> None:
    """A 429 on the entry proves that it was not looked at: it goes out once the pause is over, and fills once."""
    with acting(kind) as scene:
        scene.stage.faults({"kind": "limit", "retry_after": 3, "method": "POST", "route": ORDER})
        scene.signal()
        scene.expect(State.PENDING)
        scene.stage.pass_time(4)
        scene.expect(State.OPEN_FILLED)
        assert len(scene.orders("E")) == 1


@each_direction
def test_v1_used_up_weight_keeps_no_doubt_alive(kind: str) -> None:
    """Routine reads are held back until the minute is over; a leg whose exit never arrived is not left bare so long."""
    with acting(kind) as scene:
        scene.stage.faults({"kind": "drop", "method": "POST", "route": OCO})
        scene.enter_at_once()
        for _ in range(ROUTINE_WEIGHT // ALL_TICKERS_WEIGHT):
            scene.stage.ask(TICKER)
        scene.stage.watch.reaction_ms = 15_000
        scene.stage.pass_time(15)
        assert len(scene.stops()) == 3
        assert scene.stage.clock.now_ms() % 60_000 < 30_000


@each_direction
def test_v1_a_limited_market_entry_is_given_up(kind: str) -> None:
    """A market entry that has to wait is not sent at all: the price it was judged by is old by then (E10)."""
    with acting(kind, ENTRY_MODE="MARKET_ONLY") as scene:
        scene.stage.faults({"kind": "limit", "retry_after": 3, "method": "POST", "route": ORDER})
        scene.signal()
        scene.stage.pass_time(4)
        scene.expect(State.IDLE)
        assert (scene.outcome(), scene.orders("E")) == ("never_sent", [])


@each_direction
@pytest.mark.parametrize("route", [TICKER, OPEN_ORDERS])
def test_v1_limited_reads_never_hold_up_protection(kind: str, route: str) -> None:
    """After a 429 on a read the reads wait; cancels and market exits of a flatten go out at once."""
    with acting(kind) as scene:
        _hold(scene)
        scene.stage.faults({"kind": "limit", "retry_after": 20, "method": "GET", "route": route})
        scene.stage.pass_time(2)
        (limited,) = (r["time"] for r in scene.stage.ledger()["requests"] if r.get("fault") == "limit")
        scene.stage.watch.reaction_ms = 25_000
        scene.command(Command.FLATTEN)
        sent = sent_between(scene, limited, limited + 20_000)
        assert {"DELETE /api/v3/order", "POST /api/v3/order"} <= set(sent)
        assert [name for name in sent if name.startswith(f"GET {route}")] == []
        scene.stage.pass_time(20)
        scene.expect(State.COOLDOWN)


# --- V2
@each_write
@each_direction
def test_v2_a_request_that_came_too_late_is_signed_anew(write: str, kind: str) -> None:
    """A write that the network delays beyond its window is refused with -1021: the clock is read and it goes again."""
    disturb(write, kind, {"kind": "delay", "ms": 3_000}, wait_s=8, within_ms=8_000)


@each_write
@each_direction
def test_v2_a_late_answer_changes_nothing(write: str, kind: str) -> None:
    """An answer that takes longer than we wait leaves a doubt, which a query settles."""
    disturb(write, kind, {"kind": "delay", "ms": 20_000, "when": "after"}, wait_s=20, within_ms=30_000)


# --- doubts that stay for a while
LOST: dict[str, dict[str, Any]] = {
    "5xx before": {"kind": "error"},
    "5xx after": {"kind": "error_after"},
    "silence before": {"kind": "timeout"},
    "silence after": {"kind": "timeout_after"},
}


@each_write
@pytest.mark.parametrize(("lost", "kind"), list(zip(LOST, DIRECTIONS * 2, strict=True)))
def test_a_doubt_outlasts_queries_that_fail(write: str, kind: str, lost: str) -> None:
    """The answer is lost and the first queries fail too: nothing is sent twice, and the end is as it should be."""
    queries = [{"kind": "error", "method": "GET", "route": "/api/v3/*", "count": 12}]
    disturb(write, kind, LOST[lost], *queries, wait_s=30, within_ms=35_000)


@each_direction
@pytest.mark.parametrize("route", ["/api/v3/*", ORDER, OPEN_ORDERS])
def test_stale_reads_are_old_news(kind: str, route: str) -> None:
    """Answers from before the last changes neither revive what ended nor repeat what was done."""
    with acting(kind) as scene:
        scene.rest_entry()
        stale = {"kind": "stale", "method": "GET", "route": route, "ms": 1_500, "count": 40}
        scene.stage.watch.reaction_ms = 5_000
        scene.stage.faults(stale)
        scene.stage.trade(str(scene.price(0)), turn=False)
        scene.stage.pass_time(5)
        scene.expect(State.OPEN_FILLED)
        scene.stage.trade(str(scene.plan.targets[0]), turn=False)
        scene.stage.pass_time(5)
        assert sorted(scene.working()) == ["S2", "S3", "T2"]
        scene.stage.trade(str(scene.position.stop), turn=False)
        scene.stage.pass_time(8)
        scene.expect(State.COOLDOWN)


# --- the venue is gone for a while
OUTAGES: dict[str, dict[str, Any]] = {
    "5xx": {"kind": "error", "status": 503, "html": True},
    "silence": {"kind": "timeout"},
    "broken connections": {"kind": "drop"},
}
PLACES: dict[str, tuple[Step, str, State]] = {
    "nothing filled": (_rest, "1", State.OPEN),
    "entry filled": (_rest, "0", State.OPEN_FILLED),
    "TP1 filled": (_hold, "tp1", State.OPEN_FILLED),
    "stopped out": (_hold, "stop", State.COOLDOWN),
}


@each_direction
@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("place", PLACES)
def test_an_outage_of_a_minute_is_survived(kind: str, place: str, outage: str) -> None:
    """No request is answered for a minute: the market goes on, and so does the position when the venue is back."""
    prepare, moment, state = PLACES[place]
    with acting(kind, LIVE_ENTRY_TIMEOUT_SEC="600") as scene:
        prepare(scene)
        prices = {"1": scene.price(1), "0": scene.price(0), "tp1": scene.plan.targets[0], "stop": scene.plan.stop}
        scene.stage.watch.reaction_ms = 80_000
        scene.stage.faults({**OUTAGES[outage], "route": "/api/v3/*", "count": 100_000})
        scene.stage.pass_time(20)
        scene.stage.trade(str(prices[moment]), turn=False)
        scene.stage.pass_time(40)
        scene.stage.paper("faults", method="DELETE")
        scene.stage.pass_time(8)
        scene.expect(state)
        scene.stage.watch.reaction_ms = 2_500
        scene.stage.watch.check()
        assert {"venue_unreachable", "venue_reachable"} <= set(scene.stage.told.events())


def test_a_signal_during_an_outage_is_refused_by_name() -> None:
    """No entry while the venue does not answer; the verdict is `venue`, and it does not wait for the venue."""
    with acting("long") as scene:
        scene.stage.faults({"kind": "error", "route": "/api/v3/*", "count": 100_000})
        scene.stage.pass_time(6)
        scene.signal()
        assert scene.stage.verdicts()[-1]["verdict"] == "venue"
        scene.stage.paper("faults", method="DELETE")
        scene.stage.pass_time(6)
        scene.stage.signal("long", 95001)
        scene.expect(State.OPEN_FILLED)


# --- V9
@each_direction
@pytest.mark.parametrize("status", ["BREAK", "HALT", "CANCEL_ONLY"])
def test_v9_a_closed_market_keeps_the_position(kind: str, status: str) -> None:
    """A symbol that stops trading changes nothing of a covered position; afterwards its life goes on."""
    with acting(kind) as scene:
        _hold(scene)
        before = {order["orderId"] for order in scene.stage.open_orders()}
        scene.stage.paper("symbol", {"symbol": SYMBOL, "status": status})
        scene.stage.pass_time(310)
        scene.expect(State.OPEN_FILLED)
        assert {order["orderId"] for order in scene.stage.open_orders()} == before
        scene.stage.paper("symbol", {"symbol": SYMBOL, "status": "TRADING"})
        scene.take_targets(1, 2)
        scene.expect(State.TRAILING)


@each_direction
@pytest.mark.parametrize("status", ["BREAK", "CANCEL_ONLY"])
def test_v9_a_missing_stop_is_placed_when_the_market_opens(kind: str, status: str) -> None:
    """A stop that a closed market refuses is no failure of protection: it is tried until it works."""
    with acting(kind) as scene:
        _hold(scene)
        scene.stage.paper("symbol", {"symbol": SYMBOL, "status": status})
        scene.stage.client.cancel(scene.working()["S3"]["clientOrderId"])
        scene.stage.pass_time(200)
        scene.expect(State.OPEN_FILLED)
        assert "naked" in scene.stage.told.events()
        scene.stage.paper("symbol", {"symbol": SYMBOL, "status": "TRADING"})
        scene.stage.pass_time(16)
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]


@pytest.mark.parametrize("status", ["BREAK", "HALT", "CANCEL_ONLY"])
def test_v9_a_closed_market_admits_no_entry(status: str) -> None:
    """Before we know, the venue refuses the entry; once we know, the verdict is `venue`."""
    with acting("long") as scene:
        scene.stage.paper("symbol", {"symbol": SYMBOL, "status": status})
        scene.signal()
        scene.stage.pass_time(2)
        scene.expect(State.IDLE)
        assert scene.outcome() == "entry_market_closed"
        scene.stage.pass_time(305)
        scene.stage.bars(*[(95000, 95010, 94990)] * 200)
        scene.stage.signal("long", 95001)
        scene.expect(State.IDLE)
        assert scene.stage.verdicts()[-1]["verdict"] == "venue"
        scene.stage.paper("symbol", {"symbol": SYMBOL, "status": "TRADING"})
        scene.stage.pass_time(305)
        scene.stage.bars(*[(95000, 95010, 94990)] * 200)
        scene.stage.signal("long", 95002)
        scene.expect(State.OPEN_FILLED)


@each_direction
def test_v9_legs_too_small_for_new_rules_leave_together(kind: str) -> None:
    """Each was taken for dust, and both were closed with what they held: the position stood still without a stop."""
    with acting(kind, QTY_USD="17") as scene:
        scene.enter_at_once()
        assert len(scene.position.legs) == 2
        scene.stage.watch.excused = frozenset({"cover"})
        scene.stage.trade(str(scene.beyond(scene.position.stop, -300)), turn=False)
        scene.stage.pass_time(2.5)
        scene.stage.paper("symbol", {"symbol": SYMBOL, "min_notional": "8"})
        scene.stage.pass_time(6)
        scene.expect(State.COOLDOWN)


def test_v9_legs_on_new_steps_never_offer_more_than_is_held() -> None:
    """The last exit of a SHORT takes over what the others give up: they give it up first."""
    with acting("short", QTY_USD="20") as scene:
        scene.enter_at_once()
        runner = scene.working()["S3"]
        scene.stage.paper("symbol", {"symbol": SYMBOL, "step_size": "0.00002"})
        scene.stage.watch.read_rules()
        scene.stage.start()
        scene.stage.pass_time(2)
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]
        assert Decimal(scene.working()["S3"]["origQty"]) > Decimal(runner["origQty"])
        assert scene.refusals() == []


FILTERS = {
    "coarser ticks": {"tick_size": "0.5"},
    "coarser steps": {"step_size": "0.0001", "min_qty": "0.0001"},
    "higher least notional": {"min_notional": "50"},
}


@each_direction
@pytest.mark.parametrize("change", FILTERS)
@pytest.mark.parametrize("wait_s", [0, 301])
def test_v9_changed_filters_are_followed(kind: str, change: str, wait_s: int) -> None:
    """Rules that change while a position is held are read anew; its orders follow them, and it ends as usual."""
    with acting(kind) as scene:
        _hold(scene)
        scene.stage.paper("symbol", {"symbol": SYMBOL, **FILTERS[change]})
        scene.stage.pass_time(wait_s)
        scene.stage.watch.read_rules()
        scene.stage.watch.reaction_ms = 20_000
        scene.take_targets(1)
        scene.stage.pass_time(17)
        scene.expect(State.OPEN_FILLED)
        assert 0 <= abs(scene.stops()["S3"] - scene.position.stop) < Decimal("0.5")
        assert scene.position.stop != scene.plan.stop
        scene.prints(scene.position.stop)
        scene.stage.pass_time(17)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "breakeven"


# --- V10
@each_direction
def test_v10_polling_alone_notices_every_fill_within_its_period(kind: str) -> None:
    """With no word from any stream each fill is known one POLL_SEC later at most."""
    with acting(kind) as scene:
        scene.rest_entry()
        for price, state in ((scene.price(0), State.OPEN_FILLED), (scene.plan.targets[1], State.TRAILING)):
            scene.stage.trade(str(price), turn=False)
            filled = scene.stage.clock.now_ms()
            scene.stage.pass_time(1.1)
            scene.expect(state)
            assert scene.position.entered_ms[state] - filled <= Decimal(1_100)
