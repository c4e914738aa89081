"""A client of a margin account, and replies in the shapes that the venue documents (Binance docs: margin trading)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.settings import ExchangeSettings
from tests.exchange.documented import ENTRY_ID, LIST_ID, STOP_ID, TARGET_ID
from tests.exchange.scripted_venue import ScriptedVenue

ORDER, OCO = "/sapi/v1/margin/order", "/sapi/v1/margin/order/oco"
OPEN_ORDERS, ALL_ORDERS, FILLS = (f"/sapi/v1/margin/{name}" for name in ("openOrders", "allOrders", "myTrades"))
CROSS, ISOLATED = "/sapi/v1/margin/account", "/sapi/v1/margin/isolated/account"
LOANS, MAX_BORROWABLE = "/sapi/v1/margin/borrow-repay", "/sapi/v1/margin/maxBorrowable"
LIQUIDATIONS = "/sapi/v1/margin/forceLiquidationRec"


@contextmanager
def margin_client(venue: ScriptedVenue, clock: VirtualClock, **settings: Any) -> Iterator[BinanceClient]:
    chosen = ExchangeSettings(base_url=venue.url, trade_mode="margin", request_timeout_s=1, **settings)
    client = BinanceClient(chosen, clock, lambda _: None)
    yield client
    client.close()


def placed(client_id: str = ENTRY_ID, **changes: Any) -> dict[str, Any]:
    """FULL form of POST margin/order; what was borrowed for it is a number."""
    return {
        "symbol": "BTCUSDC",
        "orderId": 28,
        "clientOrderId": client_id,
        "transactTime": 1507725176595,
        "price": "95000.5",
        "origQty": "0.00105",
        "executedQty": "0.00105",
        "cummulativeQuoteQty": "99.75",
        "status": "FILLED",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "isIsolated": False,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "marginBuyBorrowAmount": 5,
        "marginBuyBorrowAsset": "USDC",
        "fills": [
            {"price": "95000", "qty": "0.00105", "commission": "0.00000105", "commissionAsset": "BTC", "tradeId": 56}
        ],
        **changes,
    }


def queried(client_id: str = STOP_ID, **changes: Any) -> dict[str, Any]:
    """GET margin/order: neither list id nor working time."""
    return {
        "clientOrderId": client_id,
        "cummulativeQuoteQty": "0.00000000",
        "executedQty": "0.00000000",
        "icebergQty": "0.00000000",
        "isWorking": True,
        "orderId": 213205622,
        "origQty": "0.00105",
        "price": "94809.98",
        "side": "SELL",
        "status": "NEW",
        "stopPrice": "94810",
        "symbol": "BTCUSDC",
        "isIsolated": True,
        "time": 1562133008725,
        "timeInForce": "GTC",
        "type": "STOP_LOSS_LIMIT",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "updateTime": 1562133008799,
        **changes,
    }


def canceled(client_id: str = ENTRY_ID) -> dict[str, Any]:
    """DELETE margin/order: the order id is text, and there is no time."""
    return {
        "symbol": "BTCUSDC",
        "isIsolated": True,
        "orderId": "28",
        "origClientOrderId": client_id,
        "clientOrderId": "cancelMyOrder1",
        "price": "95000.5",
        "origQty": "0.00105",
        "executedQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "CANCELED",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
    }


def member(client_id: str, order_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDC",
        "orderId": order_id,
        "orderListId": 7,
        "clientOrderId": client_id,
        "transactTime": 1563417480525,
        "price": "95190.5",
        "origQty": "0.00105",
        "executedQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT_MAKER",
        "side": "SELL",
        **changes,
    }


def order_list() -> dict[str, Any]:
    """POST margin/order/oco, stop first; what was borrowed is text here."""
    stop = member(STOP_ID, 2, type="STOP_LOSS_LIMIT", stopPrice="94810", price="94809.98")
    reports = [stop, member(TARGET_ID, 3)]
    return {
        "orderListId": 7,
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED",
        "listOrderStatus": "EXECUTING",
        "listClientOrderId": LIST_ID,
        "transactionTime": 1563417480525,
        "symbol": "BTCUSDC",
        "marginBuyBorrowAmount": "5",
        "marginBuyBorrowAsset": "BTC",
        "isIsolated": False,
        "orders": [{name: report[name] for name in ("symbol", "orderId", "clientOrderId")} for report in reports],
        "orderReports": reports,
    }


def canceled_list() -> dict[str, Any]:
    """A cancelled member takes the list along; its reports have no time."""
    shown = order_list()
    for report in shown["orderReports"]:
        report |= {"origClientOrderId": report["clientOrderId"], "clientOrderId": "cancel", "status": "CANCELED"}
        del report["transactTime"]
    return {**shown, "listStatusType": "ALL_DONE", "listOrderStatus": "ALL_DONE"}


def fill_row(number: int, **changes: Any) -> dict[str, Any]:
    """One row of margin/myTrades: no quote quantity."""
    return {
        "commission": "0.00000105",
        "commissionAsset": "BTC",
        "id": number,
        "isBestMatch": True,
        "isBuyer": True,
        "isMaker": False,
        "orderId": 28,
        "price": "95000",
        "qty": "0.00105",
        "symbol": "BTCUSDC",
        "isIsolated": False,
        "time": 1561973357171,
        **changes,
    }


def cross_asset(asset: str, free: str = "0", locked: str = "0", borrowed: str = "0", interest: str = "0") -> Any:
    return {
        "asset": asset,
        "borrowed": borrowed,
        "free": free,
        "interest": interest,
        "locked": locked,
        "netAsset": "0",
    }


def cross_account(*assets: Any, level: str = "999.00000000", **changes: Any) -> dict[str, Any]:
    return {
        "created": True,
        "borrowEnabled": True,
        "marginLevel": level,
        "collateralMarginLevel": level,
        "totalAssetOfBtc": "6.82728457",
        "totalLiabilityOfBtc": "0.58633215",
        "totalNetAssetOfBtc": "6.24095242",
        "TotalCollateralValueInUSDT": "5.82728457",
        "totalOpenOrderLossInUSDT": "582.72",
        "tradeEnabled": True,
        "transferInEnabled": True,
        "transferOutEnabled": True,
        "accountType": "MARGIN_1",
        "userAssets": list(assets),
        **changes,
    }


def isolated_account(base: Any, quote: Any, level: str = "0.00000000", **changes: Any) -> dict[str, Any]:
    """As documented, an account without debt shows the level 0 and EXCESSIVE."""
    more = {"borrowEnabled": True, "netAssetOfBtc": "0", "repayEnabled": True, "totalAsset": "0"}
    pair = {
        "baseAsset": {**base, **more},
        "quoteAsset": {**quote, **more},
        "symbol": "BTCUSDC",
        "isolatedCreated": True,
        "enabled": True,
        "marginLevel": level,
        "marginLevelStatus": "EXCESSIVE",
        "marginRatio": "0.00000000",
        "indexPrice": "10000.00000000",
        "liquidatePrice": "1000.00000000",
        "liquidateRate": "1.00000000",
        "tradeEnabled": True,
        **changes,
    }
    return {"assets": [pair]}


def loan_row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "type": "MANUAL",
        "amount": "14.00000000",
        "asset": "USDC",
        "interest": "0.01866667",
        "principal": "13.98133333",
        "status": "CONFIRMED",
        "timestamp": 1563438204000 + number,
        "txId": number,
        **changes,
    }


def liquidation_row(number: int, **changes: Any) -> dict[str, Any]:
    """GET margin/forceLiquidationRec, as documented."""
    return {
        "avgPrice": "94388.359",
        "executedQty": "0.03139000",
        "orderId": number,
        "price": "94388.1",
        "qty": "0.03139000",
        "side": "SELL",
        "symbol": "BTCUSDC",
        "timeInForce": "GTC",
        "isIsolated": True,
        "updatedTime": 1558941374745 + number,
        **changes,
    }
