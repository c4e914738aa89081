"""What the doctor asks about margin: settings, pair, account (M8), level, and what the venue would lend."""

from collections.abc import Iterator
from decimal import Decimal

from exchange.client import BinanceClient
from exchange.errors import VenueError
from exchange.instrument import plain
from exchange.lending import Lender, MarginAccount
from exchange.settings import ExchangeSettings
from exchange.types import Balance
from fsm.environment import AllSettings
from fsm.numbers import ZERO
from fsm.shown.check import Check, ill, warning, well


def check_margin(settings: AllSettings, client: BinanceClient) -> Iterator[Check]:
    """What margin trading needs beyond spot; nothing on spot."""
    lender, exchange = client.lender, settings.exchange
    if lender is None:
        return
    kind = "isolated" if exchange.margin_isolated else "cross"
    yield from _settings_and_pair(exchange, client)
    try:
        account = lender.account()
    except VenueError as error:
        yield ill("margin", f"the {kind} margin account cannot be read: {error}", "create it at the venue")
        return
    if not (account.may_trade and account.may_borrow):
        missing = f"does not exist or may not trade {exchange.symbol}" if not account.may_trade else "may not borrow"
        yield ill("margin", f"the {kind} margin account {missing}", "create or enable it at the venue")
        return
    yield _owed(account, kind)
    yield from _level(account, settings.guards.margin_level_floor)
    yield from _lendable(settings.fsm.quantity_quote, account, client, lender)


def _settings_and_pair(exchange: ExchangeSettings, client: BinanceClient) -> Iterator[Check]:
    if exchange.margin_disagreement is not None:
        yield ill("margin", exchange.margin_disagreement, "correct the MARGIN_ settings")
    if not client.instrument.margin_allowed:
        yield ill("margin", f"the venue does not offer {exchange.symbol} on margin", "choose another SYMBOL")


def _owed(account: MarginAccount, kind: str) -> Check:
    owed = {asset: balance.debt for asset, balance in account.balances.items() if balance.debt}
    debts = ", ".join(f"{plain(debt)} {asset}" for asset, debt in owed.items()) or "nothing"
    return well("margin", f"the {kind} account may trade and borrow; owed: {debts}")


def _level(account: MarginAccount, floor: Decimal) -> Iterator[Check]:
    if account.level is None or account.level >= floor:
        return
    detail = f"the margin level is {plain(account.level)}, below MARGIN_LEVEL_FLOOR={plain(floor)}"
    yield warning("margin", detail, "repay debt or add collateral: every signal is refused with margin_level")


def _lendable(
    quantity_quote: Decimal, account: MarginAccount, client: BinanceClient, lender: Lender
) -> Iterator[Check]:
    """Whether a LONG and a SHORT of QTY_USD could be paid for with what is free and what would be lent."""
    instrument = client.instrument
    try:
        price = client.quote().last
        lent = {asset: lender.max_borrowable(asset) for asset in (instrument.quote, instrument.base)}
    except VenueError as error:
        yield warning("margin", f"the venue does not say what it would lend: {error}", "try again")
        return
    shown = ", ".join(f"{plain(most)} {asset}" for asset, most in lent.items())
    yield well("margin", f"would be lent now: {shown}")
    needs = {instrument.quote: ("LONG", quantity_quote), instrument.base: ("SHORT", quantity_quote / price)}
    for asset, (direction, needed) in needs.items():
        free = account.balances.get(asset, Balance(ZERO, ZERO)).free
        if needed > free + lent[asset]:
            detail = (
                f"a {direction} of QTY_USD={plain(quantity_quote)} needs more {asset} than is free and would be lent"
            )
            yield warning("margin", detail, "lower QTY_USD or add collateral: it is refused with margin_borrow")
