"""Orders of the last trade that came to life after its close, because something repeated a request: cancelled."""

from exchange.ids import parse
from exchange.types import Confirmed, OrderReport, Venue
from fsm.memory import Memory
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.notify import Severity


class Leftovers:
    """What is left over is known by its id alone: the record has forgotten the orders of that trade."""

    def __init__(self, memory: Memory, venue: Venue, tell: Tell) -> None:
        self._memory = memory
        self._venue = venue
        self._tell = tell

    def withdraw(self, foreign: tuple[OrderReport, ...]) -> None:
        """Cancel those among these open orders; one that has ended since is passed over, any other tried again."""
        last = self._memory.record.last_closed
        for report in foreign:
            name = parse(report.client_id)
            if last is not None and name is not None and name.trade_id == last.trade_id:
                self._cancel(report.client_id)

    def _cancel(self, client_id: str) -> None:
        if isinstance(self._venue.cancel(client_id), Confirmed):
            text = f"{client_id} came to life after its trade was closed, and is cancelled"
            self._tell(Announcement(Severity.WARN, "leftover_canceled", text))
