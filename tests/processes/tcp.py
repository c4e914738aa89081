"""A wire between executor and exchange that can be cut, stalled and trapped, on any number of connections."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

BLOCK = 65_536
LOOK_EVERY_S = 0.05
CHANGING = (b"POST ", b"DELETE ", b"PUT ")


class Trap(StrEnum):
    """Where the next request that changes something is caught; from then on its connection carries nothing."""

    UNSENT = "unsent"
    """It never arrives."""
    UNANSWERED = "unanswered"
    """It arrives, its answer does not."""
    HALF_ANSWERED = "half_answered"
    """It arrives, half of its answer does."""


@dataclass(eq=False)
class Pair:
    """One connection; `trapped` once a request of it was caught whose answer is waited for."""

    near: socket.socket
    far: socket.socket
    trapped: Trap | None = None

    def carry(self, source: socket.socket, target: socket.socket, content: bytes) -> bool:
        """False if this content must go no further."""
        if source is self.far and self.trapped is not None:
            target.sendall(content[: len(content) // 2] if self.trapped is Trap.HALF_ANSWERED else b"")
            return False
        target.sendall(content)
        return True

    def close(self) -> None:
        for end in (self.near, self.far):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Wire:
    """Carries bytes to `port` and back.

    `cut` resets every connection, `stall` carries nothing until `mend`, `set_trap` catches one request.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._flowing = threading.Event()
        self._flowing.set()
        self._over = threading.Event()
        self.caught = threading.Event()
        self._trap: Trap | None = None
        self._pairs: list[Pair] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Every connection breaks now; new ones are made."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.close()

    def stall(self) -> None:
        """Connections stay, nothing arrives."""
        self._flowing.clear()

    def mend(self) -> None:
        self._flowing.set()

    def set_trap(self, trap: Trap | None) -> None:
        """Catch the next request that changes something; `caught` says when."""
        self.caught.clear()
        self._trap = trap

    def close(self) -> None:
        self._over.set()
        self.mend()
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                pair = Pair(near, socket.create_connection(("127.0.0.1", self._target)))
            except ConnectionRefusedError:
                near.close()
                continue
            self._pairs.append(pair)
            for source, target, carry in ((pair.near, pair.far, self._ask), (pair.far, pair.near, self._answer)):
                threading.Thread(target=self._carry, args=(pair, source, target, carry), daemon=True).start()

    def _ask(self, pair: Pair, content: bytes) -> bool:
        if self._trap is not None and content.startswith(CHANGING):
            trap, self._trap = self._trap, None
            if trap is Trap.UNSENT:
                self.caught.set()
                return False
            pair.trapped = trap
        return pair.carry(pair.near, pair.far, content)

    def _answer(self, pair: Pair, content: bytes) -> bool:
        arrives = pair.carry(pair.far, pair.near, content)
        if not arrives:
            self.caught.set()
        return arrives

    def _carry(
        self, pair: Pair, source: socket.socket, target: socket.socket, carry: Callable[[Pair, bytes], bool]
    ) -> None:
        with suppress(OSError, ValueError):
            while not self._over.is_set():
                self._flowing.wait()
                ready, _, _ = select.select([source], [], [], LOOK_EVERY_S)
                if ready and self._flowing.is_set():
                    if not (content := source.recv(BLOCK)):
                        break
                    if not carry(pair, content):
                        return
        for end in (source, target):
            with suppress(OSError):
                end.close()


@contextmanager
def wire_to(url: str) -> Iterator[Wire]:
    wire = Wire(int(url.rpartition(":")[2]))
    try:
        yield wire
    finally:
        wire.close()
