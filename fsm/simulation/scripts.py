"""Whole trades as scripts: what the market and the owner do, whatever the program makes of it; mirrored for SHORT.

They are the days on which a program is stopped at every place in turn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

CLOSE = Decimal(95_000)
QUICK: Mapping[str, str] = {
    "SWING_MINS": "1",
    "LIVE_ENTRY_TIMEOUT_SEC": "6",
    "COOLDOWN_SEC": "5",
    "TRAIL_SOURCE": "BINANCE",
    "TRAIL_UPDATE_EVERY_SEC": "4",
    "POLL_SEC": "2",
}
ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    "spot": {"SPOT_SHORT": "sell_holdings"},
    "cross": {"TRADE_MODE": "margin"},
    "isolated": {"TRADE_MODE": "margin", "MARGIN_ISOLATED": "true", "MARGIN_BORROW_MODE": "auto"},
}


@dataclass(frozen=True, slots=True)
class Beat:
    """One step: the price goes to where it is `gain` better than the signal's, then time passes."""

    gain: Decimal
    seconds: float
    does: str = "walk"
    """walk, jump (over a gap), trickle (a small print), signal, rotate (the log), flatten."""


@dataclass(frozen=True, slots=True)
class Script:
    """A day: settings, direction, beats."""

    name: str
    kind: str
    settings: Mapping[str, str]
    beats: tuple[Beat, ...] = field(repr=False)

    def price(self, beat: Beat) -> Decimal:
        return CLOSE + beat.gain if self.kind == "long" else CLOSE - beat.gain


def _beats(*beats: tuple[int, float, str]) -> tuple[Beat, ...]:
    return tuple(Beat(Decimal(gain), seconds, does) for gain, seconds, does in beats)


PLOTS: Mapping[str, tuple[Beat, ...]] = {
    # filled in parts, TP1, TP2, a better trailing stop, stopped there
    "trail": _beats(
        (2, 1, "walk"),
        (2, 1, "signal"),
        (0, 1, "trickle"),
        (0, 3, "jump"),
        (191, 3, "walk"),
        (381, 6, "walk"),
        (450, 6, "walk"),
        (400, 5, "walk"),
    ),
    # partly filled until the timeout, the rest at market; then the market jumps the stops and their limits
    "overrun": _beats(
        (2, 1, "walk"), (2, 1, "signal"), (0, 2, "trickle"), (4, 8, "jump"), (-300, 8, "jump"), (-310, 4, "walk")
    ),
    # TP1, breakeven, then the owner wants out
    "flatten": _beats(
        (2, 1, "walk"), (2, 1, "signal"), (0, 3, "jump"), (191, 4, "walk"), (150, 4, "flatten"), (150, 4, "walk")
    ),
}


def _scripts() -> dict[str, Script]:
    found = {}
    for account, chosen in ACCOUNTS.items():
        for kind in ("long", "short"):
            for plot, beats in PLOTS.items():
                if account != "isolated" or plot == "trail":
                    name = f"{account}-{kind}-{plot}"
                    found[name] = Script(name, kind, {**QUICK, **chosen}, beats)
    return found


SCRIPTS: Mapping[str, Script] = _scripts()
