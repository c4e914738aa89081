"""Open connections as the exchange sees them: frames out, texts in; a transport carries them."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from exchange.paper.agenda import Agenda
from exchange.paper.errors import RateLimited
from exchange.paper.faults import Fault
from exchange.paper.http.limits import Window
from exchange.paper.sockets.user_events import server_shutdown

if TYPE_CHECKING:
    from exchange.paper.exchange import PaperExchange

# a connection lives for a day (Binance docs: WebSocket API and streams, general information)
LIFE_MS = 24 * 60 * 60 * 1000
# attempts to connect that one address may make, in so long (Binance docs: connection limits)
MAX_ATTEMPTS, ATTEMPTS_MS = 300, 5 * 60 * 1000


class TooManyConnections(RateLimited):
    code = -1003
    text = "Too many requests queued."


class Carrier(Protocol):
    """What carries frames away: a real socket, or a list in a test."""

    def send(self, text: str) -> None:
        """Take one frame; frames leave in the order in which they were taken."""

    def end(self, *, abruptly: bool) -> None:
        """Close after what was taken has left, or reset at once."""


class Session(Protocol):
    """One connection's other end."""

    path: str
    carrier: Carrier
    messages_per_s: int | None

    def receive(self, text: str) -> None:
        """A frame has come in."""

    def announce(self, event: Mapping[str, Any]) -> None:
        """Tell the connection about itself."""

    def leave(self) -> None:
        """The connection is gone; nothing more is sent."""


class Sockets:
    """All open connections, what is to happen on them later, and the faults that meet their events."""

    def __init__(self, exchange: "PaperExchange") -> None:
        self._exchange = exchange
        self.agenda = Agenda()
        self.open: list[Session] = []
        self._attempts = Window(ATTEMPTS_MS, MAX_ATTEMPTS)

    def check_attempt(self) -> None:
        """Count one attempt to connect, or refuse it."""
        now_ms = self._exchange.venue.now_ms
        self._attempts.add(now_ms, 1)
        if self._attempts.count(now_ms) > MAX_ATTEMPTS:
            raise TooManyConnections(self._attempts.seconds_left(now_ms))

    def join(self, session: Session) -> None:
        """A connection has been opened."""
        self.open.append(session)
        self.agenda.add(self._exchange.venue.now_ms + LIFE_MS, lambda: self.end(session, abruptly=False))

    def end(self, session: Session, *, abruptly: bool) -> None:
        """Close a connection, or reset it; one that is gone already stays gone."""
        if session in self.open:
            self.open.remove(session)
            session.leave()
            session.carrier.end(abruptly=abruptly)

    def lost(self, session: Session) -> None:
        """The other side has closed the connection."""
        if session in self.open:
            self.open.remove(session)
            session.leave()

    def deliver(self, session: Session, kind: str, frame: Mapping[str, Any]) -> None:
        """Send an event of this kind, unless a fault has other plans with it."""
        if session not in self.open:
            return
        text = json.dumps(frame, separators=(",", ":"), ensure_ascii=False)
        fault = self._exchange.faults.fire_event(kind, session.path)
        if fault is None:
            session.carrier.send(text)
            return
        self._note(fault, kind, session)
        self._deliver_with(fault, session, text)

    def _deliver_with(self, fault: Fault, session: Session, text: str) -> None:
        if fault.kind == "drop_event":
            self.end(session, abruptly=True)
        elif fault.kind == "duplicate_event":
            session.carrier.send(text)
            session.carrier.send(text)
        elif fault.kind == "late_event":
            due_ms = self._exchange.venue.now_ms + fault.ms
            self.agenda.add(due_ms, lambda: self._send_late(session, text))

    def _send_late(self, session: Session, text: str) -> None:
        """Nothing is replayed to a connection that came later."""
        if session in self.open:
            session.carrier.send(text)

    def shut_down(self) -> None:
        """Tell every connection that it should be opened anew, and close it."""
        for session in list(self.open):
            self._announce_shutdown(session, 0)

    def strike(self, fault: Fault) -> None:
        """Do at once to every connection of the fault's route what it says."""
        for session in [one for one in self.open if fault.matches(fault.method or "", one.path)]:
            self._note(fault, fault.kind, session)
            if fault.kind == "drop_stream":
                self.end(session, abruptly=True)
            elif fault.kind == "shutdown":
                self._announce_shutdown(session, fault.ms)
            else:
                self._exchange.user_streams.terminate_all(session)

    def _announce_shutdown(self, session: Session, ms: int) -> None:
        """The connection is closed so much later."""
        now_ms = self._exchange.venue.now_ms
        session.announce(server_shutdown(now_ms))
        if ms:
            self.agenda.add(now_ms + ms, lambda: self.end(session, abruptly=False))
        else:
            self.end(session, abruptly=False)

    def _note(self, fault: Fault, method: str, session: Session) -> None:
        """A fault shows in the request log."""
        self._exchange.log.begin(self._exchange.venue.now_ms, method, session.path, {}).fault = fault.kind
