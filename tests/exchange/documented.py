"""Replies in the shapes that the venue documents (Binance docs: rest-api, trading endpoints)."""

from typing import Any

START_MS = 1_736_798_400_000
"""2025-01-13T20:00Z, where the tests' clock stands."""

ENTRY_ID = "EX-2501132000L3f9a1c-E0-0"
TARGET_ID = "EX-2501132000L3f9a1c-T1-0"
STOP_ID = "EX-2501132000L3f9a1c-S1-0"
RUNNER_ID = "EX-2501132000L3f9a1c-S3-0"
LIST_ID = "EX-2501132000L3f9a1c-L1-0"


def placed(client_id: str = ENTRY_ID, **changes: Any) -> dict[str, Any]:
    """RESULT form of POST order."""
    return {
        "symbol": "BTCUSDC",
        "orderId": 28,
        "orderListId": -1,
        "clientOrderId": client_id,
        "transactTime": 1507725176595,
        "price": "95000.50000000",
        "origQty": "0.00105000",
        "executedQty": "0.00000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "workingTime": 1507725176595,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        **changes,
    }


def filled() -> dict[str, Any]:
    """FULL form of a market order that took two prices."""
    return placed(
        type="MARKET",
        price="0.00000000",
        status="FILLED",
        executedQty="0.00105000",
        cummulativeQuoteQty="99.75525000",
        fills=[
            {
                "price": "95000.00000000",
                "qty": "0.00100000",
                "commission": "0.00000100",
                "commissionAsset": "BTC",
                "tradeId": 56,
            },
            {
                "price": "95105.00000000",
                "qty": "0.00005000",
                "commission": "0.00000005",
                "commissionAsset": "BTC",
                "tradeId": 57,
            },
        ],
    )


def queried(client_id: str = ENTRY_ID, **changes: Any) -> dict[str, Any]:
    """GET order of a stop that has not triggered."""
    shown = placed(client_id, type="STOP_LOSS_LIMIT", side="SELL", stopPrice="94810.00000000", isWorking=False)
    shown.pop("transactTime")
    return {
        **shown,
        "icebergQty": "0.0",
        "time": 1499827319559,
        "updateTime": 1499827319600,
        "workingTime": -1,
        **changes,
    }


def canceled(client_id: str = ENTRY_ID, **changes: Any) -> dict[str, Any]:
    """DELETE order: `clientOrderId` is the id of the cancel."""
    shown = placed("cancelMyOrder1", origClientOrderId=client_id, status="CANCELED", **changes)
    shown.pop("workingTime")
    return shown


def order_list(*reports: dict[str, Any]) -> dict[str, Any]:
    return {
        "orderListId": 1274512,
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED",
        "listOrderStatus": "EXECUTING",
        "listClientOrderId": LIST_ID,
        "transactionTime": 1711062760648,
        "symbol": "BTCUSDC",
        "orders": [
            {"symbol": "BTCUSDC", "orderId": report["orderId"], "clientOrderId": report["clientOrderId"]}
            for report in reports
        ],
        "orderReports": list(reports),
    }


def oco(side: str = "SELL") -> dict[str, Any]:
    """Stop leg first, as in the documented example."""
    stop = placed(
        STOP_ID,
        orderId=10,
        orderListId=1274512,
        type="STOP_LOSS_LIMIT",
        side=side,
        stopPrice="94810.00",
        workingTime=-1,
    )
    target = placed(TARGET_ID, orderId=11, orderListId=1274512, type="LIMIT_MAKER", side=side, price="95190.50000000")
    return order_list(stop, target)


def canceled_list() -> dict[str, Any]:
    stop = canceled(STOP_ID, orderId=10, orderListId=1274512, type="STOP_LOSS_LIMIT", side="SELL", stopPrice="94810.00")
    target = canceled(TARGET_ID, orderId=11, orderListId=1274512, type="LIMIT_MAKER", side="SELL")
    return {**order_list(stop, target), "listStatusType": "ALL_DONE", "listOrderStatus": "ALL_DONE"}


def exchange_rules(**changes: Any) -> dict[str, Any]:
    symbol = {
        "symbol": "BTCUSDC",
        "status": "TRADING",
        "baseAsset": "BTC",
        "baseAssetPrecision": 8,
        "quoteAsset": "USDC",
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "cancelReplaceAllowed": True,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000.00", "tickSize": "0.01000000"},
            {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
            {
                "filterType": "MARKET_LOT_SIZE",
                "minQty": "0.00000000",
                "maxQty": "97.09521512",
                "stepSize": "0.00000000",
            },
            {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True, "maxNotional": "9000000"},
        ],
        **changes,
    }
    return {
        "timezone": "UTC",
        "serverTime": 1508631584636,
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
        ],
        "exchangeFilters": [],
        "symbols": [symbol],
    }


def own_fill(number: int, **changes: Any) -> dict[str, Any]:
    """One row of myTrades."""
    return {
        "symbol": "BTCUSDC",
        "id": number,
        "orderId": 28,
        "orderListId": -1,
        "price": "95000.00000000",
        "qty": "0.00100000",
        "quoteQty": "95.00000000",
        "commission": "0.00000100",
        "commissionAsset": "BTC",
        "time": 1499865549590,
        "isBuyer": True,
        "isMaker": False,
        "isBestMatch": True,
        **changes,
    }
