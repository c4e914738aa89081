"""Malformed requests to every route: the venue's own refusal each time, and the next request is answered."""

import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from exchange.paper.http.routing import Security
from exchange.paper.routes.table import ROUTES
from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from tests.paper import test_documented_shapes as documented
from tests.paper.paper_door import SYMBOL, Door, order_params

EVERY = sorted(ROUTES)
SIGNED = [pair for pair in EVERY if ROUTES[pair].security is Security.SIGNED]
KEYED = [pair for pair in EVERY if ROUTES[pair].security is not Security.NONE]
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")

NO_LIMIT = 10**9
PATIENT = PaperSettings(
    weight_limit=NO_LIMIT,
    sapi_ip_weight_limit=NO_LIMIT,
    sapi_uid_weight_limit=NO_LIMIT,
    orders_per_10s=NO_LIMIT,
    orders_per_day=NO_LIMIT,
)

MARGIN_LIMIT: dict[str, object] = order_params("BUY", "LIMIT", "0.001", price="90000") | {"isIsolated": "FALSE"}
WHOLE: dict[tuple[str, str], Mapping[str, object]] = {
    **{("GET", path): params for path, params, _ in documented.READS},
    **{("POST", path): params for path, params, _ in documented.LISTS},
    **{(method, path): params for method, path, params, _ in documented.CHANGES},
    ("POST", "/api/v3/order"): documented.STOP_SELL | {"trailingDelta": "100", "icebergQty": "0.001"},
    ("POST", "/api/v3/order/test"): documented.LIMIT | {"computeCommissionRates": "true"},
    ("POST", "/sapi/v1/margin/order"): MARGIN_LIMIT | {"sideEffectType": "MARGIN_BUY", "autoRepayAtCancel": "TRUE"},
    ("POST", "/sapi/v1/margin/order/oco"): documented.ONE
    | {"side": "SELL", "quantity": "0.001", "price": "96000", "stopPrice": "94000", "stopLimitPrice": "93990"}
    | {"stopLimitTimeInForce": "GTC", "isIsolated": "FALSE", "sideEffectType": "MARGIN_BUY"},
    ("POST", "/sapi/v1/margin/borrow-repay"): {"asset": "USDC", "isIsolated": "FALSE", "amount": "1", "type": "BORROW"},
    ("POST", "/sapi/v1/asset/transfer"): {"type": "MAIN_MARGIN", "asset": "USDC", "amount": "1"},
}
# what any of the others may be asked with
COMMON: Mapping[str, object] = {
    "symbol": SYMBOL,
    "asset": "USDC",
    "isIsolated": "FALSE",
    "orderId": "1",
    "orderListId": "1",
    "fromId": "1",
    "startTime": "1",
    "endTime": "2",
    "limit": "5",
    "type": "BORROW",
    "current": "1",
    "size": "10",
    "symbols": '["BTCUSDC"]',
    "interval": "1m",
    "validity": "1000",
    "vipLevel": "0",
    "spotBNBBurn": "true",
    "newClientOrderId": "a",
    "recvWindow": "5000",
    "isolatedSymbol": SYMBOL,
}
NASTY = (
    *("", " ", "0", "-0", "-1", "+1", "1.", ".5", "1,0", "1e-05", "1E400", "0x10", "NaN", "Infinity", "None", "null"),
    *(
        "true",
        "[]",
        "{}",
        '["',
        "[1]",
        '["NOPE"]',
        "\x00",
        "1\n",
        "é",
        "１２",
        "\ud7ff\U0001f600",
        "../..",
        "a b",
        "%",
        "&",
    ),
    *(
        "9" * 17,
        "9" * 18,
        "9" * 19,
        "9" * 400,
        "0." + "0" * 30 + "1",
        "A" * 5000,
        "[" * 5000,
        "FALSE",
        "NOPE",
        "btcusdc",
        SYMBOL,
    ),
)


def refusal_of(status: int, body: Any) -> str | None:
    """What is wrong with an answer that should be the venue's own."""
    if status == 200:
        return None
    if status not in (400, 401, 409, 429):
        return f"{status} {body}"
    fields = {"code", "msg", "data"} if status == 409 or "data" in body else {"code", "msg"}
    good = set(body) == fields and isinstance(body["code"], int) and body["code"] < 0 and isinstance(body["msg"], str)
    return None if good else f"{status} {body}"


@pytest.mark.parametrize("route", EVERY, ids=" ".join)
def test_every_parameter_spoilt_in_every_way(route: tuple[str, str]) -> None:
    """Each in turn is left out or nonsense, the rest being sound."""
    whole = WHOLE.get(route, COMMON)
    door = Door(PATIENT)
    wrong = []
    for spoilt in whole:
        sound = {name: value for name, value in whole.items() if name != spoilt}
        for given in (sound, *(sound | {spoilt: nasty} for nasty in NASTY)):
            told = refusal_of(*door.ask(route[0], route[1], **given))
            wrong += [] if told is None else [(given, told)]
    assert wrong == []


@pytest.mark.parametrize("route", EVERY, ids=" ".join)
def test_parameters_that_belong_elsewhere(route: tuple[str, str]) -> None:
    """All that any route takes at once, sound and spoilt."""
    door = Door(PATIENT)
    for given in (COMMON, *(dict.fromkeys(COMMON, nasty) for nasty in NASTY)):
        assert refusal_of(*door.ask(route[0], route[1], **given)) is None


@pytest.mark.parametrize("route", KEYED, ids=" ".join)
def test_every_protected_route_wants_a_known_key(door: Door, route: tuple[str, str]) -> None:
    """Without a key and with a stranger's (Binance docs: request security)."""
    for key, code in (("", -2014), ("stranger", -2015)):
        response = door.send(*route, key=key)
        assert (response.status, json.loads(response.body)["code"]) == (401, code)


@pytest.mark.parametrize("route", SIGNED, ids=" ".join)
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", -1102),
        ("timestamp=", -1102),
        ("signature=ab", -1102),
        ("timestamp={now}", -1102),
        ("timestamp={now}&signature=", -1102),
        ("timestamp={now}&signature=00", -1022),
        ("timestamp={now}&signature=é", -1022),
        ("timestamp=1&signature=00", -1102),
        ("timestamp={late}&signature=00", -1021),
        ("timestamp=now&signature=00", -1100),
    ],
)
def test_every_signed_route_checks_time_and_signature(
    door: Door, route: tuple[str, str], query: str, code: int
) -> None:
    """Before anything else is read (Binance docs: timing security)."""
    now_ms = door.clock.now_ms()
    response = door.send(*route, query=query.format(now=now_ms, late=now_ms - 5001))
    assert (response.status, json.loads(response.body)["code"]) == (400, code)


@pytest.mark.parametrize("path", sorted({path for _, path in EVERY}))
def test_other_methods_are_no_routes(door: Door, path: str) -> None:
    """A path is known for its own methods alone, and each attempt is in the request log."""
    others = [method for method in METHODS if (method, path) not in ROUTES]
    assert {door.send(method, path).status for method in others} == {404}
    logged = door.exchange.log.since(0)
    assert [(row["method"], row["path"], row["status"]) for row in logged] == [(m, path, 404) for m in others]


# Over a real connection ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with running(PaperSettings()) as served:
        host, port = served.url.removeprefix("http://").split(":")
        yield host, int(port)


def answered(address: tuple[str, int], request: bytes) -> bytes:
    """The reply to these bytes, after which the server closes."""
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(request)
        reply = b""
        while more := connection.recv(65536):
            reply += more
    return reply


def post(body: bytes, head: str = "", path: str = "/api/v3/order") -> bytes:
    """A POST with a body of any bytes."""
    lines = f"POST {path} HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: paper\r\nConnection: close\r\n{head}"
    return f"{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


RAW = {
    "bytes that are no text": post(b"\xff\xfe=\x80&symbol=\xc3\x28"),
    "a body of JSON": post(b'{"symbol": "BTCUSDC"}', "Content-Type: application/json\r\n"),
    "a multipart body that is none": post(b"--", "Content-Type: multipart/form-data; boundary=x\r\n"),
    "a compressed body that is none": post(b"nonsense", "Content-Encoding: gzip\r\n"),
    "a body that is too long": post(b"a=" + b"1" * 2**21),
    "many parameters": post(b"&".join(b"p%d=1" % n for n in range(20000))),
    "bad escapes": post(b"symbol=%ZZ%&%=%&=&&==&a"),
    "a bad escape in the path": post(b"", path="/api/v3/%ff%00order"),
    "two slashes": post(b"", path="//api//v3//order"),
    "a path upwards": post(b"", path="/api/v3/../../etc/passwd"),
    "a long query": post(b"", path="/api/v3/order?" + "a" * 7000),
    "a key of other letters": post(b"", "X-MBX-APIKEY: \xe9\r\n"),
    "an unknown method": b"BREW /api/v3/order HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a script that is no JSON": post(b"{", path="/paper/trade"),
    "a script of no text": post(b"\xff\xfe", path="/paper/trade"),
    "an unknown script": post(b"{}", path="/paper/nothing"),
    "a deep script": post(b"[" * 100_000, path="/paper/trade"),
    "a long number in a script": post(b'{"symbol": "BTCUSDC", "price": ' + b"9" * 10_000 + b"}", path="/paper/trade"),
}


@pytest.mark.parametrize("request_bytes", RAW.values(), ids=RAW.keys())
def test_bytes_of_any_kind(address: tuple[str, int], request_bytes: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Refused without a trace of the program; the server goes on."""
    reply = answered(address, request_bytes)
    assert reply.startswith(b"HTTP/1.")
    assert 400 <= int(reply[9:12]) < 500
    assert b"Traceback" not in reply
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert answered(address, b"GET /api/v3/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").endswith(b"{}")
