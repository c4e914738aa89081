"""One connection to the market streams: control messages in, payloads out (Binance docs: live subscribing)."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from exchange.paper.sockets.connections import Carrier
from exchange.paper.sockets.stream_names import is_well_formed

if TYPE_CHECKING:
    from exchange.paper.exchange import PaperExchange

MAX_STREAMS = 1024
METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
ID_TEXT = re.compile(r"^[a-zA-Z0-9_-]{1,36}$")
LARGEST_ID = 2**63

Frame = dict[str, Any]


class ControlRefused(Exception):
    """A control message that cannot be carried out."""

    def __init__(self, code: int, msg: str) -> None:
        super().__init__(msg)
        self.error = {"code": code, "msg": msg}


class MarketSession:
    """Follows streams by the path it was opened on and by control messages."""

    messages_per_s: int | None = 5

    def __init__(self, exchange: "PaperExchange", path: str, query: str, carrier: Carrier) -> None:
        self.path = path
        self.carrier = carrier
        self._exchange = exchange
        self.combined = is_combined(path)
        self.names: list[str] = []
        for name in named_streams(path, query):
            self._follow(name)

    def leave(self) -> None:
        """The connection is gone."""
        for name in self.names:
            self._exchange.market_streams.leave(self, name)
        self.names.clear()

    def show(self, stream: str, kind: str, payload: Any) -> None:
        """Send one payload, wrapped if the connection is a combined one."""
        frame = {"stream": stream, "data": payload} if self.combined else payload
        self._exchange.sockets.deliver(self, kind, frame)

    def announce(self, event: Mapping[str, Any]) -> None:
        """An event about the connection itself."""
        self.show(f"!{event['e']}", event["e"], event)

    def receive(self, text: str) -> None:
        """Carry out one control message."""
        self._exchange.catch_up()
        request_id = None
        try:
            message = _read(text)
            request_id = _request_id(message)
            reply: Frame = {"result": self._control(message, text), "id": request_id}
        except ControlRefused as refused:
            reply = {"error": refused.error, "id": request_id}
        self.carrier.send(json.dumps(reply, separators=(",", ":"), ensure_ascii=False))

    def _control(self, message: Frame, text: str) -> Any:
        if "method" not in message:
            raise ControlRefused(2, f"Invalid request: missing field `method` at line 1 column {len(text)}")
        method, params = message["method"], message.get("params")
        if method == "LIST_SUBSCRIPTIONS":
            return self._list(params)
        if method in ("SUBSCRIBE", "UNSUBSCRIBE"):
            return self._change(method, params)
        if method in ("SET_PROPERTY", "GET_PROPERTY"):
            return self._property(method, params)
        known = ", ".join(f"`{name}`" for name in METHODS)
        raise ControlRefused(2, f"Invalid request: unknown variant `{method}`, expected one of {known}")

    def _list(self, params: Any) -> list[str]:
        if params:
            raise ControlRefused(2, "Invalid request: too many parameters")
        return list(self.names)

    def _change(self, method: str, params: Any) -> None:
        """All names or none."""
        if not isinstance(params, list) or not all(isinstance(name, str) and is_well_formed(name) for name in params):
            raise ControlRefused(2, "Invalid request: invalid stream")
        if method == "SUBSCRIBE":
            if len({*self.names, *params}) > MAX_STREAMS:
                raise ControlRefused(4, "Too many subscriptions")
            for name in params:
                self._follow(name)
            return
        for name in params:
            if name in self.names:
                self.names.remove(name)
                self._exchange.market_streams.leave(self, name)

    def _follow(self, name: str) -> None:
        if name not in self.names:
            self.names.append(name)
            self._exchange.market_streams.follow(self, name)

    def _property(self, method: str, params: Any) -> Any:
        given = params if isinstance(params, list) else []
        if not given or not isinstance(given[0], str):
            raise ControlRefused(2, "Invalid request: property name must be a string")
        if len(given) > (2 if method == "SET_PROPERTY" else 1):
            raise ControlRefused(2, "Invalid request: too many parameters")
        if given[0] != "combined":
            raise ControlRefused(0, "Unknown property")
        if method == "GET_PROPERTY":
            return self.combined
        if len(given) < 2 or not isinstance(given[1], bool):
            raise ControlRefused(1, "Invalid value type: expected Boolean")
        self.combined = given[1]
        return None


def is_combined(path: str) -> bool:
    """Payloads are wrapped under /stream, but not under /stream/ws."""
    parts = path.strip("/").split("/")
    return parts[0] == "stream" and parts[1:2] != ["ws"]


def named_streams(path: str, query: str) -> list[str]:
    """The streams that the address of a connection names; a bare number behind /ws is none."""
    listed = parse_qs(query).get("streams", [""])[0].split("/")
    return [name for name in (*path.split("/"), *listed) if is_well_formed(name)][:MAX_STREAMS]


def _read(text: str) -> Frame:
    try:
        message = json.loads(text)
    except json.JSONDecodeError as fault:
        raise ControlRefused(3, f"Invalid JSON: expected value at line {fault.lineno} column {fault.colno}") from None
    except (ValueError, RecursionError):
        raise ControlRefused(3, "Invalid JSON: expected value at line 1 column 1") from None
    if not isinstance(message, dict):
        raise ControlRefused(2, f"Invalid request: missing field `method` at line 1 column {len(text)}")
    return message


def _request_id(message: Frame) -> Any:
    """A 64-bit integer, up to 36 letters, digits, - and _, or null (Binance docs: live subscribing)."""
    given = message.get("id")
    is_number = isinstance(given, int) and not isinstance(given, bool) and -LARGEST_ID <= given < LARGEST_ID
    if given is None or is_number or (isinstance(given, str) and ID_TEXT.fullmatch(given)):
        return given
    raise ControlRefused(2, "Invalid request: request ID must be an unsigned integer")
