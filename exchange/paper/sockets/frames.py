"""Frames of the WebSocket API: requests in, replies out (Binance docs: WebSocket API, request and response format)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.paper.errors import WireError

VERSION_PREFIX = "v3/"
ID_RANGE = "^[a-zA-Z0-9-_]{1,36}$"


class JsonInvalid(WireError):
    code = -1135
    text = "Invalid JSON Request"


class FieldInvalid(WireError):
    code = -1135
    text = "Invalid '%s' in JSON request; expected %s."


class MethodInvalid(WireError):
    code = -5000
    text = "Method %s is invalid"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; parameters are the texts that were sent, numbers with all their digits."""

    request_id: int | str | None
    method: str
    params: Mapping[str, str]


class RequestRefused(Exception):
    """A frame that is no request; it is answered with whatever id it has."""

    def __init__(self, request_id: int | str | None, refusal: WireError) -> None:
        super().__init__(refusal.message)
        self.request_id = request_id
        self.refusal = refusal


def read_request(text: str) -> Request:
    """The request in a frame; its id keeps its type."""
    try:
        frame = json.loads(text, parse_constant=_refuse_constant)
        exact = json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise RequestRefused(None, JsonInvalid()) from None
    if not isinstance(frame, dict):
        raise RequestRefused(None, JsonInvalid())
    request_id = frame.get("id")
    if "id" not in frame or not _is_id(request_id):
        raise RequestRefused(None, FieldInvalid("id", f"an integer, a string matching '{ID_RANGE}', or null"))
    if not isinstance(frame.get("method"), str):
        raise RequestRefused(request_id, FieldInvalid("method", "a string"))
    params = exact.get("params")
    if not isinstance(params, dict | None):
        raise RequestRefused(request_id, FieldInvalid("params", "an object"))
    texts = {name: _as_text(value) for name, value in (params or {}).items() if value is not None}
    return Request(request_id, frame["method"].removeprefix(VERSION_PREFIX), texts)


def _is_id(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(ID_RANGE, value, re.ASCII) is not None
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _as_text(value: Any) -> str:
    """A parameter as the REST interface would read it."""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def success(request_id: int | str | None, result: Any) -> dict[str, Any]:
    """The reply to a request that was carried out."""
    return {"id": request_id, "status": 200, "result": result}


def failure(request_id: int | str | None, status: int, error: Mapping[str, Any]) -> dict[str, Any]:
    """The reply to a request that was not."""
    return {"id": request_id, "status": status, "error": dict(error)}
