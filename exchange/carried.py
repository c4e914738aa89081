"""A session without sockets: for replay and simulation, where thousands of requests go to an exchange in process."""

from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict


class CarriedSession(Session):
    """Hands each request to its carrier as it was signed; proxies, cookies and redirects belong to sockets."""

    def __init__(self, carrier: BaseAdapter) -> None:
        super().__init__()
        self._carrier = carrier

    def request(self, method: str | bytes, url: str | bytes, *_: Any, **rest: Any) -> Response:
        """Carry one request; what the carrier raises goes on to the caller."""
        prepared = PreparedRequest()
        prepared.method, prepared.url, prepared.body = str(method), str(url), rest.get("data")
        prepared.headers = CaseInsensitiveDict(rest.get("headers") or {})
        return self._carrier.send(prepared, timeout=rest.get("timeout"))
