"""A stage seen from one direction: a gain is to the profitable side, so LONG and SHORT share a scenario."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from exchange.paper.settings import PaperSettings
from fsm.operator import Command, Switches
from fsm.planning.plan import Plan
from fsm.position import Position
from fsm.simulation.ledger_view import Grid, OurTrade, our_trades
from fsm.states import State
from tests.scenarios.stage import Stage, stage

CLOSE = Decimal(95000)
"""The close of the flat bars that every stage starts with."""
DIRECTIONS = ("long", "short")
COINS = Decimal("0.1")
"""What the owner of a SHORT has to sell."""

Number = Decimal | float | str


@dataclass(frozen=True, slots=True)
class Directed:
    """A stage, its direction, and what the two of them come to in prices."""

    stage: Stage
    kind: str

    # --- the market
    def price(self, gain: Number) -> Decimal:
        """The price that is `gain` better than the signal's close."""
        return self.beyond(CLOSE, gain)

    def beyond(self, price: Decimal, gain: Number) -> Decimal:
        """`price` moved by `gain` to the profitable side."""
        return price + Decimal(str(gain)) * (1 if self.kind == "long" else -1)

    def prints(self, price: Decimal, quantity: Number | None = None) -> None:
        """The market trades there, and the executor sees it with its next poll."""
        self.stage.trade(str(price), None if quantity is None else str(quantity))

    def bars(self, *gains: tuple[float, float, float]) -> None:
        """Bars as gains over the signal's close: where each closed, its best and its worst price."""
        rows = []
        for close, best, worst in gains:
            high, low = (best, worst) if self.kind == "long" else (worst, best)
            rows.append(tuple(float(self.price(gain)) for gain in (close, high, low)))
        self.stage.bars(*rows)  # type: ignore[arg-type]

    # --- the executor
    def signal(self) -> None:
        self.stage.signal(self.kind, 95000)

    def enter_at_once(self) -> None:
        """A signal whose entry fills as it arrives."""
        self.signal()
        self.expect(State.OPEN_FILLED)

    def rest_entry(self) -> None:
        """A signal whose entry has to wait in the book: the market is two dollars on."""
        self.prints(self.price(2))
        self.signal()
        self.expect(State.OPEN)

    def take_targets(self, *numbers: int) -> None:
        """The market reaches these targets, one after the other."""
        for number in numbers:
            self.prints(self.plan.targets[number - 1])

    def trail(self) -> None:
        """A position whose first two legs have left at their targets."""
        self.enter_at_once()
        self.take_targets(1, 2)
        self.expect(State.TRAILING)

    def command(self, command: Command) -> None:
        Switches(self.stage.settings.places.commands).give(command)
        self.stage.turn()

    def expect(self, state: State) -> None:
        """The executor is in that state now."""
        assert self.stage.state is state, f"{self.stage.state} after {self.stage.transitions()}"

    @property
    def position(self) -> Position:
        return self.stage.position

    @property
    def plan(self) -> Plan:
        return self.position.plan

    # --- what the exchange shows
    def orders(self, role: str) -> list[dict[str, Any]]:
        """All orders of ours whose id has that role, or role and leg (`S`, `T2`), in the order of their placement."""
        ours = (order for order in self.stage.ledger()["orders"] if order["clientOrderId"].startswith("EX-"))
        return [order for order in ours if order["clientOrderId"][21:].startswith(role)]

    def working(self) -> dict[str, dict[str, Any]]:
        """Open orders of ours by role and leg: `E0`, `T1`, `S1` …"""
        return {order["clientOrderId"][21:23]: order for order in self.stage.open_orders()}

    def stops(self) -> dict[str, Decimal]:
        """Stop price of each working stop, by role and leg."""
        return {name: Decimal(order["stopPrice"]) for name, order in self.working().items() if name[0] == "S"}

    def quantities(self, role: str) -> list[Decimal]:
        return [Decimal(order["origQty"]) for name, order in sorted(self.working().items()) if name[0] == role]

    def refusals(self) -> list[dict[str, Any]]:
        """Requests of the executor that the venue refused."""
        return [request for request in self.stage.ledger()["requests"] if (request["status"] or 0) >= 400]

    def ours(self) -> OurTrade:
        """The only trade, as the ledger shows it."""
        grid = Grid.of(
            self.stage.ask(f"/api/v3/exchangeInfo?symbol={self.stage.settings.exchange.symbol}")["symbols"][0]
        )
        (only,) = our_trades(self.stage.ledger(), grid, {})
        return only

    @property
    def report(self) -> dict[str, Any]:
        """The report of the only trade."""
        (only,) = self.stage.reports()
        return only

    def outcome(self) -> str:
        """What came of the last accepted signal."""
        return [str(line["outcome"]) for line in self.stage.verdicts() if "outcome" in line][-1]


@contextmanager
def directed(folder: Path, kind: str, *, fees: Number = "0.001", **environ: str) -> Iterator[Directed]:
    """A stage with 3000 dollars a trade: three legs of about a thousand."""
    balances = {"USDC": Decimal(10_000), "USDT": Decimal(10_000), "BNB": Decimal(1)}
    if kind == "short":
        balances["BTC"] = COINS
        environ = {"SPOT_SHORT": "sell_holdings", **environ}
    rate = Decimal(str(fees))
    paper = PaperSettings(manual=True, latency_ms=10, balances=balances, maker_rate=rate, taker_rate=rate)
    with stage(folder, paper, **{"QTY_USD": "3000", **environ}) as acted:
        yield Directed(acted, kind)
