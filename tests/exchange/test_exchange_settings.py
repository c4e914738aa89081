"""The venue's settings: honoured, or refused by name."""

import pytest
from pydantic import SecretStr, ValidationError

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.settings import ExchangeSettings
from exchange.signing import signature
from tests.exchange.scripted_venue import Say, ScriptedVenue

KEYS = {"BINANCE_API_KEY": "k", "BINANCE_API_SECRET": "s"}


@pytest.mark.parametrize(
    ("environment", "rest_url", "stream_url"),
    [
        ({"MODE": "live"}, "https://api.binance.com", "wss://ws-api.binance.com:443/ws-api/v3"),
        ({"MODE": "testnet"}, "https://testnet.binance.vision", "wss://ws-api.testnet.binance.vision/ws-api/v3"),
        (
            {"MODE": "live", "BINANCE_BASE_URL": "http://127.0.0.1:8080/"},
            "http://127.0.0.1:8080",
            "ws://127.0.0.1:8080/ws-api/v3",
        ),
        (
            {"MODE": "paper", "BINANCE_BASE_URL": "https://exchange:8443"},
            "https://exchange:8443",
            "wss://exchange:8443/ws-api/v3",
        ),
    ],
)
def test_the_mode_decides_only_where_the_venue_is(environment: dict[str, str], rest_url: str, stream_url: str) -> None:
    settings = ExchangeSettings.model_validate({**KEYS, **environment})
    assert (settings.rest_url, settings.stream_url) == (rest_url, stream_url)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"MODE": "live", "BINANCE_API_KEY": ""}, "BINANCE_API_KEY"),
        ({"MODE": "testnet", "BINANCE_API_SECRET": " "}, "BINANCE_API_SECRET"),
        ({"MODE": "demo"}, "MODE"),
        ({"SYMBOL": "BTC/USDC"}, "SYMBOL"),
        ({"TRADE_MODE": "futures"}, "TRADE_MODE"),
        ({"TRADE_MODE": "margin", "MODE": "testnet"}, "MODE=testnet"),
        ({"MARGIN_ISOLATED": "perhaps"}, "MARGIN_ISOLATED"),
        ({"MARGIN_BORROW_MODE": "half"}, "MARGIN_BORROW_MODE"),
        ({"MARGIN_SIDE_EFFECT": "AUTO_REPAY"}, "MARGIN_SIDE_EFFECT"),
        ({"MARGIN_BORROW_MODE": "manual", "MARGIN_SIDE_EFFECT": "AUTO_BORROW_REPAY"}, "contradicts"),
        ({"MARGIN_SIDE_EFFECT": "MARGIN_BUY"}, "contradicts"),
        ({"MARGIN_BORROW_MODE": "auto", "MARGIN_SIDE_EFFECT": "NO_SIDE_EFFECT"}, "contradicts"),
        ({"RECV_WINDOW": "60001"}, "RECV_WINDOW"),
        ({"ORDER_RECV_WINDOW": "0"}, "ORDER_RECV_WINDOW"),
        ({"REQUEST_TIMEOUT_SEC": "0"}, "REQUEST_TIMEOUT_SEC"),
        ({"BINANCE_BASE_URL": "api.binance.com"}, "BINANCE_BASE_URL"),
        ({"BINANCE_BASE_URL": "http://127.0.0.1:1/api/v3"}, "BINANCE_BASE_URL"),
        ({"MODE": "paper", "BINANCE_BASE_URL": "https://api.binance.com"}, "MODE=paper"),
        ({"BINANCE_URL": "x"}, "BINANCE_URL"),
    ],
)
def test_an_impossible_setting_is_refused_by_name(environment: dict[str, str], named: str) -> None:
    """V6: nothing falls back to a default."""
    with pytest.raises(ValidationError, match=named):
        ExchangeSettings.model_validate({**KEYS, **environment})


def test_paper_has_no_address_until_its_exchange_runs() -> None:
    with pytest.raises(ValueError, match="simulated exchange"):
        _ = ExchangeSettings().rest_url


def test_every_request_goes_to_the_one_base(venue: ScriptedVenue, clock: VirtualClock) -> None:
    """V5: reads, orders and the key's permissions alike; no other address is known to the client."""
    settings = ExchangeSettings.model_validate({**KEYS, "MODE": "live", "BINANCE_BASE_URL": venue.url})
    client = BinanceClient(settings, clock, lambda _: None)
    venue.on("GET", "/api/v3/time", Say({"serverTime": clock.now_ms()}))
    venue.on("GET", "/api/v3/openOrders", Say([]))
    venue.on("GET", "/sapi/v1/account/apiRestrictions", Say({"code": -1, "msg": "no"}, 400))
    client.check_clock()
    client.open_orders()
    with pytest.raises(Exception, match="-1"):
        client.key_permissions()
    assert [asked.path for asked in venue.asked] == [
        "/api/v3/time",
        "/api/v3/openOrders",
        "/sapi/v1/account/apiRestrictions",
    ]
    assert venue.asked[1].headers["X-MBX-APIKEY"] == "k"
    assert venue.asked[1].params["recvWindow"] == "5000"


def test_the_signature_is_the_documented_one() -> None:
    """Binance docs: request security, the HMAC example."""
    payload = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
    )
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    assert signature(payload, secret) == "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"


def test_a_broken_private_key_is_refused_at_start(venue: ScriptedVenue, clock: VirtualClock) -> None:
    broken = "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----"
    settings = ExchangeSettings(base_url=venue.url, api_secret=SecretStr(broken))
    with pytest.raises(ValueError, match="BINANCE_API_SECRET") as told:
        BinanceClient(settings, clock, lambda _: None)
    assert "nonsense" not in str(told.value)
