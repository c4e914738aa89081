"""What a reply to a placement or cancel means, over real HTTP: the table of the four outcomes."""

import socket
from decimal import Decimal

import pytest
import urllib3

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.settings import ExchangeSettings
from exchange.types import (
    Confirmed,
    Denied,
    InDoubt,
    OcoRequest,
    OrderRequest,
    OrderType,
    Outcome,
    Reason,
    Rejected,
    Side,
    VenueStatus,
)
from tests.exchange.documented import (
    ENTRY_ID,
    RUNNER_ID,
    START_MS,
    STOP_ID,
    TARGET_ID,
    canceled,
    canceled_list,
    filled,
    oco,
    placed,
)
from tests.exchange.scripted_venue import Say, ScriptedVenue

ORDER = "/api/v3/order"
SETTLED_MS = START_MS + 2_000 + 10_000
LIMIT = OrderRequest(ENTRY_ID, Side.BUY, OrderType.LIMIT, Decimal("0.00105"), Decimal("95000.50"))
STOP = OrderRequest(
    RUNNER_ID, Side.SELL, OrderType.STOP_LOSS_LIMIT, Decimal("0.00009"), Decimal("94809.98"), Decimal("94810.00")
)


def refused(code: int, text: str, status: int = 400, **headers: str) -> Say:
    return Say({"code": code, "msg": text}, status, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("say", "expected"),
    [
        (refused(-2010, "Duplicate order sent."), Reason.DUPLICATE_ID),
        (refused(-2010, "Order would immediately match and take."), Reason.PRICE_PASSED),
        (refused(-2010, "Order would trigger immediately."), Reason.PRICE_PASSED),
        (refused(-2010, "The relationship of the prices for the orders is not correct."), Reason.PRICE_PASSED),
        (refused(-2010, "Account has insufficient balance for requested action."), Reason.INSUFFICIENT_BALANCE),
        (refused(-2010, "Market is closed."), Reason.MARKET_CLOSED),
        (refused(-1013, "Market is closed."), Reason.MARKET_CLOSED),
        (refused(-1013, "Filter failure: NOTIONAL"), Reason.FILTER),
        (refused(-2010, "Filter failure: MAX_NUM_ALGO_ORDERS"), Reason.FILTER),
        (refused(-1111, "Parameter 'quantity' has too much precision."), Reason.FILTER),
        (refused(-2010, "This symbol is not permitted for this account."), Reason.KEY),
        (refused(-2010, "This action is disabled on this account."), Reason.KEY),
        (refused(-2015, "Invalid API-key, IP, or permissions for action.", 401), Reason.KEY),
        (refused(-2014, "API-key format invalid.", 401), Reason.KEY),
        (refused(-1022, "Signature for this request is not valid."), Reason.KEY),
        (refused(-1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed."), Reason.OTHER),
        (refused(-1121, "Invalid symbol."), Reason.OTHER),
        (refused(-2010, "Stop loss orders are not supported for this symbol."), Reason.OTHER),
    ],
)
def test_a_refusal_is_final_and_says_why(
    venue: ScriptedVenue, client: BinanceClient, say: Say, expected: Reason
) -> None:
    """X5: the same code -2010 means a duplicate, a passed price or no funds; the text tells them apart."""
    venue.on("POST", ORDER, say)
    assert client.place(LIMIT) == Rejected(expected, say.body["code"], say.body["msg"])


@pytest.mark.parametrize(
    "say",
    [
        refused(-1000, "An unknown error occurred while processing the request."),
        refused(-1001, "Internal error; unable to process your request. Please try again.", 500),
        refused(-1006, "An unexpected response was received from the message bus. Execution status unknown.", 500),
        refused(-1006, "An unexpected response was received from the message bus. Execution status unknown."),
        refused(-1007, "Timeout waiting for response from backend server.", 504),
        refused(-1007, "Timeout waiting for response from backend server.", 408),
        refused(-2010, "Market is closed.", 408),
        refused(-1008, "Server is currently overloaded with other requests.", 503),
        refused(-2010, "Account has insufficient balance for requested action.", 500),
        Say("<html>Bad Gateway</html>", 502),
        Say("<html>Request blocked</html>", 403),
        Say("<html>moved</html>", 302, {"Location": "http://127.0.0.1:9/elsewhere"}),
        Say("", 200),
        Say("[1, 2", 200),
        Say([], 200),
        Say("null", 200),
        Say({"symbol": "BTCUSDC", "orderId": 28, "clientOrderId": ENTRY_ID, "transactTime": 1}, 200),
        Say({**placed(), "executedQty": "NaN"}, 200),
        Say({**placed(), "status": "UNHEARD_OF"}, 200),
        Say(drop=True),
        Say(placed(), wait=True),
    ],
)
def test_what_may_have_happened_is_in_doubt(venue: ScriptedVenue, client: BinanceClient, say: Say) -> None:
    """E2, E3: 5xx, silence and unreadable answers are never failures, and nothing is sent a second time."""
    venue.on("POST", ORDER, say)
    outcome = client.place(LIMIT)
    assert isinstance(outcome, InDoubt)
    assert outcome.settled_after_ms == SETTLED_MS
    assert len(venue.asked) == 1


@pytest.mark.parametrize(
    ("say", "wait_ms"),
    [
        (refused(-1003, "Too much request weight used.", 429, Retry_After="7"), 7_000),
        (
            refused(-1015, "Too many new orders; current limit is 100 orders per TEN_SECONDS.", 429, Retry_After="3"),
            3_000,
        ),
        (refused(-1003, "Way too much request weight used; IP banned.", 418, Retry_After="120"), 120_000),
        (Say("<html>slow down</html>", 429), 10_000),
        (Say("<html>banned</html>", 418), 120_000),
    ],
)
def test_a_limit_means_it_did_not_happen_and_when_to_ask(
    venue: ScriptedVenue, client: BinanceClient, say: Say, wait_ms: int
) -> None:
    venue.on("POST", ORDER, say)
    outcome = client.place(LIMIT)
    assert isinstance(outcome, Denied)
    assert outcome.retry_after_ms == wait_ms


def test_an_order_that_never_left_is_denied(clock: VirtualClock) -> None:
    """A refused connection proves that no byte was sent."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        settings = ExchangeSettings(base_url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        outcome = BinanceClient(settings, clock, lambda _: None).place(LIMIT)
    assert isinstance(outcome, Denied)


def test_an_unknown_host_name_is_denied(clock: VirtualClock) -> None:
    settings = ExchangeSettings(base_url="http://no-such-host.invalid")
    assert isinstance(BinanceClient(settings, clock, lambda _: None).place(LIMIT), Denied)


def test_another_request_that_never_left_proves_nothing_about_this_one(
    venue: ScriptedVenue, client: BinanceClient
) -> None:
    """An order placed while a refused connection elsewhere is being treated, then dropped, is in doubt."""
    venue.on("POST", ORDER, Say(drop=True))
    with socket.socket() as taken, urllib3.PoolManager() as elsewhere:
        taken.bind(("127.0.0.1", 0))
        try:
            elsewhere.request("GET", f"http://127.0.0.1:{taken.getsockname()[1]}", retries=False)
        except urllib3.exceptions.NewConnectionError:
            outcome = client.place(LIMIT)
    assert isinstance(outcome, InDoubt)


def test_a_wrong_timestamp_did_not_happen_and_the_clock_is_asked(venue: ScriptedVenue, client: BinanceClient) -> None:
    """V2: the refused request is not signed again by itself; the caller decides."""
    venue.on("POST", ORDER, refused(-1021, "Timestamp for this request is outside of the recvWindow."))
    venue.on("GET", "/api/v3/time", Say({"serverTime": START_MS + 5_000}))
    outcome = client.place(LIMIT)
    assert isinstance(outcome, Denied)
    assert outcome.retry_after_ms == 0
    assert [asked.path for asked in venue.asked] == [ORDER, "/api/v3/time"]
    assert client.skew_ms == 5_000


def test_a_market_order_is_known_by_its_own_reply(venue: ScriptedVenue, client: BinanceClient) -> None:
    """E7: quantity, cost and commission come with the placement, no second request."""
    venue.on("POST", ORDER, Say(filled()))
    outcome = client.place(OrderRequest(ENTRY_ID, Side.BUY, OrderType.MARKET, Decimal("0.00105")))
    assert isinstance(outcome, Confirmed)
    (report,) = outcome.reports
    assert report.status is VenueStatus.FILLED
    assert (report.executed, report.quote_executed) == (Decimal("0.00105"), Decimal("99.75525"))
    assert report.fills is not None
    assert [(fill.trade_id, fill.quote_quantity, fill.commission) for fill in report.fills] == [
        (56, Decimal("95.000"), Decimal("0.000001")),
        (57, Decimal("4.75525"), Decimal("0.00000005")),
    ]
    assert {fill.time_ms for fill in report.fills} == {1507725176595}
    assert len(venue.asked) == 1


def test_an_order_is_written_completely(venue: ScriptedVenue, client: BinanceClient) -> None:
    """Our own id, a full reply, the small window, and nothing that we did not choose."""
    venue.on("POST", ORDER, Say(placed(RUNNER_ID)))
    client.place(STOP)
    sent = dict(venue.asked[0].params)
    assert len(sent.pop("signature")) == 64
    assert sent == {
        "symbol": "BTCUSDC",
        "side": "SELL",
        "type": "STOP_LOSS_LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.00009",
        "price": "94809.98",
        "stopPrice": "94810",
        "newClientOrderId": RUNNER_ID,
        "newOrderRespType": "FULL",
        "recvWindow": "2000",
        "timestamp": str(START_MS),
    }


def test_numbers_are_written_plainly(venue: ScriptedVenue, client: BinanceClient) -> None:
    """X20: never an exponent, however the Decimal came about."""
    venue.on("POST", ORDER, Say(placed()))
    client.place(OrderRequest(ENTRY_ID, Side.BUY, OrderType.LIMIT, Decimal("9E-7"), Decimal("9.5E+4")))
    sent = venue.asked[0].params
    assert (sent["quantity"], sent["price"]) == ("0.0000009", "95000")


@pytest.mark.parametrize(("side", "above", "below"), [(Side.SELL, "target", "stop"), (Side.BUY, "stop", "target")])
def test_a_list_has_its_target_on_the_profitable_side(
    venue: ScriptedVenue, client: BinanceClient, side: Side, above: str, below: str
) -> None:
    """Reports come back as target and stop, whatever order the venue writes them in."""
    quantity = Decimal("0.00105")
    target = OrderRequest(TARGET_ID, side, OrderType.LIMIT_MAKER, quantity, Decimal("95190.5"))
    stop = OrderRequest(STOP_ID, side, OrderType.STOP_LOSS_LIMIT, quantity, Decimal("94809.98"), Decimal("94810"))
    venue.on("POST", "/api/v3/orderList/oco", Say(oco(side.value)))
    outcome = client.place_oco(OcoRequest("EX-2501132000L3f9a1c-L1-0", target, stop))
    sent = venue.asked[0].params
    expected = {
        "target": {"Type": "LIMIT_MAKER", "ClientOrderId": TARGET_ID, "Price": "95190.5"},
        "stop": {
            "Type": "STOP_LOSS_LIMIT",
            "ClientOrderId": STOP_ID,
            "Price": "94809.98",
            "StopPrice": "94810",
            "TimeInForce": "GTC",
        },
    }
    for prefix, member in (("above", above), ("below", below)):
        shown = {name.removeprefix(prefix): value for name, value in sent.items() if name.startswith(prefix)}
        assert shown == expected[member]
    assert isinstance(outcome, Confirmed)
    assert [report.client_id for report in outcome.reports] == [TARGET_ID, STOP_ID]
    assert [report.list_id for report in outcome.reports] == [1274512, 1274512]


def test_a_list_reply_without_one_member_is_in_doubt(venue: ScriptedVenue, client: BinanceClient) -> None:
    reply = oco()
    reply["orderReports"].pop()
    venue.on("POST", "/api/v3/orderList/oco", Say(reply))
    target = OrderRequest(TARGET_ID, Side.SELL, OrderType.LIMIT_MAKER, Decimal(1), Decimal(2))
    outcome = client.place_oco(OcoRequest("EX-2501132000L3f9a1c-L1-0", target, STOP))
    assert isinstance(outcome, InDoubt)


@pytest.mark.parametrize(
    ("reply", "members"), [(canceled(), [ENTRY_ID]), (canceled_list(), [STOP_ID, TARGET_ID])], ids=["order", "list"]
)
def test_a_cancel_tells_of_every_order_it_ended(
    venue: ScriptedVenue, client: BinanceClient, reply: object, members: list[str]
) -> None:
    """The reply names the order in `origClientOrderId`, and shows the whole list for a member of one."""
    venue.on("DELETE", ORDER, Say(reply))
    outcome = client.cancel(members[0])
    assert isinstance(outcome, Confirmed)
    assert [(report.client_id, report.status) for report in outcome.reports] == [
        (member, VenueStatus.CANCELED) for member in members
    ]


GONE = refused(-2011, "Unknown order sent.")
LOST = Say("", 503)


@pytest.mark.parametrize(
    ("replies", "expected", "sent"),
    [
        ([GONE], Rejected, 1),
        ([LOST, Say(canceled())], Confirmed, 2),
        ([LOST, GONE], Rejected, 2),
        ([Say(drop=True), Say(canceled())], Confirmed, 2),
        ([LOST, LOST, Say(canceled())], InDoubt, 2),
        ([LOST, refused(-1003, "Too much request weight used.", 429, Retry_After="9")], InDoubt, 2),
        ([refused(-1003, "Too much request weight used.", 429, Retry_After="9")], Denied, 1),
    ],
)
def test_a_cancel_in_doubt_is_sent_once_more(
    venue: ScriptedVenue, client: BinanceClient, replies: list[Say], expected: type[Outcome], sent: int
) -> None:
    """Cancels are idempotent; a doubt that was not resolved stays one."""
    venue.on("DELETE", ORDER, *replies)
    outcome = client.cancel(ENTRY_ID)
    assert isinstance(outcome, expected)
    assert len(venue.requests(ORDER)) == sent
    if isinstance(outcome, Rejected):
        assert outcome.reason is Reason.UNKNOWN_ORDER


def test_no_request_goes_out_beside_an_order(venue: ScriptedVenue, client: BinanceClient) -> None:
    """Once warm, an order is one request on the connection that is already there."""
    venue.on("GET", "/api/v3/openOrders", Say([]))
    venue.on("POST", ORDER, Say(placed()))
    client.open_orders()
    client.place(LIMIT)
    assert [asked.path for asked in venue.asked] == ["/api/v3/openOrders", ORDER]
    assert len({asked.connection for asked in venue.asked}) == 1
