"""What an account's listeners are told, and in which order; streams are made from it."""

from typing import Any

import pytest

from exchange.paper.engine.events import (
    AccountEvent,
    AccountPosition,
    BalanceUpdate,
    BookChange,
    ExecutionReport,
    ListReport,
    MarketPrint,
)
from tests.paper.paper_door import SYMBOL, Door
from tests.paper.test_paper_lists import SELL_OCO, place_otoco


@pytest.fixture
def told(door: Door) -> list[str]:
    """A line per fact, as it comes."""
    lines: list[str] = []

    def listen(account: str, event: AccountEvent) -> None:
        assert account == "spot"
        lines.append(summary(event))

    door.exchange.bus.accounts.append(listen)
    return lines


def summary(event: AccountEvent) -> str:
    """The telling part of a fact."""
    match event:
        case ExecutionReport():
            return f"{event.kind} {event.order.client_order_id} {event.order.status}"
        case ListReport():
            return f"list {event.list_status}"
        case AccountPosition():
            return "balances " + ",".join(event.balances)
        case BalanceUpdate():
            return f"deposit {event.asset}"


def test_a_market_order(door: Door, told: list[str]) -> None:
    door.order("BUY", "MARKET", "0.01", newClientOrderId="mine")
    assert told == ["NEW mine NEW", "TRADE mine FILLED", "balances BTC,USDC"]


def test_a_cancel_carries_its_own_id(door: Door, told: list[str]) -> None:
    events: list[Any] = []
    door.exchange.bus.accounts.append(lambda _, event: events.append(event))
    door.order("BUY", "LIMIT", "0.01", price="94000", newClientOrderId="mine")
    door.ok("DELETE", "/api/v3/order", symbol=SYMBOL, orderId=1, newClientOrderId="cancel")
    assert told[-2:] == ["CANCELED mine CANCELED", "balances USDC"]
    report = next(event for event in events if isinstance(event, ExecutionReport) and event.kind == "CANCELED")
    assert report.cancel_client_id == "cancel"


def test_an_oco_expires_its_sibling_before_the_fill(door: Door, told: list[str]) -> None:
    door.deposit("BTC", "0.01")
    door.ok("POST", "/api/v3/orderList/oco", **SELL_OCO)
    del told[:]
    door.print("96000")
    assert told == ["EXPIRED stop EXPIRED", "TRADE target FILLED", "list ALL_DONE", "balances BTC,USDC"]


def test_a_triggered_stop_works_before_it_fills(door: Door, told: list[str]) -> None:
    door.deposit("BTC", "0.01")
    door.ok("POST", "/api/v3/orderList/oco", **SELL_OCO)
    del told[:]
    door.print("94000")
    assert told == [
        "EXPIRED target EXPIRED",
        "NEW stop NEW",
        "TRADE stop FILLED",
        "list ALL_DONE",
        "balances BTC,USDC",
    ]


def test_an_otoco_from_entry_to_exits(door: Door, told: list[str]) -> None:
    place_otoco(door)
    assert told == [
        "list EXEC_STARTED",
        "NEW stop PENDING_NEW",
        "NEW target PENDING_NEW",
        "NEW entry NEW",
        "balances USDC",
    ]
    del told[:]
    door.print("94500")
    assert told == ["TRADE entry FILLED", "list EXEC_STARTED", "NEW stop NEW", "NEW target NEW", "balances BTC,USDC"]


def test_execution_ids_rise_and_copies_do_not_change(door: Door) -> None:
    events: list[ExecutionReport] = []
    door.exchange.bus.accounts.append(lambda _, e: events.append(e) if isinstance(e, ExecutionReport) else None)
    door.order("BUY", "LIMIT", "0.01", price="94000")
    door.print("94000", "0.004")
    door.print("94000")
    assert [str(event.order.executed_quantity) for event in events] == ["0", "0.004", "0.010"]
    assert [event.execution_id for event in events] == [1, 2, 3]


def test_prints_are_shown_to_market_listeners(door: Door) -> None:
    seen: list[str] = []

    def note(event: MarketPrint | BookChange) -> None:
        if isinstance(event, MarketPrint):
            seen.append(f"{event.symbol} {event.printed.price}")

    door.exchange.bus.markets.append(note)
    door.print("96000")
    assert seen == ["BTCUSDC 96000"]
