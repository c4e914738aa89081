"""What a third asset, in which commission was paid, is worth in the quote asset (V8)."""

from decimal import Decimal

from exchange.errors import Refused
from exchange.types import Venue

BRIDGE = "USDT"
"""Nearly every asset has a market in it."""


def price_in_quote(venue: Venue, asset: str) -> Decimal:
    """The mid of the asset's market in quote; where there is none, by way of USDT and the traded market.

    Raises a `VenueError` where the venue does not tell.
    """
    instrument = venue.instrument
    try:
        return venue.quote(asset + instrument.quote).mid
    except Refused:
        in_bridge, base_in_bridge = venue.quote(asset + BRIDGE).mid, venue.quote(instrument.base + BRIDGE).mid
        return in_bridge * venue.quote().mid / base_in_bridge
