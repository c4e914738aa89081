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
    code = -5000
    text = "Path %s, Method %s is invalid"


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


class RateLimited(WireError):
    """Any answer that asks the caller to wait `retry_after_s` seconds."""

    status = 429

    def __init__(self, retry_after_s: int, *slots: object) -> None:
        super().__init__(*slots)
        self.retry_after_s = retry_after_s

    def until_ms(self, now_ms: int) -> int:
        """When the caller may come back."""
        return now_ms + self.retry_after_s * 1000

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

    def __init__(self, retry_after_s: int, banned_until_ms: int) -> None:
        super().__init__(retry_after_s, banned_until_ms)
        self.banned_until_ms = banned_until_ms

    def until_ms(self, now_ms: int) -> int:
        return max(self.banned_until_ms, now_ms)


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


class ScriptRefused(WireError):
    """A call under /paper/ that cannot be carried out; it says what to change."""

    code = -1
    text = "%s"
