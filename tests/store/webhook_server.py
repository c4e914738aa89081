"""A real webhook: answers as scripted and keeps what was posted."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Post:
    path: str
    authorization: str | None
    content_type: str | None
    body: dict[str, object]


class WebhookServer(ThreadingHTTPServer):
    """Statuses are answered in order, then 200 for ever; while `answering` is cleared no post gets its answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posts: queue.Queue[Post] = queue.Queue()
        self.statuses: list[int] = []
        self.answering = threading.Event()
        self.answering.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook/deadbeef?from=executor"

    def next_post(self) -> Post:
        return self.posts.get(timeout=10)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, WebhookServer)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        authorization, content_type = self.headers["Authorization"], self.headers["Content-Type"]
        status = server.statuses.pop(0) if server.statuses else 200
        server.posts.put(Post(self.path, authorization, content_type, body))
        server.answering.wait(10)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", server.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it)
        """The test reads the posts, not the server's log."""


@contextmanager
def webhook_server() -> Iterator[WebhookServer]:
    with WebhookServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.answering.set()
        server.shutdown()
        thread.join()
