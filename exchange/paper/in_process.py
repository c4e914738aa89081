"""The same door without a socket: a transport adapter for requests sessions, such as the one inside ccxt."""

from collections.abc import Mapping
from http.client import responses
from io import BytesIO
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests import Response as RequestsResponse
from requests.adapters import BaseAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ReadTimeout
from requests.structures import CaseInsensitiveDict

from exchange.paper.exchange import PaperExchange
from exchange.paper.http.response import Response

Timeout = float | tuple[float | None, float | None] | None
DEFAULT_TIMEOUT_MS = 10_000


class InProcessAdapter(BaseAdapter):
    """Mount it on a session: `session.mount("http://paper", InProcessAdapter(exchange))`.

    Silence lasts as long as the caller's timeout on a stepped clock, no time at all on a running one.
    """

    def __init__(self, exchange: PaperExchange) -> None:
        super().__init__()
        self._exchange = exchange

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the signature is that of requests
        timeout: Timeout = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: str | bytes | tuple[str | bytes, str | bytes] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> RequestsResponse:
        """Carry one prepared request to the exchange and its answer back."""
        del stream, verify, cert, proxies
        parts = urlsplit(request.url or "")
        body = request.body or ""
        text = body.decode() if isinstance(body, bytes) else str(body)
        headers = {name: value if isinstance(value, str) else value.decode() for name, value in request.headers.items()}
        response = self._exchange.request(request.method or "GET", parts.path, parts.query, text, headers)
        self._enact(request, response, _milliseconds(timeout))
        return _as_requests(request, response)

    def _enact(self, request: PreparedRequest, response: Response, timeout_ms: int) -> None:
        if response.transport == "drop":
            raise RequestsConnectionError(ConnectionResetError(104, "Connection reset by peer"), request=request)
        if response.transport == "timeout" or response.delay_after_ms >= timeout_ms:
            self._pass(timeout_ms)
            raise ReadTimeout(f"Read timed out. (read timeout={timeout_ms} ms)", request=request)
        self._pass(response.delay_after_ms)

    def _pass(self, ms: int) -> None:
        if self._exchange.stepped is not None:
            self._exchange.stepped.advance(ms)

    def close(self) -> None:
        """Nothing is kept open."""


def _milliseconds(timeout: Timeout) -> int:
    seconds = timeout[1] if isinstance(timeout, tuple) else timeout
    return DEFAULT_TIMEOUT_MS if seconds is None else int(seconds * 1000)


def _as_requests(request: PreparedRequest, response: Response) -> RequestsResponse:
    answer = RequestsResponse()
    answer.status_code = response.status
    answer.reason = responses.get(response.status, "")
    answer.headers = CaseInsensitiveDict(response.headers)
    answer.encoding = "utf-8"
    answer.raw = BytesIO(response.body)
    answer.url = request.url or ""
    answer.request = request
    return answer
