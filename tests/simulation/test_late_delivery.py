"""In doubt, exactly: a request that arrives late is executed up to the end of its window and never after it.

The program learns which of both it was, sends nothing again before it can tell, and ends with one entry at most.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.exceptions import ReadTimeout

from exchange.paper.direct_door import LATENCY_MS
from exchange.paper.exchange import PaperExchange
from exchange.paper.in_process import InProcessAdapter
from fsm.states import State
from tests.scenarios.in_process import InProcessStage, in_process_stage

WINDOW_MS = 2_000
TIMEOUT_MS = 5_000
DOUBT_MS = WINDOW_MS + 10_000
ENTRY, LIST = "/api/v3/order", "/api/v3/orderList/oco"


@dataclass
class LateOnce(BaseAdapter):
    """Keeps the first request to `path` until `after_ms` behind its timestamp, and nobody is told what came of it."""

    exchange: PaperExchange
    path: str
    after_ms: int
    sent_ms: list[int] = field(default_factory=list)
    """When requests to that path were sent."""
    late: PreparedRequest | None = None

    def __post_init__(self) -> None:
        self._inner = InProcessAdapter(self.exchange)

    def send(self, request: PreparedRequest, *rest: Any, **more: Any) -> Response:
        if request.method != "POST" or urlsplit(request.url or "").path != self.path:
            return self._inner.send(request, *rest, **more)
        self.sent_ms.append(self.exchange.clock.now_ms())
        if len(self.sent_ms) > 1:
            return self._inner.send(request, *rest, **more)
        self._pass(self.after_ms - LATENCY_MS)
        self._inner.send(request)
        self._pass(max(TIMEOUT_MS - self.after_ms, 0))
        raise ReadTimeout("Read timed out.")

    def _pass(self, milliseconds: int) -> None:
        self.exchange.pass_time(milliseconds)

    def close(self) -> None:
        """Nothing is kept open."""


def _late(stage: InProcessStage, path: str, after_ms: int) -> LateOnce:
    carrier = LateOnce(stage.exchange, path, after_ms)
    stage.client.carried_by(carrier)
    stage.watch.reaction_ms = DOUBT_MS + 10_000
    return carrier


def _entries(stage: InProcessStage) -> list[tuple[str, str]]:
    orders = stage.ledger()["orders"]
    return [(order["clientOrderId"][21:], order["status"]) for order in orders if "-E0-" in order["clientOrderId"]]


def _first(path: str, stage: InProcessStage) -> dict[str, Any]:
    """The late request as the venue saw it."""
    found: dict[str, Any] = stage.posted(path)[0]
    return found


@pytest.mark.parametrize("after_ms", [WINDOW_MS - 1, WINDOW_MS])
def test_an_entry_that_arrives_within_its_window_is_found(after_ms: int) -> None:
    """It was executed in silence: the program finds it by its id, protects it, and sends no second one."""
    with in_process_stage(ENTRY_MODE="MARKET_ONLY") as stage:
        carrier = _late(stage, ENTRY, after_ms)
        stage.signal("long", 95000)
        stage.pass_time(30)
        assert _first(ENTRY, stage)["status"] == 200
        assert stage.state is State.OPEN_FILLED
        assert _entries(stage) == [("E0-0", "FILLED")]
        assert len([order for order in stage.posted(ENTRY) if "-E0-" in order["params"]["newClientOrderId"]]) == 1
        assert carrier.sent_ms


@pytest.mark.parametrize("after_ms", [WINDOW_MS + 1, TIMEOUT_MS + 1, DOUBT_MS + 1])
def test_an_entry_that_arrives_after_its_window_never_was(after_ms: int) -> None:
    """The venue refuses it: the program gives the signal up once it can no longer arrive, and nothing is held."""
    with in_process_stage(ENTRY_MODE="MARKET_ONLY") as stage:
        _late(stage, ENTRY, after_ms)
        stage.signal("long", 95000)
        stage.pass_time(40)
        assert _first(ENTRY, stage)["code"] == -1021
        assert stage.state is State.IDLE
        assert _entries(stage) == []
        assert len(stage.posted(ENTRY)) == 1


@pytest.mark.parametrize(("after_ms", "is_executed"), [(WINDOW_MS, True), (WINDOW_MS + 1, False)])
def test_exits_are_sent_again_only_when_the_first_can_no_longer_arrive(after_ms: int, is_executed: bool) -> None:  # noqa: FBT001
    """A list that arrived works alone; the next revision of one that did not is sent after the time of doubt."""
    with in_process_stage(ENTRY_MODE="MARKET_ONLY") as stage:
        carrier = _late(stage, LIST, after_ms)
        stage.signal("long", 95000)
        stage.pass_time(40)
        assert stage.state is State.OPEN_FILLED
        assert (_first(LIST, stage)["code"] is None) == is_executed
        ids = [request["params"]["listClientOrderId"][21:] for request in stage.posted(LIST)]
        first_leg = [number for number, name in enumerate(ids) if name.startswith("L1-")]
        assert len(first_leg) == (1 if is_executed else 2)
        again_ms = carrier.sent_ms[first_leg[-1]]
        assert is_executed or again_ms >= carrier.sent_ms[0] + DOUBT_MS
        working = [order for order in stage.open_orders() if "-S1-" in order["clientOrderId"]]
        assert len(working) == 1
