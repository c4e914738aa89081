"""From a signal to a plan: entry, stop, targets, quantity and legs, all on the venue's grid; pure and exact.

Prices are quote per base, quantities base. Every price of a plan is rounded to the losing side: LONG floored, SHORT
ceiled. Environment values of the grid make the entry stricter; stop, targets and legs follow the venue's own.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from exchange.instrument import Instrument, plain
from exchange.types import CommissionRates
from fsm.numbers import Number, Value
from fsm.planning.legs import NO_COMMISSION, lowest_prices, split, stop_limit, worst_commission
from fsm.planning.mirror import ahead, better, lead, toward_loss, toward_profit, worse
from fsm.settings import FsmSettings
from signals.bars import Bar
from signals.direction import Direction

Positive = Annotated[Number, Field(gt=0)]

HIGHEST_PRICE = Decimal(10) ** 12
"""A price above this is a fault of the feed; below it the arithmetic stays within Decimal's digits."""


class Plan(Value):
    """A position as intended; from the losing to the profitable side its prices are stop, entry, TP1, TP2."""

    direction: Direction
    entry: Positive
    stop: Positive
    stop_limit: Positive
    """The limit price of the stop order."""
    targets: tuple[Positive, Positive]
    quantity: Positive
    r: Positive
    """The distance from entry to stop."""
    legs: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=3)]
    """Leg quantities; they add up to `quantity`."""


@dataclass(frozen=True, slots=True)
class PlanRefused:
    """Why there is no plan: what was measured against which threshold."""

    code: Literal["no_bars", "bad_plan", "quantity_too_small"]
    measured: Decimal | str | None
    threshold: Decimal | str | None
    text: str


@dataclass(frozen=True, slots=True)
class _Signal:
    """What the signal's market says: the bar's close, and the swing that the stop loss goes behind."""

    direction: Direction
    close: Decimal
    extreme: Decimal


@dataclass(frozen=True, slots=True)
class _Prices:
    entry: Decimal
    stop: Decimal
    stop_limit: Decimal
    targets: tuple[Decimal, Decimal]


def make_plan(
    close: Decimal,
    direction: Direction,
    bars_window: tuple[Bar, ...],
    *,
    instrument: Instrument,
    rates: CommissionRates,
    settings: FsmSettings,
    ratio: Decimal | None = None,
) -> Plan | PlanRefused:
    """The plan for a signal whose bar closed at `close`, or the reason why there is none.

    `bars_window` are the last SWING_MINS bars up to and including the signal's bar. `ratio` (traded mid / signal mid)
    is given when the signal's prices are another market's.
    """
    if not bars_window:
        return PlanRefused(
            "no_bars", Decimal(0), Decimal(1), "no bars up to the signal's: the stop loss needs their swing"
        )
    extreme = worse(direction, *(bar.low if direction is Direction.LONG else bar.high for bar in bars_window))
    signal = _Signal(direction, close, extreme)
    fault = _input_fault(signal, instrument, settings)
    if fault is not None:
        return fault
    if ratio is None:
        prices = _staged_prices(signal, instrument, settings)
    else:
        prices = _converted_prices(signal, instrument, settings, ratio)
    return _order_fault(direction, prices, instrument) or _sized(direction, prices, instrument, rates, settings)


def broken_by_fill(plan: Plan, average: Decimal) -> bool:
    """True if the average fill price is not strictly between the stop and TP1."""
    return lead(plan.direction, average, plan.stop) <= 0 or lead(plan.direction, plan.targets[0], average) <= 0


def entry_rules(instrument: Instrument, settings: FsmSettings) -> Instrument:
    """The instrument as the entry sees it: of the venue's and the environment's values, the stricter each."""
    return replace(
        instrument,
        tick_size=max(instrument.tick_size, settings.least_tick or instrument.tick_size),
        step_size=max(instrument.step_size, settings.least_step or instrument.step_size),
        min_quantity=max(instrument.min_quantity, settings.least_quantity or instrument.min_quantity),
        min_notional=max(instrument.min_notional, settings.least_notional or instrument.min_notional),
    )


def check_grid(settings: FsmSettings, instrument: Instrument) -> str | None:
    """What is wrong with TICK_SIZE or QTY_STEP: of the venue's grid and ours, one must be a multiple of the other."""
    for name, ours, venues in (
        ("TICK_SIZE", settings.least_tick, instrument.tick_size),
        ("QTY_STEP", settings.least_step, instrument.step_size),
    ):
        if ours is not None and max(ours, venues) % min(ours, venues) != 0:
            return (
                f"{name}={plain(ours)} does not fit {instrument.symbol}'s grid of {plain(venues)}: "
                f"set a multiple of {plain(venues)}, or leave it out"
            )
    return None


def _input_fault(signal: _Signal, instrument: Instrument, settings: FsmSettings) -> PlanRefused | None:
    grid_fault = check_grid(settings, instrument)
    if grid_fault is not None:
        return PlanRefused("bad_plan", None, None, grid_fault)
    for name, price in (("close", signal.close), ("swing", signal.extreme)):
        if not 0 < price <= HIGHEST_PRICE:
            return PlanRefused("bad_plan", price, HIGHEST_PRICE, f"the {name} is no price above 0 and up to 10^12")
    return None


def _staged_prices(signal: _Signal, instrument: Instrument, settings: FsmSettings) -> _Prices:
    """Each stage starts from the rounded result of the one before it."""
    direction, grid = signal.direction, entry_rules(instrument, settings)
    raw_entry = ahead(direction, signal.close, max(settings.entry_offset, grid.tick_size))
    entry = better(
        direction,
        toward_loss(direction, raw_entry, grid),
        toward_profit(direction, ahead(direction, signal.close, grid.tick_size), grid),
    )
    stop = toward_loss(direction, _raw_stop(direction, entry, signal.extreme, instrument, settings), instrument)
    r = abs(entry - stop)
    first, second = (
        toward_loss(direction, ahead(direction, entry, multiple * r), instrument) for multiple in settings.target_r
    )
    return _Prices(entry, stop, _limit(direction, stop, instrument, settings), (first, second))


def _converted_prices(signal: _Signal, instrument: Instrument, settings: FsmSettings, ratio: Decimal) -> _Prices:
    """All prices in the signal's market and unrounded, then times `ratio`, then rounded once.

    The tick that must lie between close and entry, and between entry and stop, is kept after the rounding too.
    """
    direction, grid = signal.direction, entry_rules(instrument, settings)
    raw_entry = ahead(direction, signal.close, max(settings.entry_offset, grid.tick_size))
    raw_stop = _raw_stop(direction, raw_entry, signal.extreme, instrument, settings)
    raw_r = abs(raw_entry - raw_stop)
    entry = better(
        direction,
        toward_loss(direction, raw_entry * ratio, grid),
        toward_profit(direction, ahead(direction, signal.close * ratio, grid.tick_size), grid),
    )
    stop = worse(
        direction,
        toward_loss(direction, raw_stop * ratio, instrument),
        ahead(direction, entry, -instrument.tick_size),
    )
    first, second = (
        toward_loss(direction, ahead(direction, raw_entry, multiple * raw_r) * ratio, instrument)
        for multiple in settings.target_r
    )
    return _Prices(entry, stop, _limit(direction, stop, instrument, settings), (first, second))


def _raw_stop(
    direction: Direction, entry: Decimal, extreme: Decimal, instrument: Instrument, settings: FsmSettings
) -> Decimal:
    """The furthest of SL_PCT from the entry, the swing, and one tick from the entry."""
    return worse(
        direction,
        ahead(direction, entry, -entry * settings.stop_fraction),
        extreme,
        ahead(direction, entry, -instrument.tick_size),
    )


def _limit(direction: Direction, stop: Decimal, instrument: Instrument, settings: FsmSettings) -> Decimal:
    return stop_limit(stop, direction, instrument, settings.stop_limit_gap_ticks)


def _order_fault(direction: Direction, prices: _Prices, instrument: Instrument) -> PlanRefused | None:
    """Prices are positive and in order from the stop to TP2, neighbours at least one tick apart."""
    named = {"stop": prices.stop, "entry": prices.entry, "TP1": prices.targets[0], "TP2": prices.targets[1]}
    lowest = min(prices.stop_limit, *named.values())
    if lowest <= 0:
        return PlanRefused("bad_plan", lowest, Decimal(0), f"a price of the plan would be {plain(lowest)}")
    for (name, price), (next_name, next_price) in pairwise(named.items()):
        gap = lead(direction, next_price, price)
        if gap < instrument.tick_size:
            text = f"{next_name} {plain(next_price)} is {plain(gap)} beyond {name} {plain(price)}, less than a tick"
            return PlanRefused("bad_plan", gap, instrument.tick_size, text)
    return None


def _sized(
    direction: Direction, prices: _Prices, instrument: Instrument, rates: CommissionRates, settings: FsmSettings
) -> Plan | PlanRefused:
    """The quantity that QTY_USD buys at the entry, in legs that the venue will accept as exits."""
    rules = entry_rules(instrument, settings)
    quantity = rules.quantity_for(settings.quantity_quote, prices.entry)
    if quantity <= 0 or quantity < rules.min_quantity:
        least = max(rules.min_quantity, rules.step_size)
        return _too_small(quantity, least, f"{plain(settings.quantity_quote)} buys {plain(quantity)}")
    notional = quantity * prices.entry
    if notional < rules.min_notional:
        return _too_small(notional, rules.min_notional, f"{plain(quantity)} is worth {plain(notional)}")
    if 0 < rules.max_quantity < quantity:
        text = f"{plain(quantity)} is more than one order may hold"
        return PlanRefused("bad_plan", quantity, rules.max_quantity, text)
    commission = worst_commission(rates) if direction is Direction.LONG else NO_COMMISSION
    lowest = lowest_prices(direction, prices.stop_limit, prices.targets)
    legs = split(quantity, lowest, instrument, commission)
    if legs is None:
        return _exit_too_small(instrument.quantity_down(quantity * (1 - commission)), lowest[0], instrument)
    return Plan(
        direction=direction,
        entry=prices.entry,
        stop=prices.stop,
        stop_limit=prices.stop_limit,
        targets=prices.targets,
        quantity=quantity,
        r=abs(prices.entry - prices.stop),
        legs=legs,
    )


def _exit_too_small(net: Decimal, price: Decimal, instrument: Instrument) -> PlanRefused:
    if net < max(instrument.min_quantity, instrument.step_size):
        least = max(instrument.min_quantity, instrument.step_size)
        return _too_small(net, least, f"after commission {plain(net)} would be left to exit")
    notional = net * price
    text = f"the exit of {plain(net)} at {plain(price)} would be worth {plain(notional)}"
    return _too_small(notional, instrument.min_notional, text)


def _too_small(measured: Decimal, threshold: Decimal, text: str) -> PlanRefused:
    return PlanRefused("quantity_too_small", measured, threshold, f"{text}, below the minimum of {plain(threshold)}")
