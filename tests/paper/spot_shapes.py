"""The documented fields and types of every spot reply, written from the venue's documentation, not from our code.

EIGHT is text with eight decimals; identifiers and times are whole numbers (Binance docs: general information).
"""

from tests.paper.shapes import EIGHT, NUMBER, ByField, Shape

ERROR: Shape = {"code": int, "msg": str}

# Binance docs: general endpoints -----------------------------------------------------------------

RATE_LIMIT: Shape = {"rateLimitType": str, "interval": str, "intervalNum": int, "limit": int}
FILTER = ByField(
    "filterType",
    {
        "PRICE_FILTER": {"minPrice": EIGHT, "maxPrice": EIGHT, "tickSize": EIGHT},
        "LOT_SIZE": {"minQty": EIGHT, "maxQty": EIGHT, "stepSize": EIGHT},
        "MARKET_LOT_SIZE": {"minQty": EIGHT, "maxQty": EIGHT, "stepSize": EIGHT},
        "ICEBERG_PARTS": {"limit": int},
        "TRAILING_DELTA": {
            "minTrailingAboveDelta": int,
            "maxTrailingAboveDelta": int,
            "minTrailingBelowDelta": int,
            "maxTrailingBelowDelta": int,
        },
        "PERCENT_PRICE_BY_SIDE": {
            "bidMultiplierUp": NUMBER,
            "bidMultiplierDown": NUMBER,
            "askMultiplierUp": NUMBER,
            "askMultiplierDown": NUMBER,
            "avgPriceMins": int,
        },
        "NOTIONAL": {
            "minNotional": EIGHT,
            "applyMinToMarket": bool,
            "maxNotional": EIGHT,
            "applyMaxToMarket": bool,
            "avgPriceMins": int,
        },
        "MAX_NUM_ORDERS": {"maxNumOrders": int},
        "MAX_NUM_ORDER_LISTS": {"maxNumOrderLists": int},
        "MAX_NUM_ALGO_ORDERS": {"maxNumAlgoOrders": int},
        "MAX_NUM_ORDER_AMENDS": {"maxNumOrderAmends": int},
        "MAX_POSITION": {"maxPosition": EIGHT},
    },
)
SYMBOL_OBJECT: Shape = {
    "symbol": str,
    "status": str,
    "baseAsset": str,
    "baseAssetPrecision": int,
    "quoteAsset": str,
    "quotePrecision": int,
    "quoteAssetPrecision": int,
    "baseCommissionPrecision": int,
    "quoteCommissionPrecision": int,
    "orderTypes": [str],
    "icebergAllowed": bool,
    "ocoAllowed": bool,
    "otoAllowed": bool,
    "opoAllowed": bool,
    "quoteOrderQtyMarketAllowed": bool,
    "allowTrailingStop": bool,
    "cancelReplaceAllowed": bool,
    "amendAllowed": bool,
    "pegInstructionsAllowed": bool,
    "isSpotTradingAllowed": bool,
    "isMarginTradingAllowed": bool,
    "filters": [FILTER],
    "permissions": (),
    "permissionSets": [[str]],
    "defaultSelfTradePreventionMode": str,
    "allowedSelfTradePreventionModes": [str],
}
NO_CONTRACTS: Shape = {
    "timezone": str,
    "serverTime": int,
    "rateLimits": [RATE_LIMIT],
    "exchangeFilters": (),
    "symbols": (),
}
EXCHANGE: Shape = NO_CONTRACTS | {"symbols": [SYMBOL_OBJECT]}

# Binance docs: market data endpoints -------------------------------------------------------------

DEPTH: Shape = {"lastUpdateId": int, "bids": [(EIGHT, EIGHT)], "asks": [(EIGHT, EIGHT)]}
PUBLIC_TRADE: Shape = {
    "id": int,
    "price": EIGHT,
    "qty": EIGHT,
    "quoteQty": EIGHT,
    "time": int,
    "isBuyerMaker": bool,
    "isBestMatch": bool,
}
AGGREGATE: Shape = {"a": int, "p": EIGHT, "q": EIGHT, "f": int, "l": int, "T": int, "m": bool, "M": bool}
KLINE = (int, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, int, EIGHT, int, EIGHT, EIGHT, str)
AVERAGE: Shape = {"mins": int, "price": EIGHT, "closeTime": int}
LAST_PRICE: Shape = {"symbol": str, "price": EIGHT}
QUOTES: Shape = {"bidPrice": EIGHT, "bidQty": EIGHT, "askPrice": EIGHT, "askQty": EIGHT}
BOOK_TICKER: Shape = {"symbol": str} | QUOTES
DAY_MINI: Shape = {
    "symbol": str,
    "openPrice": EIGHT,
    "highPrice": EIGHT,
    "lowPrice": EIGHT,
    "lastPrice": EIGHT,
    "volume": EIGHT,
    "quoteVolume": EIGHT,
    "openTime": int,
    "closeTime": int,
    "firstId": int,
    "lastId": int,
    "count": int,
}
CHANGE: Shape = {"priceChange": EIGHT, "priceChangePercent": NUMBER, "weightedAvgPrice": EIGHT}
DAY: Shape = DAY_MINI | QUOTES | CHANGE | {"prevClosePrice": EIGHT, "lastQty": EIGHT}
RULES: Shape = {"symbolRules": ()}

# Binance docs: trading endpoints, new order, conditional fields, query order, cancel order --------

ORDER_ACK: Shape = {"symbol": str, "orderId": int, "orderListId": int, "clientOrderId": str, "transactTime": int}
PROGRESS: Shape = {
    "price": EIGHT,
    "origQty": EIGHT,
    "executedQty": EIGHT,
    "origQuoteOrderQty": EIGHT,
    "cummulativeQuoteQty": EIGHT,
    "status": str,
    "timeInForce": str,
    "type": str,
    "side": str,
    "selfTradePreventionMode": str,
}
ORDER_RESULT: Shape = ORDER_ACK | PROGRESS | {"workingTime": int}
FILL: Shape = {"price": EIGHT, "qty": EIGHT, "commission": EIGHT, "commissionAsset": str, "tradeId": int}
ORDER_FULL: Shape = ORDER_RESULT | {"fills": [FILL]}
CANCELED: Shape = ORDER_ACK | PROGRESS | {"origClientOrderId": str}
QUERIED: Shape = PROGRESS | {
    "symbol": str,
    "orderId": int,
    "orderListId": int,
    "clientOrderId": str,
    "stopPrice": EIGHT,
    "icebergQty": EIGHT,
    "time": int,
    "updateTime": int,
    "isWorking": bool,
    "workingTime": int,
}
STOP: Shape = {"stopPrice": EIGHT}
ICEBERG: Shape = {"icebergQty": EIGHT}
TRAILING: Shape = {"trailingDelta": int, "trailingTime": int}
STRATEGY: Shape = {"strategyId": int, "strategyType": int}
EXPIRED: Shape = {"expiryReason": str}
PREVENTED: Shape = {"preventedMatchId": int, "preventedQuantity": EIGHT}

SIDES: Shape = {"maker": EIGHT, "taker": EIGHT}
DISCOUNT: Shape = {
    "enabledForAccount": bool,
    "enabledForSymbol": bool,
    "discountAsset": str,
    "discount": EIGHT,
}
TESTED: Shape = {
    "standardCommissionForOrder": SIDES,
    "specialCommissionForOrder": SIDES,
    "taxCommissionForOrder": SIDES,
    "discount": DISCOUNT,
}

# Binance docs: cancel and replace, amend keep priority -------------------------------------------

REPLACED: Shape = {
    "cancelResult": str,
    "newOrderResult": str,
    "cancelResponse": CANCELED,
    "newOrderResponse": ORDER_FULL,
}
HALF_REPLACED: Shape = ERROR | {"data": REPLACED | {"newOrderResponse": ERROR}}
AMENDED: Shape = {
    "transactTime": int,
    "executionId": int,
    "amendedOrder": {
        "symbol": str,
        "orderId": int,
        "orderListId": int,
        "origClientOrderId": str,
        "clientOrderId": str,
        "price": EIGHT,
        "qty": EIGHT,
        "executedQty": EIGHT,
        "preventedQty": EIGHT,
        "quoteOrderQty": EIGHT,
        "cumulativeQuoteQty": EIGHT,
        "status": str,
        "timeInForce": str,
        "type": str,
        "side": str,
        "workingTime": int,
        "selfTradePreventionMode": str,
    },
}
AMENDMENT: Shape = {
    "symbol": str,
    "orderId": int,
    "executionId": int,
    "origClientOrderId": str,
    "newClientOrderId": str,
    "origQty": EIGHT,
    "newQty": EIGHT,
    "time": int,
}

# Binance docs: order lists -----------------------------------------------------------------------

MEMBER: Shape = {"symbol": str, "orderId": int, "clientOrderId": str}
LISTED: Shape = {
    "orderListId": int,
    "contingencyType": str,
    "listStatusType": str,
    "listOrderStatus": str,
    "listClientOrderId": str,
    "transactionTime": int,
    "symbol": str,
    "orders": [MEMBER],
}
AMENDED_MEMBER: Shape = AMENDED | {
    "listStatus": {name: kind for name, kind in LISTED.items() if name not in ("listStatusType", "transactionTime")}
}

# Binance docs: account endpoints -----------------------------------------------------------------

FOUR_RATES: Shape = SIDES | {"buyer": EIGHT, "seller": EIGHT}
ACCOUNT: Shape = {
    "makerCommission": int,
    "takerCommission": int,
    "buyerCommission": int,
    "sellerCommission": int,
    "commissionRates": FOUR_RATES,
    "canTrade": bool,
    "canWithdraw": bool,
    "canDeposit": bool,
    "brokered": bool,
    "requireSelfTradePrevention": bool,
    "preventSor": bool,
    "updateTime": int,
    "accountType": str,
    "balances": [{"asset": str, "free": EIGHT, "locked": EIGHT}],
    "permissions": [str],
    "uid": int,
}
COMMISSION: Shape = {
    "symbol": str,
    "standardCommission": FOUR_RATES,
    "specialCommission": FOUR_RATES,
    "taxCommission": FOUR_RATES,
    "discount": DISCOUNT,
}
ORDER_COUNT: Shape = RATE_LIMIT | {"count": int}
OWN_TRADE: Shape = {
    "symbol": str,
    "id": int,
    "orderId": int,
    "orderListId": int,
    "price": EIGHT,
    "qty": EIGHT,
    "quoteQty": EIGHT,
    "commission": EIGHT,
    "commissionAsset": str,
    "time": int,
    "isBuyer": bool,
    "isMaker": bool,
    "isBestMatch": bool,
}
OWN_FILTERS: Shape = {"exchangeFilters": (), "symbolFilters": [FILTER], "assetFilters": ()}
PREVENTED_MATCH: Shape = {
    "symbol": str,
    "preventedMatchId": int,
    "takerOrderId": int,
    "makerSymbol": str,
    "makerOrderId": int,
    "tradeGroupId": int,
    "selfTradePreventionMode": str,
    "price": EIGHT,
    "makerPreventedQuantity": EIGHT,
    "transactTime": int,
}

# Binance docs: wallet endpoints ------------------------------------------------------------------

SYSTEM_STATUS: Shape = {"status": int, "msg": str}
KEY_RESTRICTIONS: Shape = {
    "ipRestrict": bool,
    "createTime": int,
    "enableReading": bool,
    "enableWithdrawals": bool,
    "enableInternalTransfer": bool,
    "enableMargin": bool,
    "enableFutures": bool,
    "permitsUniversalTransfer": bool,
    "enableVanillaOptions": bool,
    "enableFixApiTrade": bool,
    "enableFixReadOnly": bool,
    "enableSpotAndMarginTrading": bool,
    "enablePortfolioMarginTrading": bool,
}
TRADE_FEE: Shape = {"symbol": str, "makerCommission": EIGHT, "takerCommission": EIGHT}
