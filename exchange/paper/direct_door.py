"""The simulated exchange without server and socket, for a caller that steps its clock."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from requests.adapters import BaseAdapter

from exchange.paper.clock import SteppedClock
from exchange.paper.exchange import PaperExchange
from exchange.paper.in_process import InProcessAdapter
from exchange.paper.settings import PaperSettings

LATENCY_MS = 10


class DirectDoor:
    """One exchange with these balances on this clock; its own paths under /paper/ answer too."""

    def __init__(self, clock: SteppedClock, balances: Mapping[str, Decimal]) -> None:
        self._exchange = PaperExchange(
            PaperSettings(manual=True, latency_ms=LATENCY_MS, balances=dict(balances)), clock
        )
        self._clock = clock
        self._carrier = InProcessAdapter(self._exchange)

    @property
    def carrier(self) -> BaseAdapter:
        """Takes requests of an HTTP client to it."""
        return self._carrier

    def script(self, path: str, body: Any) -> Any:
        """POST to a path under /paper/; what it refuses is an error of the caller."""
        answer = self._exchange.request("POST", f"/paper/{path}", "", json.dumps(body), {})
        if answer.status != 200:
            raise ValueError(f"POST /paper/{path} {body} was refused: {answer.body.decode()}")
        return json.loads(answer.body)

    def read(self, path: str) -> Any:
        """GET a path, unsigned."""
        address, _, query = path.partition("?")
        return json.loads(self._exchange.request("GET", address, query, "", {}).body)

    def listen(self, told: Callable[[], None]) -> None:
        """Call this at every event of an account, as it happens."""
        self._exchange.bus.accounts.append(lambda _account, _event: told())

    def now_ms(self) -> int:
        """The clock's time."""
        return self._clock.now_ms()

    def advance(self, milliseconds: int) -> None:
        """Step the clock; what falls due is done."""
        self._clock.advance(milliseconds)
        self._exchange.catch_up()
