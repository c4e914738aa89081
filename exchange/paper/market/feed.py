"""Where prices come from when nobody scripts them: recorded bars, or a market generated from a seed."""

import heapq
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange.paper.engine.symbols import SymbolRules, default_listing
from exchange.paper.market.playing import PRINTS_PER_BAR, bar_path
from exchange.paper.market.recorded import RecordedBar, read_bars
from exchange.paper.market.regimes import PathStep, seeded_path
from exchange.paper.numbers import floor_to
from exchange.paper.settings import CannotStart, PaperSettings


@dataclass(frozen=True, slots=True)
class FeedStep:
    """At `time_ms` the market has moved to `price`; a jump leaves out the prices between."""

    time_ms: int
    symbol: str
    price: Decimal
    volume: Decimal
    is_jump: bool


class Feed:
    """What the settings ask for; without bars and seed the market stands still."""

    def __init__(self, settings: PaperSettings) -> None:
        self._settings = settings
        self._bars = () if settings.bars is None else read_bars(settings.bars)
        listed = default_listing()
        unlisted = [symbol for symbol in settings.bars_symbols if symbol not in listed]
        if unlisted:
            raise CannotStart(f"{unlisted[0]} cannot follow the bars: it is not listed; listed are {', '.join(listed)}")

    def settings(self) -> PaperSettings:
        """The settings with the first price of the bars, where no other is given."""
        if not self._bars:
            return self._settings
        first = _opening(self._bars[0], self._bars[0].close_price)
        return replace(
            self._settings, prices={**dict.fromkeys(self._settings.bars_symbols, first), **self._settings.prices}
        )

    def steps(self, rules: Mapping[str, SymbolRules], start_ms: int) -> Iterator[FeedStep]:
        """In order of time."""
        if self._bars:
            return _recorded_steps(self._bars, [rules[symbol] for symbol in self._settings.bars_symbols], start_ms)
        if self._settings.seed is not None:
            prices = {symbol: self._settings.price_of(symbol) for symbol in rules}
            return _seeded_steps(self._settings.seed, rules, prices, start_ms)
        return iter(())


# Recorded ----------------------------------------------------------------------------------------


def _recorded_steps(bars: Sequence[RecordedBar], symbols: list[SymbolRules], start_ms: int) -> Iterator[FeedStep]:
    """Each bar at its distance in time from the first one, which begins with the interval that `start_ms` lies in."""
    shift_ms = start_ms - start_ms % bars[0].width_ms - bars[0].open_ms
    close_price = bars[0].close_price
    for bar in bars:
        path = bar_path(_opening(bar, close_price), bar.high, bar.low, bar.close_price)
        close_price = bar.close_price
        if bar.is_silent:
            continue
        for place, price in enumerate(path):
            time_ms = shift_ms + bar.open_ms + place * bar.width_ms // PRINTS_PER_BAR
            for rules in symbols:
                yield _step(rules, time_ms, price, _share(bar.volume, place, rules.step_size), is_jump=place == 0)


def _share(volume: Decimal, place: int, step: Decimal) -> Decimal:
    """A bar's prints trade alike, the last one what the grid leaves over."""
    each = floor_to(volume / PRINTS_PER_BAR, step)
    return each if place < PRINTS_PER_BAR - 1 else volume - place * each


def _opening(bar: RecordedBar, before: Decimal) -> Decimal:
    """Where a bar opens; if it does not tell, at the close before it, as far as its own range allows."""
    return min(max(before, bar.low), bar.high) if bar.open_price is None else bar.open_price


# Seeded ------------------------------------------------------------------------------------------


def _seeded_steps(
    seed: int, rules: Mapping[str, SymbolRules], prices: Mapping[str, Decimal], start_ms: int
) -> Iterator[FeedStep]:
    """Each coin has a path of its own; its price in every quote asset follows the same one."""
    coins = sorted({symbol.base for symbol in rules.values()})
    paths = [_coin_steps(coin, random.Random(f"{seed} {coin}"), rules, prices, start_ms) for coin in coins]
    return heapq.merge(*paths, key=lambda step: step.time_ms)


def _coin_steps(
    coin: str,
    chance: random.Random,
    rules: Mapping[str, SymbolRules],
    prices: Mapping[str, Decimal],
    start_ms: int,
) -> Iterator[FeedStep]:
    for printed in seeded_path(chance, start_ms):
        for symbol in rules.values():
            if symbol.base == coin:
                yield _seeded_step(symbol, printed, prices[symbol.symbol])


def _seeded_step(rules: SymbolRules, printed: PathStep, first_price: Decimal) -> FeedStep:
    price = first_price * printed.level
    return _step(rules, printed.time_ms, price, printed.turnover / price, is_jump=printed.is_jump)


def _step(rules: SymbolRules, time_ms: int, price: Decimal, volume: Decimal, *, is_jump: bool) -> FeedStep:
    """Price and volume on the symbol's grid."""
    snapped = max(floor_to(price, rules.tick_size), rules.tick_size)
    return FeedStep(time_ms, rules.symbol, snapped, max(floor_to(volume, rules.step_size), rules.min_qty), is_jump)
