"""Delivering notifications from a thread of its own: bounded in number, time and tries."""

import http.client
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from loguru import logger
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_when_event_set, wait_exponential
from tenacity.nap import sleep_using_event

from fsm.telling.notify import Notification, Severity

WAITING_MAX = 200
FIRST_WAIT_S = 0.5
"""Pause before the second try; it doubles with each further one, up to half a minute."""


class Undelivered(Exception):
    """It was refused for good: trying again cannot help."""


class Unanswered(Exception):
    """It could not be taken now."""


@dataclass(slots=True)
class _Waiting:
    notification: Notification
    times: int = 1


Deliver = Callable[[Notification, int], None]
"""Delivers one notification, and how many equal ones it stands for; raises OSError, HTTPException, Unanswered (tried
again) or Undelivered."""


class QueuedNotifier:
    """Takes notifications at once and hands each to `deliver`, on a thread of its own.

    Equal notifications that wait together are delivered once. When too many wait, the oldest of the lowest severity
    is dropped and told in the log.
    """

    def __init__(
        self, name: str, deliver: Deliver, tries: int, redact: Callable[[str], str], first_wait_s: float = FIRST_WAIT_S
    ) -> None:
        self._deliver = deliver
        self._redact = redact
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        self._changed = threading.Condition()
        self._ending = False
        self._abandon = threading.Event()
        self._retrying = Retrying(
            retry=retry_if_exception_type((OSError, http.client.HTTPException, Unanswered)),
            stop=stop_after_attempt(tries) | stop_when_event_set(self._abandon),
            wait=wait_exponential(multiplier=first_wait_s, max=30),
            sleep=sleep_using_event(self._abandon),
            reraise=True,
        )
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
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
                self._retrying(self._deliver, notification, waiting.times)
            except (OSError, UnicodeError, http.client.HTTPException, Unanswered, Undelivered) as error:
                logger.warning("Notification {} was not delivered: {}", notification.event, self._redact(str(error)))

    def _redacted(self, notification: Notification) -> Notification:
        details = {name: self._redact(text) for name, text in notification.details.items()}
        return replace(notification, text=self._redact(notification.text), details=details)


def _identity(notification: Notification) -> str:
    """Equal but for the time; severity is part of it, so a WARN never hides an ERROR."""
    return json.dumps(notification.payload() | {"time": None}, sort_keys=True)
