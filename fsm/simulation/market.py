"""The market of a world: it walks, jumps and prints through regimes; at times it is halted, thin, under new rules."""

import random
from collections.abc import Callable, Mapping
from decimal import Decimal

from fsm.simulation.door import Door
from fsm.simulation.fate import Fate
from fsm.simulation.regimes import REGIMES, Path

SYMBOL = "BTCUSDC"
START_PRICE = Decimal(95_000)
LEAST_PRICE = Decimal(50_000)
REGIME_CHANGES = 0.05
WALKS = 0.7
"""The other steps are jumps over a gap."""
SMALL_PRINTS = 0.2
STIRS = 0.02
UNIT = Decimal("0.00001")
HALT_MS = (1_000, 60_000)
HALTED = ("BREAK", "HALT", "CANCEL_ONLY")
RULES: tuple[Mapping[str, str], ...] = (
    {"tick_size": "0.01", "step_size": "0.00001", "min_notional": "5"},
    {"tick_size": "0.05", "step_size": "0.00001", "min_notional": "5"},
    {"tick_size": "0.1", "step_size": "0.00001", "min_notional": "6"},
    {"tick_size": "0.01", "step_size": "0.00002", "min_notional": "5"},
)
DEEP: Mapping[str, object] = {"levels": 20, "level_qty": "10000"}
THIN: Mapping[str, object] = {"levels": 2, "level_qty": "0.0004"}


class Market:
    """Moves the price of the traded symbol, and tells what was seen of it."""

    def __init__(self, door: Door, rng: random.Random, fate: Fate, saw: Callable[[Decimal, int], None]) -> None:
        self.price = START_PRICE
        self._door = door
        self._rng = rng
        self._fate = fate
        self._saw = saw
        self._path = Path(rng, rng.choice(REGIMES))
        self._halted_until: int | None = None
        self._is_thin = False

    def move(self) -> bool:
        """One step; whether the venue's rules have changed."""
        self._halt_or_go_on()
        if self._halted_until is None:
            self._step()
        return self._new_rules()

    def stir(self) -> None:
        """Sometimes it moves while a request is on its way."""
        if self._halted_until is None and self._rng.random() < STIRS:
            self.go_to(max(self.price + self._path.regime.step(self._rng), LEAST_PRICE))

    def go_to(self, price: Decimal) -> None:
        """Walk there through all prices in between."""
        before, self.price = self.price, price
        low, high = sorted((before, price))
        bar = {"open": before, "high": high, "low": low, "close": price}
        self._script("bar", {"volume": "5", **{name: str(level) for name, level in bar.items()}})

    def print_at(self, price: Decimal, quantity: Decimal | None = None) -> None:
        """Trade there, over a gap; without a quantity enough for all that it reaches."""
        self.price = price
        body = {"price": str(price)}
        self._script("trade", body if quantity is None else {**body, "qty": str(quantity)})

    def calm_down(self) -> None:
        """The market is open and deep again."""
        self._halted_until = 0 if self._halted_until is not None else None
        self._halt_or_go_on()
        if self._is_thin:
            self._script("book", DEEP)

    def _step(self) -> None:
        if self._rng.random() < REGIME_CHANGES:
            self._path.regime = self._rng.choice(REGIMES)
        move, is_gap = self._path.next_move()
        price = max(self.price + move, LEAST_PRICE)
        if not is_gap and self._rng.random() < WALKS:
            self.go_to(price)
            return
        small = self._rng.random() < SMALL_PRINTS
        self.print_at(price, self._rng.randint(1, 60) * UNIT if small else None)
        if self._is_thin or self._fate.strikes("thin_book"):
            self._is_thin = not self._is_thin
            self._script("book", THIN if self._is_thin else DEEP)

    def _halt_or_go_on(self) -> None:
        if self._halted_until is None and self._fate.strikes("halt"):
            self._halted_until = self._door.now_ms() + self._rng.randint(*HALT_MS)
            self._script("symbol", {"status": self._rng.choice(HALTED)})
        elif self._halted_until is not None and self._door.now_ms() >= self._halted_until:
            self._halted_until = None
            self._script("symbol", {"status": "TRADING"})

    def _new_rules(self) -> bool:
        if not self._fate.strikes("new_rules"):
            return False
        self._script("symbol", self._rng.choice(RULES))
        return True

    def _script(self, path: str, body: Mapping[str, object]) -> None:
        self._door.script(path, {"symbol": SYMBOL, **body})
        self._saw(self.price, self._door.now_ms())
