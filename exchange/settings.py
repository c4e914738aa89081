"""The venue's settings: where it is, which keys open it, how long a request may take."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

LIVE_URL = "https://api.binance.com"
TESTNET_URL = "https://testnet.binance.vision"
_REAL_VENUES = ("binance.com", "binance.vision", "binance.us")

SideEffect = Literal["NO_SIDE_EFFECT", "AUTO_BORROW_REPAY", "MARGIN_BUY"]
WindowMs = Annotated[int, Field(ge=100, le=60_000)]


class ExchangeSettings(BaseModel):
    """How the venue is reached. Only URLs and keys depend on the mode."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    mode: Literal["paper", "testnet", "live"] = Field(
        "paper", alias="MODE", description="paper: simulated exchange; testnet, live: Binance"
    )
    symbol: Annotated[str, Field(pattern=r"^[A-Z0-9]{4,20}$")] = Field(
        "BTCUSDC", alias="SYMBOL", description="Market that is traded"
    )
    trade_mode: Literal["spot", "margin"] = Field("spot", alias="TRADE_MODE", description="Account kind that trades")
    margin_isolated: bool = Field(
        False, alias="MARGIN_ISOLATED", description="On margin: trade on the symbol's isolated account, not on cross"
    )
    borrow_mode: Literal["manual", "auto"] = Field(
        "manual", alias="MARGIN_BORROW_MODE", description="On margin: borrow and repay ourselves, or by the orders"
    )
    side_effect: SideEffect | None = Field(
        None,
        alias="MARGIN_SIDE_EFFECT",
        description="What orders on margin borrow and repay (default: manual NO_SIDE_EFFECT, auto AUTO_BORROW_REPAY; "
        "MARGIN_BUY repays by AUTO_REPAY)",
    )
    api_key: SecretStr | None = Field(
        None, alias="BINANCE_API_KEY", description="Key of the venue's API; demanded on testnet and live"
    )
    api_secret: SecretStr | None = Field(
        None, alias="BINANCE_API_SECRET", description="Secret of that key (HMAC, or a PEM private key)"
    )
    allow_withdrawal_key: bool = Field(
        False, alias="ALLOW_WITHDRAWAL_KEY", description="On live: trade even with a key that may withdraw coins"
    )
    base_url: str | None = Field(
        None,
        alias="BINANCE_BASE_URL",
        description="One base for every REST path, scheme://host[:port] (default: by mode)",
    )
    recv_window_ms: WindowMs = Field(
        5_000, alias="RECV_WINDOW", description="Milliseconds for which a read stays valid at the venue"
    )
    order_recv_window_ms: WindowMs = Field(
        2_000, alias="ORDER_RECV_WINDOW", description="Milliseconds for which an order request stays valid at the venue"
    )
    request_timeout_s: Annotated[float, Field(gt=0, le=60)] = Field(
        5.0, alias="REQUEST_TIMEOUT_SEC", description="Longest wait for the venue's answer to one request, in seconds"
    )

    @field_validator("base_url")
    @classmethod
    def _is_a_base(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("must be scheme://host[:port] without a path, such as https://api.binance.com")
        return f"{parts.scheme}://{parts.netloc}"

    @model_validator(mode="after")
    def _keys_and_venue_fit_the_mode(self) -> "ExchangeSettings":
        if self.mode != "paper" and not (_given(self.api_key) and _given(self.api_secret)):
            raise ValueError(f"MODE={self.mode} needs BINANCE_API_KEY and BINANCE_API_SECRET")
        host = urlsplit(self.base_url or "").hostname or ""
        if self.mode == "paper" and host.endswith(_REAL_VENUES):
            raise ValueError(f"MODE=paper never talks to {host}: remove BINANCE_BASE_URL or choose testnet or live")
        return self

    @model_validator(mode="after")
    def _margin_settings_agree(self) -> "ExchangeSettings":
        if self.margin_disagreement is not None:
            raise ValueError(self.margin_disagreement)
        if self.trade_mode == "margin" and self.mode == "testnet":
            raise ValueError("TRADE_MODE=margin has no MODE=testnet: the venue offers margin on live alone; use paper")
        return self

    @property
    def margin_disagreement(self) -> str | None:
        """How the margin settings contradict each other, if they do."""
        if (self.borrow_mode == "manual") == (self.entry_side_effect == "NO_SIDE_EFFECT"):
            return None
        return (
            f"MARGIN_BORROW_MODE={self.borrow_mode} contradicts MARGIN_SIDE_EFFECT={self.side_effect}: "
            "manual goes with NO_SIDE_EFFECT, auto with AUTO_BORROW_REPAY or MARGIN_BUY"
        )

    @property
    def entry_side_effect(self) -> str:
        """sideEffectType of an entry on margin (Binance docs: margin, POST margin/order)."""
        return self.side_effect or ("NO_SIDE_EFFECT" if self.borrow_mode == "manual" else "AUTO_BORROW_REPAY")

    @property
    def exit_side_effect(self) -> str:
        """sideEffectType of stops, targets and exits: what MARGIN_BUY borrowed, AUTO_REPAY repays."""
        return "AUTO_REPAY" if self.entry_side_effect == "MARGIN_BUY" else self.entry_side_effect

    @property
    def rest_url(self) -> str:
        """The base of every REST path."""
        if self.base_url is not None:
            return self.base_url
        if self.mode == "paper":
            raise ValueError("MODE=paper has no address until the simulated exchange is started")
        return LIVE_URL if self.mode == "live" else TESTNET_URL

    @property
    def stream_url(self) -> str:
        """The WebSocket API that belongs to `rest_url` (Binance docs: WebSocket API, general information)."""
        known = {
            LIVE_URL: "wss://ws-api.binance.com:443/ws-api/v3",
            TESTNET_URL: "wss://ws-api.testnet.binance.vision/ws-api/v3",
        }
        return known.get(self.rest_url, self.rest_url.replace("http", "ws", 1) + "/ws-api/v3")

    @property
    def credentials(self) -> tuple[str, str]:
        """Key and secret; the simulated exchange's own ones when none are set."""
        key, secret = self.api_key, self.api_secret
        return (key.get_secret_value() if key else "paper"), (secret.get_secret_value() if secret else "paper")


def _given(secret: SecretStr | None) -> bool:
    return secret is not None and bool(secret.get_secret_value().strip())
