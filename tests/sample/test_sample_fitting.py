"""Which settings of the owner the sample follows, and that it says which it does not."""

from pathlib import Path
from typing import Any

import pytest

from fsm.environment import names, read_settings
from fsm.sample.fitting import FOLLOWED, SCRIPT, fitted, set_aside

URL = "http://127.0.0.1:1"


def fit(**environ: str) -> tuple[Any, tuple[str, ...]]:
    given = read_settings(environ)
    used = fitted(given, Path("data/sample"), URL)
    return used, set_aside(given, used)


def test_names_are_settings() -> None:
    """What is followed or set by the script is a setting, by its name in the environment."""
    assert {*FOLLOWED, *SCRIPT} <= set(names())


def test_without_settings() -> None:
    """Nothing chosen: the script's own values and the defaults, and nothing set aside."""
    used, aside = fit()
    assert aside == ()
    assert (used.guards.spot_short, used.fsm.quantity_quote) == ("sell_holdings", 1_000)
    assert used.exchange.rest_url == URL
    assert used.places.data_dir == Path("data/sample")


def test_what_fits_is_followed() -> None:
    """Sizes and waits with which the script holds are the owner's, also where he chose the default."""
    used, aside = fit(QTY_USD="100", SL_PCT="0.005", COOLDOWN_SEC="300", LOG_MAX_LINES="50", REQUEST_TIMEOUT_SEC="3")
    assert aside == ()
    assert (used.fsm.quantity_quote, used.guards.cooldown_s) == (100, 300)
    assert (used.telling.log_lines_max, used.exchange.request_timeout_s) == (50, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QTY_USD", "5"),
        ("SL_PCT", "0.2"),
        ("TP1_BREAKEVEN", "off"),
        ("COOLDOWN_SEC", "0"),
        ("TP_R_LIST", "3,4"),
        ("ENTRY_MODE", "MARKET_ONLY"),
        ("SPOT_SHORT", "refuse"),
        ("MAX_SPREAD_BPS", "500"),
        ("SYMBOL", "ETHUSDT"),
        ("AGG_CSV", "bars.csv"),
        ("EXEC_LOG", "elsewhere.log"),
    ],
)
def test_what_does_not_fit_is_named(name: str, value: str) -> None:
    """A setting that would lead the script astray is not followed, and said so."""
    assert fit(**{name: value})[1] == (name,)


def test_nobody_outside_is_told() -> None:
    """Invented trades never reach the owner's webhook, and his keys never reach the simulated exchange."""
    used, aside = fit(N8N_WEBHOOK_URL="https://hook.example/x", BINANCE_API_KEY="k", BINANCE_API_SECRET="s")
    assert used.telling.webhook_url is None
    assert used.exchange.credentials == ("paper", "paper")
    assert set(aside) == {"N8N_WEBHOOK_URL", "BINANCE_API_KEY", "BINANCE_API_SECRET"}
