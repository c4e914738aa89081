"""Margin accounts and loan records in the venue's JSON shapes (Binance docs: margin account, borrow and repay)."""

from decimal import Decimal
from typing import Any

from exchange.paper.engine.account import Account, Balance
from exchange.paper.engine.orders import Order
from exchange.paper.engine.venue import Venue
from exchange.paper.margin.accounts import CROSS, assets_of, isolated_name, isolated_symbol, seen
from exchange.paper.margin.lending import HOURS_A_DAY
from exchange.paper.margin.level import assets_in, debt_in, level, level_status, value
from exchange.paper.margin.loan_records import InterestCharge, LoanRecord
from exchange.paper.numbers import ZERO, fixed8

Json = dict[str, Any]


def cross_account(venue: Venue) -> Json:
    """margin/account; TotalCollateralValueInUSDT is spelled so."""
    account, flags = seen(venue, CROSS), venue.margin.flags_of(CROSS)
    held, owed, reached = assets_in(venue, account), debt_in(venue, account), level(venue, account)
    return {
        "created": flags.created,
        "borrowEnabled": flags.borrow_enabled,
        "marginLevel": fixed8(reached),
        "collateralMarginLevel": fixed8(reached),
        "totalAssetOfBtc": fixed8(held),
        "totalLiabilityOfBtc": fixed8(owed),
        "totalNetAssetOfBtc": fixed8(held - owed),
        "TotalCollateralValueInUSDT": fixed8(held * value(venue, "BTC", "USDT")),
        "totalOpenOrderLossInUSDT": fixed8(ZERO),
        "tradeEnabled": flags.trade_enabled,
        "transferInEnabled": flags.transfer_in_enabled,
        "transferOutEnabled": flags.transfer_out_enabled,
        "accountType": "MARGIN_1",
        "userAssets": [_asset(account, asset) for asset in assets_of(venue, CROSS)],
    }


def isolated_account(venue: Venue, symbol: str) -> Json:
    """One pair of margin/isolated/account; a pair that was never opened is shown empty."""
    name = isolated_name(symbol)
    flags, rules = venue.margin.flags_of(name), venue.rules[symbol]
    account = seen(venue, name)
    return {
        "baseAsset": _isolated_asset(venue, account, rules.base),
        "quoteAsset": _isolated_asset(venue, account, rules.quote),
        "symbol": symbol,
        "isolatedCreated": flags.created,
        "enabled": flags.created,
        "marginLevel": fixed8(level(venue, account)),
        "marginLevelStatus": level_status(venue, account),
        "marginRatio": fixed8(venue.margin.bars.leverage),
        "indexPrice": fixed8(venue.markets[symbol].last_price),
        "liquidatePrice": fixed8(liquidate_price(venue, account)),
        "liquidateRate": fixed8(_liquidate_rate(venue, account)),
        "tradeEnabled": flags.trade_enabled,
    }


def isolated_totals(venue: Venue, symbols: list[str]) -> Json:
    """The sums below margin/isolated/account, shown only if no symbols were asked for."""
    accounts = [seen(venue, isolated_name(symbol)) for symbol in symbols]
    held = sum((assets_in(venue, account) for account in accounts), ZERO)
    owed = sum((debt_in(venue, account) for account in accounts), ZERO)
    return {
        "totalAssetOfBtc": fixed8(held),
        "totalLiabilityOfBtc": fixed8(owed),
        "totalNetAssetOfBtc": fixed8(held - owed),
    }


def liquidate_price(venue: Venue, account: Account) -> Decimal:
    """The price of the pair at which the level reaches the force bar; zero if no price does."""
    rules, bar = venue.rules[isolated_symbol(account.name)], venue.margin.bars.force_liquidation
    base, quote = _balance(account, rules.base), _balance(account, rules.quote)
    slope = base.free + base.locked - bar * (base.borrowed + base.interest)
    rest = bar * (quote.borrowed + quote.interest) - quote.free - quote.locked
    return max(rest / slope, ZERO) if slope else ZERO


def _liquidate_rate(venue: Venue, account: Account) -> Decimal:
    """How far the price is from there, in percent."""
    price, last_price = liquidate_price(venue, account), venue.markets[isolated_symbol(account.name)].last_price
    return abs(price - last_price) / last_price * 100 if price else ZERO


def loan_row(record: LoanRecord) -> Json:
    """A row of GET margin/borrow-repay; isolatedSymbol appears for isolated accounts only."""
    return {
        "type": record.origin.value,
        **_isolated_symbol(record.account),
        "amount": fixed8(record.quantity),
        "asset": record.asset,
        "interest": fixed8(record.interest),
        "principal": fixed8(record.principal),
        "status": record.status.value,
        "timestamp": record.time_ms,
        "txId": record.transaction_id,
    }


def interest_row(charge: InterestCharge) -> Json:
    """A row of GET margin/interestHistory; interestAccuredTime is spelled so, the rate is of a day."""
    return {
        "txId": charge.transaction_id,
        "interestAccuredTime": charge.time_ms,
        "asset": charge.asset,
        "rawAsset": charge.asset,
        "principal": fixed8(charge.principal),
        "interest": fixed8(charge.interest),
        "interestRate": fixed8(charge.hourly_rate * HOURS_A_DAY),
        "type": charge.kind.value,
        **_isolated_symbol(charge.account),
    }


def liquidation_row(order: Order) -> Json:
    """A row of GET margin/forceLiquidationRec."""
    average = order.executed_quote / order.executed_quantity if order.executed_quantity else ZERO
    return {
        "avgPrice": fixed8(average),
        "executedQty": fixed8(order.executed_quantity),
        "orderId": order.order_id,
        "price": fixed8(order.limit_price),
        "qty": fixed8(order.quantity),
        "side": order.side.value,
        "symbol": order.symbol,
        "timeInForce": order.time_in_force.value,
        "isIsolated": isolated_symbol(order.account) != "",
        "updatedTime": order.updated_ms,
    }


def _isolated_symbol(account: str) -> Json:
    symbol = isolated_symbol(account)
    return {"isolatedSymbol": symbol} if symbol else {}


def _balance(account: Account, asset: str) -> Balance:
    return account.balances.get(asset) or Balance()


def _asset(account: Account, asset: str) -> Json:
    balance = _balance(account, asset)
    held = balance.free + balance.locked
    return {
        "asset": asset,
        "borrowed": fixed8(balance.borrowed),
        "free": fixed8(balance.free),
        "interest": fixed8(balance.interest),
        "locked": fixed8(balance.locked),
        "netAsset": fixed8(held - balance.borrowed - balance.interest),
    }


def _isolated_asset(venue: Venue, account: Account, asset: str) -> Json:
    balance, flags = _balance(account, asset), venue.margin.flags_of(account.name)
    held = balance.free + balance.locked
    net = held - balance.borrowed - balance.interest
    return {
        **_asset(account, asset),
        "borrowEnabled": flags.borrow_enabled and venue.margin.assets[asset].borrowable,
        "netAssetOfBtc": fixed8(net * value(venue, asset)),
        "repayEnabled": True,
        "totalAsset": fixed8(held),
    }
