"""Alarms: told at once, then again every period until their condition ends."""

from dataclasses import dataclass, replace

from loguru import logger

from fsm.periods import elapsed_ms
from fsm.telling.notify import Notification, Notifier, Severity

_LEVELS = {Severity.INFO: "INFO", Severity.WARN: "WARNING", Severity.ERROR: "ERROR"}


@dataclass(slots=True)
class _Alarm:
    notification: Notification
    told_ms: dict[Severity, int]


class Alarms:
    """Remembers which alarms stand. Throttled per key and severity, so a WARN never mutes the ERROR after it.

    Times come with the calls; the loop calls `repeat` no later than `next_ms` says.
    """

    def __init__(self, notifier: Notifier, period_ms: int) -> None:
        self._notifier = notifier
        self._period_ms = period_ms
        self._standing: dict[str, _Alarm] = {}

    @property
    def standing(self) -> dict[str, Notification]:
        """The alarms whose condition has not ended, by key."""
        return {key: alarm.notification for key, alarm in self._standing.items()}

    def raise_alarm(self, key: str, notification: Notification) -> None:
        """The condition holds: tell it unless the same key and severity was told less than a period ago."""
        alarm = self._standing.setdefault(key, _Alarm(notification, {}))
        alarm.notification = notification
        self._tell_if_due(key, notification.time_ms)

    def clear_alarm(self, key: str, now_ms: int) -> None:
        """The condition has ended: tell so once, if the alarm stood."""
        alarm = self._standing.pop(key, None)
        if alarm is not None:
            text = f"Over: {alarm.notification.text}"
            self._tell(replace(alarm.notification, severity=Severity.INFO, text=text, time_ms=now_ms))

    def repeat(self, now_ms: int) -> None:
        """Tell every standing alarm that was last told a period ago."""
        for key in self._standing:
            self._tell_if_due(key, now_ms)

    def next_ms(self) -> int | None:
        """When `repeat` has something to tell; None while no alarm stands."""
        return min(map(self._due_ms, self._standing.values()), default=None)

    def _due_ms(self, alarm: _Alarm) -> int:
        told_ms = alarm.told_ms.get(alarm.notification.severity)
        return alarm.notification.time_ms if told_ms is None else told_ms + self._period_ms

    def _tell_if_due(self, key: str, now_ms: int) -> None:
        alarm = self._standing[key]
        told_ms = alarm.told_ms.get(alarm.notification.severity)
        if told_ms is None or elapsed_ms(told_ms, now_ms) >= self._period_ms:
            alarm.told_ms[alarm.notification.severity] = now_ms
            self._tell(replace(alarm.notification, time_ms=now_ms))

    def _tell(self, notification: Notification) -> None:
        context = {**notification.details, "event": notification.event, "trade_id": notification.trade_id}
        logger.bind(**context).log(_LEVELS[notification.severity], "{}", notification.text)
        self._notifier.send(notification)
