"""Replies of the venue of any shape: reads raise nothing but `VenueError`, writes return nothing but outcomes."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from io import BytesIO
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.errors import VenueError
from exchange.paper.exchange import PaperExchange
from exchange.paper.in_process import InProcessAdapter
from exchange.paper.settings import PaperSettings
from exchange.settings import ExchangeSettings
from exchange.types import Confirmed, Denied, InDoubt, OrderRequest, OrderType, Rejected, Replaced, Side
from tests.fuzz.mutations import mutated

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
URL = "http://paper.invalid"
START_MS = 1_736_798_400_000
HTML = "<html><head><title>502 Bad Gateway</title></head></html>"
HELD = Decimal(1)


class Garbling(BaseAdapter):
    """Carries requests to the exchange; what comes back passes through `garble`."""

    def __init__(self, exchange: PaperExchange) -> None:
        super().__init__()
        self._inner = InProcessAdapter(exchange)
        self.garble: Callable[[Response], None] | None = None

    def send(self, request: PreparedRequest, *rest: Any, **more: Any) -> Response:
        reply = self._inner.send(request, *rest, **more)
        if self.garble is not None:
            self.garble(reply)
        return reply

    def close(self) -> None:
        """Nothing is kept open."""


class Bench:
    """A connected client with an order in the book and some executions behind it."""

    def __init__(self) -> None:
        self.clock = VirtualClock(START_MS)
        exchange = PaperExchange(
            PaperSettings(manual=True, balances={"USDC": Decimal(10**9), "BTC": HELD}, orders_per_10s=10**6), self.clock
        )
        self.carrier = Garbling(exchange)
        venue = ExchangeSettings.model_validate({"BINANCE_BASE_URL": URL})
        self.client = BinanceClient(venue, self.clock, lambda s: self.clock.advance(int(s * 1000)))
        self.client.carried_by(self.carrier).connect()
        self.numbers = iter(range(10**9))
        placed = self.client.place(self.order())
        assert isinstance(placed, Confirmed)
        self.resting = placed.reports[0].client_id

    def order(self) -> OrderRequest:
        return OrderRequest(
            client_id=f"EX-2501132000Labcdef-E0-{next(self.numbers)}",
            side=Side.BUY,
            order_type=OrderType.LIMIT,
            quantity=Decimal("0.001"),
            price=Decimal(90_000),
        )


READS: dict[str, Callable[[Bench], object]] = {
    "check_clock": lambda b: b.client.check_clock(),
    "refresh_instrument": lambda b: b.client.refresh_instrument(),
    "quote": lambda b: b.client.quote(),
    "balances": lambda b: b.client.balances(),
    "commission_rates": lambda b: b.client.commission_rates(),
    "key_permissions": lambda b: b.client.key_permissions(),
    "order": lambda b: b.client.order(b.resting),
    "open_orders": lambda b: b.client.open_orders(),
    "fills": lambda b: b.client.fills(1),
    "fills_since": lambda b: b.client.fills_since(START_MS),
    "orders_since": lambda b: b.client.orders_since(START_MS),
}
WRITES: dict[str, Callable[[Bench], object]] = {
    "place": lambda b: b.client.place(b.order()),
    "cancel": lambda b: b.client.cancel(b.resting),
    "replace": lambda b: b.client.replace(b.resting, b.order()),
}


@contextmanager
def garbled(data: st.DataObject) -> Iterator[Bench]:
    """A bench of its own for each example, so that an example can be played again."""
    bench = Bench()
    bench.carrier.garble = _garbler(data)
    try:
        yield bench
    finally:
        bench.client.close()


def _garbler(data: st.DataObject) -> Callable[[Response], None]:
    """Changes each reply: other contents, a cut body, HTML, or another status."""

    def garble(reply: Response) -> None:
        text = reply.content
        how = data.draw(st.sampled_from(["contents", "contents", "contents", "cut", "html", "bytes"]))
        if how == "contents":
            text = json.dumps(data.draw(mutated(json.loads(text)))).encode()
        elif how == "cut":
            text = text[: data.draw(st.integers(0, len(text)))]
        elif how == "html":
            text = HTML.encode()
        else:
            text = data.draw(st.binary(max_size=60))
        reply._content, reply.raw = text, BytesIO(text)
        if data.draw(st.booleans()):
            reply.status_code = data.draw(st.sampled_from([200, 201, 204, 302, 400, 401, 403, 409, 429, 500, 503]))

    return garble


fuzzed = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@fuzzed
@given(st.sampled_from(sorted(READS)), st.data())
def test_a_read_is_answered_or_refused(name: str, data: st.DataObject) -> None:
    """No reply of any shape gets past the client as another error."""
    said = "an answer"
    with garbled(data) as bench:
        try:
            READS[name](bench)
        except VenueError as error:
            said = str(error)
    assert said


@fuzzed
@given(st.sampled_from(sorted(WRITES)), st.data())
def test_a_write_has_an_outcome(name: str, data: st.DataObject) -> None:
    """Confirmed, rejected, denied or in doubt; an error never comes out of it."""
    with garbled(data) as bench:
        outcome = WRITES[name](bench)
    assert isinstance(outcome, Confirmed | Rejected | Denied | InDoubt | Replaced)
