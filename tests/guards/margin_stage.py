"""The margin hooks on a stage: the real client, the simulated exchange over HTTP, and a record in a file.

Time is a virtual clock that both sides share; `until_ready` moves it to where a hook says that it waits for.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.ids import OrderName, Role
from exchange.lending import Lender
from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from exchange.settings import ExchangeSettings
from exchange.types import Confirmed, OrderRequest, OrderType, Side
from guards.margin import KnownBalances, MarginHooks, MarginParts
from guards.margin_memory import MarginBook, MarginRuntime
from guards.margin_results import Step, Waiting
from tests.exchange.documented import START_MS
from tests.exchange.paper_venue import Paper

TRADE = "2501132000L3f9a1c"
SYMBOL = "BTCUSDC"
LOANS = "/sapi/v1/margin/borrow-repay"
ACCOUNT = "/sapi/v1/margin/account"
TAKER = Decimal("0.001")
QUANTITY = Decimal("0.00105")


@dataclass(frozen=True)
class Plan:
    """As much of a plan as the hooks look at."""

    entry: Decimal = Decimal("95000.5")
    r: Decimal = Decimal(190)


@dataclass
class Kept:
    """The record: what is in memory, and what a restart would find on disk."""

    path: Path
    trade_key: str | None = TRADE
    book: MarginBook = field(default_factory=MarginBook)
    runtime: MarginRuntime = field(default_factory=MarginRuntime)
    disk_full: bool = False
    before_save: Callable[[], None] = lambda: None
    after_save: Callable[[], None] = lambda: None

    def put(self, book: MarginBook, runtime: MarginRuntime) -> None:
        self.book, self.runtime = book, runtime

    def save(self) -> bool:
        if self.disk_full:
            return False
        self.before_save()
        document = {"margin": self.book.model_dump(mode="json"), "mg_runtime": self.runtime.model_dump(mode="json")}
        self.path.write_text(json.dumps(document))
        self.after_save()
        return True

    def restart(self) -> None:
        """Forget what is not on disk."""
        document = json.loads(self.path.read_text()) if self.path.exists() else {"margin": {}, "mg_runtime": {}}
        self.book = MarginBook.model_validate(document["margin"])
        self.runtime = MarginRuntime.model_validate(document["mg_runtime"])


@dataclass
class Stage:
    """One margin account with its hooks."""

    paper: Paper
    client: BinanceClient
    clock: VirtualClock
    settings: ExchangeSettings
    kept: Kept
    account: str
    known: KnownBalances | None = None

    @property
    def lender(self) -> Lender:
        assert self.client.lender is not None
        return self.client.lender

    def hooks(self, lender: Lender | None = None) -> MarginHooks:
        return MarginHooks(
            MarginParts(
                lender=lender or self.lender,
                settings=self.settings,
                instrument=lambda: self.client.instrument,
                taker_rate=lambda: TAKER,
                known_balances=lambda: self.known,
                now_ms=self.clock.now_ms,
                last_price=lambda: Decimal(95000),
            )
        )

    # --- the hooks
    def before_entry(self, side: Side = Side.BUY, lender: Lender | None = None, quantity: Decimal = QUANTITY) -> Step:
        return self.hooks(lender).on_before_entry(self.kept, SYMBOL, side, quantity, Plan())

    def closed(self, lender: Lender | None = None) -> Step:
        return self.hooks(lender).on_after_position_closed(self.kept, self.kept.trade_key or TRADE)

    def next_trade(self, after_ms: int = 180_000) -> None:
        """The record of the next signal; loans and requests of the last one are past."""
        self.kept.trade_key = "2501132010L000000"
        self.clock.advance(after_ms)

    def until_ready(self, hook: Callable[[], Step], patience_ms: int = 60_000) -> Step:
        """Call the hook whenever it wants to be called, until it waits no more."""
        end_ms = self.clock.now_ms() + patience_ms
        step = hook()
        while isinstance(step, Waiting) and self.clock.now_ms() < end_ms:
            assert step.until_ms > self.clock.now_ms(), step
            self.clock.advance(step.until_ms - self.clock.now_ms())
            step = hook()
        return step

    # --- the venue
    def deposit(self, asset: str, quantity: str) -> None:
        self.paper.script("deposit", {"asset": asset, "amount": quantity, "account": self.account})

    def terms(self, **script: Any) -> None:
        self.paper.script("margin", script)

    def refuse(self, action: str, code: int, count: int = 1) -> None:
        self.terms(refusals=[{"action": action, "code": code, "count": count}])

    def trade(self, side: Side, quantity: Decimal = QUANTITY) -> Decimal:
        """A market order of ours; what of base it brought, commission taken off."""
        order = OrderRequest(OrderName(TRADE, Role.MARKET_EXIT, 0, 0).client_id, side, OrderType.MARKET, quantity)
        outcome = self.client.place(order)
        assert isinstance(outcome, Confirmed), outcome
        fills = outcome.reports[0].fills or ()
        paid = sum((fill.commission for fill in fills if fill.commission_asset == "BTC"), Decimal(0))
        return (quantity if side is Side.BUY else -quantity) - paid

    def owed(self, asset: str) -> Decimal:
        return sum(self.debt(asset), Decimal(0))

    def debt(self, asset: str) -> tuple[Decimal, Decimal]:
        """Principal and interest, as the venue's own ledger has them."""
        shown = self.paper.ledger()["balances"].get(self.account, {}).get(asset)
        return (Decimal(shown["borrowed"]), Decimal(shown["interest"])) if shown else (Decimal(0), Decimal(0))

    def loans(self, kind: str) -> list[Decimal]:
        """What was borrowed or repaid and did not fail, in the venue's own books."""
        rows = self.paper.ledger()["loans"]
        return [Decimal(row["amount"]) for row in rows if row["action"] == kind and row["status"] != "FAILED"]

    def sent(self, method: str = "POST", path: str = LOANS) -> int:
        return self.paper.sent(method, path)

    def by_hand(self, kind: str, asset: str, quantity: str) -> None:
        """The owner borrows or repays with another program."""
        lender = self.lender
        outcome = (lender.borrow if kind == "BORROW" else lender.repay)(asset, Decimal(quantity))
        assert type(outcome).__name__ == "LoanAccepted", outcome


@contextmanager
def margin_stage(path: Path, request_timeout_s: float = 5, **settings: Any) -> Iterator[Stage]:
    """A margin account with 1 BTC of collateral."""
    clock = VirtualClock(START_MS)
    with running(PaperSettings(manual=True), clock) as exchange:
        chosen = ExchangeSettings(
            base_url=exchange.url, trade_mode="margin", request_timeout_s=request_timeout_s, **settings
        )
        client = BinanceClient(chosen, clock, lambda _: None)
        account = f"isolated:{SYMBOL}" if chosen.margin_isolated else "cross"
        stage = Stage(Paper(exchange.url), client, clock, chosen, Kept(path / "record.json"), account)
        stage.deposit("BTC", "1")
        client.connect()
        yield stage
        client.close()
