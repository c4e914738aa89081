"""Notifications to a webhook, from a thread of its own: bounded in number, time and tries."""

import base64
import http.client
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from loguru import logger
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_when_event_set, wait_exponential
from tenacity.nap import sleep_using_event

from fsm.telling.notify import Notification, Notifier, NullNotifier, Severity
from fsm.telling.settings import TellingSettings

WAITING_MAX = 200
_BUSY = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where notifications are posted, and how long that is tried."""

    url: str = field(repr=False)
    user: str | None
    password: str | None = field(repr=False)
    timeout_s: float
    tries: int
    first_wait_s: float = 0.5
    """Pause before the second try; it doubles with each further one, up to half a minute."""


def notifier_of(settings: TellingSettings, redact: Callable[[str], str]) -> Notifier:
    """The webhook of the settings, or nobody."""
    if settings.webhook_url is None:
        return NullNotifier()
    password = settings.webhook_password.get_secret_value() if settings.webhook_password else None
    timeout_s = float(settings.webhook_timeout_s)
    webhook = Webhook(
        settings.webhook_url.get_secret_value(), settings.webhook_user, password, timeout_s, settings.webhook_tries
    )
    return WebhookNotifier(webhook, redact)


class _Undelivered(Exception):
    """The webhook refused for good: trying again cannot help."""


class _Unanswered(Exception):
    """The webhook could not take it now."""


@dataclass(slots=True)
class _Waiting:
    notification: Notification
    times: int = 1


class WebhookNotifier:
    """Posts each notification as JSON (`Notification.payload` and `times`, the number of equal ones it stands for).

    Equal notifications that wait together are posted once. When too many wait, the oldest of the lowest severity
    is dropped and told in the log. Redirects are not followed: they would turn the post into a get.
    """

    def __init__(self, webhook: Webhook, redact: Callable[[str], str]) -> None:
        self._webhook = webhook
        self._redact = redact
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        self._changed = threading.Condition()
        self._ending = False
        self._abandon = threading.Event()
        self._retrying = Retrying(
            retry=retry_if_exception_type((OSError, http.client.HTTPException, _Unanswered)),
            stop=stop_after_attempt(webhook.tries) | stop_when_event_set(self._abandon),
            wait=wait_exponential(multiplier=webhook.first_wait_s, max=30),
            sleep=sleep_using_event(self._abandon),
            reraise=True,
        )
        self._thread = threading.Thread(target=self._run, name="webhook", daemon=True)
        self._thread.start()

    def send(self, notification: Notification) -> None:
        key = _identity(notification)
        with self._changed:
            if key in self._waiting:
                self._waiting[key].times += 1
                return
            self._make_room(notification.severity)
            self._waiting[key] = _Waiting(notification)
            self._changed.notify()

    def shutdown(self, timeout_s: float) -> None:
        """Deliver what waits, for at most this long; what is left is counted in the log."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join(timeout_s)
        self._abandon.set()
        with self._changed:
            left = len(self._waiting)
        if left:
            logger.warning("{} notifications were not delivered before the end", left)

    def _make_room(self, severity: Severity) -> None:
        if len(self._waiting) < WAITING_MAX:
            return
        rank = list(Severity).index
        key = min(self._waiting, key=lambda key: rank(self._waiting[key].notification.severity))
        dropped = self._waiting.pop(key).notification
        logger.warning("Too many notifications wait; dropped for a {}: {}", severity, dropped.text)

    def _next(self) -> _Waiting | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ending)
            return self._waiting.popitem(last=False)[1] if self._waiting else None

    def _run(self) -> None:
        while not self._abandon.is_set() and (waiting := self._next()) is not None:
            notification = self._redacted(waiting.notification)
            try:
                self._retrying(self._post, json.dumps(notification.payload() | {"times": waiting.times}))
            except (OSError, UnicodeError, http.client.HTTPException, _Unanswered, _Undelivered) as error:
                logger.warning("Notification {} was not delivered: {}", notification.event, self._redact(str(error)))

    def _redacted(self, notification: Notification) -> Notification:
        details = {name: self._redact(text) for name, text in notification.details.items()}
        return replace(notification, text=self._redact(notification.text), details=details)

    def _post(self, body: str) -> None:
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
        raise _Unanswered(f"the webhook answered {status} {reason}")
    raise _Undelivered(f"the webhook answered {status} {reason}; look at N8N_WEBHOOK_URL and its user and password")


def _identity(notification: Notification) -> str:
    """Equal but for the time; severity is part of it, so a WARN never hides an ERROR."""
    return json.dumps(notification.payload() | {"time": None}, sort_keys=True)
