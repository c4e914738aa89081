"""Which orders may form a list, and where their prices must lie (Binance docs: order lists)."""

from collections.abc import Sequence
from decimal import Decimal

from exchange.paper.engine.errors import (
    OcoBuyLimitAbove,
    OcoBuyProfitAbove,
    OcoBuyStopBelow,
    OcoNotContingent,
    OcoSellLimitBelow,
    OcoSellProfitBelow,
    OcoSellStopAbove,
    OcoTypeUnsupported,
    PricesUnrelated,
)
from exchange.paper.engine.orders import STOP_LOSS_TYPES, STOP_TYPES, Order, OrderType, Side
from exchange.paper.numbers import ZERO

OCO_TYPES = STOP_TYPES | {OrderType.LIMIT_MAKER}
PROFIT_TYPES = STOP_TYPES - STOP_LOSS_TYPES


def check_oco_types(side: Side, above: OrderType, below: OrderType) -> None:
    """One limit or take-profit leg on the winning side, one stop loss leg on the other."""
    if above not in OCO_TYPES or below not in OCO_TYPES:
        raise OcoTypeUnsupported
    if above is OrderType.LIMIT_MAKER and below is OrderType.LIMIT_MAKER:
        raise OcoNotContingent
    if side is Side.SELL:
        _check_sell(above, below)
    else:
        _check_buy(above, below)
    if above in STOP_LOSS_TYPES and below in STOP_LOSS_TYPES:
        raise OcoTypeUnsupported


def _check_sell(above: OrderType, below: OrderType) -> None:
    if below is OrderType.LIMIT_MAKER:
        raise OcoSellLimitBelow
    if above in STOP_LOSS_TYPES:
        raise OcoSellStopAbove
    if below in PROFIT_TYPES:
        raise OcoSellProfitBelow


def _check_buy(above: OrderType, below: OrderType) -> None:
    if above is OrderType.LIMIT_MAKER:
        raise OcoBuyLimitAbove
    if below in STOP_LOSS_TYPES:
        raise OcoBuyStopBelow
    if above in PROFIT_TYPES:
        raise OcoBuyProfitAbove


def check_oco_prices(legs: Sequence[Order], last_price: Decimal) -> None:
    """SELL: limit above, stop below the last price; BUY: the other way round."""
    for leg in legs:
        is_loss = leg.order_type in STOP_LOSS_TYPES
        price = leg.limit_price if leg.order_type in (OrderType.LIMIT_MAKER,) else leg.stop_price
        if price == ZERO:
            continue
        must_be_above = is_loss == (leg.side is Side.BUY)
        if price <= last_price if must_be_above else price >= last_price:
            raise PricesUnrelated
