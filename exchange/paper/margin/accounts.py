"""Which margin account a request means, and whether it may do what is asked (Binance docs: margin trading)."""

from exchange.paper.engine.account import Account
from exchange.paper.engine.symbols import SymbolRules
from exchange.paper.engine.venue import Venue
from exchange.paper.errors import SymbolInvalid
from exchange.paper.http.params import Params
from exchange.paper.margin.errors import (
    IsolatedAccountMissing,
    LevelTooLow,
    MarginAccountMissing,
    NotMarginAsset,
    NotMarginPair,
    PairNotOnMargin,
    TradingBanned,
)
from exchange.paper.margin.level import level

CROSS = "cross"
ISOLATED = "isolated"


def isolated_name(symbol: str) -> str:
    """The isolated account of a symbol."""
    return f"{ISOLATED}:{symbol}"


def isolated_symbol(account: str) -> str:
    """The symbol of an isolated account, empty for any other."""
    return account.partition(":")[2]


def is_margin(account: str) -> bool:
    """Whether an account may owe anything."""
    return account == CROSS or account.startswith(f"{ISOLATED}:")


def named_account(params: Params) -> str:
    """The account that isIsolated and symbol name."""
    return isolated_name(params.symbol()) if params.flag("isIsolated") else CROSS


def read_account(venue: Venue, params: Params) -> str:
    """The account that isIsolated and symbol name; it must exist."""
    account = named_account(params)
    if account != CROSS:
        venue.market(isolated_symbol(account))
    return existing(venue, account)


def read_lending_account(venue: Venue, params: Params, name: str = "isolatedSymbol") -> str:
    """The isolated account of the symbol if one was sent, else cross; it must exist."""
    symbol = params.optional(name)
    if symbol is None:
        return existing(venue, CROSS)
    return existing(venue, isolated_name(venue.market(symbol).rules.symbol))


def existing(venue: Venue, account: str) -> str:
    """The account's name, or the refusal of one that was never opened."""
    if not venue.margin.flags_of(account).created:
        raise MarginAccountMissing if account == CROSS else IsolatedAccountMissing
    return account


def assets_of(venue: Venue, account: str) -> list[str]:
    """The assets that an account can hold: base and quote of its symbol, or all that are listed."""
    symbol = isolated_symbol(account)
    if not symbol:
        return list(venue.margin.assets)
    if symbol not in venue.rules:
        raise SymbolInvalid
    rules = venue.rules[symbol]
    return [rules.base, rules.quote]


def margin_pairs(venue: Venue) -> list[SymbolRules]:
    """The symbols that are traded on margin."""
    return [rules for rules in venue.rules.values() if rules.margin_allowed]


def check_margin_pair(venue: Venue, symbol: str) -> SymbolRules:
    """The rules of a symbol that is traded on margin."""
    rules = venue.rules.get(symbol)
    if rules is None or not rules.margin_allowed:
        raise NotMarginPair
    return rules


def seen(venue: Venue, account: str) -> Account:
    """An account to look at, which does not open it."""
    return venue.accounts.get(account) or Account(account)


def check_asset(venue: Venue, account: str, asset: str) -> None:
    """The asset must be one of the account's."""
    if asset not in assets_of(venue, account):
        raise NotMarginAsset


def check_may_trade(venue: Venue, account: str, symbol: str) -> None:
    """The pair must be on margin, the account not banned and not at the force bar."""
    if not venue.rules[symbol].margin_allowed:
        raise PairNotOnMargin
    if not venue.margin.flags_of(account).trade_enabled:
        raise TradingBanned
    if level(venue, venue.account(account)) <= venue.margin.bars.force_liquidation:
        raise LevelTooLow
    venue.margin.refuse_if_forced("ORDER")
