"""What a route is: who may call it, what it costs, which function answers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from exchange.paper.engine.account import SPOT
from exchange.paper.engine.venue import Venue
from exchange.paper.errors import RateLimited
from exchange.paper.http.limits import Meter
from exchange.paper.http.params import Params


class Security(Enum):
    """What a request must bring along (Binance docs: request security)."""

    NONE = "none"
    KEY = "key"
    SIGNED = "signed"


@dataclass(slots=True)
class Call:
    """One request as its route sees it; `order_refusal` is there when the unfilled order count is exceeded."""

    venue: Venue
    params: Params
    account: str = SPOT
    order_counts: Mapping[str, int] = field(default_factory=dict)
    order_refusal: RateLimited | None = None


Answer = Callable[[Call], Any]
Weight = int | Callable[[Params], int]
AccountName = Callable[[Params], str]


def _spot(_: Params) -> str:
    return SPOT


@dataclass(frozen=True, slots=True)
class Route:
    """One method and path; `orders` is what it adds to the unfilled order count.

    A route that `limits_itself` is called in spite of an exceeded order count.
    """

    method: str
    path: str
    answer: Answer
    security: Security = Security.NONE
    weight: Weight = 1
    orders: int = 0
    free_on_success: bool = False
    limits_itself: bool = False
    meter: Meter = Meter.API
    account: AccountName = _spot

    def cost(self, params: Params) -> int:
        """Request weight with these parameters."""
        return self.weight if isinstance(self.weight, int) else self.weight(params)


def table(*groups: Iterable[Route]) -> dict[tuple[str, str], Route]:
    """Routes by method and path; a pair that appears twice is a mistake."""
    found: dict[tuple[str, str], Route] = {}
    for group in groups:
        for route in group:
            if (route.method, route.path) in found:
                raise ValueError(f"two routes for {route.method} {route.path}; remove one")
            found[route.method, route.path] = route
    return found
