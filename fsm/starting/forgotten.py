"""A record that is older than what was traded with it: the venue shows orders of a trade that came later.

A restored backup of all our files looks healthy here. But every order of ours is in a saved record before it is sent:
whatever has our prefix and is younger than the last trade of the record belongs to that trade, or was forgotten.
"""

from exchange.ids import parse
from exchange.types import OrderReport, Venue
from fsm.record import Record

LOOK_BACK_MS = 24 * 3_600_000
"""Ended orders are looked at so far back, in one request; those that work, however old they are."""


class TradesForgotten(Exception):
    """The venue knows trades of ours that the record does not."""


def refuse_forgotten(record: Record, venue: Venue, now_ms: int) -> None:
    """Raises `TradesForgotten` if the record lacks a trade, and VenueError; one that never traded cannot tell."""
    since_ms = _last_trade_ms(record)
    if since_ms is None:
        return
    reports = (*venue.open_orders(), *venue.orders_since(max(since_ms, now_ms - LOOK_BACK_MS)))
    forgotten = {trade_id for report in reports if (trade_id := _later_trade(report, since_ms)) is not None}
    forgotten -= _known(record)
    if forgotten:
        raise TradesForgotten(
            f"the saved state is older than what was traded: the venue has orders of {', '.join(sorted(forgotten))}, "
            "which it does not know. Put the newest state back; if it is lost, move this one away, and start with "
            "`python run.py run --adopt`"
        )


def _last_trade_ms(record: Record) -> int | None:
    if record.position is not None:
        return record.position.accepted_ms
    return record.last_closed.closed_ms if record.last_closed is not None else None


def _known(record: Record) -> set[str]:
    trades = (record.position, record.last_closed)
    return {trade.trade_id for trade in trades if trade is not None}


def _later_trade(report: OrderReport, since_ms: int) -> str | None:
    """The trade of an order of ours that was placed since then."""
    name = parse(report.client_id)
    placed_ms = report.placed_ms or report.updated_ms
    return name.trade_id if name is not None and placed_ms >= since_ms else None
