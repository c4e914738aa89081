"""Waiting: until something woke the executor, or a deadline on the venue's clock is reached."""

import threading

from fsm.executor import Wake


class Waker:
    """Collects wake-ups from any thread; one thread waits for them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._woken: set[Wake] = set()
        self.stopping = False

    def wake(self, reason: Wake) -> None:
        with self._changed:
            self._woken.add(reason)
            self._changed.notify()

    def stop(self) -> None:
        """End the waiting for good; safe to call from a signal handler's thread of its own."""
        with self._changed:
            self.stopping = True
            self._changed.notify()

    def wait(self, milliseconds: int) -> frozenset[Wake]:
        """What woke us, or nothing when the time was up."""
        with self._changed:
            if not self._woken and not self.stopping and milliseconds > 0:
                self._changed.wait(milliseconds / 1000)
            woken = frozenset(self._woken)
            self._woken.clear()
            return woken
