"""The situation is what the exchange's ledger says, computed from the files alone."""

import io
import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from exchange.ids import Role
from exchange.instrument import plain
from fsm.operator import Command, Switches
from fsm.shown.files import Executor, executor_of, last_events, read_seen
from fsm.shown.live import live_view
from fsm.shown.situation import Holding, Situation
from fsm.shown.status import read_situation, situation
from fsm.shown.view import duration, situation_compact, situation_shown
from fsm.states import State
from fsm.storage.lock import AlreadyRunning, InstanceLock
from fsm.telling.glance import Glance
from tests.scenarios.directed import directed
from tests.scenarios.stage import Stage, stage


def _look(acted: Stage) -> Situation:
    """What `status` shows now, the executor having written down the prices it sees."""
    Glance(acted.settings.places.last_seen).write(acted.assembled.surroundings, acted.clock.now_ms())
    return read_situation(acted.settings.places, acted.clock.now_ms(), 2_000)


def _holding(acted: Stage) -> Holding:
    holding = _look(acted).position
    assert holding is not None
    return holding


def test_before_the_first_signal(tmp_path: Path) -> None:
    """IDLE, no position, nothing in a signal's way, the last price as the market printed it."""
    with stage(tmp_path) as acted:
        seen = _look(acted)
        assert (seen.state, seen.position, seen.hindrances) == (State.IDLE, None, ())
        assert seen.price is not None
        assert seen.price.last == Decimal(95000)
        assert seen.ways_out == ("signal_accepted",)


def test_without_any_file(tmp_path: Path) -> None:
    """A fresh folder is IDLE; nothing is created by looking."""
    (tmp_path / "other").mkdir()
    with stage(tmp_path / "other") as acted:
        places = acted.settings.places.model_copy(update={"data_dir": tmp_path / "fresh"})
        seen = read_situation(places, acted.clock.now_ms(), 2_000)
    assert (seen.state, seen.price, seen.events, seen.running) == (State.IDLE, None, (), False)
    assert not (tmp_path / "fresh").exists()


@pytest.mark.parametrize("kind", ["long", "short"])
def test_a_held_position(tmp_path: Path, kind: str) -> None:
    """Orders, cover and distances are those of the ledger; distances are positive while a level is ahead."""
    with directed(tmp_path, kind) as scene:
        scene.signal()
        scene.prints(scene.price(95))
        scene.stage.look()
        holding = _holding(scene.stage)
        plan, r = scene.plan, scene.plan.r
        assert holding.covered == scene.stage.stop_quantity()
        assert holding.uncovered == 0
        assert {o.client_id for o in holding.orders if o.live} == {
            o["clientOrderId"] for o in scene.stage.open_orders()
        }
        assert holding.measured_from == "last price"
        price = scene.price(95)
        assert holding.stop.distance == abs(price - plan.stop)
        assert [level.distance for level in holding.targets] == [abs(target - price) for target in plan.targets]
        assert holding.stop.distance_r == (abs(price - plan.stop) / r).quantize(Decimal("0.01"))
        assert holding.open_profit is not None
        assert holding.open_profit > -Decimal("0.2")


@pytest.mark.parametrize(("kind", "asset"), [("long", "USDC"), ("short", "BTC")])
def test_a_loan(tmp_path: Path, kind: str, asset: str) -> None:
    """On margin, what was borrowed and repaid for the trade is shown with it."""
    with directed(tmp_path, kind, TRADE_MODE="margin") as scene:
        scene.stage.paper("deposit", {"asset": "USDC", "amount": "2000", "account": "cross"})
        scene.stage.pass_time(66)
        scene.signal()
        loan = _look(scene.stage).loan
        owed = Decimal(scene.stage.ledger()["balances"]["cross"][asset]["borrowed"])
        assert loan is not None
        assert (loan.asset, loan.borrowed, loan.repaid, loan.in_doubt) == (asset, owed, Decimal(0), False)
        assert owed > 0
        assert f"borrowed {plain(owed)} {asset}" in _shown(_look(scene.stage))
        scene.command(Command.FLATTEN)
        repaid = _look(scene.stage).loan
        assert repaid is not None
        assert repaid.repaid >= owed


def test_open_profit_is_what_selling_now_would_bring(tmp_path: Path) -> None:
    """It agrees with the change of the account's balances, valued at the last price."""
    with stage(tmp_path) as acted:
        before = acted.balance("USDC")
        acted.signal("long", 95000)
        acted.trade(95100)
        acted.look()
        worth = acted.balance("USDC") + acted.balance("BTC") * Decimal(95100)
        profit = _holding(acted).open_profit
        assert profit is not None
        assert abs(profit - (worth - before)) < Decimal("0.00001")


def test_a_reached_target(tmp_path: Path) -> None:
    """Once TP1 sold its leg, it is reached and has no distance; the stop is at breakeven."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        acted.trade(95195)
        acted.look()
        holding = _holding(acted)
        assert [(level.name, level.reached) for level in holding.targets] == [("TP1", True), ("TP2", False)]
        assert holding.targets[0].distance is None
        assert holding.stop.price == acted.position.stop > holding.planned_entry
        assert [(leg.number, leg.closed, leg.left > 0) for leg in holding.legs] == [
            (1, True, False),
            (2, False, True),
            (3, False, True),
        ]


def test_an_uncovered_quantity_is_shown(tmp_path: Path) -> None:
    """While the venue takes no stop, what is held is said to be without one."""
    with stage(tmp_path) as acted:
        acted.watching = False
        refusal = {
            "kind": "error",
            "status": 400,
            "code": -2010,
            "msg": "Account has insufficient balance.",
            "count": 99,
        }
        acted.faults(
            {"route": "/api/v3/orderList/oco", "method": "POST", **refusal},
            {"route": "/api/v3/order", "method": "POST", "skip": 1, **refusal},
        )
        acted.signal("long", 95000)
        holding = _holding(acted)
        assert holding.covered == 0
        assert holding.uncovered == acted.position.plan.quantity - Decimal("0.00001")
        assert "without a working stop" in _shown(_look(acted))


def test_what_keeps_a_signal_out(tmp_path: Path) -> None:
    """Pause, position, lock and cooldown are named, with the time at which they lift."""
    with stage(tmp_path, LOCK_SEC="15", COOLDOWN_SEC="180") as acted:
        acted.signal("long", 95000)
        Switches(acted.settings.places.commands).give(Command.PAUSE)
        acted.turn()
        seen = _look(acted)
        lifts = {one.guard: one.seconds_left for one in seen.hindrances}
        assert set(lifts) == {"paused", "position_open", "position_lock"}
        assert lifts["paused"] is None
        assert 0 < (lifts["position_lock"] or 0) <= 15
        Switches(acted.settings.places.commands).give(Command.FLATTEN)
        acted.pass_time(2)
        seen = _look(acted)
        assert seen.state is State.COOLDOWN
        assert 170 < (next(one for one in seen.hindrances if one.guard == "cooldown").seconds_left or 0) <= 180
        assert seen.last_closed is not None
        assert seen.last_closed.reason == "operator"


def test_the_json_form_has_texts_for_numbers(tmp_path: Path) -> None:
    """It goes through JSON and back without loss, and no number is a float."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        seen = _look(acted)
    text = json.dumps(seen.model_dump(mode="json"))
    assert Situation.model_validate_json(text) == seen
    floats: list[str] = []
    json.loads(text, parse_float=floats.append)
    assert floats == []


def _shown(seen: Situation, width: int = 120) -> str:
    screen = Console(file=io.StringIO(), width=width)
    screen.print(situation_shown(seen))
    screen.print(situation_compact(seen))
    return str(screen.file.getvalue())  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_view_fits_every_width(tmp_path: Path, width: int) -> None:
    """No line is wider than the terminal, and state, stop and the last event can be read."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        seen = _look(acted)
        frame = live_view(
            acted.record,
            acted.assembled.surroundings,
            acted.client.instrument,
            seen.events,
            acted.clock.now_ms(),
            "paper",
        )
        screen = Console(file=io.StringIO(), width=width)
        screen.print(frame)
    text = _shown(seen, width) + str(screen.file.getvalue())  # type: ignore[attr-defined]
    assert max(len(line) for line in text.splitlines()) <= width
    for word in ("OPEN_FILLED", "stop", "94810", "PENDING → OPEN_FILLED", "working"):
        assert word in text


def test_levels_are_a_ladder(tmp_path: Path) -> None:
    """From the highest to the lowest: targets, price, stop."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        acted.trade(95050)
        text = _shown(_look(acted))
    places = [text.index(f"\n {name} ") for name in ("TP2", "TP1", "price", "entry", "stop ")]
    assert places == sorted(places)


def test_the_last_events_are_the_end_of_the_journal(tmp_path: Path) -> None:
    """Oldest first, and no more than asked for; a torn last line is left out."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        journal = acted.journal()
        folder = acted.settings.places.journal
        assert list(last_events(folder, 2)) == journal[-2:]
        newest = max(folder.iterdir())
        with newest.open("a") as file:
            file.write('{"seq": 99')
        assert list(last_events(folder, 2)) == journal[-2:]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"time":"x","bid":"1","ask":"1","last":"1"}', b"\xff"])
def test_damaged_prices_are_no_prices(tmp_path: Path, content: bytes) -> None:
    """The prices last seen are a hint: without them distances are measured from the entry."""
    path = tmp_path / "last_seen.json"
    path.write_bytes(content)
    assert read_seen(path).quote is None
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        holding = read_situation(acted.settings.places, acted.clock.now_ms(), 2_000).position
    assert holding is not None
    assert holding.measured_from == "average entry"


def test_a_running_executor_is_seen_by_its_lock(tmp_path: Path) -> None:
    """With its process; when it has ended, the lock file that is left means nothing."""
    state = tmp_path / "state.json"
    assert executor_of(state) == Executor(running=False)
    with InstanceLock(state):
        assert executor_of(state) == Executor(running=True, pid=os.getpid())
        with pytest.raises(AlreadyRunning), InstanceLock(state):
            pytest.fail("the lock was not held any more")
    assert executor_of(state) == Executor(running=False)


def test_looking_keeps_nobody_out(tmp_path: Path) -> None:
    """After a look at a free lock an executor can take it."""
    state = tmp_path / "state.json"
    with InstanceLock(state):
        pass
    executor_of(state)
    with InstanceLock(state):
        assert executor_of(state).running


def test_orders_are_named_by_what_they_do(tmp_path: Path) -> None:
    """Every role has a word."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        roles = {order.role for order in _holding(acted).orders}
    assert roles == {"entry", "target", "stop"}
    assert len(Role) == 5


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min 0 s"),
        (7_199, "119 min 59 s"),
        (7_200, "2 h 0 min"),
        (90_061, "25 h 1 min"),
    ],
)
def test_durations(seconds: int, said: str) -> None:
    """Seconds up to two minutes, minutes up to two hours."""
    assert duration(seconds) == said


def test_the_situation_is_pure(tmp_path: Path) -> None:
    """The same record and prices give the same situation, whoever asks."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        seen = _look(acted)
        again = situation(
            acted.record,
            read_seen(acted.settings.places.last_seen),
            seen.events,
            Executor(running=False),
            acted.clock.now_ms(),
            str(acted.settings.places.state),
        )
    assert again == seen
