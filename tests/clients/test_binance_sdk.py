"""Binance's own client, given no more than another base path.

Its models are Binance's documentation of every reply in strict types; what does not fit them it logs as a warning.
"""

import inspect
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import BadRequestError, NotFoundError, ServerError, TooManyRequestsError, UnauthorizedError
from binance_sdk_spot.rest_api.api import account_api, general_api, market_api, trade_api
from binance_sdk_spot.spot import Spot
from pydantic import BaseModel

from exchange.paper.routes.table import ROUTES
from tests.clients.venue import KEY, SYMBOL, Venue

# fields that the documentation shows only for orders they mean something for (Binance docs: conditional fields)
CONDITIONAL = {
    "stopPrice",
    "icebergQty",
    "preventedMatchId",
    "preventedQuantity",
    "strategyId",
    "strategyType",
    "trailingDelta",
    "trailingTime",
    "usedSor",
    "workingFloor",
    "pegPriceType",
    "pegOffsetType",
    "pegOffsetValue",
    "peggedPrice",
    "expiryReason",
}
# documented beside them, for other doors or other request parameters
ELSEWHERE = {"sors", "count", "rateLimits", "priceExponent", "qtyExponent", "multiplierExponent", "listStatus"}
# in the documentation's examples, though the client's model of a canceled list leaves it out
UNMODELLED = {"selfTradePreventionMode"}


@pytest.fixture
def api(venue: Venue, caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    """The client; no reply may be unlike its models."""
    caplog.set_level(logging.WARNING)
    yield Spot(ConfigurationRestAPI(api_key=KEY, api_secret=KEY, base_path=venue.url)).rest_api
    assert [record.getMessage() for record in caplog.records] == []


def differences(found: Any) -> Iterator[tuple[str, str]]:
    """Fields that the reply has and the model lacks, and the other way round."""
    if isinstance(found, list):
        for each in found:
            yield from differences(each)
    elif hasattr(found, "actual_instance"):
        yield from differences(found.actual_instance)
    elif isinstance(found, BaseModel):
        yield from (("extra", name) for name in getattr(found, "additional_properties", None) or {})
        for name, field in type(found).model_fields.items():
            value = getattr(found, name)
            if value is None:
                yield "absent", field.alias or name
            elif name != "additional_properties":
                yield from differences(value)


def shown(reply: Any) -> Any:
    """The modelled reply, which lacks nothing documented and has nothing beyond it."""
    found = reply.data()
    assert set(differences(found)) <= {
        *(("absent", name) for name in CONDITIONAL | ELSEWHERE),
        *(("extra", name) for name in CONDITIONAL | UNMODELLED),
    }
    return found


def test_venue_and_market_reading(venue: Venue, api: Any) -> None:
    """All public replies fit the models."""
    venue.print("95500")
    assert api.ping().data() == {}
    shown(api.time())
    assert len(shown(api.exchange_info()).symbols) == 5
    assert [row.symbol for row in shown(api.exchange_info(symbols=[SYMBOL, "BTCUSDT"])).symbols] == [SYMBOL, "BTCUSDT"]
    assert shown(api.depth(symbol=SYMBOL, limit=5)).asks[0][0] == "95500.00000000"
    for read in (api.get_trades, api.historical_trades):
        assert shown(read(symbol=SYMBOL))[-1].price == "95500.00000000"
    assert shown(api.agg_trades(symbol=SYMBOL))[-1].p == "95500.00000000"
    for read in (api.klines, api.ui_klines):
        assert read(symbol=SYMBOL, interval="1m").data()[-1][4] == "95500.00000000"
    shown(api.avg_price(symbol=SYMBOL))
    shown(api.execution_rules(symbol=SYMBOL))


@pytest.mark.parametrize("name", ["ticker24hr", "ticker_price", "ticker_book_ticker"])
def test_tickers_of_one_of_some_and_of_all_symbols(api: Any, name: str) -> None:
    """One symbol gives an object, else there is an array."""
    read = getattr(api, name)
    assert shown(read(symbol=SYMBOL)).actual_instance.symbol == SYMBOL
    assert [row.symbol for row in shown(read(symbols=["BTCUSDT", SYMBOL])).actual_instance] == ["BTCUSDT", SYMBOL]
    assert len(shown(read()).actual_instance) == 5


def test_account_reading(api: Any) -> None:
    """Balances, commission, limits and filters fit the models."""
    assert {row.asset: row.free for row in shown(api.get_account()).balances}["BTC"] == "1.00000000"
    assert shown(api.account_commission(symbol=SYMBOL)).standard_commission.taker == "0.00100000"
    assert [row.count for row in shown(api.rate_limit_order())] == [0, 0]
    assert shown(api.my_filters(symbol=SYMBOL)).symbol_filters
    assert shown(api.my_prevented_matches(symbol=SYMBOL, order_id=1)) == []


RESTING: list[dict[str, Any]] = [
    {"side": "BUY", "type": "LIMIT", "price": 90000.0, "time_in_force": "GTC"},
    {"side": "BUY", "type": "LIMIT", "price": 90000.0, "time_in_force": "GTC", "iceberg_qty": 0.0005},
    {"side": "SELL", "type": "LIMIT_MAKER", "price": 99000.0},
    {"side": "SELL", "type": "STOP_LOSS", "stop_price": 94000.0},
    {"side": "SELL", "type": "STOP_LOSS", "trailing_delta": 100},
    {"side": "SELL", "type": "STOP_LOSS_LIMIT", "stop_price": 94000.0, "price": 93990.0, "time_in_force": "GTC"},
    {"side": "SELL", "type": "TAKE_PROFIT", "stop_price": 96000.0},
    {"side": "SELL", "type": "TAKE_PROFIT_LIMIT", "stop_price": 96000.0, "price": 95990.0, "time_in_force": "GTC"},
    {"side": "BUY", "type": "LIMIT_MAKER", "price": 90000.0, "strategy_id": 7, "strategy_type": 1_000_000},
]


@pytest.mark.parametrize("params", RESTING, ids=lambda params: params["type"])
def test_an_order_of_each_resting_type_is_placed_queried_and_canceled(api: Any, params: dict[str, Any]) -> None:
    """All parameters go in the query, of POST too; every form of the order fits its model."""
    placed = shown(api.new_order(symbol=SYMBOL, quantity=0.001, new_order_resp_type="FULL", **params))
    assert (placed.type, placed.status, placed.fills) == (params["type"], "NEW", [])
    assert shown(api.get_order(symbol=SYMBOL, order_id=placed.order_id)).client_order_id == placed.client_order_id
    assert len(shown(api.get_open_orders(symbol=SYMBOL))) == 1
    canceled = shown(api.delete_order(symbol=SYMBOL, orig_client_order_id=placed.client_order_id))
    assert canceled.status == "CANCELED"
    assert [order.status for order in shown(api.all_orders(symbol=SYMBOL))] == ["CANCELED"]


def test_market_orders_and_their_fills(api: Any) -> None:
    """By quantity and by the quote asset."""
    bought = shown(api.new_order(symbol=SYMBOL, side="BUY", type="MARKET", quantity=0.01))
    assert [fill.commission for fill in bought.fills] == ["0.00001000"]
    sold = shown(api.new_order(symbol=SYMBOL, side="SELL", type="MARKET", quote_order_qty=190.0))
    assert sold.status == "FILLED"
    assert [row.is_buyer for row in shown(api.my_trades(symbol=SYMBOL))] == [True, False]


def test_orders_are_tested_amended_and_replaced(api: Any) -> None:
    """order/test, amend/keepPriority, amendments, cancelReplace."""
    limit = {"symbol": SYMBOL, "side": "SELL", "type": "LIMIT", "time_in_force": "GTC", "quantity": 0.002}
    assert api.order_test(**limit, price=99000.0).data().to_dict() == {}
    rates = shown(api.order_test(**limit, price=99000.0, compute_commission_rates=True))
    assert rates.standard_commission_for_order.maker == "0.00100000"
    order_id = api.new_order(**limit, price=99000.0).data().order_id
    amended = shown(api.order_amend_keep_priority(symbol=SYMBOL, order_id=order_id, new_qty=0.001))
    assert amended.amended_order.qty == "0.00100000"
    assert [row.new_qty for row in shown(api.order_amendments(symbol=SYMBOL, order_id=order_id))] == ["0.00100000"]
    change = {"cancel_replace_mode": "STOP_ON_FAILURE", "cancel_order_id": order_id}
    replaced = shown(api.order_cancel_replace(**limit, price=98000.0, **change))
    assert (replaced.cancel_result, replaced.new_order_response.price) == ("SUCCESS", "98000.00000000")


ABOVE = {"above_type": "LIMIT_MAKER", "above_price": 96000.0}
BELOW = {
    "below_type": "STOP_LOSS_LIMIT",
    "below_stop_price": 94000.0,
    "below_price": 93990.0,
    "below_time_in_force": "GTC",
}
WORKING = {
    "working_type": "LIMIT",
    "working_side": "BUY",
    "working_price": 94500.0,
    "working_quantity": 0.002,
    "working_time_in_force": "GTC",
    "pending_side": "SELL",
}
ONE_PENDING = {"pending_type": "LIMIT_MAKER", "pending_price": 96000.0}
PAIR_PENDING = {f"pending_{name}": value for name, value in (ABOVE | BELOW).items()}
OLD_STYLE = {
    "price": 96000.0,
    "stop_price": 94000.0,
    "stop_limit_price": 93990.0,
    "stop_limit_time_in_force": "GTC",
    "limit_iceberg_qty": 0.0005,
    "stop_iceberg_qty": 0.0005,
}
LISTS: dict[str, dict[str, Any]] = {
    "order_list_oco": {"side": "SELL", "quantity": 0.001} | ABOVE | BELOW,
    "order_oco": {"side": "SELL", "quantity": 0.001} | OLD_STYLE,
    "order_list_oto": WORKING | ONE_PENDING | {"pending_quantity": 0.001},
    "order_list_otoco": WORKING | PAIR_PENDING | {"pending_quantity": 0.001},
    "order_list_opo": WORKING | ONE_PENDING,
    "order_list_opoco": WORKING | PAIR_PENDING,
}


@pytest.mark.parametrize("name", LISTS)
def test_an_order_list_of_each_kind_is_placed_queried_and_canceled(api: Any, name: str) -> None:
    """Every form of the list fits its model."""
    placed = shown(getattr(api, name)(symbol=SYMBOL, **LISTS[name]))
    list_id = placed.order_list_id
    assert shown(api.get_order_list(order_list_id=list_id)).list_order_status == "EXECUTING"
    assert [row.order_list_id for row in shown(api.open_order_list())] == [list_id]
    ended = shown(api.delete_order_list(symbol=SYMBOL, order_list_id=list_id))
    assert {report.status for report in ended.order_reports} == {"CANCELED"}
    assert [row.list_order_status for row in shown(api.all_order_list())] == ["ALL_DONE"]


def test_all_open_orders_are_canceled_at_once(api: Any) -> None:
    """Single orders and lists come mixed."""
    api.new_order(symbol=SYMBOL, quantity=0.001, **RESTING[0])
    api.order_list_oco(symbol=SYMBOL, **LISTS["order_list_oco"])
    assert len(api.delete_open_orders(symbol=SYMBOL).data()) == 2


def test_limits_are_read_from_the_headers(api: Any) -> None:
    """Used weight and order counts (Binance docs: limits)."""
    placed = api.new_order(symbol=SYMBOL, quantity=0.001, **RESTING[0])
    assert {(row.rateLimitType, row.interval, row.count) for row in placed.rate_limits} == {
        ("REQUEST_WEIGHT", "MINUTE", 0),
        ("ORDERS", "SECOND", 1),
        ("ORDERS", "DAY", 1),
    }


ERRORS: list[tuple[Callable[[Any], Any], type[Exception], int]] = [
    (lambda a: a.new_order(symbol=SYMBOL, quantity=1.0, **RESTING[0] | {"price": 94000.0}), BadRequestError, -2010),
    (lambda a: a.new_order(symbol=SYMBOL, quantity=1.0, **RESTING[0] | {"price": 0.01}), BadRequestError, -1013),
    (lambda a: a.new_order(symbol="NOPE", quantity=1.0, **RESTING[0]), BadRequestError, -1121),
    (lambda a: a.get_order(symbol=SYMBOL, order_id=99), BadRequestError, -2013),
    (lambda a: a.delete_order(symbol=SYMBOL, order_id=99), BadRequestError, -2011),
    (lambda a: a.get_order_list(order_list_id=99), BadRequestError, -2013),
    (lambda a: a.reference_price(symbol=SYMBOL), BadRequestError, -2043),
    (lambda a: a.my_trades(symbol=SYMBOL, from_id=1, start_time=1), BadRequestError, -1128),
]


@pytest.mark.parametrize(("call", "error", "code"), ERRORS)
def test_refusals_carry_the_code(api: Any, call: Callable[[Any], Any], error: type[Exception], code: int) -> None:
    """It shows the venue's code as the error's status_code."""
    with pytest.raises(error) as refused:
        call(api)
    assert getattr(refused.value, "status_code", None) == code


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"kind": "limit", "retry_after": 7}, TooManyRequestsError), ({"kind": "error", "status": 503}, ServerError)],
)
def test_faults_arrive_as_the_right_errors(
    venue: Venue, api: Any, fault: dict[str, Any], error: type[Exception]
) -> None:
    """A POST is not repeated; the wait is told."""
    venue.script("faults", [{"route": "/api/v3/order", **fault}])
    with pytest.raises(error) as refused:
        api.new_order(symbol=SYMBOL, quantity=0.001, **RESTING[0])
    assert getattr(refused.value, "retry_after", 7) == 7
    assert venue.requests().count(("POST", "/api/v3/order")) == 1


def test_wrong_key_and_unknown_path(venue: Venue, api: Any) -> None:
    """401 and 404 have errors of their own."""
    stranger: Any = Spot(ConfigurationRestAPI(api_key="stranger", api_secret=KEY, base_path=venue.url)).rest_api
    with pytest.raises(UnauthorizedError):
        stranger.get_account()
    with pytest.raises(NotFoundError):
        api.sor_order(symbol=SYMBOL, side="BUY", type="MARKET", quantity=1.0)


def paths_it_knows() -> set[str]:
    """Every REST path in the client's source."""
    modules = (account_api, general_api, market_api, trade_api)
    return {path for module in modules for path in re.findall(r'"(/api/v3/[A-Za-z0-9/]+)"', inspect.getsource(module))}


def test_what_is_missing_is_said_to_be() -> None:
    """Each path that Binance's client knows is served, or stands on the page about what is not simulated."""
    page = (Path(__file__).parents[2] / "docs" / "paper.md").read_text().split("## What is not simulated")[1]
    served = {path for _, path in ROUTES}
    missing = {path.removeprefix("/api/v3/") for path in paths_it_knows() - served}
    assert missing == {path for path in missing if f"`{path}`" in page}
    assert len(paths_it_knows()) > 40
