"""What the engine refuses: filters, order lists, funds, cancels (Binance docs: error codes, filters)."""

from exchange.paper.errors import RateLimited, WireError

# Filters and order lists -----------------------------------------------------------------------


class FilterFailure(WireError):
    code = -1013
    text = "Filter failure: %s"


class AccountFilterFailure(WireError):
    code = -2010
    text = "Filter failure: %s"


class SelfTradeModeRefused(WireError):
    code = -1013
    text = "This symbol does not allow the specified self-trade prevention mode."


class OcoTypeUnsupported(WireError):
    code = -1158
    text = "Order type not supported in OCO."


class OcoBuyLimitAbove(WireError):
    code = -1165
    text = "A limit order in a buy OCO must be below."


class OcoSellLimitBelow(WireError):
    code = -1166
    text = "A limit order in a sell OCO must be above."


class OcoNotContingent(WireError):
    code = -1168
    text = "At least one OCO order must be contingent."


class OcoBuyStopBelow(WireError):
    code = -1196
    text = "A stop loss order in a buy OCO must be above."


class OcoSellStopAbove(WireError):
    code = -1197
    text = "A stop loss order in a sell OCO must be below."


class OcoBuyProfitAbove(WireError):
    code = -1198
    text = "A take profit order in a buy OCO must be below."


class OcoSellProfitBelow(WireError):
    code = -1199
    text = "A take profit order in a sell OCO must be above."


class OpoWorkingNotBuy(WireError):
    code = -1222
    text = "Working order in an OPO list must be a bid."


class OpoPendingNotSell(WireError):
    code = -1223
    text = "Pending orders in an OPO list must be asks."


# The engine's answers --------------------------------------------------------------------------


class NewOrderRejected(WireError):
    """A new order refused by the engine; the text tells why."""

    code = -2010
    text = "%s"


class InsufficientBalance(NewOrderRejected):
    text = "Account has insufficient balance for requested action."


class DuplicateOrder(NewOrderRejected):
    text = "Duplicate order sent."


class MarketClosed(NewOrderRejected):
    text = "Market is closed."


class WouldTake(NewOrderRejected):
    text = "Order would immediately match and take."


class WouldTrigger(NewOrderRejected):
    text = "Order would trigger immediately."


class PricesUnrelated(NewOrderRejected):
    text = "The relationship of the prices for the orders is not correct."


class NoOrdersOnBook(WireError):
    code = -1112
    text = "No orders on book for symbol."


class LiquidityBelowMinimum(NewOrderRejected):
    text = "Order book liquidity is less than symbol minimum quantity."


class IcebergExceedsQuantity(WireError):
    code = -1013
    text = "IcebergQty exceeds QTY."


class CancelRejected(WireError):
    """A cancel refused by the engine; the text tells why."""

    code = -2011
    text = "%s"


class UnknownOrder(CancelRejected):
    text = "Unknown order sent."


class CancelRestricted(CancelRejected):
    text = "Order was not canceled due to cancel restrictions."


class OrderNotFound(WireError):
    code = -2013
    text = "Order does not exist."


class OrderListNotFound(WireError):
    code = -2013
    text = "Order list does not exist."


class AmendRejected(WireError):
    """An amendment refused by the engine; the text tells why."""

    code = -2038
    text = "%s"


class ClientOrderIdMismatch(WireError):
    code = -2039
    text = "Client order ID is not correct for this order ID."


class NoReferencePrice(WireError):
    code = -2043
    text = "This symbol doesn't have a reference price."


class CancelReplaceFailed(WireError):
    """Both halves of a cancelReplace and what became of them (Binance docs: cancelReplace)."""

    def __init__(
        self, status: int, halves: dict[str, object], code: int, message: str, limit: RateLimited | None
    ) -> None:
        super().__init__()
        self._status, self._code, self.halves, self.message, self._limit = status, code, halves, message, limit

    @property
    def http_status(self) -> int:
        return self._status if self._limit is None else self._limit.http_status

    @property
    def headers(self) -> dict[str, str]:
        return {} if self._limit is None else self._limit.headers

    def body(self) -> dict[str, object]:
        return {"code": self._code, "msg": self.message, "data": self.halves}
