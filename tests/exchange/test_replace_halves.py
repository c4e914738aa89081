"""cancelReplace has two halves and four results, each told apart (X13)."""

from decimal import Decimal
from typing import Any

import pytest

from exchange.client import BinanceClient
from exchange.types import Confirmed, Denied, InDoubt, OrderRequest, OrderType, Reason, Rejected, Side
from tests.exchange.documented import RUNNER_ID, START_MS, STOP_ID, canceled, canceled_list, placed
from tests.exchange.scripted_venue import Say, ScriptedVenue

ROUTE = "/api/v3/order/cancelReplace"
NEXT_ID = "EX-2501132000L3f9a1c-S3-1"
NEXT = OrderRequest(
    NEXT_ID, Side.SELL, OrderType.STOP_LOSS_LIMIT, Decimal("0.00035"), Decimal("95010.00"), Decimal("95010.02")
)
UNKNOWN = {"code": -2011, "msg": "Unknown order sent."}
TRIGGERS = {"code": -2010, "msg": "Order would trigger immediately."}
DOUBT = {"code": -1007, "msg": "Timeout waiting for response from backend server."}


def halves(cancel: str, cancel_reply: Any, order: str, order_reply: Any) -> dict[str, Any]:
    return {
        "cancelResult": cancel,
        "newOrderResult": order,
        "cancelResponse": cancel_reply,
        "newOrderResponse": order_reply,
    }


def failed(status: int, code: int, *results: Any, **headers: str) -> Say:
    return Say({"code": code, "msg": "Order cancel-replace.", "data": halves(*results)}, status, headers)


OLD, NEW = canceled(RUNNER_ID), placed(NEXT_ID, side="SELL", origQty="0.00035000")


@pytest.mark.parametrize(
    ("say", "canceled_as", "placed_as"),
    [
        pytest.param(Say(halves("SUCCESS", OLD, "SUCCESS", NEW)), Confirmed, Confirmed, id="both done"),
        pytest.param(
            failed(400, -2022, "FAILURE", UNKNOWN, "NOT_ATTEMPTED", None), Rejected, type(None), id="old one gone"
        ),
        pytest.param(
            failed(409, -2021, "SUCCESS", OLD, "FAILURE", TRIGGERS), Confirmed, Rejected, id="new one refused"
        ),
        pytest.param(failed(409, -2021, "SUCCESS", OLD, "FAILURE", DOUBT), Confirmed, InDoubt, id="new one in doubt"),
        pytest.param(
            failed(429, -1015, "NOT_ATTEMPTED", None, "NOT_ATTEMPTED", None), Denied, type(None), id="order limit"
        ),
        pytest.param(
            Say({"code": -1015, "msg": "Too many new orders."}, 429), Denied, Denied, id="limit without halves"
        ),
        pytest.param(Say({"code": -1013, "msg": "Filter failure: NOTIONAL"}, 400), Rejected, Rejected, id="filter"),
        pytest.param(Say({"code": -2021, "msg": "Partially failed."}, 409), InDoubt, InDoubt, id="halves missing"),
        pytest.param(Say(halves("SUCCESS", OLD, "SUCCESS", {}), 200), Confirmed, InDoubt, id="unreadable new one"),
        pytest.param(Say(halves("SUCCESS", None, "SUCCESS", NEW), 200), InDoubt, Confirmed, id="unreadable old one"),
        pytest.param(
            failed(500, -2021, "SUCCESS", OLD, "FAILURE", TRIGGERS), InDoubt, InDoubt, id="5xx proves nothing"
        ),
        pytest.param(Say("", 502), InDoubt, InDoubt, id="bad gateway"),
        pytest.param(Say(drop=True), InDoubt, InDoubt, id="dropped"),
        pytest.param(Say(OLD, wait=True), InDoubt, InDoubt, id="no answer"),
    ],
)
def test_each_half_has_its_own_outcome(
    venue: ScriptedVenue, client: BinanceClient, say: Say, canceled_as: type, placed_as: type
) -> None:
    venue.on("POST", ROUTE, say)
    result = client.replace(RUNNER_ID, NEXT)
    assert (type(result.canceled), type(result.placed)) == (canceled_as, placed_as)
    assert len(venue.asked) == 1
    doubts = [half for half in (result.canceled, result.placed) if isinstance(half, InDoubt)]
    assert {doubt.settled_after_ms for doubt in doubts} <= {START_MS + 12_000}


def test_the_refused_half_says_why(venue: ScriptedVenue, client: BinanceClient) -> None:
    """The old stop is gone and the price is past the new one: the caller exits at market at once."""
    venue.on("POST", ROUTE, failed(409, -2021, "SUCCESS", OLD, "FAILURE", TRIGGERS))
    result = client.replace(RUNNER_ID, NEXT)
    assert isinstance(result.placed, Rejected)
    assert result.placed.reason is Reason.PRICE_PASSED
    assert isinstance(result.canceled, Confirmed)
    assert result.canceled.reports[0].client_id == RUNNER_ID


def test_replacing_a_member_tells_of_its_whole_list(venue: ScriptedVenue, client: BinanceClient) -> None:
    venue.on("POST", ROUTE, Say(halves("SUCCESS", canceled_list(), "SUCCESS", NEW)))
    result = client.replace(STOP_ID, NEXT)
    assert isinstance(result.canceled, Confirmed)
    assert len(result.canceled.reports) == 2


def test_the_new_order_goes_only_if_the_old_one_went(venue: ScriptedVenue, client: BinanceClient) -> None:
    """STOP_ON_FAILURE, by the old order's id, with an id of our own for the new one."""
    venue.on("POST", ROUTE, Say(halves("SUCCESS", OLD, "SUCCESS", NEW)))
    client.replace(RUNNER_ID, NEXT)
    sent = venue.asked[0].params
    assert sent["cancelReplaceMode"] == "STOP_ON_FAILURE"
    assert (sent["cancelOrigClientOrderId"], sent["newClientOrderId"]) == (RUNNER_ID, NEXT_ID)
    assert (sent["stopPrice"], sent["price"], sent["quantity"]) == ("95010.02", "95010", "0.00035")
