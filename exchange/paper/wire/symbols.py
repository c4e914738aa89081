"""exchangeInfo's symbol object (Binance docs: exchange information)."""

from typing import Any

from exchange.paper.engine.symbols import SymbolRules
from exchange.paper.numbers import fixed8

Json = dict[str, Any]


def symbol_object(rules: SymbolRules) -> Json:
    """One symbol with its filters."""
    return {
        "symbol": rules.symbol,
        "status": rules.status,
        "baseAsset": rules.base,
        "baseAssetPrecision": 8,
        "quoteAsset": rules.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": [order_type.value for order_type in rules.order_types],
        "icebergAllowed": True,
        "ocoAllowed": rules.oco_allowed,
        "otoAllowed": rules.oto_allowed,
        "opoAllowed": rules.opo_allowed,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": rules.cancel_replace_allowed,
        "amendAllowed": rules.amend_allowed,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": rules.margin_allowed,
        "filters": filters(rules),
        "permissions": [],
        "permissionSets": [permissions_of(rules)],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": [mode.value for mode in rules.self_trade_modes],
    }


def permissions_of(rules: SymbolRules) -> list[str]:
    """What an account must be permitted, one of these, to trade the symbol."""
    return ["SPOT", "MARGIN"] if rules.margin_allowed else ["SPOT"]


def filters(rules: SymbolRules) -> list[Json]:
    """The symbol's filters in the order of the recorded reply."""
    found = [*_grids(rules), *_price_bounds(rules), *_counts(rules)]
    if rules.max_position is not None:
        found.append({"filterType": "MAX_POSITION", "maxPosition": fixed8(rules.max_position)})
    return found


def _grids(rules: SymbolRules) -> list[Json]:
    return [
        _grid("PRICE_FILTER", minPrice=rules.min_price, maxPrice=rules.max_price, tickSize=rules.tick_size),
        _grid("LOT_SIZE", minQty=rules.min_qty, maxQty=rules.max_qty, stepSize=rules.step_size),
        {"filterType": "ICEBERG_PARTS", "limit": rules.max_iceberg_parts},
        _grid(
            "MARKET_LOT_SIZE",
            minQty=rules.market_min_qty,
            maxQty=rules.market_max_qty,
            stepSize=rules.market_step_size,
        ),
    ]


def _price_bounds(rules: SymbolRules) -> list[Json]:
    return [
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": rules.min_trailing_delta,
            "maxTrailingAboveDelta": rules.max_trailing_delta,
            "minTrailingBelowDelta": rules.min_trailing_delta,
            "maxTrailingBelowDelta": rules.max_trailing_delta,
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": f"{rules.multiplier_up:f}",
            "bidMultiplierDown": f"{rules.multiplier_down:f}",
            "askMultiplierUp": f"{rules.multiplier_up:f}",
            "askMultiplierDown": f"{rules.multiplier_down:f}",
            "avgPriceMins": rules.average_mins,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": fixed8(rules.min_notional),
            "applyMinToMarket": True,
            "maxNotional": fixed8(rules.max_notional),
            "applyMaxToMarket": False,
            "avgPriceMins": rules.average_mins,
        },
    ]


def _counts(rules: SymbolRules) -> list[Json]:
    return [
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": rules.max_orders},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": rules.max_order_lists},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": rules.max_algo_orders},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": rules.max_order_amends},
    ]


def _grid(name: str, **parts: Any) -> Json:
    return {"filterType": name, **{part: fixed8(value) for part, value in parts.items()}}
