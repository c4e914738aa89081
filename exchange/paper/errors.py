"""The venue's refusals: a class per answer, holding HTTP status, code and literal text (Binance docs: error codes)."""

from typing import ClassVar


class WireError(Exception):
    """An answer other than 200; `text` has one %s per slot."""

    status: ClassVar[int] = 400
    code: ClassVar[int] = -1000
    text: ClassVar[str] = "An unknown error occurred while processing the request."

    def __init__(self, *slots: object) -> None:
        self.message = self.text % slots if slots else self.text
        super().__init__(self.message)

    @property
    def http_status(self) -> int:
        """The status sent; a class attribute for all but the two-sided answers."""
        return self.status

    @property
    def headers(self) -> dict[str, str]:
        """Extra headers of the answer."""
        return {}

    def body(self) -> dict[str, object]:
        """The JSON body."""
        return {"code": self.code, "msg": self.message}


# Security and transport ------------------------------------------------------------------------


class NoSuchRoute(WireError):
    status = 404
    code = -1000
    text = "No such path: %s %s."


class ApiKeyMalformed(WireError):
    status = 401
    code = -2014
    text = "API-key format invalid."


class ApiKeyUnknown(WireError):
    status = 401
    code = -2015
    text = "Invalid API-key, IP, or permissions for action."


class SignatureInvalid(WireError):
    code = -1022
    text = "Signature for this request is not valid."


class TimestampTooOld(WireError):
    code = -1021
    text = "Timestamp for this request is outside of the recvWindow."


class TimestampAhead(WireError):
    code = -1021
    text = "Timestamp for this request was 1000ms ahead of the server's time."


class RecvWindowTooLarge(WireError):
    code = -1131
    text = "recvWindow must be less than 60000"


class ServiceGone(WireError):
    code = -1016
    text = "This service is no longer available."


class RateLimited(WireError):
    """Any answer that asks the caller to wait `retry_after_s` seconds."""

    status = 429

    def __init__(self, retry_after_s: int, *slots: object) -> None:
        super().__init__(*slots)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_s)}


class TooMuchWeight(RateLimited):
    code = -1003
    text = (
        "Too much request weight used; current limit is %s request weight per %s. "
        "Please use WebSocket Streams for live updates to avoid polling the API."
    )


class Banned(RateLimited):
    status = 418
    code = -1003
    text = (
        "Way too much request weight used; IP banned until %s. "
        "Please use WebSocket Streams for live updates to avoid bans."
    )


class TooManyOrders(RateLimited):
    code = -1015
    text = "Too many new orders; current limit is %s orders per %s."


# Parameters ------------------------------------------------------------------------------------


class IllegalCharacters(WireError):
    code = -1100
    text = "Illegal characters found in parameter '%s'; legal range is '%s'."


class ParameterMissing(WireError):
    code = -1102
    text = "Mandatory parameter '%s' was not sent, was empty/null, or malformed."


class EitherParameterMissing(WireError):
    code = -1102
    text = "Param '%s' or '%s' must be sent, but both were empty/null!"


class ParameterEmpty(WireError):
    code = -1105
    text = "Parameter '%s' was empty."


class ParameterNotRequired(WireError):
    code = -1106
    text = "Parameter '%s' sent when not required."


class TooMuchPrecision(WireError):
    code = -1111
    text = "Parameter '%s' has too much precision."


class NoOrdersOnBook(WireError):
    code = -1112
    text = "No orders on book for symbol."


class TimeInForceInvalid(WireError):
    code = -1115
    text = "Invalid timeInForce."


class OrderTypeInvalid(WireError):
    code = -1116
    text = "Invalid orderType."


class SideInvalid(WireError):
    code = -1117
    text = "Invalid side."


class IntervalInvalid(WireError):
    code = -1120
    text = "Invalid interval."


class SymbolInvalid(WireError):
    code = -1121
    text = "Invalid symbol."


class LookupTooLong(WireError):
    code = -1127
    text = "More than %s hours between startTime and endTime."


class OptionalParametersInvalid(WireError):
    code = -1128
    text = "Combination of optional parameters invalid."


class ParameterValueInvalid(WireError):
    code = -1130
    text = "Data sent for parameter '%s' is not valid."


class UnsupportedCombination(WireError):
    code = -1014
    text = "Unsupported order combination."


class CancelRestrictionsInvalid(WireError):
    code = -1145
    text = "Invalid cancelRestrictions"


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


class LiquidityBelowMinimum(NewOrderRejected):
    text = "Order book liquidity is less than symbol minimum quantity."


class NothingToTrade(WireError):
    code = -1013
    text = "Price * QTY is zero or less."


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

    def __init__(self, status: int, data: dict[str, object], code: int, message: str) -> None:
        super().__init__()
        self._status, self._code, self.data, self.message = status, code, data, message

    @property
    def http_status(self) -> int:
        return self._status

    def body(self) -> dict[str, object]:
        return {"code": self._code, "msg": self.message, "data": self.data}


class ScriptRefused(WireError):
    """A call under /paper/ that cannot be carried out; it says what to change."""

    code = -1
    text = "%s"
