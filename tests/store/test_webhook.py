"""Notifications reach the webhook or the log says why not, and sending never waits (V3, V4)."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from fsm.telling.deliveries import WAITING_MAX
from fsm.telling.notify import Notification, Severity
from fsm.telling.secret_redaction import SecretRedaction
from fsm.telling.webhook import Webhook, WebhookNotifier
from tests.store.webhook_server import WebhookServer, webhook_server

NOON = 1_736_769_600_000
FILLED = Notification(
    "entry_filled", Severity.INFO, "Bought 0.001 BTC", NOON, "T1", "BTCUSDC", "OPEN", {"price": "95000.5"}
)
Start = Callable[..., WebhookNotifier]


@pytest.fixture
def server() -> Iterator[WebhookServer]:
    with webhook_server() as server:
        yield server


@pytest.fixture
def start(server: WebhookServer) -> Iterator[Start]:
    """Starts notifiers towards the server; keywords change the webhook."""
    with ExitStack() as running:

        def started(**changes: object) -> WebhookNotifier:
            webhook = Webhook(server.url, "owner", "pass:word", timeout_s=10, tries=3, first_wait_s=0.001)
            notifier = WebhookNotifier(replace(webhook, **changes), SecretRedaction(["s3cret"]))  # type: ignore[arg-type]
            running.callback(notifier.shutdown, 10)
            running.callback(server.answering.set)
            return notifier

        yield started


def test_the_payload_is_as_documented(server: WebhookServer, start: Start) -> None:
    """One post: JSON with every documented key, basic authentication, path and query as set."""
    start().send(FILLED)
    post = server.next_post()
    assert post.path == "/hook/deadbeef?from=executor"
    assert post.authorization == "Basic b3duZXI6cGFzczp3b3Jk"
    assert post.content_type == "application/json"
    assert post.body == {
        "event": "entry_filled",
        "severity": "INFO",
        "text": "Bought 0.001 BTC",
        "time": "2025-01-13T12:00:00.000Z",
        "trade_id": "T1",
        "symbol": "BTCUSDC",
        "state": "OPEN",
        "details": {"price": "95000.5"},
        "times": 1,
    }


def test_without_user_nothing_authenticates(server: WebhookServer, start: Start) -> None:
    """No user set: no Authorization header."""
    start(user=None, password=None).send(FILLED)
    assert server.next_post().authorization is None


@pytest.mark.parametrize("status", [500, 502, 503, 408, 425, 429])
def test_a_busy_webhook_is_asked_again(server: WebhookServer, start: Start, status: int, logged: list[str]) -> None:
    """What the webhook cannot take now is posted again, unchanged, until it is taken."""
    server.statuses = [status, status]
    notifier = start()
    notifier.send(FILLED)
    bodies = [server.next_post().body for _ in range(3)]
    assert bodies[0] == bodies[1] == bodies[2]
    notifier.shutdown(10)
    assert logged == []


def test_tries_are_bounded(server: WebhookServer, start: Start, logged: list[str]) -> None:
    """After the stated number of tries a notification is given up, told in the log, and the next one goes out."""
    server.statuses = [500, 500, 500]
    notifier = start()
    notifier.send(FILLED)
    notifier.send(replace(FILLED, event="closed"))
    assert [server.next_post().body["event"] for _ in range(4)] == ["entry_filled"] * 3 + ["closed"]
    notifier.shutdown(10)
    assert server.posts.empty()
    assert [line for line in logged if "entry_filled" in line and "500" in line]


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404])
def test_a_refusal_is_final(server: WebhookServer, start: Start, status: int, logged: list[str]) -> None:
    """A refusal or a redirect is not repeated or followed, but told with what to look at."""
    server.statuses = [status]
    notifier = start()
    notifier.send(FILLED)
    notifier.shutdown(10)
    assert server.posts.qsize() == 1
    assert len(logged) == 1
    assert f"{status}" in logged[0]
    assert "N8N_WEBHOOK_URL" in logged[0]


def test_v3_sending_never_waits(server: WebhookServer, start: Start) -> None:
    """V3: while the webhook keeps a post waiting, sending returns; everything arrives later, in order."""
    server.answering.clear()
    notifier = start()
    for number in range(50):
        notifier.send(replace(FILLED, text=f"{number}"))
    server.answering.set()
    assert [server.next_post().body["text"] for _ in range(50)] == [f"{number}" for number in range(50)]


def test_a_webhook_that_never_answers_is_timed_out(server: WebhookServer, start: Start) -> None:
    """A post without answer ends after the timeout and is tried again."""
    server.answering.clear()
    start(timeout_s=0.05).send(FILLED)
    assert server.next_post().body == server.next_post().body


def test_equal_notifications_are_posted_once(server: WebhookServer, start: Start) -> None:
    """Equal ones that wait together become one post with their number; the time does not make them different."""
    server.answering.clear()
    notifier = start()
    notifier.send(FILLED)
    server.next_post()
    alarm = replace(FILLED, event="naked", severity=Severity.WARN)
    for later_ms in range(5):
        notifier.send(replace(alarm, time_ms=NOON + later_ms))
    server.answering.set()
    post = server.next_post()
    assert (post.body["event"], post.body["times"]) == ("naked", 5)
    assert post.body["time"] == "2025-01-13T12:00:00.000Z"


DIFFERENCES: list[dict[str, object]] = [
    {"severity": Severity.ERROR},
    {"text": "other"},
    {"trade_id": None},
    {"symbol": "ETHUSDC"},
    {"state": "TRAILING"},
    {"event": "stop_gone"},
    {"details": {}},
]


@pytest.mark.parametrize("difference", DIFFERENCES, ids=[next(iter(changes)) for changes in DIFFERENCES])
def test_v4_different_notifications_are_both_posted(
    server: WebhookServer, start: Start, difference: dict[str, object]
) -> None:
    """V4: an ERROR never disappears behind a WARN of the same text; nor does anything else that differs."""
    server.answering.clear()
    notifier = start()
    notifier.send(FILLED)
    server.next_post()
    warn = replace(FILLED, event="naked", severity=Severity.WARN)
    notifier.send(warn)
    notifier.send(replace(warn, **difference))  # type: ignore[arg-type]
    server.answering.set()
    assert [server.next_post().body["times"] for _ in range(2)] == [1, 1]


def test_too_many_drop_the_least_severe(server: WebhookServer, start: Start, logged: list[str]) -> None:
    """The number waiting is bounded; the oldest of the lowest severity goes, and the log says which."""
    server.answering.clear()
    notifier = start()
    notifier.send(FILLED)
    server.next_post()
    for number in range(WAITING_MAX - 1):
        notifier.send(replace(FILLED, text=f"error {number}", severity=Severity.ERROR))
    notifier.send(replace(FILLED, text="mere news"))
    notifier.send(replace(FILLED, text="one more error", severity=Severity.ERROR))
    server.answering.set()
    texts = [server.next_post().body["text"] for _ in range(WAITING_MAX)]
    assert texts == [f"error {number}" for number in range(WAITING_MAX - 1)] + ["one more error"]
    assert len(logged) == 1
    assert "mere news" in logged[0]


def test_shutdown_delivers_what_waits(server: WebhookServer, start: Start) -> None:
    """What was sent before a clean end is delivered."""
    notifier = start()
    for number in range(20):
        notifier.send(replace(FILLED, text=f"{number}"))
    notifier.shutdown(10)
    assert server.posts.qsize() == 20


def test_shutdown_is_bounded(server: WebhookServer, start: Start, logged: list[str]) -> None:
    """A webhook that hangs delays the end by no more than the given time; what is left is counted in the log."""
    server.answering.clear()
    notifier = start()
    notifier.send(FILLED)
    server.next_post()
    notifier.send(replace(FILLED, event="closed"))
    notifier.shutdown(0.05)
    assert any("1 notifications were not delivered" in line for line in logged)


def test_shutdown_ends_the_pause_between_tries(server: WebhookServer, start: Start, logged: list[str]) -> None:
    """A notification that pauses before its next try is tried once more at the end, and then given up."""
    server.statuses = [500, 500]
    notifier = start(first_wait_s=60)
    notifier.send(FILLED)
    server.next_post()
    notifier.shutdown(0.05)
    server.next_post()
    notifier.shutdown(10)
    assert any("entry_filled was not delivered" in line for line in logged)


def test_a_dead_webhook_is_told_without_secrets(start: Start, logged: list[str]) -> None:
    """A refused connection is told in the log, which never shows address path, user or password."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        notifier = start(url=f"http://127.0.0.1:{unused.getsockname()[1]}/hook/deadbeef")
    notifier.send(FILLED)
    notifier.shutdown(10)
    assert len(logged) == 1
    assert "refused" in logged[0]
    assert not any(secret in logged[0] for secret in ("deadbeef", "owner", "pass:word"))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/\u00e4", "http://127.0.0.1:1/a b", "http://a..b/"])
def test_an_impossible_address_is_told(start: Start, url: str, logged: list[str]) -> None:
    """An address that cannot be asked at all is told like any failure; the thread lives on for the next."""
    notifier = start(url=url)
    notifier.send(FILLED)
    notifier.send(replace(FILLED, event="closed"))
    notifier.shutdown(10)
    assert len(logged) == 2


def test_secrets_are_taken_out_of_the_payload(server: WebhookServer, start: Start) -> None:
    """Neither text nor details carry a secret to the webhook."""
    start().send(replace(FILLED, text='said "s3cret"', details={"answer": "key=s3cret"}))
    body = server.next_post().body
    assert body["text"] == 'said "[secret]"'
    assert body["details"] == {"answer": "key=[secret]"}


def test_the_webhook_shows_no_secret_of_its_own() -> None:
    """Address and password do not appear where a webhook is printed."""
    shown = repr(Webhook("http://host/deadbeef", "owner", "pass:word", 1, 1))
    assert "deadbeef" not in shown
    assert "pass:word" not in shown
