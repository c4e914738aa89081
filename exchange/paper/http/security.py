"""Keys, signatures and timestamps (Binance docs: request security, timing security)."""

import hmac
import re
from collections.abc import Mapping

from exchange.paper.errors import (
    ApiKeyMalformed,
    ApiKeyUnknown,
    IllegalCharacters,
    ParameterMissing,
    RecvWindowTooLarge,
    SignatureInvalid,
    TimestampAhead,
    TimestampTooOld,
)
from exchange.paper.http.params import Params

KEY_HEADER = "x-mbx-apikey"
DEFAULT_RECV_WINDOW_MS = 5000
MAX_RECV_WINDOW_MS = 60000
AHEAD_MS = 1000
NONSENSE_AHEAD_MS = 10_000
FIRST_TIMESTAMP_MS = 1_483_228_800_000
MICROSECONDS_FROM = 10**14
RECV_WINDOW_RANGE = r"^[0-9]{1,5}(\.[0-9]{1,3})?$"


def check_key(headers: Mapping[str, str], credentials: Mapping[str, str]) -> str:
    """The secret that belongs to the key in the header."""
    key = headers.get(KEY_HEADER, "")
    if not key:
        raise ApiKeyMalformed
    if key not in credentials:
        raise ApiKeyUnknown
    return credentials[key]


def check_signature(secret: str, query: str, body: str, params: Params) -> None:
    """HMAC-SHA256 over query and body as received, without the signature itself."""
    given = params.text("signature")
    payload = _unsigned(query) + _unsigned(body)
    if not hmac.compare_digest(sign(secret, payload).encode(), given.lower().encode()):
        raise SignatureInvalid


def sign(secret: str, payload: str) -> str:
    """The signature in lower-case hex."""
    return hmac.digest(secret.encode(), payload.encode(), "sha256").hex()


def _unsigned(payload: str) -> str:
    before, found, signature = payload.rpartition("&signature=")
    if found and "&" not in signature:
        return before
    return "&".join(part for part in payload.split("&") if not part.startswith("signature="))


def check_timestamp(params: Params, now_ms: int) -> None:
    """Accepted up to a second ahead and no older than recvWindow."""
    params.text("timestamp")
    timestamp_ms = params.optional_integer("timestamp") or 0
    if timestamp_ms >= MICROSECONDS_FROM:
        timestamp_ms //= 1000
    recv_window_ms = _recv_window(params)
    if timestamp_ms < FIRST_TIMESTAMP_MS or timestamp_ms > now_ms + NONSENSE_AHEAD_MS:
        raise ParameterMissing("timestamp")
    if timestamp_ms >= now_ms + AHEAD_MS:
        raise TimestampAhead
    if now_ms - timestamp_ms > recv_window_ms:
        raise TimestampTooOld


def _recv_window(params: Params) -> float:
    given = params.optional("recvWindow")
    if given is None:
        return DEFAULT_RECV_WINDOW_MS
    if not re.fullmatch(RECV_WINDOW_RANGE, given):
        raise IllegalCharacters("recvWindow", RECV_WINDOW_RANGE)
    window = float(given)
    if window > MAX_RECV_WINDOW_MS:
        raise RecvWindowTooLarge
    return window
