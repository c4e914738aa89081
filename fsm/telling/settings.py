"""How the owner is told: the log file and the webhook."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from fsm.telling.apprise_channel import mistake


class TellingSettings(BaseModel):
    """Where log lines and notifications go, and how long delivery is tried."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    log_path: Path | None = Field(
        None, alias="EXEC_LOG", description="Log file, JSON lines (default: logs/executor.log in DATA_DIR)"
    )
    log_lines_max: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        200, alias="LOG_MAX_LINES", description="The log file never has more lines; the journal keeps everything"
    )
    webhook_url: SecretStr | None = Field(
        None, alias="N8N_WEBHOOK_URL", description="Notifications are posted here as JSON (default: none are sent)"
    )
    webhook_user: str | None = Field(
        None, alias="N8N_BASIC_AUTH_USER", description="User for basic authentication at the webhook"
    )
    webhook_password: SecretStr | None = Field(
        None, alias="N8N_BASIC_AUTH_PASSWORD", description="Password for basic authentication at the webhook"
    )
    notify_urls: SecretStr | None = Field(
        None,
        alias="NOTIFY_URLS",
        description="Further channels (Telegram, Slack, mail, …) as apprise URLs, divided by blanks; needs "
        "`pip install '.[apprise]'`",
    )
    webhook_timeout_s: Annotated[Decimal, Field(gt=0, le=60, allow_inf_nan=False)] = Field(
        Decimal(5), alias="WEBHOOK_TIMEOUT_SEC", description="An attempt to deliver a notification ends after this"
    )
    webhook_tries: Annotated[int, Field(ge=1, le=20)] = Field(
        4, alias="WEBHOOK_TRIES", description="Attempts to deliver a notification before it is given up"
    )
    alarm_repeat_s: Annotated[int, Field(ge=1, le=86_400)] = Field(
        300, alias="ALARM_REPEAT_SEC", description="An alarm is repeated this often until its condition ends"
    )

    @field_validator("webhook_url")
    @classmethod
    def _is_web_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            parts = urlsplit(url.get_secret_value())
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
                raise ValueError("must be an address that starts with http:// or https:// and names a host")
            if parts.username is not None:
                raise ValueError("must not carry a user; use N8N_BASIC_AUTH_USER and N8N_BASIC_AUTH_PASSWORD")
        return url

    @field_validator("notify_urls")
    @classmethod
    def _are_channels(cls, urls: SecretStr | None) -> SecretStr | None:
        wrong = mistake(urls.get_secret_value()) if urls is not None else None
        if wrong is not None:
            raise ValueError(wrong)
        return urls

    @model_validator(mode="after")
    def _basic_auth_is_whole(self) -> "TellingSettings":
        if (self.webhook_user is None) != (self.webhook_password is None):
            raise ValueError("N8N_BASIC_AUTH_USER and N8N_BASIC_AUTH_PASSWORD belong together; set both or neither")
        if self.webhook_user is not None and self.webhook_url is None:
            raise ValueError("N8N_BASIC_AUTH_USER is set, but N8N_WEBHOOK_URL is not")
        if self.webhook_user is not None and ":" in self.webhook_user:
            raise ValueError("N8N_BASIC_AUTH_USER must not contain a colon (RFC 7617)")
        return self
