"""Further channels through apprise: a real endpoint hears of it, nothing waits for it, and no token is shown."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from fsm.telling.apprise_channel import secret_parts
from fsm.telling.channels import Channels, channels_of
from fsm.telling.notify import Notification, Severity
from fsm.telling.secret_redaction import SecretRedaction
from fsm.telling.settings import TellingSettings
from tests.store.webhook_server import WebhookServer, webhook_server

TOKEN = "t0ken-of-the-owner"
NAKED = Notification("naked", Severity.ERROR, f"no stop, said {TOKEN}", 1_736_769_600_000, "T1", "BTCUSDC", "OPEN")


@pytest.fixture
def server() -> Iterator[WebhookServer]:
    with webhook_server() as server:
        yield server


def _address(server: WebhookServer) -> str:
    return f"json://owner:{TOKEN}@127.0.0.1:{server.server_port}/hook"


def _channels(*addresses: str) -> Channels:
    settings = TellingSettings.model_validate({"NOTIFY_URLS": " ".join(addresses), "WEBHOOK_TRIES": 2})
    return channels_of(settings, SecretRedaction(secret_parts(" ".join(addresses))))


def test_a_channel_hears_what_happened(server: WebhookServer) -> None:
    """Title, text, place and kind, with secrets taken out."""
    channels = _channels(_address(server))
    channels.send(NAKED)
    body = server.next_post().body
    channels.shutdown(5)
    assert body["title"] == "ERROR naked"
    assert body["message"] == "no stop, said [secret]\nBTCUSDC OPEN T1"
    assert body["type"] == "failure"


def test_a_dead_channel_delays_no_other(server: WebhookServer) -> None:
    """V3: sending returns at once, and the one that answers hears of it."""
    channels = _channels("json://127.0.0.1:1/dead", _address(server))
    channels.send(NAKED)
    assert server.next_post().body["title"] == "ERROR naked"
    channels.shutdown(5)


def test_a_webhook_and_channels_are_told_alike(server: WebhookServer) -> None:
    settings = TellingSettings.model_validate({"N8N_WEBHOOK_URL": server.url, "NOTIFY_URLS": _address(server)})
    channels = channels_of(settings, SecretRedaction([]))
    channels.send(NAKED)
    assert {server.next_post().path.partition("?")[0] for _ in range(2)} == {"/hook/deadbeef", "/hook"}
    channels.shutdown(5)


def test_an_address_that_is_none_is_a_mistake_without_being_shown() -> None:
    with pytest.raises(ValidationError) as refused:
        TellingSettings.model_validate({"NOTIFY_URLS": f"json://127.0.0.1 nonsense://{TOKEN}"})
    assert "address 2 is none that apprise understands" in str(refused.value.errors()[0]["msg"])
    settings = TellingSettings.model_validate({"NOTIFY_URLS": f"json://owner:{TOKEN}@127.0.0.1"})
    assert TOKEN not in repr(settings)


def test_without_the_library_the_mistake_names_the_extra(tmp_path: Path) -> None:
    """A start with NOTIFY_URLS and without apprise is refused with exit code 2."""
    hidden = "import sys, importlib.util as u; f = u.find_spec\n"
    hidden += "u.find_spec = lambda name, package=None: None if name == 'apprise' else f(name, package)\n"
    (tmp_path / "sitecustomize.py").write_text(hidden)
    paths = os.pathsep.join((str(tmp_path), str(Path.cwd())))
    environ = {**os.environ, "PYTHONPATH": paths, "NOTIFY_URLS": f"tgram://{TOKEN}/1", "DATA_DIR": str(tmp_path / "d")}
    command = [sys.executable, "run.py", "run"]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "NOTIFY_URLS: needs the library apprise, which is an extra: pip install '.[apprise]'" in ended.stderr
    assert TOKEN not in ended.stdout + ended.stderr
