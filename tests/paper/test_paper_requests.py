"""Keys, signatures, timestamps, parameters and limits, in the venue's own words."""

import json
from typing import Any

import pytest

from exchange.paper.settings import PaperSettings
from tests.paper.paper_door import SYMBOL, Door, order_params, signature

ORDER = "/api/v3/order"
ACCOUNT = "/api/v3/account"
LIMIT_BUY = order_params("BUY", "LIMIT", "0.001", price="94000")


def code_and_text(door: Door, **given: Any) -> tuple[int, int, str]:
    response = door.send("GET", ACCOUNT, **given)
    body = json.loads(response.body)
    return response.status, body["code"], body["msg"]


def test_documented_signature_vector() -> None:
    """The example of the venue's documentation."""
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    payload = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
    )
    assert signature(secret, payload) == "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"


@pytest.mark.parametrize(("where", "letter"), [("query", str.lower), ("body", str.upper), ("mixed", str.lower)])
def test_parameters_may_come_in_query_body_or_both(door: Door, where: str, letter: Any) -> None:
    """The signature covers the query immediately followed by the body; its hex may be in any letter case."""
    first = "symbol=BTCUSDC&side=BUY&type=MARKET&quantity=0.001"
    second = f"timestamp={door.clock.now_ms()}"
    payload = first + second if where == "mixed" else f"{first}&{second}"
    signed = f"signature={letter(signature('paper', payload))}"
    parts = {
        "query": {"query": f"{payload}&{signed}"},
        "body": {"body": f"{payload}&{signed}"},
        "mixed": {"query": first, "body": f"{second}&{signed}"},
    }
    assert door.send("POST", ORDER, **parts[where]).status == 200


def test_the_query_wins_over_the_body(door: Door) -> None:
    query, body = (
        "symbol=BTCUSDC",
        f"symbol=ETHUSDT&side=BUY&type=MARKET&quantity=0.001&timestamp={door.clock.now_ms()}",
    )
    signed = signature("paper", query + body)
    reply = json.loads(door.send("POST", ORDER, query=query, body=f"{body}&signature={signed}").body)
    assert reply["symbol"] == "BTCUSDC"


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("", (401, -2014, "API-key format invalid.")),
        ("stranger", (401, -2015, "Invalid API-key, IP, or permissions for action.")),
    ],
)
def test_keys(door: Door, key: str, answer: tuple[int, int, str]) -> None:
    assert code_and_text(door, key=key) == answer


def test_missing_and_wrong_signature(door: Door) -> None:
    now = f"timestamp={door.clock.now_ms()}"
    missing = "Mandatory parameter 'signature' was not sent, was empty/null, or malformed."
    assert code_and_text(door, query=now) == (400, -1102, missing)
    wrong = "Signature for this request is not valid."
    assert code_and_text(door, query=f"{now}&signature=00") == (400, -1022, wrong)


AHEAD = (-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
OLD = (-1021, "Timestamp for this request is outside of the recvWindow.")
MALFORMED = (-1102, "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.")


@pytest.mark.parametrize(
    ("offset_ms", "window", "refusal"),
    [
        (999, "5000", None),
        (1000, "5000", AHEAD),
        (-5000, "5000", None),
        (-5001, "5000", OLD),
        (-5001, "5001.5", None),
        (-2001, "2000", OLD),
        (20_000, "5000", MALFORMED),
        (0, "60001", (-1131, "recvWindow must be less than 60000")),
    ],
)
def test_timing_security(door: Door, offset_ms: int, window: str, refusal: tuple[int, str] | None) -> None:
    given = {"timestamp": door.clock.now_ms() + offset_ms, "recvWindow": window}
    if refusal is None:
        door.ok("GET", ACCOUNT, **given)
    else:
        assert door.refusal("GET", ACCOUNT, **given) == refusal


def test_microsecond_timestamps_are_understood(door: Door) -> None:
    door.ok("GET", ACCOUNT, timestamp=door.clock.now_ms() * 1000)


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in LIMIT_BUY.items() if key != name}


def mandatory(name: str) -> tuple[int, str]:
    return -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."


def not_required(name: str) -> tuple[int, str]:
    return -1106, f"Parameter '{name}' sent when not required."


def illegal(name: str, legal: str) -> tuple[int, str]:
    return -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."


DECIMALS = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
MARKET_BUY = order_params("BUY", "MARKET", "0.001")
STOP_SELL = order_params("SELL", "STOP_LOSS_LIMIT", "0.001", price="93000", stopPrice="94000")


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (without("symbol"), mandatory("symbol")),
        (without("side"), mandatory("side")),
        (without("type"), mandatory("type")),
        (without("quantity"), mandatory("quantity")),
        (without("price"), mandatory("price")),
        (without("timeInForce"), mandatory("timeInForce")),
        ({**LIMIT_BUY, "symbol": "NOPE"}, (-1121, "Invalid symbol.")),
        ({**LIMIT_BUY, "symbol": "btc/usdc"}, illegal("symbol", r"^[A-Z0-9-_.]{1,20}$")),
        ({**LIMIT_BUY, "side": "buy"}, (-1117, "Invalid side.")),
        ({**LIMIT_BUY, "type": "limit"}, (-1116, "Invalid orderType.")),
        ({**LIMIT_BUY, "timeInForce": "GTX"}, (-1115, "Invalid timeInForce.")),
        ({**LIMIT_BUY, "quantity": "1e-05"}, illegal("quantity", DECIMALS)),
        ({**LIMIT_BUY, "price": "-1"}, illegal("price", DECIMALS)),
        ({**LIMIT_BUY, "price": "None"}, illegal("price", DECIMALS)),
        ({**LIMIT_BUY, "quantity": "0.123456789"}, (-1111, "Parameter 'quantity' has too much precision.")),
        ({**LIMIT_BUY, "newClientOrderId": ""}, (-1105, "Parameter 'newClientOrderId' was empty.")),
        ({**LIMIT_BUY, "newClientOrderId": "a b"}, illegal("newClientOrderId", r"^[a-zA-Z0-9-_]{1,36}$")),
        ({**LIMIT_BUY, "newClientOrderId": "x" * 37}, illegal("newClientOrderId", r"^[a-zA-Z0-9-_]{1,36}$")),
        ({**LIMIT_BUY, "stopPrice": "94000"}, not_required("stopPrice")),
        ({**LIMIT_BUY, "quoteOrderQty": "100"}, not_required("quoteOrderQty")),
        ({**LIMIT_BUY, "newOrderRespType": "ALL"}, (-1130, "Data sent for parameter 'newOrderRespType' is not valid.")),
        ({**LIMIT_BUY, "strategyType": "1"}, (-1130, "Data sent for parameter 'strategyType' is not valid.")),
        (
            {**LIMIT_BUY, "selfTradePreventionMode": "NONE"},
            (-1013, "This symbol does not allow the specified self-trade prevention mode."),
        ),
        ({**MARKET_BUY, "timeInForce": "GTC"}, not_required("timeInForce")),
        ({**MARKET_BUY, "price": "94000"}, not_required("price")),
        ({**MARKET_BUY, "quoteOrderQty": "100"}, not_required("quoteOrderQty")),
        ({k: v for k, v in STOP_SELL.items() if k != "stopPrice"}, mandatory("stopPrice")),
    ],
)
def test_bad_parameters_are_named(door: Door, given: dict[str, object], refusal: tuple[int, str]) -> None:
    assert door.refusal("POST", ORDER, **given) == refusal


def test_unknown_parameters_are_ignored(door: Door) -> None:
    door.ok("POST", ORDER, **LIMIT_BUY, somethingNew="1")


def test_an_order_query_needs_an_id(door: Door) -> None:
    text = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
    assert door.refusal("GET", ORDER, symbol=SYMBOL) == (-1102, text)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/v3/nothing"), ("PATCH", ORDER), ("POST", "/api/v3/userDataStream")]
)
def test_unknown_paths_are_404(door: Door, method: str, path: str) -> None:
    assert door.ask(method, path)[0] == 404


@pytest.mark.parametrize(
    ("accepted", "content_type"),
    [
        ("application/json", "application/json;charset=UTF-8"),
        ("text/html,*/*", "text/html"),
        ("*/*", "application/json;charset=UTF-8"),
    ],
)
def test_only_who_accepts_a_page_is_sent_one_for_an_unknown_path(door: Door, accepted: str, content_type: str) -> None:
    response = door.exchange.request("GET", "/api/v3/nothing", "", "", {"Accept": accepted})
    assert (response.status, response.headers["Content-Type"]) == (404, content_type)
    if content_type != "text/html":
        told = {"code": -5000, "msg": "Path /api/v3/nothing, Method GET is invalid"}
        assert json.loads(response.body) == told


def test_weight_is_shown_and_limited_until_the_minute_ends() -> None:
    door = Door(PaperSettings(weight_limit=45))
    headers = [door.send("GET", "/api/v3/exchangeInfo").headers["X-MBX-USED-WEIGHT-1M"] for _ in range(2)]
    assert headers == ["20", "40"]
    door.clock.advance(30_000)
    refused = door.send("GET", "/api/v3/exchangeInfo")
    body = json.loads(refused.body)
    assert (refused.status, refused.headers["Retry-After"], body["code"]) == (429, "30", -1003)
    assert body["msg"].startswith("Too much request weight used; current limit is 45 request weight per 1 MINUTE.")
    door.clock.advance(30_000)
    assert door.send("GET", "/api/v3/exchangeInfo").status == 200


def test_who_goes_on_after_429_is_banned() -> None:
    door = Door(PaperSettings(weight_limit=1))
    answers = [door.send("GET", "/api/v3/exchangeInfo") for _ in range(30)]
    assert {answer.status for answer in answers} == {429, 418}
    assert answers[-1].headers["Retry-After"] == "120"
    assert "IP banned until" in json.loads(answers[-1].body)["msg"]
    door.clock.advance(120_000)
    assert door.send("GET", "/api/v3/ping").status == 200


def test_successful_orders_cost_no_weight_refused_ones_do(door: Door) -> None:
    accepted = door.signed("POST", ORDER, **LIMIT_BUY)
    assert accepted.headers["X-MBX-USED-WEIGHT-1M"] == "0"
    refused = door.signed("POST", ORDER, **{**LIMIT_BUY, "price": "0.001"})
    assert (refused.status, refused.headers["X-MBX-USED-WEIGHT-1M"]) == (400, "1")
    assert "X-MBX-ORDER-COUNT-10S" not in refused.headers


def test_unfilled_orders_are_counted_and_fills_give_credit(door: Door) -> None:
    def count(response: Any) -> tuple[str, str]:
        return response.headers["X-MBX-ORDER-COUNT-10S"], response.headers["X-MBX-ORDER-COUNT-1D"]

    assert count(door.signed("POST", ORDER, **LIMIT_BUY)) == ("1", "1")
    assert count(door.signed("POST", ORDER, **LIMIT_BUY)) == ("2", "2")
    assert count(door.signed("POST", ORDER, **MARKET_BUY)) == ("2", "2")
    door.clock.advance(10_000)
    assert count(door.signed("POST", ORDER, **LIMIT_BUY)) == ("1", "3")
    rows = door.ok("GET", "/api/v3/rateLimit/order")
    assert [row["count"] for row in rows] == [1, 3]


def test_too_many_orders_wait_for_the_window() -> None:
    door = Door(PaperSettings(orders_per_10s=1))
    door.ok("POST", ORDER, **LIMIT_BUY)
    response = door.signed("POST", ORDER, **LIMIT_BUY)
    body = json.loads(response.body)
    assert (response.status, response.headers["Retry-After"]) == (429, "10")
    assert body == {"code": -1015, "msg": "Too many new orders; current limit is 1 orders per 10 SECOND."}


def test_order_test_checks_but_places_nothing(door: Door) -> None:
    dear = order_params("BUY", "LIMIT", "9", price="94000")
    assert door.ok("POST", "/api/v3/order/test", **dear) == {}
    rates = door.ok("POST", "/api/v3/order/test", **dear, computeCommissionRates="true")
    assert rates["standardCommissionForOrder"] == {"maker": "0.00100000", "taker": "0.00100000"}
    assert door.refusal("POST", "/api/v3/order/test", **{**dear, "price": "0.001"})[0] == -1013
    assert door.ok("GET", "/api/v3/openOrders") == []
