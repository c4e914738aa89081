"""Notifications to a webhook, as JSON."""

import base64
import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fsm.telling.deliveries import FIRST_WAIT_S, QueuedNotifier, Unanswered, Undelivered
from fsm.telling.notify import Notification

_BUSY = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where notifications are posted, and how long that is tried."""

    url: str = field(repr=False)
    user: str | None
    password: str | None = field(repr=False)
    timeout_s: float
    tries: int
    first_wait_s: float = FIRST_WAIT_S


class WebhookNotifier(QueuedNotifier):
    """Posts each notification as JSON (`Notification.payload` and `times`, the number of equal ones it stands for).

    Redirects are not followed: they would turn the post into a get.
    """

    def __init__(self, webhook: Webhook, redact: Callable[[str], str]) -> None:
        self._webhook = webhook
        super().__init__("webhook", self._post, webhook.tries, redact, webhook.first_wait_s)

    def _post(self, notification: Notification, times: int) -> None:
        body = json.dumps(notification.payload() | {"times": times})
        address = urlsplit(self._webhook.url)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.hostname or "", address.port, timeout=self._webhook.timeout_s)
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        try:
            connection.request("POST", path, body.encode("ascii"), self._headers())
            answer = connection.getresponse()
        finally:
            connection.close()
        _judge(answer.status, answer.reason)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Connection": "close"}
        if self._webhook.user is not None:
            pair = f"{self._webhook.user}:{self._webhook.password or ''}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode("ascii")
        return headers


def _judge(status: int, reason: str) -> None:
    if 200 <= status < 300:
        return
    if status >= 500 or status in _BUSY:
        raise Unanswered(f"the webhook answered {status} {reason}")
    raise Undelivered(f"the webhook answered {status} {reason}; look at N8N_WEBHOOK_URL and its user and password")
