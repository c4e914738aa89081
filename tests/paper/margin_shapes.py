"""The documented fields and types of every margin reply, written from the venue's documentation, not from our code.

NUMBER is text with decimals and no exponent.
"""

from tests.paper.shapes import NUMBER, Shape

# Account (margin account: query cross, query isolated) -------------------------------------------

ASSET: Shape = {
    "asset": str,
    "borrowed": NUMBER,
    "free": NUMBER,
    "interest": NUMBER,
    "locked": NUMBER,
    "netAsset": NUMBER,
}
CROSS_ACCOUNT: Shape = {
    "created": bool,
    "borrowEnabled": bool,
    "marginLevel": NUMBER,
    "collateralMarginLevel": NUMBER,
    "totalAssetOfBtc": NUMBER,
    "totalLiabilityOfBtc": NUMBER,
    "totalNetAssetOfBtc": NUMBER,
    "TotalCollateralValueInUSDT": NUMBER,
    "totalOpenOrderLossInUSDT": NUMBER,
    "tradeEnabled": bool,
    "transferInEnabled": bool,
    "transferOutEnabled": bool,
    "accountType": str,
    "userAssets": [ASSET],
}
PAIR_ASSET: Shape = ASSET | {"borrowEnabled": bool, "netAssetOfBtc": NUMBER, "repayEnabled": bool, "totalAsset": NUMBER}
PAIR: Shape = {
    "baseAsset": PAIR_ASSET,
    "quoteAsset": PAIR_ASSET,
    "symbol": str,
    "isolatedCreated": bool,
    "enabled": bool,
    "marginLevel": NUMBER,
    "marginLevelStatus": str,
    "marginRatio": NUMBER,
    "indexPrice": NUMBER,
    "liquidatePrice": NUMBER,
    "liquidateRate": NUMBER,
    "tradeEnabled": bool,
}
TOTALS: Shape = {"totalAssetOfBtc": NUMBER, "totalLiabilityOfBtc": NUMBER, "totalNetAssetOfBtc": NUMBER}

# Trade (margin account: new order, query, cancel, trades, lists) ----------------------------------

PROGRESS: Shape = {
    "price": NUMBER,
    "origQty": NUMBER,
    "executedQty": NUMBER,
    "cummulativeQuoteQty": NUMBER,
    "status": str,
    "timeInForce": str,
    "type": str,
    "side": str,
}
ORDER_ACK: Shape = {"symbol": str, "orderId": int, "clientOrderId": str, "isIsolated": bool, "transactTime": int}
ORDER_RESULT: Shape = ORDER_ACK | PROGRESS | {"selfTradePreventionMode": str}
FILL: Shape = {"price": NUMBER, "qty": NUMBER, "commission": NUMBER, "commissionAsset": str, "tradeId": int}
ORDER_FULL: Shape = ORDER_RESULT | {"fills": [FILL]}
LENT_NUMBER: Shape = {"marginBuyBorrowAmount": int, "marginBuyBorrowAsset": str}
LENT_TEXT: Shape = {"marginBuyBorrowAmount": NUMBER, "marginBuyBorrowAsset": str}
CANCELED: Shape = PROGRESS | {
    "symbol": str,
    "orderId": str,
    "origClientOrderId": str,
    "clientOrderId": str,
    "isIsolated": bool,
}
QUERIED: Shape = PROGRESS | {
    "clientOrderId": str,
    "icebergQty": NUMBER,
    "isWorking": bool,
    "orderId": int,
    "stopPrice": NUMBER,
    "symbol": str,
    "isIsolated": bool,
    "time": int,
    "selfTradePreventionMode": str,
    "updateTime": int,
}
TRADE: Shape = {
    "commission": NUMBER,
    "commissionAsset": str,
    "id": int,
    "isBestMatch": bool,
    "isBuyer": bool,
    "isMaker": bool,
    "orderId": int,
    "price": NUMBER,
    "qty": NUMBER,
    "symbol": str,
    "isIsolated": bool,
    "time": int,
}
MEMBER: Shape = {"symbol": str, "orderId": int, "clientOrderId": str}
LISTED: Shape = {
    "orderListId": int,
    "contingencyType": str,
    "listStatusType": str,
    "listOrderStatus": str,
    "listClientOrderId": str,
    "transactionTime": int,
    "symbol": str,
    "isIsolated": bool,
    "orders": [MEMBER],
}

# Borrow and repay, market data, wallet -----------------------------------------------------------

LOAN: Shape = {
    "type": str,
    "amount": NUMBER,
    "asset": str,
    "interest": NUMBER,
    "principal": NUMBER,
    "status": str,
    "timestamp": int,
    "txId": int,
}
INTEREST: Shape = {
    "txId": int,
    "interestAccuredTime": int,
    "asset": str,
    "rawAsset": str,
    "principal": NUMBER,
    "interest": NUMBER,
    "interestRate": NUMBER,
    "type": str,
}
CROSS_PAIR: Shape = {
    "id": int,
    "symbol": str,
    "base": str,
    "quote": str,
    "isMarginTrade": bool,
    "isBuyAllowed": bool,
    "isSellAllowed": bool,
}
ISOLATED_PAIR: Shape = {name: kind for name, kind in CROSS_PAIR.items() if name != "id"}
MARGIN_ASSET: Shape = {
    "assetFullName": str,
    "assetName": str,
    "isBorrowable": bool,
    "isMortgageable": bool,
    "userMinBorrow": NUMBER,
    "userMinRepay": NUMBER,
}
COUNT: Shape = {"rateLimitType": str, "interval": str, "intervalNum": int, "limit": int, "count": int}
CROSS_TERMS: Shape = {
    "vipLevel": int,
    "coin": str,
    "transferIn": bool,
    "borrowable": bool,
    "dailyInterest": NUMBER,
    "yearlyInterest": NUMBER,
    "borrowLimit": NUMBER,
    "marginablePairs": [str],
}
ASSET_TERMS: Shape = {"coin": str, "dailyInterest": NUMBER, "borrowLimit": NUMBER}
ISOLATED_TERMS: Shape = {"vipLevel": int, "symbol": str, "leverage": NUMBER, "data": [ASSET_TERMS]}
RATE: Shape = {"asset": str, "dailyInterestRate": NUMBER, "timestamp": int, "vipLevel": int}
TRANSFER: Shape = {"asset": str, "amount": NUMBER, "type": str, "status": str, "tranId": int, "timestamp": int}
