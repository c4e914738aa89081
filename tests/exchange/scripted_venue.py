"""A real HTTP server that answers with what a test wrote down, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Say:
    """One answer; `drop` closes the connection unanswered, `wait` answers only when the venue is told to go on.

    `meanwhile` is called between question and answer.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    wait: bool = False
    meanwhile: Callable[[], None] = lambda: None

    @property
    def payload(self) -> bytes:
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    params: dict[str, str]
    raw: str
    headers: dict[str, str]
    connection: int


class ScriptedVenue:
    """Answers a route with its scripted replies in turn, the last one for ever; anything unscripted is a 404."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.arrived = threading.Semaphore(0)
        """Counts the requests, for who waits for one."""
        self.go_on = threading.Event()
        self._script: dict[tuple[str, str], list[Say]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def on(self, method: str, path: str, *replies: Say) -> None:
        self._script[method, path] = list(replies)

    def requests(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    @contextmanager
    def serving(self) -> Iterator["ScriptedVenue"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.go_on.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _reply(self, method: str, path: str) -> Say:
        replies = self._script.get((method, path), [Say("<html>no such route</html>", 404)])
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        venue = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                target = urlsplit(self.path)
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                raw = target.query + sent
                venue.asked.append(
                    Asked(
                        self.command, target.path, dict(parse_qsl(raw)), raw, dict(self.headers), self.client_address[1]
                    )
                )
                venue.arrived.release()
                say = venue._reply(self.command, target.path)
                say.meanwhile()
                if say.wait:
                    venue.go_on.wait(10)
                if say.drop:
                    self.close_connection = True
                    return
                self.send_response(say.status)
                for name, value in {"Content-Type": "application/json", **say.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(say.payload)))
                self.end_headers()
                self.wfile.write(say.payload)

            do_GET = do_POST = do_DELETE = do_PUT = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                """The requests are in `asked`."""

        return Handler
