"""An own resting order is never traded with: the taker's mode decides which of the two expires (Binance docs: STP)."""

import pytest

from tests.paper.paper_door import SYMBOL, Door, order_params


@pytest.fixture
def inside(door: Door) -> Door:
    """A spread from 94990 to 95010 with an own sell of 0.004 at 95000 inside it."""
    door.deposit("BTC", "0.01")
    door.script("book", {"symbol": SYMBOL, "bid": "94990", "ask": "95010"})
    door.order("SELL", "LIMIT", "0.004", price="95000", newClientOrderId="own")
    return door


@pytest.mark.parametrize(
    ("mode", "own", "taker"),
    [
        (None, ("EXPIRED_IN_MATCH", "0"), ("FILLED", "0.01")),
        ("EXPIRE_MAKER", ("EXPIRED_IN_MATCH", "0"), ("FILLED", "0.01")),
        ("EXPIRE_TAKER", ("NEW", "0"), ("EXPIRED_IN_MATCH", "0")),
        ("EXPIRE_BOTH", ("EXPIRED_IN_MATCH", "0"), ("EXPIRED_IN_MATCH", "0")),
        ("DECREMENT", ("EXPIRED_IN_MATCH", "0"), ("FILLED", "0.006")),
    ],
)
def test_the_mode_of_the_taker_decides(
    inside: Door, mode: str | None, own: tuple[str, str], taker: tuple[str, str]
) -> None:
    given = {} if mode is None else {"selfTradePreventionMode": mode}
    inside.order("BUY", "LIMIT", "0.01", price="95010", newClientOrderId="taker", **given)
    assert (inside.state("own"), inside.state("taker")) == (own, taker)
    rows = inside.ok("GET", "/api/v3/myPreventedMatches", symbol=SYMBOL, orderId=2)
    assert [(row["makerOrderId"], row["makerPreventedQuantity"]) for row in rows] == [(1, "0.00400000")]
    assert inside.balance("USDC")[1] == "0"


def test_prevention_is_shown_on_the_order(inside: Door) -> None:
    inside.order("BUY", "MARKET", "0.01")
    own = inside.find("own")
    assert (own["preventedMatchId"], own["preventedQuantity"]) == (1, "0.00400000")
    assert inside.balance("BTC") == ("0.01999", "0")


@pytest.mark.parametrize(
    ("mode", "own", "taker"),
    [
        ("EXPIRE_MAKER", ("EXPIRED_IN_MATCH", "0"), ("NEW", "0")),
        ("EXPIRE_TAKER", ("NEW", "0"), ("EXPIRED_IN_MATCH", "0")),
        ("EXPIRE_BOTH", ("EXPIRED_IN_MATCH", "0"), ("EXPIRED_IN_MATCH", "0")),
    ],
)
def test_an_order_that_meets_own_orders_alone_does_not_rest_across_them(
    inside: Door, mode: str, own: tuple[str, str], taker: tuple[str, str]
) -> None:
    """The far side is beyond its limit, the own order is not."""
    inside.order("BUY", "LIMIT", "0.01", price="95000", newClientOrderId="taker", selfTradePreventionMode=mode)
    assert (inside.state("own"), inside.state("taker")) == (own, taker)


def test_an_own_order_at_the_price_of_a_level_stands_behind_it(inside: Door) -> None:
    inside.order("SELL", "LIMIT", "0.004", price="95010", newClientOrderId="behind")
    inside.order("BUY", "MARKET", "0.001")
    assert (inside.state("own")[0], inside.state("behind")[0]) == ("EXPIRED_IN_MATCH", "NEW")


def test_an_expired_leg_takes_its_list_along(door: Door) -> None:
    door.deposit("BTC", "0.01")
    door.script("book", {"symbol": SYMBOL, "bid": "94990", "ask": "95010"})
    legs = {"aboveType": "LIMIT_MAKER", "abovePrice": "95005", "belowType": "STOP_LOSS", "belowStopPrice": "94000"}
    names = {"aboveClientOrderId": "target", "belowClientOrderId": "stop"}
    door.ok("POST", "/api/v3/orderList/oco", symbol=SYMBOL, side="SELL", quantity="0.01", **legs, **names)
    door.order("BUY", "MARKET", "0.001")
    assert [door.state(name)[0] for name in ("target", "stop")] == ["EXPIRED_IN_MATCH", "EXPIRED"]
    assert door.ok("GET", "/api/v3/openOrderList") == []


def test_an_empty_book_refuses_market_orders(door: Door) -> None:
    door.script("book", {"symbol": SYMBOL, "level_qty": "0"})
    refusal = door.refusal("POST", "/api/v3/order", **order_params("BUY", "MARKET", "0.001"))
    assert refusal == (-1112, "No orders on book for symbol.")
