"""Lesson R11: what the owner does on his phone is noticed within seconds, followed, and never fought over.

What he sold or bought, the record follows; a stop or target of ours that he cancelled is placed again, with an alarm;
his own orders, coins, deposits and withdrawals are never touched. Each happens while the program runs, and while it is
down.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange.client import BinanceClient
from exchange.types import Confirmed, OrderRequest, OrderType, Side
from fsm.states import State
from tests.scenarios.directed import COINS, DIRECTIONS, Directed, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
each_time = pytest.mark.parametrize("when", ["running", "while down"])
STEP = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner at his phone: the same account, ids of his own."""

    scene: Directed
    phone: BinanceClient

    def cancels(self, *names: str) -> None:
        """Cancel our orders by role and leg; of a list, any member cancels all."""
        for name in names:
            outcome = self.phone.cancel(self.scene.working()[name]["clientOrderId"])
            assert isinstance(outcome, Confirmed), outcome

    def trades(self, side: Side, quantity: Decimal, client_id: str = "phone-market") -> None:
        outcome = self.phone.place(OrderRequest(client_id, side, OrderType.MARKET, quantity))
        assert isinstance(outcome, Confirmed), outcome

    def leaves(self, quantity: Decimal) -> None:
        """Trade in the direction of the exit."""
        self.trades(self.scene.position.exit_side, quantity)

    def offers(self, side: Side, quantity: Decimal, price: Decimal, client_id: str = "phone-limit") -> None:
        outcome = self.phone.place(OrderRequest(client_id, side, OrderType.LIMIT, quantity, price))
        assert isinstance(outcome, Confirmed), outcome


def owner_of(scene: Directed) -> Owner:
    phone = scene.stage.new_client()
    phone.connect()
    return Owner(scene, phone)


def noticed(scene: Directed, when: str) -> None:
    """Let the executor notice: with its next looks, or at its next start."""
    if when == "while down":
        scene.stage.start()
    scene.stage.pass_time(2.5)


def exit_orders(scene: Directed) -> dict[str, tuple[str, str, str]]:
    """Price, stop price and quantity of our working exits, by role and leg."""
    shown = scene.working().items()
    return {name: (order["price"], order["stopPrice"], order["origQty"]) for name, order in shown if name[0] in "ST"}


def others(scene: Directed) -> list[dict[str, Any]]:
    """Orders that are not ours."""
    return [order for order in scene.stage.ledger()["orders"] if not order["clientOrderId"].startswith("EX-25")]


def hold(scene: Directed) -> None:
    scene.enter_at_once()


def trail(scene: Directed) -> None:
    scene.trail()


# --- he cancels our orders
CANCELS: dict[str, tuple[Callable[[Directed], None], tuple[str, ...]]] = {
    "the runner's stop": (hold, ("S3",)),
    "a list by its target": (hold, ("T1",)),
    "a list by its stop": (hold, ("S2",)),
    "everything": (hold, ("T1", "T2", "S3")),
    "the trailing stop": (trail, ("S3",)),
}


@each_time
@each_direction
@pytest.mark.parametrize("cancel", CANCELS)
def test_r11_a_cancelled_exit_is_placed_again(tmp_path: Path, kind: str, cancel: str, when: str) -> None:
    """A stop or target of ours that he cancelled works again within seconds, the same as before, and he is told."""
    prepare, names = CANCELS[cancel]
    with directed(tmp_path, kind) as scene:
        prepare(scene)
        before, state = exit_orders(scene), scene.stage.state
        owner_of(scene).cancels(*names)
        noticed(scene, when)
        scene.expect(state)
        assert exit_orders(scene) == before
        assert "canceled_by_owner" in scene.stage.told.events()
        assert scene.position.external == ()


@each_time
@each_direction
def test_r11_a_cancelled_entry_is_over(tmp_path: Path, kind: str, when: str) -> None:
    """An entry he cancelled before it filled is given up without a cooldown."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        owner_of(scene).cancels("E0")
        noticed(scene, when)
        scene.expect(State.IDLE)
        assert scene.outcome() == "canceled_by_owner"
        assert len(scene.orders("E")) == 1


@each_time
@each_direction
def test_r11_a_cancelled_entry_keeps_what_filled(tmp_path: Path, kind: str, when: str) -> None:
    """What had filled of an entry he cancelled is a smaller position, with stops and targets."""
    with directed(tmp_path, kind) as scene:
        scene.rest_entry()
        scene.prints(scene.price(0), "0.01")
        owner_of(scene).cancels("E0")
        noticed(scene, when)
        scene.expect(State.OPEN_FILLED)
        assert len(scene.orders("E")) == 1
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]


# --- he trades the position's coins
@each_time
@each_direction
@pytest.mark.parametrize("place", ["holding", "trailing"])
def test_r11_a_position_traded_away_by_hand_is_closed(tmp_path: Path, kind: str, place: str, when: str) -> None:
    """He cancels what holds the coins and trades them all: the position is closed as `external`, nothing sold twice."""
    with directed(tmp_path, kind) as scene:
        (hold if place == "holding" else trail)(scene)
        owner = owner_of(scene)
        held = scene.position.to_exit(scene.stage.client.instrument)
        owner.cancels(*(("T1", "T2", "S3") if place == "holding" else ("S3",)))
        owner.leaves(held)
        noticed(scene, when)
        scene.stage.pass_time(3)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "external"
        assert scene.orders("X") == []
        assert abs(scene.stage.balance("BTC") - (COINS if kind == "short" else 0)) < 2 * STEP


@each_time
@each_direction
@pytest.mark.parametrize("name", ["S3", "T1", "T2"])
def test_r11_a_part_traded_by_hand_is_followed(tmp_path: Path, kind: str, name: str, when: str) -> None:
    """He trades what one of our orders held: the others cover what is left, no more and no less."""
    with directed(tmp_path, kind) as scene:
        hold(scene)
        owner = owner_of(scene)
        quantity = Decimal(scene.working()[name]["origQty"])
        owner.cancels(name)
        owner.leaves(quantity)
        noticed(scene, when)
        scene.stage.pass_time(3)
        scene.expect(State.OPEN_FILLED)
        (trade,) = scene.position.external
        assert quantity * Decimal("0.998") < trade.quantity <= quantity
        bare = (
            scene.ours().held() - sum(trade.quantity for trade in scene.position.external) - scene.stage.stop_quantity()
        )
        assert abs(bare) < 6 * STEP
        scene.prints(scene.plan.stop)
        scene.expect(State.COOLDOWN)
        assert abs(scene.stage.balance("BTC") - (COINS if kind == "short" else 0)) < 3 * STEP


@each_direction
def test_r11_half_of_the_runner_is_traded_by_hand(tmp_path: Path, kind: str) -> None:
    """The runner's stop comes back for the half that is left."""
    with directed(tmp_path, kind) as scene:
        trail(scene)
        owner = owner_of(scene)
        half = Decimal(scene.working()["S3"]["origQty"]) // (2 * STEP) * STEP
        whole = Decimal(scene.working()["S3"]["origQty"])
        owner.cancels("S3")
        owner.leaves(half)
        scene.stage.pass_time(4)
        scene.expect(State.TRAILING)
        assert abs(scene.stage.stop_quantity() - (whole - half)) <= STEP


@each_time
@each_direction
def test_r11_what_he_adds_by_hand_is_his(tmp_path: Path, kind: str, when: str) -> None:
    """He trades more in the position's direction: our orders stay, and at the close his coins stay."""
    with directed(tmp_path, kind) as scene:
        hold(scene)
        before = exit_orders(scene)
        owner_of(scene).trades(scene.position.entry_side, Decimal("0.02"))
        noticed(scene, when)
        assert exit_orders(scene) == before
        scene.prints(scene.plan.stop)
        scene.expect(State.COOLDOWN)
        his = Decimal("0.02") * Decimal("0.999") if kind == "long" else COINS - Decimal("0.02")
        assert abs(scene.stage.balance("BTC") - his) < 2 * STEP


# --- he moves coins
@each_time
@each_direction
@pytest.mark.parametrize(("asset", "change"), [("BTC", "0.5"), ("USDC", "5000"), ("USDC", "-5000"), ("BNB", "-1")])
def test_r11_deposits_and_withdrawals_are_his(tmp_path: Path, kind: str, asset: str, change: str, when: str) -> None:
    """Free coins that come and go change nothing of the position."""
    with directed(tmp_path, kind) as scene:
        hold(scene)
        before = exit_orders(scene)
        scene.stage.paper("deposit", {"asset": asset, "amount": change})
        noticed(scene, when)
        scene.stage.pass_time(11)
        scene.expect(State.OPEN_FILLED)
        assert (exit_orders(scene), scene.position.external) == (before, ())


def test_r11_an_entry_that_grows_is_nobodys_sale(tmp_path: Path) -> None:
    """Balances that were read before a fill lack its coins: that is no sale by hand, however often it happens."""
    with directed(tmp_path, "long") as scene:
        scene.rest_entry()
        scene.stage.pass_time(2)
        scene.stage.assembled.surroundings.balances_every.now()  # from now on, seconds before each check of the account
        scene.stage.turn()
        for _ in range(4):
            scene.prints(scene.plan.entry, "0.001")
            scene.stage.pass_time(5)
        assert "coins_missing" not in scene.stage.told.events()
        assert scene.position.external == ()
        assert scene.stage.stop_quantity() == Decimal("0.00399")


def test_r11_coins_that_are_gone_are_not_held(tmp_path: Path) -> None:
    """He cancels our orders and withdraws the coins: two checks later the record says so, and the position is over."""
    with directed(tmp_path, "long") as scene:
        hold(scene)
        owner_of(scene).cancels("T1", "T2", "S3")
        scene.stage.paper("deposit", {"asset": "BTC", "amount": f"-{scene.stage.balance('BTC')}"})
        scene.stage.pass_time(20)
        scene.expect(State.COOLDOWN)
        assert scene.report["exit_reason"] == "external"
        assert all(Decimal(order["executedQty"]) == 0 for order in scene.orders("X"))


def test_r11_coins_that_go_in_the_instant_of_the_fill_are_missed_soon(tmp_path: Path) -> None:
    """He sells some before the exits can lock them: the leg that lacks them is without a stop for seconds only."""
    with directed(tmp_path, "long") as scene:
        scene.rest_entry()
        scene.stage.trade(str(scene.price(0)), turn=False)
        owner_of(scene).leaves(Decimal("0.01"))
        scene.stage.watch.excused = frozenset({"cover"})
        scene.stage.pass_time(6)
        assert "coins_missing" in scene.stage.told.events()
        assert sorted(scene.working()) == ["S1", "S2", "S3", "T1", "T2"]


# --- his own orders
@each_time
@each_direction
@pytest.mark.parametrize("client_id", ["phone-limit", "ex-phone", "ex-2501132000L000000-S1-0"])
def test_r11_his_orders_are_never_touched(tmp_path: Path, kind: str, client_id: str, when: str) -> None:
    """An order with an id that is not of our making works on through the whole life of a trade and its close."""
    with directed(tmp_path, kind) as scene:
        scene.stage.paper("deposit", {"asset": "BTC", "amount": "0.02"})
        owner_of(scene).offers(Side.SELL, Decimal("0.01"), Decimal(99_000), client_id)
        owner_of(scene).offers(Side.BUY, Decimal("0.01"), Decimal(91_000), "phone-bid")
        hold(scene)
        noticed(scene, when)
        scene.take_targets(1)
        scene.prints(scene.position.stop)
        scene.expect(State.COOLDOWN)
        assert [order["status"] for order in others(scene)] == ["NEW", "NEW"]


def test_r11_orders_like_ours_of_another_trade_stop_entries(tmp_path: Path) -> None:
    """An order with an id of our making that belongs to no trade of the record is left alone, and no entry is made."""
    with directed(tmp_path, "long") as scene:
        stranger = "EX-2501010000Labcdef-S3-0"
        owner_of(scene).offers(Side.BUY, Decimal("0.01"), Decimal(91_000), stranger)
        scene.stage.watch.excused = frozenset({"unknown_order", "closed", "entry"})
        scene.stage.pass_time(6)
        scene.signal()
        scene.expect(State.IDLE)
        refused = scene.stage.verdicts()[-1]
        assert refused["verdict"] == "venue"
        assert stranger in refused["detail"]
        (order,) = (order for order in scene.stage.open_orders() if order["clientOrderId"] == stranger)
        assert order["status"] == "NEW"
