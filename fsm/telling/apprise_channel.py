"""Further channels (Telegram, Slack, mail and some hundred others) through the library apprise, an extra."""

import logging
import re
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from fsm.telling.deliveries import QueuedNotifier, Unanswered
from fsm.telling.notify import Notification, Severity

EXTRA = "pip install '.[apprise]'"
SECRET_LENGTH = 6
"""A part of an address that is at least this long may be a token."""
_KINDS = {Severity.INFO: "info", Severity.WARN: "warning", Severity.ERROR: "failure"}
_NO_SECRETS = ("localhost", "127.0.0.1")


def addresses(text: str) -> tuple[str, ...]:
    """The channels of NOTIFY_URLS, which are divided by blanks."""
    return tuple(text.split())


def mistake(text: str) -> str | None:
    """Why these channels cannot be used, without showing any of them; None if they can."""
    if find_spec("apprise") is None:
        return f"needs the library apprise, which is an extra: {EXTRA}"
    for number, address in enumerate(addresses(text), start=1):
        if _opened(address) is None:
            return f"address {number} is none that apprise understands (see https://appriseit.com)"
    return None


def secret_parts(text: str) -> list[str]:
    """The addresses and everything in them that may be a password or a token."""
    parts = (part for address in addresses(text) for part in re.split(r"[:/@?&=]+", address.partition("://")[2]))
    tokens = (part for part in parts if len(part) >= SECRET_LENGTH and part not in _NO_SECRETS)
    return [*addresses(text), *tokens]


def _opened(address: str) -> Any:  # apprise declares no type for a channel
    import apprise  # noqa: PLC0415 - an extra: it is there only where a channel is wished

    log = logging.getLogger("apprise")  # it names addresses; what failed is told by our own log
    log.propagate, log.handlers = False, [logging.NullHandler()]
    return apprise.Apprise.instantiate(address, suppress_exceptions=True)


class AppriseNotifier(QueuedNotifier):
    """Sends each notification to one channel: severity and event as its title, the text and its place as its body."""

    def __init__(self, address: str, tries: int, redact: Callable[[str], str]) -> None:
        self._channel = _opened(address)
        super().__init__("apprise", self._notify, tries, redact)

    def _notify(self, notification: Notification, times: int) -> None:
        place = (notification.symbol, notification.state, notification.trade_id)
        known = " ".join(part for part in place if part is not None)
        repeated = f" ({times} times)" if times > 1 else ""
        title = f"{notification.severity} {notification.event}"
        kind = _KINDS[notification.severity]
        if not self._channel.notify(body=f"{notification.text}{repeated}\n{known}", title=title, notify_type=kind):
            raise Unanswered("a channel of NOTIFY_URLS did not take it")
