"""Request weight and the venue's pauses: polling never starves protection, and a ban is never provoked.

The venue counts weight per minute of its clock and says the sum in every reply (Binance docs: IP limits). Reads stop
at the limit less a reserve; only settling a doubt and protecting a position may use the reserve. After a 429 nothing
but protection is sent until the named time; after a 418, or a 429 on protection itself, nothing at all.
"""

from dataclasses import dataclass
from enum import Enum, auto

MINUTE_MS = 60_000
LONGEST_PAUSE_MS = 3 * 24 * 3_600_000
"""The longest ban that the venue documents."""


class Urgency(Enum):
    ROUTINE = auto()
    """Reads, and entries: they can wait."""
    SETTLING = auto()
    """Asks what became of an order in doubt, or for the venue's time."""
    PROTECTIVE = auto()
    """Cancels, stops, targets and exits."""


@dataclass(frozen=True, slots=True)
class _Pause:
    since_ms: int = 0
    until_ms: int = 0

    def left_ms(self, now_ms: int) -> int:
        """A pause that began in the future is over: the clock was corrected meanwhile."""
        return self.until_ms - now_ms if self.since_ms <= now_ms < self.until_ms else 0


class WeightBudget:
    """What may be sent now; `limit` and `reserve` are weights per minute."""

    def __init__(self, limit: int = 6_000, reserve: int = 1_000) -> None:
        self._limit = limit
        self._reserve = reserve
        self._minute = 0
        self._used = 0
        self._routine_pause = _Pause()
        self._full_pause = _Pause()

    def wait_ms(self, weight: int, urgency: Urgency, now_ms: int) -> int:
        """0 when a request of this weight may go now, else milliseconds until it may."""
        pauses = [self._full_pause.left_ms(now_ms)]
        if urgency is not Urgency.PROTECTIVE:
            pauses.append(self._routine_pause.left_ms(now_ms))
        if max(pauses):
            return max(pauses)
        if urgency is Urgency.PROTECTIVE:
            return 0
        reserve = self._reserve if urgency is Urgency.ROUTINE else 0
        used = self._used if self._minute == now_ms // MINUTE_MS else 0
        return 0 if used + weight <= self._limit - reserve else MINUTE_MS - now_ms % MINUTE_MS

    def sent(self, weight: int, now_ms: int) -> None:
        """Count a request before its reply, which may never come."""
        self._turn(now_ms)
        self._used += weight

    def counted(self, used: int, now_ms: int) -> None:
        """Take over the sum that the venue named in a reply."""
        self._turn(now_ms)
        self._used = used

    def limited(self, status: int, retry_after_ms: int, urgency: Urgency, now_ms: int) -> None:
        """The venue answered 429 or 418."""
        pause = _Pause(now_ms, now_ms + min(retry_after_ms, LONGEST_PAUSE_MS))
        if status == 418 or urgency is Urgency.PROTECTIVE:
            self._full_pause = pause
        else:
            self._routine_pause = pause

    def set_limit(self, limit: int) -> None:
        """Follow the limit of exchangeInfo; the reserve stays at a sixth of it."""
        self._limit, self._reserve = limit, limit // 6

    def _turn(self, now_ms: int) -> None:
        if self._minute != now_ms // MINUTE_MS:
            self._minute, self._used = now_ms // MINUTE_MS, 0
