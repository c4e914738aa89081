"""A second implementation of the plan's arithmetic, to compare with: exact fractions, LONG and SHORT written out.

It shares nothing with the program: no Decimal, no mirror, no instrument, no swing search. Numbers enter and leave as
fractions; a refusal is its code.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor


@dataclass(frozen=True)
class Market:
    tick: Fraction
    step: Fraction
    min_quantity: Fraction
    min_notional: Fraction
    max_quantity: Fraction
    commission: Fraction


@dataclass(frozen=True)
class Wishes:
    spend: Fraction
    offset: Fraction
    stop_fraction: Fraction
    multiples: tuple[Fraction, Fraction]
    gap: int
    tick: Fraction | None = None
    step: Fraction | None = None
    min_quantity: Fraction | None = None
    min_notional: Fraction | None = None


@dataclass
class Result:
    entry: Fraction
    stop: Fraction
    limit: Fraction
    tp1: Fraction
    tp2: Fraction
    quantity: Fraction = Fraction(0)
    legs: list[Fraction] = field(default_factory=list)

    def prices(self) -> list[Fraction]:
        return [self.entry, self.stop, self.limit, self.tp1, self.tp2]


def down(x: Fraction, grid: Fraction) -> Fraction:
    return floor(x / grid) * grid


def up(x: Fraction, grid: Fraction) -> Fraction:
    return ceil(x / grid) * grid


def long_prices(c: Fraction, lowest: Fraction, market: Market, wishes: Wishes, ratio: Fraction | None) -> Result:
    t = market.tick
    te = t if wishes.tick is None else max(t, wishes.tick)
    wanted = max(c + wishes.offset, c + te)
    if ratio is None:
        entry = down(wanted, te)
        if entry < c + te:
            entry = up(c + te, te)
        stop = down(min(entry * (1 - wishes.stop_fraction), lowest), t)
        stop = min(stop, entry - t)
        r = entry - stop
        tp1 = down(entry + wishes.multiples[0] * r, t)
        tp2 = down(entry + wishes.multiples[1] * r, t)
    else:
        far = min(wanted * (1 - wishes.stop_fraction), lowest, wanted - t)
        entry = down(wanted * ratio, te)
        if entry < c * ratio + te:
            entry = up(c * ratio + te, te)
        stop = down(far * ratio, t)
        stop = min(stop, entry - t)
        tp1 = down((wanted + wishes.multiples[0] * (wanted - far)) * ratio, t)
        tp2 = down((wanted + wishes.multiples[1] * (wanted - far)) * ratio, t)
    return Result(entry, stop, stop - max(1, wishes.gap) * t, tp1, tp2)


def short_prices(c: Fraction, highest: Fraction, market: Market, wishes: Wishes, ratio: Fraction | None) -> Result:
    t = market.tick
    te = t if wishes.tick is None else max(t, wishes.tick)
    wanted = min(c - wishes.offset, c - te)
    if ratio is None:
        entry = up(wanted, te)
        if entry > c - te:
            entry = down(c - te, te)
        stop = up(max(entry * (1 + wishes.stop_fraction), highest), t)
        stop = max(stop, entry + t)
        r = stop - entry
        tp1 = up(entry - wishes.multiples[0] * r, t)
        tp2 = up(entry - wishes.multiples[1] * r, t)
    else:
        far = max(wanted * (1 + wishes.stop_fraction), highest, wanted + t)
        entry = up(wanted * ratio, te)
        if entry > c * ratio - te:
            entry = down(c * ratio - te, te)
        stop = up(far * ratio, t)
        stop = max(stop, entry + t)
        tp1 = up((wanted - wishes.multiples[0] * (far - wanted)) * ratio, t)
        tp2 = up((wanted - wishes.multiples[1] * (far - wanted)) * ratio, t)
    return Result(entry, stop, stop + max(1, wishes.gap) * t, tp1, tp2)


def in_order(result: Result, side: str, t: Fraction) -> bool:
    prices = [result.stop, result.entry, result.tp1, result.tp2]
    if side == "SHORT":
        prices.reverse()
    if min([*prices, result.limit]) <= 0:
        return False
    return all(after - before >= t for before, after in pairwise(prices))


def legs_of(n: int, lowest: list[Fraction], taken: Fraction, market: Market) -> list[Fraction] | None:
    for counts in ([n // 3, n // 3, n - 2 * (n // 3)], [n // 2, n - n // 2], [n]):
        accepted = True
        for count, price in zip(counts, lowest, strict=False):
            net = floor(count * (1 - taken)) * market.step
            if net <= 0 or net < market.min_quantity or net * price < market.min_notional:
                accepted = False
        if accepted:
            return [count * market.step for count in counts]
    return None


def plan(
    side: str,
    c: Fraction,
    *,
    lows: list[Fraction],
    highs: list[Fraction],
    market: Market,
    wishes: Wishes,
    ratio: Fraction | None,
) -> Result | str:
    if not lows:
        return "no_bars"
    if side == "LONG":
        result = long_prices(c, min(lows), market, wishes, ratio)
    else:
        result = short_prices(c, max(highs), market, wishes, ratio)
    if not in_order(result, side, market.tick):
        return "bad_plan"
    step = max(market.step, wishes.step or market.step)
    result.quantity = down(wishes.spend / result.entry, step)
    least = max(market.min_quantity, wishes.min_quantity or market.min_quantity)
    worth = max(market.min_notional, wishes.min_notional or market.min_notional)
    if result.quantity <= 0 or result.quantity < least or result.quantity * result.entry < worth:
        return "quantity_too_small"
    if market.max_quantity > 0 and result.quantity > market.max_quantity:
        return "bad_plan"
    n = floor(result.quantity / market.step)
    if side == "LONG":
        legs = legs_of(n, [result.limit] * 3, market.commission, market)
    else:
        legs = legs_of(n, [result.tp1, result.tp2, result.tp2], Fraction(0), market)
    if legs is None:
        return "quantity_too_small"
    result.legs = legs
    return result


def breakeven(
    side: str, average: Fraction, *, r: Fraction, rates: tuple[Fraction, Fraction], mode: str, t: Fraction
) -> Fraction | None:
    if mode == "off":
        return None
    shift = Fraction(0)
    if mode == "fees":
        shift = average * rates[0] + average * rates[1]
        shift = min(shift, r / 2)
    return up(average + shift, t) if side == "LONG" else down(average - shift, t)


@dataclass(frozen=True)
class Trail:
    source: str
    lookback: int
    lr: int
    buffer: Fraction
    step: Fraction
    wait: bool
    confirm: Fraction


def swing(values: list[Fraction], lr: int, sign: int) -> Fraction | None:
    """The latest value with `lr` strictly larger neighbours on each side (sign 1), or strictly smaller (sign -1)."""
    found = None
    for i in range(lr, len(values) - lr):
        neighbours = [values[j] for j in range(i - lr, i + lr + 1) if j != i]
        if min(sign * x for x in neighbours) > sign * values[i]:
            found = values[i]
    return found


def trail(
    side: str,
    *,
    current: Fraction,
    reference: Fraction | None,
    bars: list[tuple[Fraction, Fraction, Fraction]],
    mid: Fraction | None,
    rule: Trail,
    t: Fraction,
    ratio: Fraction,
) -> tuple[Fraction | None, Fraction | None]:
    """The stop to move to and the reference to remember; `bars` are (close, high, low)."""
    stay = (None, reference)
    if rule.wait:
        if not bars or reference is None:
            return stay
        close = bars[-1][0]
        beyond = (close - rule.confirm) * ratio > reference
        if side == "SHORT":
            beyond = (close + rule.confirm) * ratio < reference
        if not beyond:
            return stay
    recent = bars[max(0, len(bars) - rule.lookback) :]
    base = mid
    if rule.source == "AGG":
        base = swing([bar[2] for bar in recent], rule.lr, 1)
        if side == "SHORT":
            base = swing([bar[1] for bar in recent], rule.lr, -1)
    if base is None:
        return stay
    scale = ratio if rule.source == "AGG" else Fraction(1)
    if side == "LONG":
        level = down((base - rule.buffer) * scale, t)
        moves = level > current and level >= current + rule.step
    else:
        level = up((base + rule.buffer) * scale, t)
        moves = level < current and level <= current - rule.step
    if not moves:
        return stay
    return level, bars[-1][0] * ratio if rule.wait else reference


def may_go_to_market(
    side: str,
    prices: tuple[Fraction, Fraction, Fraction, Fraction],
    px: Fraction | None,
    limits: tuple[Fraction, Fraction],
    flags: tuple[bool, bool],
) -> bool:
    """`prices` are entry, stop, TP1 and R; `limits` R multiple and quote distance; `flags` past-TP1 and no-price."""
    entry, stop, tp1, r = prices
    if px is None:
        return not flags[1]
    worse_by = px - entry if side == "LONG" else entry - px
    if worse_by > max(r * limits[0], limits[1]):
        return False
    if side == "LONG":
        return px > stop and not (flags[0] and px >= tp1)
    return px < stop and not (flags[0] and px <= tp1)
