"""Real ccxt clients that know only the simulated exchange."""

from typing import Any

import ccxt  # type: ignore[import-untyped]

from exchange.paper.exchange import PaperExchange
from exchange.paper.in_process import InProcessAdapter

NOWHERE = "http://paper.invalid"


def ccxt_options(base: str, **options: object) -> dict[str, Any]:
    """A configuration whose every address is under `base`."""
    urls = {
        "public": f"{base}/api/v3",
        "private": f"{base}/api/v3",
        "v1": f"{base}/api/v1",
        "sapi": f"{base}/sapi/v1",
        "sapiV2": f"{base}/sapi/v2",
        "sapiV3": f"{base}/sapi/v3",
        "sapiV4": f"{base}/sapi/v4",
        "fapiPublic": f"{base}/fapi/v1",
        "dapiPublic": f"{base}/dapi/v1",
    }
    quiet = {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False}
    return {
        "apiKey": "paper",
        "secret": "paper",
        "enableRateLimit": False,
        "options": {"defaultType": "spot", **quiet, **options},
        "urls": {"api": urls},
    }


class SteppedClient(ccxt.binance):  # type: ignore[misc] # ccxt has no types
    """ccxt on the exchange's own clock."""

    exchange: PaperExchange

    def milliseconds(self) -> int:
        return self.exchange.clock.now_ms()


def in_process_client(exchange: PaperExchange) -> Any:
    """ccxt that reaches the exchange without a socket."""
    client = SteppedClient(ccxt_options(NOWHERE))
    client.exchange = exchange
    client.session.mount(NOWHERE, InProcessAdapter(exchange))
    client.exceptions["exact"].update(client.exceptions["spot"]["exact"])
    return client


def http_client(url: str, **options: object) -> Any:
    """ccxt over a real connection."""
    client = ccxt.binance(ccxt_options(url, **options))
    client.exceptions["exact"].update(client.exceptions["spot"]["exact"])
    return client
