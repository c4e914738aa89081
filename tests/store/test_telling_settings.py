"""Settings of the log and the webhook: sound, whole, and without showing secrets; and what redaction finds."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fsm.telling.secret_redaction import PLACEHOLDER, SecretRedaction
from fsm.telling.settings import TellingSettings

URL = "https://n8n.example/webhook/deadbeef"
AUTH = {"N8N_BASIC_AUTH_USER": "owner", "N8N_BASIC_AUTH_PASSWORD": "pw"}

REFUSED = [
    ({"N8N_WEBHOOK_URL": "n8n.example"}, "http"),
    ({"N8N_WEBHOOK_URL": "ftp://n8n.example"}, "http"),
    ({"N8N_WEBHOOK_URL": "https://"}, "host"),
    ({"N8N_WEBHOOK_URL": "https://host:99999/"}, "ort"),
    ({"N8N_WEBHOOK_URL": "https://me:pw@host/"}, "N8N_BASIC_AUTH_USER"),
    ({"N8N_WEBHOOK_URL": URL, "N8N_BASIC_AUTH_USER": "owner"}, "both or neither"),
    ({"N8N_WEBHOOK_URL": URL, "N8N_BASIC_AUTH_PASSWORD": "pw"}, "both or neither"),
    (AUTH, "N8N_WEBHOOK_URL is not"),
    (AUTH | {"N8N_WEBHOOK_URL": URL, "N8N_BASIC_AUTH_USER": "a:b"}, "colon"),
    ({"LOG_MAX_LINES": "0"}, "LOG_MAX_LINES"),
    ({"LOG_MAX_LINES": "many"}, "LOG_MAX_LINES"),
    ({"WEBHOOK_TIMEOUT_SEC": "0"}, "WEBHOOK_TIMEOUT_SEC"),
    ({"WEBHOOK_TRIES": "0"}, "WEBHOOK_TRIES"),
    ({"ALARM_REPEAT_SEC": "-1"}, "ALARM_REPEAT_SEC"),
    ({"LOG_COLOUR": "1"}, "LOG_COLOUR"),
]


@pytest.mark.parametrize(("environment", "named"), REFUSED, ids=[str(row[0]) for row in REFUSED])
def test_v6_impossible_settings_are_refused_by_name(environment: dict[str, str], named: str) -> None:
    """V6: a wrong value, half a pair or an unknown name is an error, never a default."""
    with pytest.raises(ValidationError, match=named):
        TellingSettings.model_validate(environment)


def test_texts_of_the_environment_are_taken() -> None:
    """Values come as the environment has them, as text."""
    settings = TellingSettings.model_validate(
        AUTH | {"N8N_WEBHOOK_URL": URL, "LOG_MAX_LINES": "50", "WEBHOOK_TIMEOUT_SEC": "2.5", "EXEC_LOG": "/tmp/e.log"}
    )
    assert settings.log_lines_max == 50
    assert settings.webhook_url is not None
    assert settings.webhook_url.get_secret_value() == URL


def test_defaults_tell_nobody_outside() -> None:
    """Without settings there are 200 log lines and no webhook."""
    settings = TellingSettings()
    assert (settings.log_lines_max, settings.webhook_url) == (200, None)


def test_secrets_do_not_show() -> None:
    """Printing or dumping the settings shows neither the password nor the address, whose path is a secret too."""
    settings = TellingSettings.model_validate(AUTH | {"N8N_WEBHOOK_URL": URL})
    for shown in (repr(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "deadbeef" not in shown
        assert "'pw'" not in shown


@given(st.lists(st.text(min_size=8), min_size=1, max_size=3), st.text(), st.text())
def test_secrets_are_found_in_every_form(secrets: list[str], before: str, after: str) -> None:
    """A secret is gone from plain text, from JSON and from a URL."""
    redact = SecretRedaction(secrets)
    for secret in secrets:
        url_form = quote(secret, safe="", errors="replace")
        json_form = json.dumps(secret)[1:-1]
        assert secret not in redact(before + secret + after)
        assert json_form not in redact(json.dumps([before + secret + after]))
        assert url_form not in redact(f"?key={url_form}&x=1")


@pytest.mark.parametrize("secrets", [[], [""]], ids=["none", "empty"])
def test_without_secrets_texts_stay(secrets: list[str]) -> None:
    """No secret or an empty one changes nothing."""
    assert SecretRedaction(secrets)("text") == "text"


def test_a_longer_secret_wins() -> None:
    """Of two secrets where one contains the other no rest is left standing."""
    assert SecretRedaction(["abcd", "abcdefgh"])("key abcdefgh") == f"key {PLACEHOLDER}"
