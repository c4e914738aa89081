"""Two whole trades as scripts of the world, mirrored for SHORT: what the market does, whatever the executor makes of it.

After each step the executor lives until it is calm: nothing in doubt, nothing on its way, what is held covered. A step
that does not become calm within `PATIENCE_S` is a failure of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from in_process import InProcessStage

from fsm.states import State

PATIENCE_S = 60
RESTLESS = (State.PENDING, State.CLOSING, State.CLOSED)

SETTINGS = {"POLL_SEC": "2", "MANAGE_EVERY_SEC": "10", "COOLDOWN_SEC": "20", "LIVE_ENTRY_TIMEOUT_SEC": "20"}


@dataclass(frozen=True)
class Scene:
    """A stage, and the direction in which the market moves for us."""

    stage: InProcessStage
    direction: str

    def price(self, gain: float) -> float:
        """The price that is `gain` better than 95000 for the position."""
        return 95000 + gain if self.direction == "long" else 95000 - gain

    def prints(self, gain: float, quantity: float | None = None) -> None:
        """The market trades there, and the executor lives with it."""
        self.stage.trade(self.price(gain), quantity, turn=False)
        self.live()

    def live(self, seconds: float = 2.5) -> None:
        """Live for a while, and on until calm."""
        stage = self.stage
        end_ms = stage.clock.now_ms() + int(seconds * 1000)
        while stage.clock.now_ms() < end_ms or not self._is_calm():
            assert stage.clock.now_ms() < end_ms + PATIENCE_S * 1000, f"restless in {stage.state}: {self._why()}"
            stage.advance(max(stage.executor.next_ms() - stage.clock.now_ms(), 10))
            stage.turn()

    def _is_calm(self) -> bool:
        return not self._why()

    def _why(self) -> str:
        position = self.stage.record.position
        if position is None:
            return ""
        if position.status in RESTLESS:
            return position.status.value
        if position.unsettled:
            return f"in doubt: {[order.client_id for order in position.unsettled]}"
        uncovered = position.held("BTC") - self.stage.stop_quantity()
        return f"uncovered: {uncovered}" if uncovered * 95000 > 6 else ""


def to_the_trailing_stop(scene: Scene) -> None:
    """Rests, fills in two parts, TP1, TP2, a better trailing stop, stopped there."""
    stage, sign = scene.stage, 1 if scene.direction == "long" else -1
    stage.trade(scene.price(2), turn=False)
    scene.live()
    stage.signal(scene.direction, 95000.0, turn=False)
    scene.live(0.5)
    scene.prints(0, 0.0006)
    scene.prints(0)
    scene.prints(191)
    scene.prints(381)
    calm, swing = scene.price(400), scene.price(370)
    flat = (calm, max(calm, swing) if sign > 0 else calm + 1, calm - 1 if sign > 0 else min(calm, swing))
    pivot = (calm, calm, swing) if sign > 0 else (calm, swing, calm)
    stage.bars(*[flat] * 10, pivot, *[flat] * 4)
    scene.live(61)
    scene.prints(355)
    scene.live(30)


def past_the_stop(scene: Scene) -> None:
    """Partly filled until the timeout, the rest at market; then the market jumps past the stops and their limits."""
    stage = scene.stage
    stage.trade(scene.price(2), turn=False)
    scene.live()
    stage.signal(scene.direction, 95000.0, turn=False)
    scene.live(0.5)
    scene.prints(0, 0.0006)
    stage.trade(scene.price(4), turn=False)
    scene.live(25)
    scene.prints(-300)
    scene.live(30)


SCRIPTS: dict[str, Callable[[Scene], None]] = {
    "to_the_trailing_stop": to_the_trailing_stop,
    "past_the_stop": past_the_stop,
}
