"""What a reply means: for a write one of four outcomes, for a read a value or an error.

Judged by HTTP status, error code and text of the raw body (Binance docs: HTTP return codes, error codes). A 4xx with a
code is a refusal. Every 5xx, silence after sending, and every answer that cannot be read is a doubt, never a failure.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from exchange import wire
from exchange.errors import KeyRefused, RateLimited, Refused, Unavailable, VenueError
from exchange.transport import Answer, Held, Reply, Silence
from exchange.types import Confirmed, Denied, InDoubt, OrderReport, Outcome, Reason, Rejected, Replaced
from exchange.wire import Parsed

WRONG_TIME = -1021
NO_SUCH_ORDER = -2013

_DOUBT_CODES = frozenset({-1000, -1001, -1006, -1007, -1008})
_LIMIT_CODES = frozenset({-1003, -1015})
_BUSY_CODES = frozenset({-3007, -3044})
"""Another loan transaction is running, or the margin system is busy: refused for now (Binance docs: margin errors)."""
_REFUSING = frozenset({400, 401, 403, 404})
"""Statuses that refuse, given an error code; 409 needs its halves, 408 and 5xx leave a doubt."""
_RETRY_SOON_MS = 250
_LIMIT_WINDOW_MS = 10_000
"""The venue's shortest window of order counts."""
VENUE_DEADLINE_MS = 10_000
"""The venue gives up on a request of its own after this (Binance docs: general API information)."""

Reads = Callable[[Any], tuple[OrderReport, ...]]

_REASON_BY_TEXT = (
    ("Duplicate order sent", Reason.DUPLICATE_ID),
    ("would trigger immediately", Reason.PRICE_PASSED),
    ("would immediately match and take", Reason.PRICE_PASSED),
    ("The relationship of the prices", Reason.PRICE_PASSED),
    ("insufficient balance", Reason.INSUFFICIENT_BALANCE),
    ("Unknown order sent", Reason.UNKNOWN_ORDER),
    ("Market is closed", Reason.MARKET_CLOSED),
    ("Filter failure", Reason.FILTER),
    ("on this account", Reason.KEY),
    ("for this account", Reason.KEY),
    ("This account may not", Reason.KEY),
)
_REASON_BY_CODE = {
    -1013: Reason.FILTER,
    -1111: Reason.FILTER,
    -2013: Reason.UNKNOWN_ORDER,
    -3041: Reason.INSUFFICIENT_BALANCE,
    -3045: Reason.NOTHING_TO_LEND,
    **dict.fromkeys((-1002, -1022, -1125, -2008, -2014, -2015), Reason.KEY),
    # Binance docs: margin, error codes
    **dict.fromkeys((-3006, -3008, -11008), Reason.BORROW_LIMIT),
    **dict.fromkeys((-3012, -3014, -3022), Reason.BORROW_BARRED),
    **dict.fromkeys((-3013, -3016, -3024), Reason.LOAN_TOO_SMALL),
    **dict.fromkeys((-3010, -3015), Reason.ABOVE_DEBT),
    **dict.fromkeys((-3003, -11001), Reason.NO_MARGIN_ACCOUNT),
    **dict.fromkeys((-3021, -3027, -3028), Reason.NO_MARGIN_PAIR),
}


def write_outcome(reply: Reply, recv_window_ms: int, parse: Reads) -> Outcome:
    """The outcome of one placement or cancel that was valid for `recv_window_ms`."""
    return write_result(reply, recv_window_ms, lambda body: Confirmed(_timed(parse(body), reply.sent_ms)))


def _timed(reports: tuple[OrderReport, ...], sent_ms: int) -> tuple[OrderReport, ...]:
    """Cancels on margin carry no time (Binance docs: DELETE margin/order): not before the request was sent."""
    return tuple(report if report.updated_ms else replace(report, updated_ms=sent_ms) for report in reports)


def write_result(
    reply: Reply, recv_window_ms: int, parse: Callable[[Any], Parsed]
) -> Parsed | Rejected | Denied | InDoubt:
    """What `parse` makes of a confirmation, or why there is none."""
    if isinstance(reply, Held):
        return Denied(str(reply), reply.wait_ms)
    if isinstance(reply, Silence):
        return _doubt(reply, recv_window_ms) if reply.maybe_sent else Denied(str(reply), _RETRY_SOON_MS)
    if reply.status in (418, 429):
        return Denied(str(reply), reply.retry_after_ms)
    if reply.status in _REFUSING and reply.code is not None:
        return _refused(reply, reply.code, reply.message, recv_window_ms)
    try:
        return wire.read(parse, reply.body) if reply.status == 200 else _doubt(reply, recv_window_ms)
    except wire.UnreadableError as fault:
        return _doubt(reply, recv_window_ms, f" unreadable: {fault}")


def _doubt(reply: Reply, recv_window_ms: int, why: str = "") -> InDoubt:
    """Not found after the window and the venue's own deadline, the request never happened."""
    return InDoubt(f"{reply}{why}", reply.sent_ms + recv_window_ms + VENUE_DEADLINE_MS)


def _refused(answer: Answer, code: int, text: str, recv_window_ms: int) -> Rejected | Denied | InDoubt:
    """The outcome that an error code with its text stands for."""
    if code in _DOUBT_CODES:
        return _doubt(answer, recv_window_ms)
    if code == WRONG_TIME:
        return Denied(str(answer), 0)
    if code in _BUSY_CODES:
        return Denied(str(answer), _RETRY_SOON_MS)
    if code in _LIMIT_CODES:
        return Denied(str(answer), answer.retry_after_ms or _LIMIT_WINDOW_MS)
    return Rejected(reason(code, text), code, text)


def reason(code: int, text: str) -> Reason:
    """Why, by text first: -2010 covers a dozen causes (X5: a duplicate id is no passed price).

    The codes of margin say it by themselves.
    """
    if code <= -3000 and code in _REASON_BY_CODE:
        return _REASON_BY_CODE[code]
    for phrase, found in _REASON_BY_TEXT:
        if phrase.lower() in text.lower():
            return found
    return _REASON_BY_CODE.get(code, Reason.OTHER)


def replaced(reply: Reply, recv_window_ms: int, canceled: Reads, placed: Reads) -> Replaced:
    """The two halves of a cancelReplace; an answer without halves says the same of both."""
    halves = _halves(reply) if isinstance(reply, Answer) else None
    if not isinstance(reply, Answer) or halves is None:
        both = write_outcome(reply, recv_window_ms, placed)
        return Replaced(both, both)
    first = _half(reply, halves["cancelResult"], halves.get("cancelResponse"), recv_window_ms, canceled)
    second = _half(reply, halves.get("newOrderResult"), halves.get("newOrderResponse"), recv_window_ms, placed)
    return Replaced(first or Denied(str(reply), reply.retry_after_ms), second)


def _halves(answer: Answer) -> Mapping[str, Any] | None:
    """The four results, which a refusal carries in `data` (Binance docs: cancelReplace); a 5xx proves nothing."""
    if answer.status >= 500 or not isinstance(answer.body, dict):
        return None
    halves = answer.body if answer.status == 200 else answer.body.get("data")
    return halves if isinstance(halves, dict) and "cancelResult" in halves else None


def _half(answer: Answer, result: object, response: object, recv_window_ms: int, parse: Reads) -> Outcome | None:
    if result == "NOT_ATTEMPTED":
        return None
    body = response if isinstance(response, dict) else {}
    if result == "FAILURE" and isinstance(body.get("code"), int):
        return _refused(answer, body["code"], str(body.get("msg", "")), recv_window_ms)
    try:
        return Confirmed(wire.read(parse, body)) if result == "SUCCESS" else _doubt(answer, recv_window_ms)
    except wire.UnreadableError as fault:
        return _doubt(answer, recv_window_ms, f" unreadable: {fault}")


def read_result(reply: Reply, parse: Callable[[Any], Parsed]) -> Parsed:
    """The value of a read, or the error that says what happens next."""
    if isinstance(reply, Held):
        raise RateLimited(str(reply), reply.wait_ms)
    if isinstance(reply, Silence):
        raise Unavailable(f"{reply}; ask again")
    if reply.status != 200:
        raise _read_error(reply)
    try:
        return wire.read(parse, reply.body)
    except wire.UnreadableError as fault:
        raise Unavailable(f"{reply} unreadable: {fault}; ask again") from None


def _read_error(answer: Answer) -> VenueError:
    code = answer.code
    if answer.status in (418, 429) or code in _LIMIT_CODES:
        return RateLimited(str(answer), answer.retry_after_ms or _LIMIT_WINDOW_MS)
    if answer.status not in _REFUSING or code is None or code in _DOUBT_CODES or code == WRONG_TIME:
        return Unavailable(f"{answer}; ask again")
    if reason(code, answer.message) is Reason.KEY:
        return KeyRefused(f"{answer}; check BINANCE_API_KEY, its secret, permissions and allowed addresses")
    return Refused(str(answer), code)
