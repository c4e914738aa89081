"""A wire between executor and exchange that can be cut and stalled, on any number of connections."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BLOCK = 65_536
LOOK_EVERY_S = 0.05


class Wire:
    """Carries bytes to `port` and back; `cut` resets every connection, `stall` carries nothing until `mend`."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._flowing = threading.Event()
        self._flowing.set()
        self._over = threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Every connection breaks now; new ones are made."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def stall(self) -> None:
        """Connections stay, nothing arrives."""
        self._flowing.clear()

    def mend(self) -> None:
        self._flowing.set()

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
            far = socket.create_connection(("127.0.0.1", self._target))
            self._pairs.append((near, far))
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError, ValueError):
            while not self._over.is_set():
                self._flowing.wait()
                ready, _, _ = select.select([source], [], [], LOOK_EVERY_S)
                if ready and self._flowing.is_set():
                    if not (content := source.recv(BLOCK)):
                        break
                    target.sendall(content)
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
