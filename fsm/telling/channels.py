"""Everybody who is told: the webhook and the further channels, each with a queue of its own."""

from collections.abc import Callable

from fsm.telling.apprise_channel import AppriseNotifier, addresses
from fsm.telling.deliveries import QueuedNotifier
from fsm.telling.notify import Notification
from fsm.telling.settings import TellingSettings
from fsm.telling.webhook import Webhook, WebhookNotifier


class Channels:
    """Passes each notification to all; a dead one delays no other. Without any, the log has it all."""

    def __init__(self, queued: tuple[QueuedNotifier, ...]) -> None:
        self._queued = queued

    def send(self, notification: Notification) -> None:
        for channel in self._queued:
            channel.send(notification)

    def shutdown(self, timeout_s: float) -> None:
        """Deliver what waits, each channel for at most this long."""
        for channel in self._queued:
            channel.shutdown(timeout_s)


def channels_of(settings: TellingSettings, redact: Callable[[str], str]) -> Channels:
    """The channels of the settings."""
    urls = settings.notify_urls.get_secret_value() if settings.notify_urls is not None else ""
    further = tuple(AppriseNotifier(address, settings.webhook_tries, redact) for address in addresses(urls))
    return Channels((*_webhook(settings, redact), *further))


def _webhook(settings: TellingSettings, redact: Callable[[str], str]) -> tuple[QueuedNotifier, ...]:
    if settings.webhook_url is None:
        return ()
    password = settings.webhook_password.get_secret_value() if settings.webhook_password else None
    timeout_s = float(settings.webhook_timeout_s)
    url = settings.webhook_url.get_secret_value()
    webhook = Webhook(url, settings.webhook_user, password, timeout_s, settings.webhook_tries)
    return (WebhookNotifier(webhook, redact),)
