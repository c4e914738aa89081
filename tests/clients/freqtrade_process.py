"""freqtrade as a process, in a virtual environment of its own, on an exchange at another address."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.clients.venue import KEY, Venue

ROOT = Path(__file__).parents[2]
STRATEGIES = Path(__file__).parent / "strategies"
INSTALL_LIMIT_S = 600
STOP_LIMIT_S = 60

# what ccxt calls the parts of the exchange that freqtrade speaks to
ADDRESSES = {
    "public": "/api/v3",
    "private": "/api/v3",
    "v1": "/api/v1",
    "sapi": "/sapi/v1",
    "sapiV2": "/sapi/v2",
    "sapiV3": "/sapi/v3",
    "sapiV4": "/sapi/v4",
    "fapiPublic": "/fapi/v1",
    "dapiPublic": "/dapi/v1",
}


def program_in(environment: Path) -> Path:
    """Where the program is in a virtual environment."""
    return environment / "bin" / "freqtrade"


def configuration(venue: Venue, folder: Path) -> dict[str, Any]:
    """The least that freqtrade needs to trade for real, with another exchange's addresses."""
    sockets = {"ws": {"spot": venue.url.replace("http", "ws") + "/stream/ws"}}
    addresses = {"urls": {"api": {name: venue.url + path for name, path in ADDRESSES.items()} | sockets}}
    return {
        "dry_run": False,
        "initial_state": "running",
        "db_url": f"sqlite:///{folder / 'trades.sqlite'}",
        "stake_currency": "USDC",
        "stake_amount": 1000,
        "max_open_trades": 1,
        "entry_pricing": {"price_side": "same", "use_order_book": True, "order_book_top": 1},
        "exit_pricing": {"price_side": "other", "use_order_book": False},
        "order_types": {"entry": "limit", "exit": "limit", "stoploss": "limit", "stoploss_on_exchange": True},
        "pairlists": [{"method": "StaticPairList"}],
        "exchange": {
            "name": "binance",
            "key": KEY,
            "secret": KEY,
            "pair_whitelist": ["BTC/USDC"],
            "ccxt_config": addresses,
            "ccxt_async_config": addresses,
        },
        "internals": {"process_throttle_secs": 1},
    }


@contextmanager
def trading(program: Path, venue: Venue, folder: Path) -> Iterator[Path]:
    """freqtrade at work until the block is left; its log is in the file that is given."""
    given, log = folder / "config.json", folder / "freqtrade.log"
    given.write_text(json.dumps(configuration(venue, folder)))
    command = [str(program), "trade", "--config", str(given), "--userdir", str(folder)]
    command += ["--strategy", "ScriptedCandles", "--strategy-path", str(STRATEGIES)]
    with log.open("w") as told:
        process = subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT, env={**os.environ, "COLUMNS": "200"})
        try:
            yield log
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_LIMIT_S)
