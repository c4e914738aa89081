"""Accounts, what they hold, and what is locked for which orders."""

from dataclasses import dataclass, field
from decimal import Decimal

from exchange.paper.engine.errors import InsufficientBalance
from exchange.paper.engine.orders import Order, Side
from exchange.paper.numbers import ZERO, up8

SPOT = "spot"


@dataclass(slots=True)
class Balance:
    """One asset of one account; debt stays zero on spot."""

    free: Decimal = ZERO
    locked: Decimal = ZERO
    borrowed: Decimal = ZERO
    interest: Decimal = ZERO


@dataclass(slots=True, eq=False)
class Account:
    """Balances by asset; `name` is spot, cross or isolated:SYMBOL."""

    name: str
    balances: dict[str, Balance] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    updated_ms: int = 0

    @property
    def kind(self) -> str:
        """spot, cross or isolated."""
        return self.name.partition(":")[0]

    def balance(self, asset: str) -> Balance:
        """The balance of an asset, marked as possibly changed."""
        self.touched.add(asset)
        found = self.balances.get(asset)
        if found is None:
            found = self.balances[asset] = Balance()
        return found

    def free(self, asset: str) -> Decimal:
        """What is neither locked nor absent."""
        found = self.balances.get(asset)
        return ZERO if found is None else found.free

    def lock(self, asset: str, quantity: Decimal) -> None:
        """Move free to locked, or refuse."""
        if self.free(asset) < quantity:
            raise InsufficientBalance
        balance = self.balance(asset)
        balance.free -= quantity
        balance.locked += quantity

    def unlock(self, asset: str, quantity: Decimal) -> None:
        """Move locked back to free."""
        balance = self.balance(asset)
        balance.locked -= quantity
        balance.free += quantity


@dataclass(slots=True, eq=False)
class Hold:
    """What is locked for one order, or once for both legs of an OCO (Binance docs: order lists)."""

    account: Account
    asset: str
    members: list[Order]
    locked: Decimal = ZERO

    def fund(self) -> None:
        """Lock what the dearest open member needs, or refuse."""
        missing = self.required() - self.locked
        if missing > ZERO:
            self.account.lock(self.asset, missing)
            self.locked += missing

    def cover(self, cost: Decimal) -> bool:
        """Top up from free so that `cost` can be spent; whether that worked."""
        missing = cost - self.locked
        if missing > ZERO:
            if self.account.free(self.asset) < missing:
                return False
            self.account.lock(self.asset, missing)
            self.locked += missing
        return True

    def spend(self, cost: Decimal) -> None:
        """Take locked funds out of the account."""
        self.account.balance(self.asset).locked -= cost
        self.locked -= cost

    def shrink(self) -> None:
        """Unlock what no open member needs any more."""
        excess = self.locked - self.required()
        if excess > ZERO:
            self.account.unlock(self.asset, excess)
            self.locked -= excess

    def required(self) -> Decimal:
        """The need of the dearest open member."""
        return max((need(order) for order in self.members if order.is_open), default=ZERO)


def need(order: Order) -> Decimal:
    """What an open order keeps locked: base when selling, quote at its limit price when buying."""
    if order.side is Side.SELL:
        return order.open_quantity
    if order.takes_any_price:
        return max(order.estimated_cost - order.executed_quote, ZERO)
    return up8(order.limit_price * order.open_quantity)
