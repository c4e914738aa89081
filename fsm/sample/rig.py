"""The executor under the sample's clock: the real one, taking its turns whenever its own deadlines fall due."""

from collections.abc import Callable

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from fsm.assembly import Assembled, Outside, assemble, load_record
from fsm.environment import AllSettings
from fsm.record import Record
from fsm.storage.disk import Disk
from fsm.telling.notify import Notifier

SHORTEST_WAIT_MS = 10


class Rig:
    """One executor over the files of the sample; `watch` is called after each turn."""

    def __init__(
        self,
        settings: AllSettings,
        clock: VirtualClock,
        disk: Disk,
        notifier: Notifier,
        archive: Callable[..., None],
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.watch: Callable[[], None] = lambda: None
        self._disk = disk
        self._notifier = notifier
        self._archive = archive
        self.start()

    def start(self) -> None:
        """Begin with what is on disk, as after any end."""
        settings = self.settings
        self.client = BinanceClient(settings.exchange, self.clock, lambda s: self.clock.advance(int(s * 1000)))
        self.client.connect()
        doubt_ms = settings.exchange.order_recv_window_ms
        record = load_record(settings.places, self._disk, self.clock.now_ms(), doubt_ms) or Record()
        outside = Outside(self.client, self.clock, self._disk, self._notifier, self._archive, self.client.lender)
        self._assembled: Assembled = assemble(settings, outside, record)
        self._assembled.executor.start()

    def shut(self) -> None:
        """End as a killed process does: nothing is saved, nothing is told to the venue."""
        self.client.close()

    @property
    def record(self) -> Record:
        return self._assembled.memory.record

    def turn(self) -> None:
        self._assembled.executor.turn()
        self.watch()

    def look(self, milliseconds: int) -> None:
        """Let time pass, turn by turn."""
        end = self.clock.now_ms() + milliseconds
        while (now := self.clock.now_ms()) < end:
            due = max(self._assembled.executor.next_ms() - now, SHORTEST_WAIT_MS)
            self.clock.advance(min(due, end - now))
            self.turn()
