"""Moving coins between the spot account and margin accounts (Binance docs: user universal transfer).

Out of a margin account goes what is free and what leaves its level at the transfer bar.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from exchange.paper.engine.account import SPOT
from exchange.paper.http.params import Params
from exchange.paper.margin.accounts import CROSS, check_asset, existing, is_margin, isolated_name
from exchange.paper.margin.errors import (
    LevelTooLow,
    TransferInBanned,
    TransferInsufficient,
    TransferOutAboveMaximum,
    TransferOutBanned,
)
from exchange.paper.margin.level import max_transferable
from exchange.paper.margin.loan_records import TransferRecord
from exchange.paper.numbers import ZERO

if TYPE_CHECKING:
    from exchange.paper.engine.venue import Venue

# type: giver and taker; an empty one is the isolated account of fromSymbol or toSymbol
ISOLATED_ACCOUNT = ""
ROUTES_BY_TYPE: Mapping[str, tuple[str, str]] = {
    "MAIN_MARGIN": (SPOT, CROSS),
    "MARGIN_MAIN": (CROSS, SPOT),
    "MAIN_ISOLATED_MARGIN": (SPOT, ISOLATED_ACCOUNT),
    "ISOLATED_MARGIN_MAIN": (ISOLATED_ACCOUNT, SPOT),
    "MARGIN_ISOLATEDMARGIN": (CROSS, ISOLATED_ACCOUNT),
    "ISOLATEDMARGIN_MARGIN": (ISOLATED_ACCOUNT, CROSS),
    "ISOLATEDMARGIN_ISOLATEDMARGIN": (ISOLATED_ACCOUNT, ISOLATED_ACCOUNT),
}


def accounts_of(venue: "Venue", params: Params, kind: str) -> tuple[str, str]:
    """Giver and taker of a type of transfer; both must exist."""
    given = ROUTES_BY_TYPE[kind]
    giver, taker = (
        name or isolated_name(venue.market(params.text(symbol)).rules.symbol)
        for name, symbol in zip(given, ("fromSymbol", "toSymbol"), strict=True)
    )
    for name in (giver, taker):
        if is_margin(name):
            existing(venue, name)
    return giver, taker


def transfer(venue: "Venue", kind: str, giver: str, taker: str, asset: str, quantity: Decimal) -> TransferRecord:
    """Move free coins at once, or refuse."""
    venue.margin.refuse_if_forced("TRANSFER")
    for name in (giver, taker):
        if is_margin(name):
            check_asset(venue, name, asset)
    if is_margin(taker) and not venue.margin.flags_of(taker).transfer_in_enabled:
        raise TransferInBanned
    if is_margin(giver):
        _check_out(venue, giver, asset, quantity)
    if venue.account(giver).free(asset) < quantity:
        raise TransferInsufficient
    venue.deposit(giver, asset, -quantity)
    venue.deposit(taker, asset, quantity)
    number = venue.margin.next_transaction_id()
    record = TransferRecord(number, kind, giver, taker, asset, quantity, venue.now_ms)
    venue.margin.transfers.append(record)
    return record


def _check_out(venue: "Venue", giver: str, asset: str, quantity: Decimal) -> None:
    if not venue.margin.flags_of(giver).transfer_out_enabled:
        raise TransferOutBanned
    account = venue.account(giver)
    most = max_transferable(venue, account, asset)
    if quantity > most and quantity <= account.free(asset):
        raise LevelTooLow if most == ZERO else TransferOutAboveMaximum
