"""Healthy trades by the dozen: a calm exchange, every way a trade can end, and invariants looked at all the time.

A desk is one account with one set of settings; on it one trade after the other is led to its end by the market (or by
the owner's flatten). Nothing is tampered with, so nothing may be told.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal

from fsm.operator import Command, Switches
from fsm.planning.plan import Plan
from fsm.states import PROTECTED, State
from tests.scenarios.in_process import InProcessStage, in_process_stage
from tests.scenarios.stage import MINUTE_MS

PATIENCE_S = 240
HOUR_MS = 3_600_000
ESTIMATED_MS = 200
"""On margin no reply says when a cancel happened, so each stop that is moved is reported a request's time (10 ms)
longer without a successor than it was; this many ms in a trade at most."""
STEP = Decimal("0.00001")
TENTH = Decimal("0.1")
"""Keys of signals have one decimal."""
ALWAYS = {
    "INVAR_EVERY_SEC": "1",
    "COOLDOWN_SEC": "5",
    "LOCK_SEC": "1",
    "LIVE_ENTRY_TIMEOUT_SEC": "5",
    "TRAIL_UPDATE_EVERY_SEC": "2",
    "SWING_MINS": "1",
}
MARGIN = {"TRADE_MODE": "margin"}
AUTO = {**MARGIN, "MARGIN_BORROW_MODE": "auto"}
ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    "spot": {"SPOT_SHORT": "sell_holdings"},
    "cross": MARGIN,
    "isolated": {**MARGIN, "MARGIN_ISOLATED": "true"},
    "cross, auto": AUTO,
    "isolated, auto": {**AUTO, "MARGIN_ISOLATED": "true"},
    "cross, margin buy": {**AUTO, "MARGIN_SIDE_EFFECT": "MARGIN_BUY"},
    "isolated, margin buy": {**AUTO, "MARGIN_SIDE_EFFECT": "MARGIN_BUY", "MARGIN_ISOLATED": "true"},
}
DIRECTIONS = ("long", "short")
FEES = (("0", "0", False), ("0.0002", "0.0004", False), ("0.001", "0.001", False), ("0.001", "0.001", True))
"""Maker, taker, and whether BNB pays."""
DRAWN: Mapping[str, tuple[str, ...]] = {
    "QTY_USD": ("12", "100", "3000", "3000"),
    "TP1_BREAKEVEN": ("fees", "entry", "off"),
    "TRAIL_SOURCE": ("AGG", "BINANCE"),
    "TRAIL_ACTIVATE_AFTER_TP2": ("true", "true", "false"),
    "POLL_SEC": ("1", "1", "3"),
}


@dataclass
class Desk:
    """One account and the chance that varies its trades."""

    stage: InProcessStage
    chance: random.Random
    kind: str = "long"
    named: set[Decimal] = field(default_factory=set)
    """Prices of signals so far."""

    @property
    def account(self) -> str:
        """The account as the ledger names it."""
        return _account(self.stage)

    # --- the market
    @property
    def mid(self) -> Decimal:
        return Decimal(str(self.stage.ask("/api/v3/ticker/price?symbol=BTCUSDC")["price"]))

    def beyond(self, price: Decimal, gain: Decimal | float | str) -> Decimal:
        return price + Decimal(str(gain)) * (1 if self.kind == "long" else -1)

    def prints(self, price: Decimal, quantity: str | None = None, seconds: float = 2) -> None:
        self.stage.trade(str(price), quantity, turn=False)
        self.live(seconds)

    def live(self, seconds: float) -> None:
        """Let time pass, with a bar for each minute."""
        end_ms = self.stage.clock.now_ms() + int(seconds * 1000)
        while (left := end_ms - self.stage.clock.now_ms()) > 0:
            minute = self.stage.clock.now_ms() // MINUTE_MS
            self.stage.pass_time(min(left / 1000, 1))
            if self.stage.clock.now_ms() // MINUTE_MS != minute:
                price = float(self.mid)
                self.stage.bar(price, price + 10, price - 10)

    def until(self, *states: State) -> None:
        """Live until one of these states is reached; for ever is a failure."""
        end_ms = self.stage.clock.now_ms() + PATIENCE_S * 1000
        while self.stage.state not in states:
            assert self.stage.clock.now_ms() < end_ms, f"{self.stage.state} after {self.stage.transitions()[-12:]}"
            self.live(1)

    # --- a trade
    def signal(self, close: Decimal) -> None:
        price = float(close)
        self.stage.bars(*[(price, price + 10, price - 10)] * 200)
        self.stage.signal(self.kind, price)

    def fresh(self) -> Decimal:
        """A price that no signal has named yet."""
        price = self.mid.quantize(TENTH)
        while price in self.named:
            price = (self.mid + Decimal(self.chance.randint(-400, 400)) / 10).quantize(TENTH)
        self.named.add(price)
        self.prints(price, seconds=1)
        return price

    def enter(self) -> None:
        """An entry that fills as it arrives."""
        self.signal(self.fresh())
        self.until(State.OPEN_FILLED)
        self.live(self.chance.choice((0.5, 3)))

    def rest(self) -> Decimal:
        """An entry that has to wait in the book; the close of its signal."""
        close = self.fresh()
        self.prints(self.beyond(close, 3), seconds=1)
        self.signal(close)
        self.until(State.OPEN)
        return close

    @property
    def plan(self) -> Plan:
        return self.stage.position.plan

    @property
    def holds(self) -> bool:
        return self.stage.state in PROTECTED

    def part(self, fraction: str) -> str:
        """So much of the planned quantity, in whole steps."""
        return str((self.plan.quantity * Decimal(fraction)).quantize(STEP, ROUND_UP))

    def target(self, number: int) -> None:
        """The market reaches a target; the owner of a small position may have left with the first."""
        if self.holds:
            self.prints(self.plan.targets[number - 1], seconds=self.chance.choice((1, 4)))

    def stopped(self) -> None:
        """The market comes to the stop, if there still is one."""
        if self.holds:
            self.prints(self.stage.position.stop)

    def debts(self) -> dict[str, Decimal]:
        """Principal and interest by asset, as the ledger has them; nothing owed is left out."""
        account = self.stage.ledger()["balances"].get(_account(self.stage), {})
        owed = {
            asset: Decimal(entry.get("borrowed", "0")) + Decimal(entry.get("interest", "0"))
            for asset, entry in account.items()
        }
        return {asset: debt for asset, debt in owed.items() if debt}

    def owed(self) -> Decimal:
        """All debts of the account, in whatever asset."""
        return sum(self.debts().values(), Decimal(0))

    def owes_nothing(self) -> bool:
        """No debt at the venue, or the one that is on record to be repaid by the next trade."""
        return self.owed() == sum(self.stage.record.mg_runtime.carried.values(), Decimal(0))

    def over(self) -> None:
        """The trade came to its end, and the next may begin."""
        self.until(State.IDLE)
        self.stage.watch.check()


def never_filled(desk: Desk) -> None:
    """The market walks away from the entry, further than the price rule follows."""
    close = desk.rest()
    desk.prints(desk.beyond(close, 150), seconds=8)


def stop_out(desk: Desk) -> None:
    desk.enter()
    desk.stopped()


def breakeven(desk: Desk) -> None:
    desk.enter()
    desk.target(1)
    desk.stopped()


def trailed(desk: Desk) -> None:
    """Both targets, a swing behind which the stop is moved, and stopped there."""
    desk.enter()
    far = desk.beyond(desk.plan.targets[1], 60)
    desk.target(1)
    desk.target(2)
    desk.prints(far)
    dip = desk.beyond(far, -40)
    calm, swing = (float(far),) * 3, (float(far), float(max(far, dip)), float(min(far, dip)))
    desk.stage.bars(*[calm] * 6, swing, *[calm] * 4)
    desk.live(5)
    desk.stopped()


def held_over_the_hour(desk: Desk) -> None:
    """Interest grows while it is held; then TP1 and the way back."""
    desk.stage.advance(HOUR_MS - desk.stage.clock.now_ms() % HOUR_MS - 20_000)
    desk.live(2)
    desk.enter()
    desk.live(40)
    desk.target(1)
    desk.stopped()


def flattened(desk: Desk) -> None:
    desk.enter()
    Switches(desk.stage.settings.places.commands).give(Command.FLATTEN)
    desk.live(2)


def filled_in_parts(desk: Desk) -> None:
    close = desk.rest()
    for fraction in ("0.1", "0.5"):
        desk.prints(close, desk.part(fraction), seconds=1)
    desk.prints(close)
    desk.until(State.OPEN_FILLED)
    desk.target(1)
    desk.stopped()


def remainder_at_market(desk: Desk) -> None:
    close = desk.rest()
    desk.prints(close, desk.part("0.4"), seconds=1)
    desk.prints(desk.beyond(close, 4))
    desk.until(State.OPEN_FILLED, State.IDLE)
    desk.stopped()


def part_kept(desk: Desk) -> None:
    """A part filled, then the market left: a smaller position, or too small a one."""
    close = desk.rest()
    desk.prints(close, desk.part("0.4"), seconds=1)
    desk.prints(desk.beyond(close, 150))
    desk.until(State.OPEN_FILLED, State.IDLE)
    desk.stopped()


Ending = Callable[[Desk], None]
ENDINGS: tuple[Ending, ...] = (
    never_filled,
    stop_out,
    breakeven,
    trailed,
    held_over_the_hour,
    flattened,
    filled_in_parts,
    remainder_at_market,
    part_kept,
)


@contextmanager
def desk(account: str, seed: int, **chosen: str) -> Iterator[Desk]:
    """An open desk with that account; fees, and what is not chosen, are drawn by the seed."""
    chance = random.Random(f"{account} {seed}")
    drawn = {name: chance.choice(values) for name, values in DRAWN.items()}
    with in_process_stage(**{**ALWAYS, **drawn, **ACCOUNTS[account], **chosen}) as stage:
        maker, taker, burn = chance.choice(FEES)
        stage.paper("fees", {"symbol": "BTCUSDC", "maker": maker, "taker": taker, "bnb_burn": burn})
        account_name = _account(stage)
        stage.paper("deposit", {"asset": "USDC", "amount": "2000", "account": account_name})
        if ":" not in account_name:  # an isolated account holds the two assets of its pair alone
            stage.paper("deposit", {"asset": "BNB", "amount": "1", "account": account_name})
        stage.start()
        stage.watch.estimated_ms = 0 if account_name == "spot" else ESTIMATED_MS
        stage.watching = False  # the promises are checked after each trade instead of each turn
        stage.told.notifications.clear()  # before the deposit there was no isolated account
        yield Desk(stage, chance)


def _account(stage: InProcessStage) -> str:
    settings = stage.settings.exchange
    if settings.trade_mode == "spot":
        return "spot"
    return f"isolated:{settings.symbol}" if settings.margin_isolated else "cross"
