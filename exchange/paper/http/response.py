"""What goes back to the caller, and how the transport is to misbehave meanwhile."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

JSON_TYPE = "application/json;charset=UTF-8"
HTML = b"<html>\r\n<head><title>Error</title></head>\r\n<body><h1>Error</h1></body>\r\n</html>\r\n"

# how a Decimal stands in the text until its marks are taken off again
MARKED_NUMBER = re.compile(r'"\\u0000(-?[0-9.]+)\\u0000"')

MARK = "\\u0000"

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
    """A JSON answer; a Decimal becomes a JSON number without exponent and trailing zeros."""
    text = ENCODER.encode(body)
    if MARK in text:
        text = MARKED_NUMBER.sub(r"\1", text)
    return Response(status, {"Content-Type": JSON_TYPE, **headers}, text.encode())


def html_response(status: int, headers: Mapping[str, str]) -> Response:
    """A page for people, as the venue's gateway sends it."""
    return Response(status, {"Content-Type": "text/html", **headers}, HTML)


def _marked(value: object) -> str:
    if isinstance(value, Decimal):
        return f"\0{value.normalize():f}\0"
    raise TypeError(f"{value!r} has no form in JSON; make it text, a number or a list")


ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=_marked)
