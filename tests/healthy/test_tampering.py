"""Invariants provoked through the whole program: by hands on the venue, on DeltaScout's files, or on the record.

The record is edited only where nothing outside can break what the invariant says; then each case says why.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange.ids import OrderName, Role
from fsm.orders import OrderStatus
from fsm.record import Record
from fsm.states import State
from fsm.watching.invariants import EVENT
from guards.margin_memory import MarginRuntime
from tests.healthy.healthy_trades import Desk, desk

MINUTE_MS = 60_000
REFUSED = {"method": "POST", "kind": "error", "status": 400, "code": -2010, "count": 99}
DISABLED = "This action is disabled on this account."
FILLS = "/api/v3/myTrades"
LOANS = "/sapi/v1/margin/borrow-repay"
PATIENT = {"FAILSAFE_EXITS_MAX_TRIES": "100", "EXITS_RETRY_EVERY_SEC": "2", "POLL_SEC": "1", "QTY_USD": "3000"}


def _told(open_desk: Desk) -> set[str]:
    """Invariants told so far, with their severity."""
    notes = (note for note in open_desk.stage.told.notifications if note.event == EVENT)
    return {f"{note.text.partition(':')[0]} {note.severity}" for note in notes}


def _refuse_exits(open_desk: Desk) -> None:
    for path in ("/api/v3/order", "/api/v3/orderList/oco", "/api/v3/order/cancelReplace"):
        open_desk.stage.faults({"route": path, "msg": DISABLED, **REFUSED})


def _cancel(open_desk: Desk, role: Role, leg: int) -> None:
    """The owner cancels one of our orders on his phone, and the venue takes no other."""
    _refuse_exits(open_desk)
    order = next(o for o in open_desk.stage.position.live_orders if (o.role, o.leg) == (role, leg))
    open_desk.stage.client.cancel(order.client_id)
    open_desk.live(20)


def _edit(open_desk: Desk, record: Record) -> None:
    """Somebody edits the state file between two runs."""
    memory = open_desk.stage.assembled.memory
    memory.put(record)
    assert memory.save()
    open_desk.stage.start()


def _stop_gone(open_desk: Desk) -> None:
    open_desk.enter()
    _cancel(open_desk, Role.STOP, 3)


def _target_gone(open_desk: Desk) -> None:
    open_desk.enter()
    _cancel(open_desk, Role.TARGET, 1)


def _trailing_stop_gone(open_desk: Desk) -> None:
    open_desk.enter()
    open_desk.target(1)
    open_desk.target(2)
    open_desk.until(State.TRAILING)
    _cancel(open_desk, Role.STOP, 3)


def _feed_stale(open_desk: Desk) -> None:
    """DeltaScout writes no more bars while the runner is trailed by them."""
    open_desk.enter()
    open_desk.target(1)
    open_desk.target(2)
    open_desk.until(State.TRAILING)
    for _ in range(4):
        open_desk.stage.advance(MINUTE_MS)
        open_desk.stage.pass_time(2)


def _sold_out_unproven(open_desk: Desk) -> None:
    """The venue says that the runner's stop filled, and shows no execution of it for a while."""
    open_desk.enter()
    open_desk.target(1)
    open_desk.target(2)
    open_desk.until(State.TRAILING)
    open_desk.stage.faults({"route": FILLS, "method": "GET", "kind": "stale", "ms": 600_000, "count": 200})
    open_desk.stopped()
    open_desk.live(18)


def _entry_unknown(open_desk: Desk) -> None:
    """The record names an entry that the venue never had. The program sends none that is not in the record, and takes
    the number of each from the venue, so only the record can lack it."""
    open_desk.rest()
    position = open_desk.stage.position
    (entry,) = position.entries
    open_desk.stage.client.cancel(entry.client_id)
    name = OrderName(position.trade_id, Role.ENTRY, 0, 7)
    never_sent = entry.model_copy(
        update={"client_id": name.client_id, "revision": 7, "order_id": None, "status": OrderStatus.WORKING}
    )
    edited = position.model_copy(update={"orders": (never_sent,)})
    _edit(open_desk, open_desk.stage.record.with_position(edited))
    open_desk.live(18)


def _stop_loosened(open_desk: Desk) -> None:
    """The record loses what TP1 earned: the venue cannot take it away, for the program puts any other stop right."""
    open_desk.enter()
    open_desk.target(1)
    memory = open_desk.stage.assembled.memory
    memory.put_position(memory.position.model_copy(update={"stop": memory.position.plan.stop}))
    open_desk.live(4)


def _leg_lost(open_desk: Desk) -> None:
    """The record loses half a leg: from outside only the position can shrink, and then its legs follow."""
    open_desk.enter()
    memory = open_desk.stage.assembled.memory
    leg = memory.position.legs[0]
    memory.put_position(memory.position.with_leg(leg.model_copy(update={"quantity": leg.quantity / 2})))
    open_desk.live(6)


def _shape_lost(open_desk: Desk) -> None:
    """The record in memory: in a file the next start refuses it."""
    memory = open_desk.stage.assembled.memory
    memory.put(memory.record.model_copy(update={"lock_until": "soon"}))
    open_desk.stage.executor._invariants.look()


PROVOKED: dict[str, Callable[[Desk], None]] = {
    "I1 ERROR": _stop_gone,
    "I2 ERROR": _stop_loosened,
    "I3 ERROR": _leg_lost,
    "I4 ERROR": _entry_unknown,
    "I5 ERROR": _sold_out_unproven,
    "I6 WARN": _feed_stale,
    "I7 ERROR": _target_gone,
    "I8 ERROR": _shape_lost,
    "I9 ERROR": _trailing_stop_gone,
    "I10 WARN": _stop_gone,
}


@pytest.mark.parametrize("kind", ["long", "short"])
@pytest.mark.parametrize("told", PROVOKED)
def test_what_does_not_hold_is_told(told: str, kind: str) -> None:
    """And nothing was told before it was tampered with."""
    more = {"TRAIL_SOURCE": "AGG", "TRAIL_ACTIVATE_AFTER_TP2": "true", "TP1_BREAKEVEN": "entry"}
    with desk("spot", 0, **PATIENT, **more) as open_desk:
        open_desk.kind = kind
        open_desk.stage.watch.excused = frozenset({"cover"})
        open_desk.live(2)
        assert _told(open_desk) == set()
        PROVOKED[told](open_desk)
        assert told in _told(open_desk)


def test_keys_that_differ_are_told() -> None:
    """I12: the hooks worked for another trade than the record's; they note it there themselves, so it is edited."""
    with desk("cross", 0, **PATIENT) as open_desk:
        open_desk.enter()
        memory = open_desk.stage.assembled.memory
        memory.put(memory.record.model_copy(update={"mg_runtime": MarginRuntime(prepared="T0", opened="T0")}))
        open_desk.live(3)
        assert "I12 WARN" in _told(open_desk)


def test_margin_settings_that_disagree_are_told() -> None:
    """I11: the environment cannot bring it about, such settings end the start; so they are changed behind its back."""
    with desk("cross", 0, **PATIENT) as open_desk:
        stage = open_desk.stage
        exchange = stage.settings.exchange.model_copy(update={"side_effect": "AUTO_BORROW_REPAY"})
        stage.settings = replace(stage.settings, exchange=exchange)
        stage.start()
        open_desk.live(3)
        assert "I11 ERROR" in _told(open_desk)
        open_desk.signal(open_desk.fresh())
        assert (stage.verdicts()[-1]["verdict"], stage.state) == ("venue", State.IDLE)


@pytest.mark.parametrize("account", ["cross", "isolated", "cross, auto", "isolated, margin buy"])
@pytest.mark.parametrize("kind", ["long", "short"])
def test_what_the_owner_borrows_after_a_close_is_his(account: str, kind: str) -> None:
    """I13: his loan of the very asset, and its interest over the hours, are in the venue's loan records as his."""
    with desk(account, 0, **PATIENT, I13_GRACE_SEC="20", I13_ESCALATE_SEC="20") as open_desk:
        open_desk.kind = kind
        open_desk.enter()
        open_desk.live(30)
        open_desk.stopped()
        open_desk.over()
        lender = open_desk.stage.client.lender
        assert lender is not None
        lender.borrow("USDC", Decimal(10))
        lender.borrow("BTC", Decimal("0.001"))
        for _ in range(3):
            open_desk.live(30)
            open_desk.stage.advance(60 * MINUTE_MS)
        assert _told(open_desk) == set()
        assert len(open_desk.debts()) == 2


@pytest.mark.parametrize("halts", [True, False])
def test_a_debt_after_the_close(*, halts: bool) -> None:
    """I13, M6: no loan record explains the debt. Silent in the grace, then WARN, then ERROR; with I13_KILL_ON_DEBT no
    entries until it is gone."""
    periods = {"I13_GRACE_SEC": "20", "I13_ESCALATE_SEC": "20", "I13_KILL_ON_DEBT": str(halts).lower()}
    with desk("cross", 0, **PATIENT, **periods) as open_desk:
        open_desk.enter()
        open_desk.live(30)
        open_desk.stopped()
        open_desk.over()
        lender = open_desk.stage.client.lender
        assert lender is not None
        lagging = {"route": LOANS, "method": "GET", "kind": "stale", "ms": 3_600_000, "count": 200}
        open_desk.stage.faults(lagging)
        lender.borrow("USDC", Decimal(10))
        open_desk.live(3)
        assert _told(open_desk) == set()
        open_desk.live(20)
        assert _told(open_desk) == {"I13 WARN"}
        open_desk.live(25)
        assert _told(open_desk) == {"I13 WARN", "I13 ERROR"}
        assert (open_desk.stage.record.meta.halted is not None) == halts
        open_desk.signal(open_desk.fresh())
        assert open_desk.stage.verdicts()[-1]["verdict"] == ("paused" if halts else "accepted")
        if halts:
            lender.repay("USDC", open_desk.owed())
            open_desk.live(10)
            assert open_desk.stage.record.meta.halted is None
            open_desk.enter()


def test_a_carried_debt_alarms() -> None:
    """An entry that never filled leaves the interest of its loan: `debt_carried`, and the next trade repays it."""
    with desk("cross", 0, **PATIENT) as open_desk:
        open_desk.kind = "short"
        close = open_desk.rest()
        open_desk.prints(open_desk.beyond(close, 150), seconds=8)
        open_desk.over()
        (alarm,) = [note for note in open_desk.stage.told.notifications if note.event == "debt_carried"]
        assert alarm.severity == "ERROR"
        assert open_desk.owed() > 0
        open_desk.enter()
        open_desk.live(6)
        open_desk.stopped()
        open_desk.over()
        assert open_desk.owed() == 0
