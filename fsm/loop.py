"""The loop around the executor: turn, wait to be woken or for the next deadline, turn again, until told to stop."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from loguru import logger

from exchange.clock import Clock
from exchange.settings import ExchangeSettings
from exchange.stream import UserStream
from fsm.assembly import Assembled
from fsm.environment import AllSettings
from fsm.executor import Wake
from fsm.intake import signal_files
from fsm.operator import Switches
from fsm.telling.glance import Glance
from fsm.waker import Waker
from signals.watch import watch

LONGEST_WAIT_MS = 60_000


def follow(settings: AllSettings, assembled: Assembled, clock: Clock, waker: Waker) -> None:
    """Recover, then follow signals and venue until the waker is stopped; orders stay at the venue, state is saved."""
    executor, glance = assembled.executor, Glance(settings.places.last_seen)
    executor.start()
    with woken_by_files(settings, waker), woken_by_stream(settings.exchange, clock, waker):
        woken = frozenset(Wake)
        while not waker.stopping:
            executor.turn(woken)
            glance.write(assembled.surroundings, clock.now_ms())
            woken = waker.wait(min(executor.next_ms() - clock.now_ms(), LONGEST_WAIT_MS))
    assembled.memory.save()
    logger.info("stopped in state {}; orders stay at the venue", assembled.memory.record.state)


def stopped_by_signals(waker: Waker) -> None:
    """SIGTERM and Ctrl-C end the loop after the turn that is under way."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=waker.stop).start())


@contextmanager
def woken_by_files(settings: AllSettings, waker: Waker) -> Iterator[None]:
    """DeltaScout's files and the operator's switches wake the loop when they change."""
    leaving = threading.Event()
    watch(signal_files(settings.signals), lambda: waker.wake(Wake.SIGNALS), leaving)
    watch(Switches(settings.places.commands).paths(), lambda: waker.wake(Wake.COMMAND), leaving)
    try:
        yield
    finally:
        leaving.set()


@contextmanager
def woken_by_stream(settings: ExchangeSettings, clock: Clock, waker: Waker) -> Iterator[None]:
    """The user stream says when to look; while it is silent, polling does."""
    stream = UserStream(settings, clock, lambda _event: waker.wake(Wake.STREAM))
    stream.start()
    try:
        yield
    finally:
        stream.stop()
