"""What happens on margin accounts by time alone: pending loans are confirmed, full hours charge interest."""

from exchange.paper.engine.venue import Venue
from exchange.paper.margin.interest import charge_hour
from exchange.paper.margin.loans import confirm


def next_due_ms(venue: Venue) -> int | None:
    """When something is to happen."""
    times = [record.confirms_ms for record in venue.margin.pending]
    if venue.margin.next_hour_ms is not None:
        times.append(venue.margin.next_hour_ms)
    return min(times, default=None)


def let_happen(venue: Venue) -> None:
    """Carry out what is due at the venue's present time, loans before interest."""
    for record in [record for record in venue.margin.pending if record.confirms_ms <= venue.now_ms]:
        confirm(venue, record)
    if venue.margin.next_hour_ms is not None and venue.margin.next_hour_ms <= venue.now_ms:
        charge_hour(venue)
