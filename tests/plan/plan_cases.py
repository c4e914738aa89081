"""Instruments, bars and settings for the tests of the plan; short ways to write decimals."""

from decimal import Decimal
from fractions import Fraction
from random import Random

from exchange.instrument import Instrument
from exchange.types import CommissionRates
from fsm.settings import FsmSettings
from signals.bars import Bar

FREE = CommissionRates(Decimal(0), Decimal(0))
TENTH_PERCENT = CommissionRates(Decimal("0.001"), Decimal("0.001"))


def instrument(
    tick: str = "0.01",
    step: str = "0.00001",
    min_quantity: str = "0.00001",
    min_notional: str = "5",
    max_quantity: str = "9000",
) -> Instrument:
    """A BTCUSDC whose grid is as the test says."""
    return Instrument(
        symbol="BTCUSDC",
        base="BTC",
        quote="USDC",
        tick_size=Decimal(tick),
        step_size=Decimal(step),
        min_quantity=Decimal(min_quantity),
        max_quantity=Decimal(max_quantity),
        min_notional=Decimal(min_notional),
        trading=True,
    )


def settings(**values: object) -> FsmSettings:
    """The defaults, but for what is named; numbers as text."""
    return FsmSettings.model_validate(values)


def bar(close: str | Decimal, high: str | Decimal | None = None, low: str | Decimal | None = None) -> Bar:
    """A bar of which the test says what matters."""
    return Bar(
        time_ms=0,
        close=Decimal(close),
        high=Decimal(close if high is None else high),
        low=Decimal(close if low is None else low),
    )


def decimals(text: str) -> tuple[Decimal, ...]:
    """`1 2.5` as decimals."""
    return tuple(Decimal(part) for part in text.split())


def on_grid(value: Decimal, step: Decimal) -> bool:
    """True if the value is a whole number of steps."""
    return value % step == 0


def number(random: Random, low: str, high: str, places: int) -> Decimal:
    """A random decimal between the two, with that many decimals."""
    scale = 10**places
    return Decimal(random.randint(int(Decimal(low) * scale), int(Decimal(high) * scale))).scaleb(-places)


def near(random: Random, price: Decimal) -> Decimal:
    """A random price within two percent, on no grid in particular."""
    return price * number(random, "0.98", "1.02", 6)


def fraction(value: Decimal | None) -> Fraction | None:
    """The value as the reference has it."""
    return None if value is None else Fraction(value)
