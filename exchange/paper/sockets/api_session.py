"""One connection to the WebSocket API: requests, the faults that meet them, replies (Binance docs: WebSocket API)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from exchange.paper.faults import Fault
from exchange.paper.http.request_log import LoggedRequest
from exchange.paper.sockets.connections import Carrier
from exchange.paper.sockets.frames import Request, RequestRefused, read_request
from exchange.paper.sockets.methods import reply_to
from exchange.paper.sockets.replies import injected, limited, refused
from exchange.paper.sockets.session_methods import Caller

if TYPE_CHECKING:
    from exchange.paper.exchange import PaperExchange

API_PATH = "/ws-api/v3"
CONNECTION_WEIGHT = 2
# what the request log does not keep
HIDDEN = ("signature",)


@dataclass(frozen=True, slots=True)
class Turn:
    """One request on its way: what it asks, and what is to happen to it."""

    request: Request
    logged: LoggedRequest
    fault: Fault | None
    after_ms: int


class ApiSession:
    """Answers one request after the other; events of followed accounts come in between."""

    path = API_PATH
    # only weight limits requests
    messages_per_s: int | None = None

    def __init__(self, exchange: "PaperExchange", query: str, carrier: Carrier) -> None:
        self.carrier = carrier
        self._exchange = exchange
        shows_limits = dict(parse_qsl(query)).get("returnRateLimits") != "false"
        self.caller = Caller(exchange, self, exchange.venue.now_ms, shows_limits)
        exchange.limits.weight.add(exchange.venue.now_ms, CONNECTION_WEIGHT)

    def leave(self) -> None:
        """The connection is gone."""
        self._exchange.user_streams.forget(self)

    def announce(self, event: Mapping[str, Any]) -> None:
        """An event about the connection itself belongs to no subscription."""
        self._exchange.sockets.deliver(self, event["e"], {"event": event})

    def receive(self, text: str) -> None:
        """Take a request in: note it, and see which faults it meets."""
        exchange = self._exchange
        exchange.catch_up()
        try:
            request = read_request(text)
        except RequestRefused as bad:
            self._send(refused(self.caller, bad))
            return
        if "signature" in request.params:
            exchange.pass_time(exchange.settings.latency_ms)
        params = {name: value for name, value in request.params.items() if name not in HIDDEN}
        logged = exchange.log.begin(exchange.clock.now_ms(), request.method, self.path, params)
        faults = exchange.faults.fire(request.method, self.path)
        logged.fault = "+".join(fault.kind for fault in faults) or None
        delays = [fault for fault in faults if fault.kind == "delay"]
        other = next((fault for fault in faults if fault.kind != "delay"), None)
        turn = Turn(request, logged, other, sum(fault.ms for fault in delays if fault.when == "after"))
        self._later(sum(fault.ms for fault in delays if fault.when == "before"), lambda: self._answer(turn))

    def _answer(self, turn: Turn) -> None:
        """Reply, or do to the request what its fault says."""
        self._exchange.catch_up()
        fault = turn.fault
        if fault is None:
            self._reply(turn, reply_to(self.caller, turn.request))
            return
        if fault.kind.endswith("_after"):
            self._do_unseen(turn, fault.late_ms)
        if fault.kind.startswith("drop"):
            self._exchange.sockets.end(self, abruptly=True)
        elif fault.kind == "limit":
            self._reply(turn, limited(self.caller, turn.request, fault))
        elif fault.kind.startswith("error"):
            self._reply(turn, injected(self.caller, turn.request, fault))

    def _do_unseen(self, turn: Turn, late_ms: int) -> None:
        """The work is done, now or later, and its reply is lost."""
        if late_ms:
            due_ms = self._exchange.clock.now_ms() + late_ms
            self._exchange.sockets.agenda.add(due_ms, lambda: self._do_unseen(turn, 0))
            return
        reply_to(self.caller, turn.request)

    def _reply(self, turn: Turn, frame: Mapping[str, Any]) -> None:
        turn.logged.status = frame["status"]
        turn.logged.code = frame["error"]["code"] if "error" in frame else None
        self._later(turn.after_ms, lambda: self._send(frame))

    def _send(self, frame: Mapping[str, Any]) -> None:
        if self in self._exchange.sockets.open:
            self.carrier.send(json.dumps(frame, separators=(",", ":"), ensure_ascii=False))

    def _later(self, ms: int, action: Callable[[], None]) -> None:
        """At once, or after a delay: on a stepped clock by advancing it."""
        if ms and not self._exchange.pass_time(ms):
            self._exchange.sockets.agenda.add(self._exchange.clock.now_ms() + ms, action)
            return
        action()
