"""Secrets are planted in a real run that meets errors of every kind; afterwards they are nowhere to be found."""

import base64
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from tests.processes.desk import Desk
from tests.processes.programs import Exchange, command
from tests.store.webhook_server import WebhookServer, webhook_server

KEY, SECRET, PASSWORD = "KeyPlanted0123456789abcdef", "Secret+Planted/0123456789==", 'Pass"word Planted\\7'
WEBHOOK_TOKEN = "deadbeef"
SIGNED = re.compile(rb"signature[\"'=: ]+[0-9a-f]{16}")
ECHO = f"denied for apiKey={KEY} at https://api/?signature={'0a' * 32} with {SECRET}"
FAULTS = (
    {"kind": "error", "status": 400, "code": -1022, "msg": ECHO, "route": "/api/v3/account", "count": 2},
    {"kind": "error", "status": 400, "code": -2015, "msg": ECHO, "route": "/api/v3/openOrders"},
    {"kind": "error", "status": 400, "code": -2010, "msg": ECHO, "route": "/api/v3/order", "method": "POST"},
    {"kind": "drop", "route": "/api/v3/openOrders", "skip": 2, "count": 3},
    {"kind": "error", "status": 502, "html": True, "route": "/api/v3/ticker/24hr", "skip": 3, "count": 2},
    {"kind": "drop_after", "route": "/api/v3/orderList/oco"},
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk after a trade under faults, with the outputs of the commands beside its files."""
    folder = tmp_path_factory.mktemp("planted")
    venue = PaperSettings(credentials={KEY: SECRET})
    with running(venue) as served, webhook_server() as hook:
        hook.statuses = [500, 302, 404]
        found = _planted(folder, served.url, hook)
        _trade_under_faults(found)
        _keep_outputs(found)
        _keep_posts(folder, hook)
        yield found


def _planted(folder: Path, url: str, hook: WebhookServer) -> Desk:
    webhook = {"N8N_WEBHOOK_URL": hook.url, "N8N_BASIC_AUTH_USER": "owner", "N8N_BASIC_AUTH_PASSWORD": PASSWORD}
    keys = {"BINANCE_API_KEY": KEY, "BINANCE_API_SECRET": SECRET}
    desk = Desk(folder, Exchange(url), **keys, **webhook, EXITS_RETRY_EVERY_SEC="1")
    desk.quick_starts = True
    return desk


def _trade_under_faults(desk: Desk) -> None:
    with desk.running():
        for fault in FAULTS:
            desk.exchange.paper("faults", fault)
        for number in range(20):
            desk.signal(95_000 + number)
            desk.wait_verdicts(number + 1)
            desk.wait_state("IDLE", "OPEN_FILLED")
            if desk.state() == "OPEN_FILLED":
                break
        desk.wait_calm()
    desk.refuse_damaged()


def _keep_outputs(desk: Desk) -> None:
    for words in (["status", "--json"], ["explain", "--json"], ["trades", "--json"], ["doctor", "--json"], ["doctor"]):
        done = command(desk.folder, desk.environ, *words)
        (desk.folder / f"{'-'.join(words)}.txt").write_text(done.stdout + done.stderr)
    wrong = {**desk.environ, "N8N_WEBHOOK_URL": f"ftp://{WEBHOOK_TOKEN}", "RECV_WINDOW": "x"}
    done = command(desk.folder, wrong, "status")
    assert done.returncode == 2
    (desk.folder / "mistakes.txt").write_text(done.stderr)


def _keep_posts(folder: Path, hook: WebhookServer) -> None:
    posts = [hook.posts.get() for _ in range(hook.posts.qsize())]
    assert posts
    (folder / "posts.txt").write_text("\n".join(str(post.body) for post in posts))


def _contents(desk: Desk) -> dict[str, bytes]:
    return {str(path.relative_to(desk.folder)): path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()}


def _forms(secret: str) -> set[bytes]:
    raw = secret.encode()
    return {raw, repr(secret)[1:-1].encode(), quote(secret, safe="").encode(), base64.b64encode(raw)}


@pytest.mark.parametrize("secret", [KEY, SECRET, PASSWORD, WEBHOOK_TOKEN])
def test_a_secret_is_nowhere(desk: Desk, secret: str) -> None:
    """Not in logs, errors, journal, state, verdicts, outputs or notifications, in no spelling."""
    found = _contents(desk)
    assert {"status---json.txt", "doctor.txt", "posts.txt", "terminal.txt"} <= found.keys()
    assert [name for name, content in found.items() if any(form in content for form in _forms(secret))] == []


def test_no_signature_is_kept(desk: Desk) -> None:
    """A signed request in a log could be sent again while its window lasts."""
    assert [name for name, content in _contents(desk).items() if SIGNED.search(content)] == []


def test_the_faults_left_their_marks(desk: Desk) -> None:
    """The venue's texts were logged, without the secrets in them."""
    assert b"denied for" in _contents(desk)["terminal.txt"]


def test_files_are_the_owners_alone(desk: Desk) -> None:
    """0600, and the folders that hold them 0700."""
    wrong = {
        str(path): oct(stat.S_IMODE(path.stat().st_mode))
        for path in desk.data.rglob("*")
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    }
    assert wrong == {}
