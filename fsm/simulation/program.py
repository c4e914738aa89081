"""The program in a world: the assembly that `run` uses; only clock, carrier of requests, disk and notifier are others.

It is stopped where fate has it, and started again as a supervisor does, as often as that happens.
"""

import random
from collections.abc import Callable

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.errors import VenueError
from fsm.assembly import Assembled, Outside, assemble, load_record
from fsm.environment import AllSettings
from fsm.executor import Wake
from fsm.record import Record
from fsm.simulation.checks import PromiseBroken
from fsm.simulation.door import Door
from fsm.simulation.failing_disk import FailingDisk
from fsm.simulation.fate import Fate, Stopped
from fsm.simulation.network import Network
from fsm.simulation.outcome import Ears
from fsm.simulation.sent import SentOrders
from fsm.simulation.stream import Wakes
from fsm.states import State

LEAST_WAIT_MS = 10
PAUSE_AT_RESTART_MS = (100, 20_000)
CONNECT_AGAIN_MS = 5_000
FILES = frozenset({Wake.SIGNALS, Wake.COMMAND})

Tamper = Callable[[Outside], Outside]


class Program:
    """Lives from turn to turn; `tamper` puts something else between it and the outside."""

    def __init__(self, settings: AllSettings, clock: VirtualClock, door: Door, fate: Fate, wakes: Wakes) -> None:
        self.settings = settings
        self.ears = Ears()
        self.sent = SentOrders()
        self.tamper: Tamper = lambda outside: outside
        self.on_the_way: Callable[[], None] = lambda: None
        """What happens while a request travels."""
        self._clock = clock
        self._door = door
        self._fate = fate
        self._wakes = wakes
        self._assembled: Assembled | None = None
        door.listen(lambda: wakes.tell(clock.now_ms()))

    @property
    def record(self) -> Record:
        return self._assembled.memory.record if self._assembled is not None else Record()

    @property
    def state(self) -> State:
        return self.record.state

    def sleep_until(self, end_ms: int) -> None:
        """Until it wants to look again, or something wakes it, or the given time has come."""
        now = self._clock.now_ms()
        wanted = self._assembled.executor.next_ms() if self._assembled is not None else now
        told = self._wakes.next_ms
        due = wanted if told is None else min(wanted, told)
        self._network.pass_time(min(max(due, now + LEAST_WAIT_MS), max(end_ms, now + 1)) - now)

    def turn(self, rng: random.Random) -> list[str]:
        """One turn; where it is stopped, it is started again. The places at which it was stopped."""
        stopped_at: list[str] = []
        woken = FILES | {Wake.STREAM} if self._wakes.take(self._clock.now_ms()) else FILES
        while True:
            try:
                if self._assembled is None:
                    self._assembled = self._started()
                    woken = frozenset(Wake)
                self._assembled.executor.turn(woken)
            except Stopped as stopped:
                stopped_at.append(str(stopped))
                self._die(rng)
            else:
                return stopped_at

    def _die(self, rng: random.Random) -> None:
        self._assembled = None
        if self._fate.power_is_lost():
            self._disk.lose_unsynced()
        self._network.pass_time(rng.randint(*PAUSE_AT_RESTART_MS))
        self._wakes.forget()
        self._fate.restarts()

    def _started(self) -> Assembled:
        """A start that the network prevents is tried again."""
        self._disk, self._network = FailingDisk(self._fate), Network(self._door, self._fate, self.sent, self.on_the_way)
        client = BinanceClient(self.settings.exchange, self._clock, self._sleep).carried_by(self._network)
        while True:
            try:
                client.connect()
                record = self._saved(client)
                break
            except VenueError:
                self._network.pass_time(CONNECT_AGAIN_MS)
        outside = Outside(client, self._clock, self._disk, self.ears, lambda _path: None, client.lender)
        assembled = assemble(self.settings, self.tamper(outside), record)
        assembled.executor.start()
        return assembled

    def _sleep(self, seconds: float) -> None:
        self._network.pass_time(int(seconds * 1000))

    def _saved(self, client: BinanceClient) -> Record:
        venue = self.settings.exchange
        record = load_record(self.settings.places, self._disk, self._clock.now_ms(), venue.order_recv_window_ms)
        if record is None and any(order.client_id.startswith("EX-") for order in client.open_orders()):
            raise PromiseBroken("lost: there is no record, but orders of ours work at the venue")
        return record or Record()
