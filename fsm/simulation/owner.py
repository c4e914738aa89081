"""The owner of a world: he trades by hand, cancels what is not his to cancel, and uses the switches."""

import random
from collections import Counter
from decimal import Decimal
from pathlib import Path

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.settings import ExchangeSettings
from exchange.types import OrderRequest, OrderType, Side
from fsm.operator import Command, Switches
from fsm.simulation.door import Door

DUST = Decimal("0.00001")
SWITCHES = 0.01
CANCELS = 0.02
TRADES = 0.01


class Owner:
    """Acts through a client of his own; his network is good."""

    def __init__(
        self,
        settings: ExchangeSettings,
        commands: Path,
        clock: VirtualClock,
        door: Door,
        rng: random.Random,
        happened: Counter[str],
    ) -> None:
        self._rng = rng
        self._happened = happened
        self._switches = Switches(commands)
        self._client = BinanceClient(settings, clock, lambda _seconds: None).carried_by(door.carrier)
        self._trades = 0

    def act(self) -> None:
        """Mostly he does nothing."""
        if self._rng.random() < SWITCHES:
            self._happened["owner_switches"] += 1
            self.switch(self._rng.choice(tuple(Command)))
        if self._rng.random() < CANCELS:
            self._cancel_something()
        if self._rng.random() < TRADES:
            self._trade()

    def switch(self, command: Command) -> None:
        self._switches.give(command)

    def _cancel_something(self) -> None:
        orders = self._client.open_orders()
        if orders:
            self._happened["owner_cancels"] += 1
            self._client.cancel(self._rng.choice(orders).client_id)

    def _trade(self) -> None:
        self._trades += 1
        self._happened["owner_trades"] += 1
        quantity = Decimal(self._rng.randint(10, 100)) * DUST
        side = self._rng.choice((Side.BUY, Side.SELL))
        self._client.place(OrderRequest(f"hand-{self._trades}", side, OrderType.MARKET, quantity))
