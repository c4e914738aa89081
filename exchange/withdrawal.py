"""A key that may withdraw coins does not trade on the live venue, unless its owner has said that it may."""

from loguru import logger

from exchange.client import BinanceClient
from exchange.errors import VenueError
from exchange.settings import ExchangeSettings


class KeyMayWithdraw(Exception):
    """The key could take the coins out of the account; nothing was traded with it."""

    def __init__(self) -> None:
        super().__init__(
            "BINANCE_API_KEY may withdraw your coins, so nothing is traded with it: delete it and create a key that "
            "may read and trade only (or set ALLOW_WITHDRAWAL_KEY=true, if it has to be this one)"
        )


def refuse_withdrawal_key(settings: ExchangeSettings, client: BinanceClient) -> None:
    """In live mode, at every address: raise `KeyMayWithdraw` if the venue says that our key may withdraw.

    A venue that does not tell keeps no position from being managed; that is logged (Binance docs: GET
    account/apiRestrictions).
    """
    if settings.mode != "live" or settings.allow_withdrawal_key:
        return
    try:
        permissions = client.key_permissions()
    except VenueError as error:
        logger.warning("the venue does not tell whether BINANCE_API_KEY may withdraw: {}", error)
        return
    if permissions.may_withdraw:
        raise KeyMayWithdraw
