"""Forced liquidation of a margin account whose level has fallen to the force bar (Binance docs: margin liquidation).

In this order: every open order of the account expires with EXCHANGE_CANCELED; free coins of an indebted asset pay its
debt; the other assets are sold (or the indebted one is bought back) at market, as much as the debt needs with
commission, in whole steps; what came in pays the debt. What the account cannot pay stays owed. No clearance fee.
"""

from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING

from exchange.paper.engine.account import Account
from exchange.paper.engine.matching import begin, fund, opposite
from exchange.paper.engine.order_lists import end
from exchange.paper.engine.orders import ExpiryReason, Order, OrderStatus, OrderType, Side
from exchange.paper.engine.placing import estimate_cost
from exchange.paper.engine.symbols import SymbolRules
from exchange.paper.margin.accounts import is_margin, isolated_symbol
from exchange.paper.margin.level import level
from exchange.paper.margin.loans import debt, seize
from exchange.paper.margin.terms import MarginTerms, SideEffect
from exchange.paper.numbers import ZERO, floor_to

if TYPE_CHECKING:
    from exchange.paper.engine.venue import Venue


def liquidate_fallen(venue: "Venue") -> None:
    """Liquidate every account that is at the force bar or below."""
    if venue.margin.next_hour_ms is None or not venue.margin.liquidates:
        return
    for account in [account for account in venue.accounts.values() if is_margin(account.name)]:
        if level(venue, account) <= venue.margin.bars.force_liquidation:
            _liquidate(venue, account)


def _liquidate(venue: "Venue", account: Account) -> None:
    _expire_orders(venue, account.name)
    for asset in sorted(account.balances):
        seize(venue, account, asset)
        for rules in _symbols(venue, account.name):
            if debt(account, asset) and asset in (rules.base, rules.quote):
                _raise_funds(venue, account, rules, asset)
                seize(venue, account, asset)


def _expire_orders(venue: "Venue", account: str) -> None:
    for symbol in venue.rules:
        opened = venue.open_orders(account, symbol)
        while opened:
            end(venue, opened[min(opened)], OrderStatus.EXPIRED, ExpiryReason.EXCHANGE_CANCELED)


def _symbols(venue: "Venue", account: str) -> list[SymbolRules]:
    symbol = isolated_symbol(account)
    return [venue.rules[symbol]] if symbol else list(venue.rules.values())


def _raise_funds(venue: "Venue", account: Account, rules: SymbolRules, asset: str) -> None:
    """Sell base for an indebted quote asset, or buy an indebted base asset, at market."""
    side = Side.BUY if asset == rules.base else Side.SELL
    price, taker_rate = venue.markets[rules.symbol].best(opposite(side)), venue.fees.rates(rules.symbol)[1]
    needed = debt(account, asset) / (1 - taker_rate)
    if side is Side.BUY:
        most = account.free(rules.quote) / price
    else:
        needed, most = needed / price, account.free(rules.base)
    quantity = min(_ceil_to(needed, rules.step_size), floor_to(most, rules.step_size))
    if quantity > ZERO:
        _trade(venue, account, rules, side, quantity)


def _trade(venue: "Venue", account: Account, rules: SymbolRules, side: Side, quantity: Decimal) -> None:
    client_id = f"autoclose-{venue.new_client_id()}"
    order = Order(account.name, rules.symbol, side, OrderType.MARKET, quantity, client_id)
    order.margin = MarginTerms(SideEffect.NO_SIDE_EFFECT)
    estimate_cost(venue, order)
    order.estimated_cost = min(order.estimated_cost, account.free(rules.quote)) if side is Side.BUY else ZERO
    fund(venue, order)
    venue.register(order)
    begin(venue, order)
    venue.margin.liquidations.append(order)


def _ceil_to(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(rounding=ROUND_UP) * step
