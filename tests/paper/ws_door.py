"""WebSocket connections straight to a simulated exchange that stands still in time."""

import json
from collections.abc import Mapping
from typing import Any

from exchange.paper.sockets.paths import open_session
from tests.paper.paper_door import Door, signature


class Heard:
    """The near end of a connection: what was sent to it, and how it ended."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.ended: str | None = None

    def send(self, text: str) -> None:
        """Take one frame."""
        assert self.ended is None, f"sent after the end: {text}"
        self.frames.append(json.loads(text))

    def end(self, *, abruptly: bool) -> None:
        """Note how it ended."""
        self.ended = "reset" if abruptly else "close"

    def pop(self) -> list[Any]:
        """The frames since the last time."""
        frames, self.frames = self.frames, []
        return frames


class ApiDoor:
    """One connection to the WebSocket API with the default key."""

    def __init__(self, door: Door, query: str = "") -> None:
        self.door = door
        self.heard = Heard()
        self.session = open_session(door.exchange, "/ws-api/v3", query, self.heard)

    def send(self, frame: object) -> None:
        """Any frame; text goes as it is."""
        self.session.receive(frame if isinstance(frame, str) else json.dumps(frame))

    def ask(self, method: str, params: Mapping[str, object] | None = None, request_id: object = 1) -> dict[str, Any]:
        """The reply to an unsigned request."""
        self.send({"id": request_id, "method": method, "params": params or {}})
        reply: dict[str, Any] = self.heard.frames.pop()
        return reply

    def signed(self, method: str, **params: object) -> dict[str, Any]:
        """The reply to a signed request."""
        return self.ask(method, sign(self.door, params))

    def follow(self) -> None:
        """Subscribe to the spot account; it must be granted."""
        assert self.signed("userDataStream.subscribe.signature")["status"] == 200

    def events(self) -> list[dict[str, Any]]:
        """The events since the last time, unwrapped."""
        return [frame["event"] for frame in self.heard.pop()]


def sign(door: Door, params: Mapping[str, object]) -> dict[str, object]:
    """Parameters with key, time and signature: sorted by name, not encoded."""
    values = {"apiKey": "paper", "timestamp": door.clock.now_ms(), **params}
    payload = "&".join(f"{name}={values[name]}" for name in sorted(values))
    return {**values, "signature": signature("paper", payload)}


class MarketDoor:
    """One connection to the market streams."""

    def __init__(self, door: Door, path: str = "/ws", query: str = "") -> None:
        self.door = door
        self.heard = Heard()
        self.session = open_session(door.exchange, path, query, self.heard)

    def control(self, message: object) -> Any:
        """The reply to a control message; text goes as it is."""
        self.session.receive(message if isinstance(message, str) else json.dumps(message))
        return self.heard.frames.pop()

    def subscribe(self, *names: str) -> None:
        """Follow streams; it must be granted."""
        assert self.control({"method": "SUBSCRIBE", "params": list(names), "id": 1}) == {"result": None, "id": 1}

    def after(self, ms: int) -> list[Any]:
        """What comes while time passes."""
        self.door.script("clock", {"advance_ms": ms})
        return self.heard.pop()
