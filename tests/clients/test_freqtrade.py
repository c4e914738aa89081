"""freqtrade trades for real on the simulated exchange; its candles close on the wall clock, one a minute."""

import os
import sqlite3
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.clients.freqtrade_process import program_in, trading
from tests.clients.venue import Venue

ENVIRONMENT = "FREQTRADE_VENV"
START_UP_S, CANDLE_S = 90, 90
LOOK_EVERY_S = 0.2

Order = dict[str, Any]


@pytest.fixture(scope="session")
def program() -> Path:
    """From the environment that FREQTRADE_VENV names; it is large, so nobody gets it unasked (`.ci/run` makes one)."""
    named = os.environ.get(ENVIRONMENT)
    if named is None:
        pytest.skip(f"{ENVIRONMENT} names no virtual environment with freqtrade: pip install '.[freqtrade]' makes one")
    assert program_in(Path(named)).exists(), f"{ENVIRONMENT}={named} has no freqtrade in it"
    return program_in(Path(named))


class Watched:
    """The ledger, looked at until it shows what is waited for."""

    def __init__(self, venue: Venue, log: Path) -> None:
        self.venue, self.log = venue, log

    def until(self, what: str, limit_s: int, found: Callable[[Any], Any]) -> Any:
        """What is found in the ledger; freqtrade's own words if it does not come."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if seen := found(self.venue.ledger()):
                return seen
            time.sleep(LOOK_EVERY_S)
        pytest.fail(f"no {what} within {limit_s} s; freqtrade says:\n{self.log.read_text()[-3000:]}")

    def order(self, side: str, order_type: str, status: str, limit_s: int) -> Order:
        """The one order of this kind."""

        def found(ledger: Any) -> list[Order]:
            rows = [row for row in ledger["orders"] if (row["side"], row["type"]) == (side, order_type)]
            return [row for row in rows if row["status"] == status]

        order: Order
        (order,) = self.until(f"{order_type} {side} that is {status}", limit_s, found)
        return order


def asked(ledger: Any, method: str, path: str) -> bool:
    """Whether such a request was answered."""
    return any((row["method"], row["path"], row["status"]) == (method, path, 200) for row in ledger["requests"])


@pytest.mark.timeout(1200)
def test_a_live_trade_is_opened_and_closed(program: Path, venue: Venue, tmp_path: Path) -> None:
    """Start-up with candles over a socket, a resting entry by signal, its stop on the exchange, the exit by signal."""
    venue.deposit("BTC", "-1")
    venue.print("94000")
    with trading(program, venue, tmp_path) as log:
        watched = Watched(venue, log)
        watched.until("klines", START_UP_S, lambda ledger: asked(ledger, "GET", "/api/v3/klines"))
        venue.print("95200")
        entry = watched.order("BUY", "LIMIT", "NEW", CANDLE_S)
        venue.print(entry["price"])
        watched.order("SELL", "STOP_LOSS_LIMIT", "NEW", START_UP_S)
        venue.print("94800")
        leave = watched.order("SELL", "LIMIT", "FILLED", CANDLE_S)
        watched.order("SELL", "STOP_LOSS_LIMIT", "CANCELED", START_UP_S)
        watched.until("closed trade", START_UP_S, lambda _: "exit_fill" in log.read_text())
    assert venue.refused() == []
    assert ("GET", "/stream/ws/0") in venue.requests()
    assert_books_agree(venue, tmp_path / "trades.sqlite", entry, leave)


def assert_books_agree(venue: Venue, its_book: Path, entry: Order, leave: Order) -> None:
    """freqtrade's record of the trade is what the exchange's ledger says."""
    bought, sold = (row for row in venue.ledger()["trades"])
    assert (bought["orderId"], sold["orderId"]) == (entry["orderId"], leave["orderId"])
    with sqlite3.connect(its_book) as book:
        ((is_open, open_rate, close_rate, profit),) = book.execute(
            "select is_open, open_rate, close_rate, close_profit_abs from trades"
        )
    assert (is_open, str(open_rate)) == (0, f"{Decimal(bought['price']).normalize():f}")
    assert str(close_rate) == f"{Decimal(sold['price']).normalize():f}"
    fee = Decimal(bought["commission"]) / Decimal(bought["qty"])
    paid = Decimal(bought["price"]) * Decimal(sold["qty"]) * (1 + fee)
    received = Decimal(sold["price"]) * Decimal(sold["qty"]) - Decimal(sold["commission"])
    assert round(Decimal(str(profit)), 8) == round(received - paid, 8)
