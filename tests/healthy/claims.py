"""What may stand between us and the venue: claims about orders that need not be true, a network that repeats."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import PreparedRequest
from requests.adapters import BaseAdapter


class Claiming(BaseAdapter):
    """Passes requests on; in answers about margin orders `isWorking` is as claimed, or missing for None."""

    def __init__(self, inner: BaseAdapter, *, is_working: bool | None) -> None:
        super().__init__()
        self._inner = inner
        self._is_working = is_working

    def send(self, request: PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        response = self._inner.send(request, *rest, **more)
        if urlsplit(request.url or "").path.startswith("/sapi/v1/margin/") and response.ok:
            response.raw = BytesIO(json.dumps(self._changed(response.json())).encode())
            response._content = False
            response._content_consumed = False
        return response

    def _changed(self, body: Any) -> Any:
        if isinstance(body, list):
            return [self._changed(part) for part in body]
        if not isinstance(body, dict):
            return body
        changed = {name: self._changed(part) for name, part in body.items() if name != "isWorking"}
        claims = "orderId" in body and self._is_working is not None
        return {**changed, "isWorking": self._is_working} if claims else changed

    def close(self) -> None:
        self._inner.close()


class Repeating(BaseAdapter):
    """Passes requests on, and those to one path twice, as a network may: the second answer is the one that is heard."""

    def __init__(self, inner: BaseAdapter, method: str, path: str) -> None:
        super().__init__()
        self._inner = inner
        self._what = (method, path)

    def send(self, request: PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        if (request.method, urlsplit(request.url or "").path) == self._what:
            self._inner.send(request, *rest, **more)
        return self._inner.send(request, *rest, **more)

    def close(self) -> None:
        self._inner.close()
