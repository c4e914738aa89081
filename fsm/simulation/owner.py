"""The owner of a world: he trades by hand, cancels what is not his to cancel, and uses the switches."""

import random
from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.types import OrderRequest, OrderType, Side
from fsm.environment import AllSettings
from fsm.operator import Command, Switches
from fsm.simulation.door import Door
from fsm.simulation.fate import Fate
from fsm.simulation.market import UNIT

SWITCHES = 0.01
CANCELS = 0.02
TRADES = 0.01
DEPOSITS = 0.01
LOT, ENOUGH = Decimal("0.001"), Decimal("1.002")
"""A lot is on every grid that a world has, and worth a trade."""


class Owner:
    """Acts through a client of his own; his network is good."""

    def __init__(
        self,
        settings: AllSettings,
        clock: VirtualClock,
        door: Door,
        rng: random.Random,
        fate: Fate,
        brought_in: Callable[[str, Decimal], None],
    ) -> None:
        self._rng = rng
        self._fate = fate
        self._door = door
        self._brought_in = brought_in
        self._switches = Switches(settings.places.commands)
        venue = settings.exchange.model_copy(update={"borrow_mode": "manual", "side_effect": None})  # he never borrows
        self._client = BinanceClient(venue, clock, lambda _seconds: None).carried_by(door.carrier)
        self._trades = 0

    def act(self) -> None:
        """Mostly he does nothing."""
        if self._rng.random() < SWITCHES:
            self._fate.note("owner_switches")
            self.switch(self._rng.choice(tuple(Command)))
        if self._rng.random() < CANCELS:
            self._cancel_something()
        if self._rng.random() < TRADES:
            self._trade()
        if self._rng.random() < DEPOSITS:
            self._deposit()

    def switch(self, command: Command) -> None:
        self._switches.give(command)

    def buy_what_is_owed(self) -> None:
        """The coins that he sold were borrowed: the program asks him to buy them back."""
        coins = self._client.balances().get("BTC")
        missing = coins.debt - coins.free if coins is not None else Decimal(0)
        if missing > 0:
            self._fate.note("owner_trades")
            quantity = (missing * ENOUGH).quantize(LOT, ROUND_CEILING)
            self._trades += 1
            self._client.place(OrderRequest(f"hand-{self._trades}", Side.BUY, OrderType.MARKET, quantity))

    def _cancel_something(self) -> None:
        orders = self._client.open_orders()
        if orders:
            self._fate.note("owner_cancels")
            self._client.cancel(self._rng.choice(orders).client_id)

    def _deposit(self) -> None:
        """Or he takes out a part of what is free; it is his."""
        asset, most = self._rng.choice((("USDC", Decimal(500)), ("BTC", Decimal("0.01"))))
        amount = (most * self._rng.randint(-100, 100) / 100).quantize(UNIT)
        self._fate.note("owner_deposits")
        self._door.script("deposit", {"asset": asset, "amount": str(amount)})
        self._brought_in(asset, amount)

    def _trade(self) -> None:
        self._trades += 1
        self._fate.note("owner_trades")
        quantity = Decimal(self._rng.randint(10, 100)) * UNIT
        side = self._rng.choice((Side.BUY, Side.SELL))
        self._client.place(OrderRequest(f"hand-{self._trades}", side, OrderType.MARKET, quantity))
