"""Carrying out one request, whichever door it came through: what it costs, who may ask, what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exchange.paper.engine.account import SPOT
from exchange.paper.engine.venue import Venue
from exchange.paper.errors import NoSuchRoute, WireError
from exchange.paper.http.limits import Meter
from exchange.paper.http.params import Params
from exchange.paper.http.routing import Call, Route, Security
from exchange.paper.routes.table import ROUTES

if TYPE_CHECKING:
    from exchange.paper.exchange import PaperExchange

Admit = Callable[[Security], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: a route's name, its parameters, the state that a read sees, and how its caller is checked."""

    method: str
    path: str
    params: Params
    venue: Venue
    admit: Admit


@dataclass(slots=True)
class Served:
    """What came of a request."""

    status: int = 200
    body: Any = None
    refusal: WireError | None = None
    route: Route | None = None
    account: str = SPOT
    meter: Meter = Meter.API


def serve(exchange: "PaperExchange", asked: Asked) -> Served:
    """Check limits and caller, do the work, count it."""
    now_ms = exchange.venue.now_ms
    served, cost = Served(), 1
    try:
        route = served.route = ROUTES.get((asked.method, asked.path))
        if route is None:
            raise NoSuchRoute(asked.path, asked.method)
        cost, served.meter = route.cost(asked.params), route.meter
        exchange.limits.check_weight(now_ms, cost, served.meter)
        asked.admit(route.security)
        served.account = route.account(asked.params)
        served.body = _work(exchange, route, asked, served.account)
        cost = 0 if route.free_on_success else cost
    except WireError as refusal:
        served.status, served.body, served.refusal = refusal.http_status, refusal.body(), refusal
    exchange.limits.weights[served.meter].add(now_ms, cost)
    exchange.settle()
    return served


def _work(exchange: "PaperExchange", route: Route, asked: Asked, account: str) -> Any:
    """The route's answer; an order beyond the limit of unfilled orders is refused first."""
    limits, now_ms = exchange.limits, exchange.venue.now_ms
    call = Call(asked.venue, asked.params, account, limits.order_counts(account, now_ms))
    call.order_refusal = limits.order_refusal(account, now_ms, route.orders)
    if call.order_refusal is not None and not route.limits_itself:
        raise call.order_refusal
    body = route.answer(call)
    if route.orders:
        limits.add_orders(account, now_ms, route.orders)
    return body
