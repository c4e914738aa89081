"""The listed symbols and their trading rules, as recorded for BTCUSDT (Binance docs: filters)."""

from dataclasses import dataclass
from decimal import Decimal

from exchange.paper.engine.orders import OrderType, SelfTradeMode

SYMBOL_STATUSES = ("TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY")


@dataclass(slots=True)
class SymbolRules:
    """One symbol's status and filters; a script may change them."""

    symbol: str
    base: str
    quote: str
    status: str = "TRADING"
    min_price: Decimal = Decimal("0.01")
    max_price: Decimal = Decimal("1000000.00")
    tick_size: Decimal = Decimal("0.01")
    min_qty: Decimal = Decimal("0.00001")
    max_qty: Decimal = Decimal("9000")
    step_size: Decimal = Decimal("0.00001")
    market_min_qty: Decimal = Decimal(0)
    market_max_qty: Decimal = Decimal("97.09521512")
    market_step_size: Decimal = Decimal(0)
    min_notional: Decimal = Decimal(5)
    max_notional: Decimal = Decimal(9000000)
    multiplier_up: Decimal = Decimal(5)
    multiplier_down: Decimal = Decimal("0.2")
    average_mins: int = 5
    min_trailing_delta: int = 10
    max_trailing_delta: int = 2000
    max_orders: int = 200
    max_algo_orders: int = 5
    max_order_lists: int = 20
    max_order_amends: int = 10
    max_iceberg_parts: int = 100
    max_position: Decimal | None = None
    order_types: tuple[OrderType, ...] = tuple(OrderType)
    self_trade_modes: tuple[SelfTradeMode, ...] = (
        SelfTradeMode.EXPIRE_TAKER,
        SelfTradeMode.EXPIRE_MAKER,
        SelfTradeMode.EXPIRE_BOTH,
        SelfTradeMode.DECREMENT,
    )
    oco_allowed: bool = True
    oto_allowed: bool = True
    opo_allowed: bool = True
    cancel_replace_allowed: bool = True
    amend_allowed: bool = True
    margin_allowed: bool = True


def default_listing() -> dict[str, SymbolRules]:
    """BTC and BNB in two quote assets (the latter values commissions paid in BNB), and ETH."""
    listed = (
        SymbolRules("BTCUSDC", "BTC", "USDC"),
        SymbolRules("BTCUSDT", "BTC", "USDT"),
        _coarser("ETHUSDT", "ETH", "USDT", Decimal("0.0001")),
        _coarser("BNBUSDC", "BNB", "USDC", Decimal("0.001")),
        _coarser("BNBUSDT", "BNB", "USDT", Decimal("0.001")),
    )
    return {rules.symbol: rules for rules in listed}


def _coarser(symbol: str, base: str, quote: str, step: Decimal) -> SymbolRules:
    """A cheaper coin in larger steps."""
    return SymbolRules(symbol, base, quote, min_qty=step, step_size=step, market_max_qty=Decimal(2000))
