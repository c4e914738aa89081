"""What the program sent, seen from the wire: no order again while an earlier attempt could still be executed."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from requests import PreparedRequest, Response

from fsm.simulation.checks import PromiseBroken

ID_FIELDS = ("newClientOrderId", "listClientOrderId")
PLACED = re.compile(r"(?!cancel).*[cC]lientOrderId")
ID = re.compile(r"(EX-\d{10}[LS][0-9a-f]{6}-[A-Z]\d)-(\d+)")
VENUE_LIMIT_MS = 10_000
"""A request that arrived in time may be executed this long after its window (Binance docs: general API information)."""
UNKNOWN = (-1000, -1001, -1006, -1007)
"""Codes that leave it open whether the request was executed (Binance docs: error codes)."""
ABSENT = -2013


@dataclass(slots=True)
class Attempt:
    """One order or list that was sent, and until when it may be executed."""

    client_id: str
    members: frozenset[str]
    """Client ids of all orders that the request places: what is known of one is known of the whole list."""
    deadline_ms: int
    settled: bool = False


@dataclass(slots=True)
class SentOrders:
    """Every placement of ours, by what it is for; `sending` and `answered` see each request and each answer."""

    most_weight: int = 0
    """The largest weight of a minute that the venue has named."""
    _attempts: dict[str, Attempt] = field(default_factory=dict)
    """The newest attempt by trade, role and leg."""
    _ids: set[str] = field(default_factory=set)

    def sending(self, request: PreparedRequest, now_ms: int) -> None:
        """A request leaves the program."""
        if request.method != "POST":
            return
        fields = _fields(request)
        members = frozenset(value for name, value in fields.items() if PLACED.fullmatch(name))
        deadline_ms = int(fields["timestamp"]) + int(fields["recvWindow"]) + VENUE_LIMIT_MS
        for client_id in (fields[name] for name in ID_FIELDS if name in fields):
            self._send(Attempt(client_id, members, deadline_ms), now_ms)

    def _send(self, attempt: Attempt, now_ms: int) -> None:
        client_id = attempt.client_id
        found = ID.fullmatch(client_id)
        if found is None:
            return
        if client_id in self._ids:
            raise PromiseBroken(f"sent: {client_id} was sent twice")
        self._ids.add(client_id)
        before = self._attempts.get(found[1])
        if before is not None and not before.settled and now_ms < before.deadline_ms:
            raise PromiseBroken(f"sent: {client_id} was sent while {before.client_id} was in doubt")
        self._attempts[found[1]] = attempt

    def answered(self, request: PreparedRequest, answer: Response, now_ms: int) -> None:
        """An answer reaches the program: it settles what it speaks of."""
        self.most_weight = max(self.most_weight, int(answer.headers.get("X-MBX-USED-WEIGHT-1M", 0)))
        if answer.status_code >= 500:
            return
        body = json.loads(answer.text)
        code = body.get("code") if isinstance(body, dict) else None
        fields = _fields(request)
        if request.method == "POST" and code not in UNKNOWN:
            self._settle(fields.get(name) for name in ID_FIELDS)
        if code == ABSENT:
            self._settle_absent(fields.get("origClientOrderId"), now_ms)
        self._settle(_ids_in(body))

    def _settle(self, ids: "Iterator[str | None]") -> None:
        known = set(ids)
        for attempt in self._attempts.values():
            attempt.settled = attempt.settled or bool(attempt.members & known)

    def _settle_absent(self, client_id: str | None, now_ms: int) -> None:
        """Absence proves something only once nothing can arrive any more; `_send` asks for that."""
        attempts = [attempt for attempt in self._attempts.values() if client_id in attempt.members]
        for attempt in attempts:
            attempt.settled = now_ms >= attempt.deadline_ms


def _ids_in(body: Any) -> Iterator[str]:
    """Client ids of all orders and lists in an answer."""
    if isinstance(body, list):
        for entry in body:
            yield from _ids_in(entry)
    elif isinstance(body, dict):
        yield from (body[name] for name in ("clientOrderId", "origClientOrderId", "listClientOrderId") if name in body)
        for value in body.values():
            if isinstance(value, dict | list):
                yield from _ids_in(value)


def _fields(request: PreparedRequest) -> dict[str, str]:
    body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")
    return dict(parse_qsl(urlsplit(request.url or "").query)) | dict(parse_qsl(body))
