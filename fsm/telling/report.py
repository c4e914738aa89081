"""The report of one trade, from its record: every fill, all commissions, profit, R, slippage, times, and cover."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from exchange.ids import Role
from exchange.instrument import Instrument, plain
from exchange.types import Side
from fsm.coverage import gaps, naked_ms
from fsm.numbers import ZERO
from fsm.planning.mirror import lead
from fsm.position import FillRecord, Position
from fsm.states import State
from fsm.storage.json_lines import iso
from signals.direction import Direction

_CENT = Decimal("0.00000001")


def realized_profit(position: Position, instrument: Instrument, prices: Mapping[str, Decimal]) -> Decimal:
    """What the trade brought in quote: sales minus purchases, commissions and the interest of a borrowed quote asset.

    Commission in base needs no deduction of its own: less was sold, or more was bought, for it. What is left over, too
    little to be traded, is no profit and no loss: it counts at what it cost. `prices` values commissions in third
    assets, in quote.
    """
    flow = -position.interest_paid if position.direction is Direction.LONG else ZERO
    for fill in position.fills:
        flow += fill.quote_quantity if fill.side is Side.SELL else -fill.quote_quantity
        if fill.commission_asset != instrument.base:
            flow -= commission_in_quote(fill, instrument, prices)
    by_hand = sum((trade.quote_quantity for trade in position.external), ZERO)
    return flow + (by_hand if position.exit_side is Side.SELL else -by_hand) + _left_at_cost(position, instrument)


def _left_at_cost(position: Position, instrument: Instrument) -> Decimal:
    """What is left in base, at the price it came in for: bought and not sold, or sold and not bought back."""
    left = position.held(instrument.base)
    left = left if position.direction is Direction.LONG else -left
    fills = position.entry_fills if (left > 0) == (position.direction is Direction.LONG) else position.exit_fills
    moved = abs(sum((fill.base_change(instrument.base) for fill in fills), ZERO))
    return left * sum((fill.quote_quantity for fill in fills), ZERO) / moved if moved else ZERO


def commission_in_quote(fill: FillRecord, instrument: Instrument, prices: Mapping[str, Decimal]) -> Decimal:
    if fill.commission_asset == instrument.quote:
        return fill.commission
    if fill.commission_asset == instrument.base:
        return fill.commission * fill.price
    return fill.commission * prices.get(fill.commission_asset, ZERO)


def trade_report(
    position: Position, instrument: Instrument, prices: Mapping[str, Decimal], now_ms: int
) -> dict[str, object]:
    """One line of `trades.jsonl`; amounts are decimal texts, quote unless named otherwise."""
    profit = realized_profit(position, instrument, prices)
    risk = position.plan.r * position.entry_quantity
    exits = position.exit_fills
    average_exit = _average(exits)
    return {
        "trade_id": position.trade_id,
        "signal_key": position.signal_key,
        "symbol": position.symbol,
        "direction": position.direction.value,
        "signal_time": iso(position.signal_ms),
        "accepted_time": iso(position.accepted_ms),
        "closed_time": iso(now_ms),
        "exit_reason": position.close_reason,
        "plan": position.plan.model_dump(mode="json"),
        "entry_protection": "bracket" if position.bracket else "after_fill",
        "quantity": plain(position.entry_quantity),
        "average_entry": _text(position.average_entry),
        "average_exit": _text(average_exit),
        "realized_profit": plain(_rounded(profit)),
        "r_multiple": _text(profit / risk if risk else None),
        "commissions": {asset: plain(total) for asset, total in _by_asset(position).items()},
        "commission_quote": plain(
            _rounded(sum((commission_in_quote(fill, instrument, prices) for fill in position.fills), ZERO))
        ),
        "interest": _interest(position, instrument),
        "valued_at": {asset: plain(price) for asset, price in prices.items()},
        "slippage_entry": _text(_entry_slippage(position)),
        "slippage_exit": _text(_exit_slippage(position)),
        "left_in_base": plain(position.held(instrument.base)),
        "left_at_cost": plain(_rounded(_left_at_cost(position, instrument))),
        "external": [trade.model_dump(mode="json") for trade in position.external],
        "seconds_in": {state.value: str(Decimal(ms) / 1000) for state, ms in _times(position, now_ms).items()},
        **_cover(position, instrument, now_ms),
        "fills": [_fill(fill, instrument, prices) for fill in position.fills],
    }


def _interest(position: Position, instrument: Instrument) -> dict[str, str]:
    borrowed = instrument.quote if position.direction is Direction.LONG else instrument.base
    return {borrowed: plain(position.interest_paid)} if position.interest_paid else {}


def _cover(position: Position, instrument: Instrument, now_ms: int) -> dict[str, object]:
    """The times without full cover: all of them together, the longest, and each."""
    found = gaps(position, instrument)
    return {
        "naked_ms": naked_ms(position, instrument, now_ms),
        "naked_worst_ms": max((gap.length_ms(now_ms) for gap in found), default=0),
        "naked_gaps": [
            {"start": iso(gap.start_ms), "ms": gap.length_ms(now_ms), "quantity": plain(gap.quantity)} for gap in found
        ],
    }


def third_assets(position: Position, instrument: Instrument) -> frozenset[str]:
    """Assets other than base and quote in which commission was paid: they need a price to be valued."""
    assets = {fill.commission_asset for fill in position.fills if fill.commission}
    return frozenset(assets - {instrument.base, instrument.quote})


def _times(position: Position, now_ms: int) -> dict[State, int]:
    spent = dict(position.time_in)
    since = max(position.entered_ms.values(), default=now_ms)
    spent[position.status] = spent.get(position.status, 0) + now_ms - since
    return spent


def _by_asset(position: Position) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for fill in position.fills:
        totals[fill.commission_asset] = totals.get(fill.commission_asset, ZERO) + fill.commission
    return totals


def _entry_slippage(position: Position) -> Decimal | None:
    """How much worse than planned the entry was, per unit; negative when better."""
    average = position.average_entry
    return None if average is None else lead(position.direction, average, position.plan.entry)


def _exit_slippage(position: Position) -> Decimal | None:
    """How much worse than the prices of its orders the exits were, per unit; market exits count against the stop."""
    quantity = sum((fill.quantity for fill in position.exit_fills), ZERO)
    if not quantity:
        return None
    lost = sum((_lost(fill, position) for fill in position.exit_fills), ZERO)
    return lost / quantity


def _lost(fill: FillRecord, position: Position) -> Decimal:
    order = position.order(fill.client_id)
    meant = order.price if order and order.role is Role.TARGET else order.stop_price if order else None
    return -lead(position.direction, fill.price, meant or position.stop) * fill.quantity


def _average(fills: tuple[FillRecord, ...]) -> Decimal | None:
    quantity = sum((fill.quantity for fill in fills), ZERO)
    return sum((fill.quote_quantity for fill in fills), ZERO) / quantity if quantity else None


def _fill(fill: FillRecord, instrument: Instrument, prices: Mapping[str, Decimal]) -> dict[str, Any]:
    shown = fill.model_dump(mode="json", exclude={"time_ms"})
    value = plain(_rounded(commission_in_quote(fill, instrument, prices)))
    return {"time": iso(fill.time_ms), **shown, "commission_quote": value}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(_rounded(value))


def _rounded(value: Decimal) -> Decimal:
    """Reported figures have eight decimals, as the venue's have."""
    return value.quantize(_CENT, rounding=ROUND_HALF_EVEN)
