"""The script's door to margin accounts: opening them, lending terms, forced refusals."""

from .errors import ScriptRefused
from .margin_accounts import assets_of
from .venue import Venue


def open_for_deposit(venue: Venue, account: str, asset: str) -> None:
    """A deposit opens an isolated account; it must be in one of the account's assets."""
    held = assets_of(venue, account)
    if asset not in held:
        raise ScriptRefused(f"{account} holds {', '.join(held)}, not {asset}")
    venue.margin.flags_of(account).created = True
