"""A venue that lies in one field: its replies are well-formed JSON, and one value in them is gone or absurd."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import PreparedRequest
from requests.adapters import BaseAdapter

Place = tuple[str, ...]
EACH = "*"
"""Stands for each member of a list."""
GONE = object()
OTHER_ID = "EX-2401010000Lffffff-S1-0"
TEXTS: tuple[object, ...] = (GONE, None, "", "ETHUSDC", OTHER_ID, 7, [], {})
NUMBERS: tuple[object, ...] = (GONE, None, "", "-1", "NaN", "Infinity", "1e400", "1e30", "abc", "0", [], True)
WHOLE: tuple[object, ...] = (GONE, None, "", -7, 0, 10**25, 1.5, "abc", [], True)
FLAGS: tuple[object, ...] = (GONE, None, "", "no", [], 7)
PARTS: tuple[object, ...] = (GONE, None, "", "abc", 7, [], {}, [None], [[]], [{}], ["abc"])


def wrong_values(value: object) -> tuple[object, ...]:
    """What may stand in the place of a value of this kind."""
    match value:
        case bool():
            return FLAGS
        case int():
            return WHOLE
        case str() if _is_number(value):
            return NUMBERS
        case str():
            return TEXTS
        case _:
            return PARTS


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def places_in(body: object, here: Place = ()) -> Iterator[tuple[Place, object]]:
    """Each place with a value, of the whole body too; members of lists share their places."""
    yield here, body
    parts = [(EACH, part) for part in body] if isinstance(body, list) else []
    for name, part in body.items() if isinstance(body, dict) else parts:
        yield from places_in(part, (*here, name))


@dataclass(frozen=True, slots=True)
class Lie:
    """What replies to `route` hold at `place`: in as many as `times`, after as many as `skip` that could hold it."""

    route: str
    place: Place
    value: object
    skip: int = 0
    times: int = 1

    def __str__(self) -> str:
        value = "gone" if self.value is GONE else json.dumps(self.value)
        return f"{self.route} {'.'.join(self.place)} {value} x{self.times} after {self.skip}"

    def told_in(self, body: Any) -> Any:
        """The body with the lie, or the body itself if it has no such place."""
        changed = copy.deepcopy(body)
        if not self.place:
            return body if self.value is GONE else self.value
        told = [self._put(holder) for holder in _holders(changed, self.place[:-1])]
        return changed if any(told) else body

    def _put(self, holder: Any) -> bool:
        name = self.place[-1]
        if isinstance(holder, list) and name == EACH and holder:
            holder[:] = [] if self.value is GONE else [self.value] * len(holder)
            return True
        if not isinstance(holder, dict) or name not in holder:
            return False
        if self.value is GONE:
            del holder[name]
        else:
            holder[name] = self.value
        return True


def _holders(body: Any, place: Place) -> list[Any]:
    holders = [body]
    for name in place:
        found: list[Any] = []
        for holder in holders:
            if name == EACH and isinstance(holder, list):
                found += holder
            elif isinstance(holder, dict) and name in holder:
                found.append(holder[name])
        holders = found
    return holders


@dataclass
class Lying(BaseAdapter):
    """Carries requests; tells the lie, and remembers what was there to lie about."""

    inner: BaseAdapter
    lie: Lie | None = None
    told: int = 0
    seen: dict[tuple[str, Place], object] = field(default_factory=dict)
    """A value of each place by route."""
    counted: dict[tuple[str, Place], int] = field(default_factory=dict)
    _chances: int = 0

    def send(self, request: PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        reply = self.inner.send(request, *rest, **more)
        route = f"{request.method} {urlsplit(request.url or '').path}"
        body = json.loads(reply.content)
        lied = self._lied(route, body)
        text = reply.content if lied is body else json.dumps(lied).encode()
        reply._content, reply.raw = text, BytesIO(text)
        return reply

    def _lied(self, route: str, body: Any) -> Any:
        if self.lie is None:
            found = dict(places_in(body))
            self.seen.update({(route, place): value for place, value in found.items()})
            for place in found:
                self.counted[route, place] = self.counted.get((route, place), 0) + 1
            return body
        if route != self.lie.route:
            return body
        lied = self.lie.told_in(body)
        if lied is body:
            return body
        self._chances += 1
        if not self.lie.skip < self._chances <= self.lie.skip + self.lie.times:
            return body
        self.told += 1
        return lied

    def close(self) -> None:
        """Nothing is kept open."""
