"""Two whole trades as scripts of the world, mirrored for SHORT: what the market does, whatever the executor makes of
it.

After each step the executor lives until it is calm: nothing in doubt, nothing on its way, what is held covered. Then
the promises are checked. A step that does not become calm within `PATIENCE_S` is a failure of its own.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from fsm.states import State
from tests.scenarios.in_process import InProcessStage, in_process_stage

PATIENCE_S = 60
RESTLESS = (State.PENDING, State.CLOSING, State.CLOSED)
LEAST_NOTIONAL = 6
POLL_S = 2
SETTINGS = {
    "POLL_SEC": str(POLL_S),
    "MANAGE_EVERY_SEC": "10",
    "COOLDOWN_SEC": "5",
    "LIVE_ENTRY_TIMEOUT_SEC": "6",
    "TRAIL_UPDATE_EVERY_SEC": "4",
}
WAYS = ("long", "short", "long bracket", "short bracket")
"""The direction, and how the entry is protected."""
WITHOUT_REMAINDER = {"to_the_trailing_stop": ("0.00095",), "past_the_stop": ("0.0006",)}
"""What is entered when the part that goes to market does not come to be; the first has such a part with a bracket."""


@dataclass(frozen=True)
class Scene:
    """A stage, and the direction in which the market moves for us."""

    stage: InProcessStage
    kind: str

    def price(self, gain: float) -> float:
        """The price that is `gain` better than 95000 for the position."""
        return 95000 + gain if self.kind == "long" else 95000 - gain

    def row(self, close: float, worst: float) -> tuple[float, float, float]:
        """A bar by its close and its worst price, given as gains: (close, high, low)."""
        prices = self.price(close), self.price(worst)
        return prices[0], max(prices), min(prices)

    def prints(self, gain: float, quantity: float | None = None) -> None:
        """The market trades there, and the executor lives with it."""
        self.stage.trade(self.price(gain), quantity, turn=False)
        self.live(POLL_S)

    def live(self, seconds: float) -> None:
        """Live for a while, and on until calm."""
        stage = self.stage
        end_ms = stage.clock.now_ms() + int(seconds * 1000)
        while stage.clock.now_ms() < end_ms or self.restless():
            assert stage.clock.now_ms() < end_ms + PATIENCE_S * 1000, f"{stage.state} is restless: {self.restless()}"
            stage.advance(max(stage.executor.next_ms() - stage.clock.now_ms(), 10))
            stage.turn()
        stage.watch.check()

    def restless(self) -> str:
        """What has still to happen, if anything has."""
        position = self.stage.record.position
        if position is None:
            return ""
        if position.status in RESTLESS:
            return f"{position.status} is no place to stay"
        if position.unsettled:
            return f"in doubt: {[order.client_id for order in position.unsettled]}"
        bare = position.held("BTC") - self._covered()
        return f"{bare} without a stop" if bare * 95000 > LEAST_NOTIONAL else ""

    def _covered(self) -> Decimal:
        """What stops at the venue cover, asked without the long list of requests."""
        orders = self.stage.paper("ledger?since_request=1000000", method="GET")["orders"]
        waiting = (o for o in orders if (o["type"], o["status"], o["isWorking"]) == ("STOP_LOSS_LIMIT", "NEW", False))
        return sum((Decimal(order["origQty"]) for order in waiting), Decimal(0))


def to_the_trailing_stop(scene: Scene) -> None:
    """Rests in the book, fills in two parts, TP1, TP2, a better trailing stop, stopped there."""
    scene.prints(2)
    scene.stage.signal(scene.kind, 95000.0, turn=False)
    scene.live(0.5)
    scene.prints(0, 0.0006)
    scene.prints(0)
    scene.prints(191)
    scene.prints(381)
    calm, swing = scene.row(400, 399), scene.row(400, 370)
    scene.stage.bars(*[calm] * 10, swing, *[calm] * 4)
    scene.live(5)
    scene.prints(355)
    scene.live(6)


def past_the_stop(scene: Scene) -> None:
    """Partly filled until the timeout, the rest at market; then the market jumps past the stops and their limits."""
    scene.prints(2)
    scene.stage.signal(scene.kind, 95000.0, turn=False)
    scene.live(0.5)
    scene.prints(0, 0.0006)
    scene.prints(4)
    scene.live(6)
    scene.prints(-300)
    scene.live(6)


SCRIPTS: dict[str, Callable[[Scene], None]] = {
    "to_the_trailing_stop": to_the_trailing_stop,
    "past_the_stop": past_the_stop,
}


@dataclass(frozen=True)
class Ending:
    """What a whole trade came to."""

    state: State
    reasons: tuple[str, ...]
    entered: tuple[str, ...]
    """Quantity of each reported trade."""
    coins: Decimal
    """What the account holds in base afterwards."""
    requests: tuple[str, ...]


@contextmanager
def set_up(way: str) -> Iterator[Scene]:
    """A scene before its first step; the promises are checked after each step instead of each turn."""
    kind, _, protection = way.partition(" ")
    more = {"SPOT_SHORT": "sell_holdings"} if kind == "short" else {}
    more |= {"ENTRY_PROTECTION": protection} if protection else {}
    with in_process_stage(**SETTINGS, **more) as stage:
        stage.watching = False
        stage.watch.reaction_ms = POLL_S * 1000 + 500
        yield Scene(stage, kind)


def ending(scene: Scene) -> Ending:
    stage, reports = scene.stage, scene.stage.reports()
    return Ending(
        state=stage.state,
        reasons=tuple(report["exit_reason"] for report in reports),
        entered=tuple(report["quantity"] for report in reports),
        coins=stage.balance("BTC"),
        requests=tuple(stage.carrier.sent),
    )


def undisturbed(script: str, way: str) -> Ending:
    """The trade as it goes when nothing goes wrong."""
    with set_up(way) as scene:
        SCRIPTS[script](scene)
        return ending(scene)


def worth_exploring(requests: tuple[str, ...]) -> list[int]:
    """Numbers of the requests that differ: each write, and the first read of its kind after a write."""
    seen: Counter[str] = Counter()
    numbers = []
    for number, name in enumerate(requests, start=1):
        if not name.startswith("GET"):
            seen.clear()
        if not seen[name]:
            numbers.append(number)
        seen[name] += 1
    return numbers
