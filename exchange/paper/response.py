"""What goes back to the caller, and how the transport is to misbehave meanwhile."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

JSON_TYPE = "application/json;charset=UTF-8"
HTML = b"<html>\r\n<head><title>Error</title></head>\r\n<body><h1>Error</h1></body>\r\n</html>\r\n"

Transport = Literal["ok", "drop", "timeout"]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; with `drop` the connection is reset instead, with `timeout` nothing ever comes."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    transport: Transport = "ok"
    delay_after_ms: int = 0


def json_response(status: int, body: Any, headers: Mapping[str, str]) -> Response:
    """A JSON answer."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(status, {"Content-Type": JSON_TYPE, **headers}, text.encode())
