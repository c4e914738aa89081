"""Injected faults: armed by a script, fired by the requests they match."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args

from exchange.paper.errors import ScriptRefused, WireError
from exchange.paper.http.script_values import fields
from exchange.paper.margin.errors import BY_CODE
from exchange.paper.settings import CannotStart

FaultKind = Literal[
    "error",
    "error_after",
    "timeout",
    "timeout_after",
    "drop",
    "drop_after",
    "delay",
    "limit",
    "stale",
    "partial",
    "duplicate_event",
    "late_event",
    "missing_event",
    "drop_event",
    "drop_stream",
    "end_stream",
    "shutdown",
]
KINDS: tuple[str, ...] = get_args(FaultKind)
EVENT_KINDS = ("duplicate_event", "late_event", "missing_event", "drop_event")
# these strike the open connections at once
STREAM_KINDS = ("drop_stream", "end_stream", "shutdown")
# where paths of sockets begin; only a fault that names its route meets their requests
SOCKET_ROOTS = ("/ws", "/stream")
TEXTS = {
    -1000: "An unknown error occurred while processing the request.",
    -1001: "Internal error; unable to process your request. Please try again.",
    -1003: "Too many requests queued.",
    -1006: "An unexpected response was received from the message bus. Execution status unknown.",
    -1007: "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    -1008: "Server is currently overloaded with other requests. Please try again in a few minutes.",
    **{code: refusal.text for code, refusal in BY_CODE.items()},
}


@dataclass(slots=True)
class Fault:
    """One armed fault: it lets `skip` matching requests pass and fires on the next `count`."""

    kind: str
    route: str | None = None
    method: str | None = None
    count: int = 1
    skip: int = 0
    status: int | None = None
    code: int | None = None
    msg: str | None = None
    html: bool = False
    ms: int = 1000
    when: str = "before"
    late_ms: int = 0
    retry_after: int = 1
    fraction: str | Decimal = "0.5"

    def matches(self, method: str, path: str) -> bool:
        """Whether a request, or an event sent on a path, is of the kind that this fault waits for."""
        if self.route is None and self.kind not in (*EVENT_KINDS, *STREAM_KINDS) and path.startswith(SOCKET_ROOTS):
            return False
        if self.route is not None and self.route.rstrip("*") != path:
            return self.route.endswith("*") and path.startswith(self.route.rstrip("*"))
        return self.method is None or self.method.upper() == method.upper()

    def as_json(self) -> dict[str, Any]:
        """As it was armed, with what is left of it."""
        shown = {name: getattr(self, name) for name in self.__slots__ if getattr(self, name) is not None}
        return {**shown, "fraction": str(self.fraction)}

    def answer(self) -> tuple[int, dict[str, object]]:
        """Status and body of an injected error."""
        default_code = -1006 if self.kind == "error_after" else -1001
        code = default_code if self.code is None else self.code
        msg = TEXTS.get(code, WireError.text) if self.msg is None else self.msg
        return self.status or (400 if code in BY_CODE else 500), {"code": code, "msg": msg}


OPTIONAL = ("route", "method", "status", "code", "msg")
# lowest and highest value of each whole number
WHOLE_NUMBERS = {
    "count": (-1, 10**9),
    "skip": (0, 10**9),
    "status": (200, 599),
    "code": (-(10**6), 10**6),
    "ms": (0, 10**9),
    "late_ms": (0, 10**9),
    "retry_after": (0, 10**9),
}


def _check_field(name: str, value: Any) -> None:
    """Numbers are numbers, texts are texts, so that a fault cannot fail when it fires."""
    if value is None and name in OPTIONAL:
        return
    if name in WHOLE_NUMBERS:
        lowest, highest = WHOLE_NUMBERS[name]
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise ScriptRefused(f"a fault's {name} must be a whole number from {lowest} to {highest}, not {value!r}")
    if name == "count" and value == 0:
        raise ScriptRefused("a fault's count must not be zero: it would never hit; -1 hits for ever")
    if name == "html" and not isinstance(value, bool):
        raise ScriptRefused(f"a fault's html must be true or false, not {value!r}")
    if name == "fraction" and not re.fullmatch(r"0?\.[0-9]+|1(\.0+)?", str(value)):
        raise ScriptRefused(f"a fault's fraction must lie between 0 and 1, not {value!r}")
    if name == "when" and value not in ("before", "after"):
        raise ScriptRefused(f"a fault's when must be before or after, not {value!r}")
    if name in ("route", "method", "msg") and not isinstance(value, str):
        raise ScriptRefused(f"a fault's {name} must be text, not {value!r}")


def read_fault(wished: Mapping[str, Any]) -> Fault:
    """One fault as a script describes it."""
    unknown = set(wished) - set(Fault.__slots__)
    if unknown:
        raise ScriptRefused(f"a fault has no field {sorted(unknown)[0]!r}; it has {', '.join(Fault.__slots__)}")
    if wished.get("kind") not in KINDS:
        raise ScriptRefused(f"a fault's kind must be one of {', '.join(KINDS)}, not {wished.get('kind')!r}")
    for name, value in wished.items():
        _check_field(name, value)
    return Fault(**wished)


def read_faults(path: Path) -> list[Fault]:
    """The faults of a file: one, or a list of them, as they are sent to /paper/faults."""
    try:
        wished = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return [read_fault(fields(one)) for one in (wished if isinstance(wished, list) else [wished])]
    except OSError as fault:
        raise CannotStart(f"{path} cannot be read: {fault.strerror or fault}") from fault
    except ScriptRefused as fault:
        raise CannotStart(f"{path}: {fault.message}") from fault
    except (ValueError, RecursionError) as fault:
        raise CannotStart(f"{path} is not JSON: {fault}") from fault


class Faults:
    """All armed faults."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def disarm(self) -> None:
        """No more faults."""
        self.armed.clear()

    def fire(self, method: str, path: str) -> list[Fault]:
        """The faults that hit this request: any delays, and at most one of the others."""
        fired: list[Fault] = []
        for fault in self.armed:
            if fault.kind in EVENT_KINDS or not fault.matches(method, path):
                continue
            if fault.kind == "stale" and method != "GET":
                continue
            if fault.skip > 0:
                fault.skip -= 1
            elif fault.kind == "delay" or all(other.kind == "delay" for other in fired):
                fault.count -= 1
                fired.append(fault)
        self.armed = [fault for fault in self.armed if fault.count != 0]
        return fired

    def fire_event(self, event: str, path: str) -> Fault | None:
        """The fault that hits an event about to be sent on a path; its `method` is the event's type."""
        for fault in self.armed:
            if fault.kind not in EVENT_KINDS or not fault.matches(event, path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.count -= 1
            self.armed = [other for other in self.armed if other.count != 0]
            return fault
        return None

    @property
    def wants_history(self) -> bool:
        """A lagging read is armed, so the past must be kept."""
        return any(fault.kind == "stale" for fault in self.armed)
