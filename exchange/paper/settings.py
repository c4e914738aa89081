"""What a simulated exchange starts with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

DEFAULT_PRICES = {
    "BTCUSDC": Decimal(95000),
    "BTCUSDT": Decimal(95000),
    "ETHUSDT": Decimal(3300),
    "BNBUSDC": Decimal(650),
    "BNBUSDT": Decimal(650),
}

# follow recorded bars unless told otherwise
BARS_SYMBOLS = ("BTCUSDC", "BTCUSDT")


class CannotStart(ValueError):
    """What a simulated exchange was told to start with makes no sense; the text says what to change."""


def default_balances() -> dict[str, Decimal]:
    """Ten thousand of each quote asset, no coins."""
    return {"USDC": Decimal(10000), "USDT": Decimal(10000)}


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """Everything that decides how the simulated exchange behaves, before any script speaks to it."""

    host: str = "127.0.0.1"
    port: int = 0
    credentials: Mapping[str, str] = field(default_factory=lambda: {"paper": "paper"})
    balances: Mapping[str, Decimal] = field(default_factory=default_balances)
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    maker_rate: Decimal = Decimal("0.001")
    taker_rate: Decimal = Decimal("0.001")
    bnb_discount: Decimal = Decimal("0.75")
    fill: Literal["touch", "through"] = "touch"
    spread_ticks: int = 1
    level_quantity: Decimal = Decimal(10000)
    level_step_ticks: int = 1
    levels: int = 20
    seed: int | None = None
    bars: Path | None = None
    bars_symbols: tuple[str, ...] = BARS_SYMBOLS
    faults: Path | None = None
    manual: bool = False
    speed: float = 1
    start_ms: int | None = None
    latency_ms: int = 0
    ping_s: float = 20
    pong_s: float = 60
    weight_limit: int = 6000
    sapi_ip_weight_limit: int = 12000
    sapi_uid_weight_limit: int = 180000
    orders_per_10s: int = 100
    orders_per_day: int = 200000
    enable_withdrawals: bool = False

    def price_of(self, symbol: str) -> Decimal:
        """The first price of a symbol."""
        return self.prices.get(symbol, DEFAULT_PRICES.get(symbol, Decimal(100)))
