"""The state of the venue: markets, books, accounts, orders; no rules of its own beyond looking things up."""

import random
from collections import Counter, deque
from copy import copy
from decimal import Decimal

from exchange.paper.engine.account import SPOT, Account
from exchange.paper.engine.book import Book
from exchange.paper.engine.commission import FeeSchedule
from exchange.paper.engine.events import (
    AccountPosition,
    BalanceUpdate,
    EventBus,
    ExecutionKind,
    ExecutionReport,
    ListReport,
)
from exchange.paper.engine.orders import Fill, FillSlice, ListStatus, Order, OrderList, OrderStatus, PreventedMatch
from exchange.paper.engine.shelf import Shelf
from exchange.paper.engine.symbols import default_listing
from exchange.paper.errors import SymbolInvalid
from exchange.paper.margin.lending import default_margin_market
from exchange.paper.market.far_side import Depth, Market
from exchange.paper.numbers import ONE, ZERO, floor_to
from exchange.paper.settings import CannotStart, PaperSettings

ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Venue:
    """Everything a reset starts anew; `now_ms` is set from outside before anything happens."""

    def __init__(self, settings: PaperSettings, now_ms: int, bus: EventBus) -> None:
        self.settings = settings
        self.now_ms = now_ms
        self.bus = bus
        self.random = random.Random(settings.seed or 0)
        self.rules = default_listing()
        unlisted = set(settings.prices) - set(self.rules)
        if unlisted:
            raise CannotStart(
                f"{sorted(unlisted)[0]} has a price but is not listed; listed are {', '.join(self.rules)}"
            )
        for symbol in self.rules:
            if settings.price_of(symbol) <= ZERO:
                raise CannotStart(f"{symbol} cannot start at {settings.price_of(symbol)}; give a price above zero")
        self.markets = {symbol: self._market(symbol) for symbol in self.rules}
        self.books = {symbol: Book() for symbol in self.rules}
        self.fees = FeeSchedule(settings.maker_rate, settings.taker_rate, settings.bnb_discount)
        self.accounts: dict[str, Account] = {}
        # the far side of every fill, and where commission and paid interest go
        self.counterparty, self.commissions, self.interest = (
            Account("counterparty"),
            Account("commissions"),
            Account("interest"),
        )
        self.margin = default_margin_market(self.rules.values())
        self.shelves: dict[tuple[str, str], Shelf] = {}
        self._ended: list[Order] = []
        self.lists: dict[int, OrderList] = {}
        self.newest_list_by_client_id: dict[tuple[str, str], OrderList] = {}
        self.prevented_matches: list[PreventedMatch] = []
        self.ready_lists: deque[OrderList] = deque()
        self.order_credit: Counter[str] = Counter()
        self.fill_slices: list[FillSlice] = []
        self.sliced: list[tuple[Order, Decimal]] = []
        self._last_order_id = dict.fromkeys(self.rules, 0)
        self._last_place = self._last_list_id = self._last_execution_id = 0
        for asset, quantity in settings.balances.items():
            self.account(SPOT).balance(asset).free = quantity
        self.account(SPOT).touched.clear()

    def _market(self, symbol: str) -> Market:
        given = self.settings
        depth = Depth(given.spread_ticks, given.level_quantity, given.level_step_ticks, given.levels)
        rules = self.rules[symbol]
        market = Market(rules, max(floor_to(given.price_of(symbol), rules.tick_size), rules.tick_size), depth)
        market.record(market.last_price, rules.min_qty, self.now_ms)
        return market

    def anew(self, now_ms: int) -> "Venue":
        """The same venue at its start; ids of book updates go on, so that followers of a book notice no gap."""
        fresh = Venue(self.settings, now_ms, self.bus)
        for symbol, market in fresh.markets.items():
            market.changes += self.markets[symbol].changes
        return fresh

    def market(self, symbol: str) -> Market:
        """The market of a listed symbol."""
        if symbol not in self.markets:
            raise SymbolInvalid
        return self.markets[symbol]

    def account(self, name: str) -> Account:
        """An account, opened when it is first needed."""
        found = self.accounts.get(name)
        if found is None:
            found = self.accounts[name] = Account(name, updated_ms=self.now_ms)
        return found

    def deposit(self, account: str, asset: str, quantity: Decimal) -> None:
        """Bring coins in from outside; a negative quantity takes them out."""
        self.account(account).balance(asset).free += quantity
        self.bus.tell(account, BalanceUpdate(asset, quantity, self.now_ms))

    def total(self, asset: str) -> Decimal:
        """All there is of an asset, the far side included: only deposits change it."""
        every = (*self.accounts.values(), self.counterparty, self.commissions, self.interest)
        balances = [account.balances[asset] for account in every if asset in account.balances]
        return sum((balance.free + balance.locked - balance.borrowed for balance in balances), ZERO)

    def mark(self) -> tuple[object, ...]:
        """Differs from any earlier one when an order, a market or a balance has changed."""
        quotes = tuple(market.changes for market in self.markets.values())
        owned = tuple(
            (name, asset, balance.free, balance.locked, balance.borrowed, balance.interest)
            for name, account in self.accounts.items()
            for asset, balance in account.balances.items()
        )
        return self._last_execution_id, self._last_list_id, self.margin.last_transaction_id, quotes, owned

    def register(self, order: Order) -> None:
        """Give an accepted order its id and make it findable."""
        self._last_order_id[order.symbol] += 1
        order.order_id = self._last_order_id[order.symbol]
        order.created_ms = order.updated_ms = self.now_ms
        self.shelf(order.account, order.symbol).add(order)

    def rename(self, order: Order, was: str) -> None:
        """An order has got another client id."""
        self.shelf(order.account, order.symbol).rename(order, was)

    def record(self, order: Order, fill: Fill) -> None:
        """Note a fill."""
        order.fills.append(fill)
        self.shelf(order.account, order.symbol).fills.add(order, fill)

    def next_fraction(self) -> Decimal:
        """Which part of the next fill is to be executed; all of it unless a script wishes otherwise."""
        if not self.fill_slices:
            return ONE
        armed = self.fill_slices[0]
        if armed.skip > 0:
            armed.skip -= 1
            return ONE
        armed.count -= 1
        if armed.count == 0:
            self.fill_slices.pop(0)
        return armed.fraction

    def shelf(self, account: str, symbol: str) -> Shelf:
        """An account's orders of one symbol and their fills."""
        found = self.shelves.get((account, symbol))
        if found is None:
            found = self.shelves[account, symbol] = Shelf(account, symbol)
        return found

    def open_orders(self, account: str, symbol: str) -> dict[int, Order]:
        """An account's orders of one symbol that are not at their end, by id."""
        return self.shelf(account, symbol).open

    def forget_open(self, order: Order) -> None:
        """An order is at its end."""
        if self.open_orders(order.account, order.symbol).pop(order.order_id, None) is not None:
            self._ended.append(order)

    def pack_ended(self) -> None:
        """Once nobody works on them any more, orders that have ended become small."""
        for order in self._ended:
            self.shelf(order.account, order.symbol).pack(order)
        self._ended.clear()

    def register_list(self, order_list: OrderList) -> None:
        """Give an accepted list its id and make it findable."""
        self._last_list_id += 1
        order_list.list_id = self._last_list_id
        order_list.updated_ms = self.now_ms
        self.lists[order_list.list_id] = order_list
        self.newest_list_by_client_id[order_list.account, order_list.client_list_id] = order_list
        for order in order_list.orders:
            order.order_list = order_list

    def take_place(self, order: Order) -> None:
        """The next place in the row of arrivals."""
        self._last_place += 1
        order.place = self._last_place

    @property
    def last_place(self) -> int:
        """The place of the latest arrival."""
        return self._last_place

    def new_client_id(self) -> str:
        """An id for what the client did not name."""
        return "".join(self.random.choices(ID_LETTERS, k=22))

    def report(self, order: Order, kind: ExecutionKind, fill: Fill | None = None, cancel_client_id: str = "") -> None:
        """Tell listeners about one step of an order."""
        self._last_execution_id += 1
        order.updated_ms = self.now_ms
        if self.bus.accounts:
            number, match_id = self._last_execution_id, order.prevented_match_id
            match = self.prevented_matches[match_id - 1] if match_id and kind == "TRADE_PREVENTION" else None
            event = ExecutionReport(kind, copy(order), number, self.now_ms, fill, cancel_client_id, match)
            self.bus.tell(order.account, event)

    def report_rejected(self, order: Order, reason: str) -> None:
        """Tell listeners about an order that never came to be: it has no id (Binance docs: execution types)."""
        self._last_execution_id += 1
        order.status, order.order_id = OrderStatus.REJECTED, -1
        order.created_ms = order.updated_ms = self.now_ms
        event = ExecutionReport("REJECTED", order, self._last_execution_id, self.now_ms, reject_reason=reason)
        self.bus.tell(order.account, event)

    @property
    def last_execution_id(self) -> int:
        """The id of the latest step of any order."""
        return self._last_execution_id

    def report_list(self, order_list: OrderList, change: ListStatus | None = None) -> None:
        """Tell listeners about a list: where it stands, or what has just changed."""
        order_list.updated_ms = self.now_ms
        status = change or order_list.list_status
        event = ListReport(order_list, status, order_list.order_status, self.now_ms)
        self.bus.tell(order_list.account, event)

    def report_balances(self) -> None:
        """Tell listeners what may have changed since the last time."""
        for account in self.accounts.values():
            if not account.touched:
                continue
            account.updated_ms = self.now_ms
            changed = {asset: account.balances[asset] for asset in sorted(account.touched)}
            account.touched.clear()
            balances = {asset: (balance.free, balance.locked) for asset, balance in changed.items()}
            self.bus.tell(account.name, AccountPosition(balances, self.now_ms))
