"""The door: one request in, one response out, synchronous and deterministic."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange.paper.agenda import Agenda
from exchange.paper.clock import Clock, ManualClock, SteppedClock, WallClock
from exchange.paper.engine.activation import begin_ready_lists
from exchange.paper.engine.events import BookChange, EventBus
from exchange.paper.engine.orders import FillSlice
from exchange.paper.engine.venue import Venue
from exchange.paper.errors import Banned, RateLimited, TooMuchWeight
from exchange.paper.faults import STREAM_KINDS, Fault, Faults, read_faults
from exchange.paper.history import History
from exchange.paper.http.limits import Limits, Meter
from exchange.paper.http.params import Params, read_form
from exchange.paper.http.request_log import LoggedRequest, RequestLog
from exchange.paper.http.response import Response, html_response, json_response
from exchange.paper.http.routing import Security
from exchange.paper.http.security import check_key, check_signature, check_timestamp
from exchange.paper.http.serving import Asked, serve
from exchange.paper.margin import by_time
from exchange.paper.margin.liquidation import liquidate_fallen
from exchange.paper.market.feed import Feed, FeedStep
from exchange.paper.market.playing import play_print, walk_to
from exchange.paper.numbers import fixed8
from exchange.paper.routes.script import answer_script
from exchange.paper.routes.table import ROUTES
from exchange.paper.settings import PaperSettings
from exchange.paper.sockets.connections import Sockets
from exchange.paper.sockets.market_streams import MarketStreams
from exchange.paper.sockets.user_streams import UserStreams

SCRIPT_PREFIX = "/paper/"


@dataclass(slots=True)
class Arrival:
    """A request that has come in; `delay_before_ms` is for a transport on real time to wait before it is answered."""

    method: str
    path: str
    query: str
    body: str
    headers: Mapping[str, str]
    values: Mapping[str, str]
    logged: LoggedRequest | None = None
    fault: Fault | None = None
    delay_before_ms: int = 0
    delay_after_ms: int = 0


class PaperExchange:
    """A whole simulated exchange; time comes from `clock`, everything else from `settings` and what is asked of it."""

    def __init__(self, settings: PaperSettings | None = None, clock: Clock | None = None) -> None:
        feed = Feed(settings or PaperSettings())
        self.settings = feed.settings()
        self.clock = clock or _clock(self.settings)
        self.stepped = self.clock if isinstance(self.clock, SteppedClock) else None
        self.bus = EventBus()
        self.log = RequestLog()
        self.faults = Faults()
        self.history = History()
        self.agenda = Agenda()
        self.sockets = Sockets(self)
        self.user_streams = UserStreams(self)
        self.market_streams = MarketStreams(self)
        self.venue = Venue(self.settings, self.clock.now_ms(), self.bus)
        self.limits = Limits(self.settings)
        self._steps = feed.steps(self.venue.rules, self.clock.now_ms())
        self._next_step = next(self._steps, None)
        for fault in [] if self.settings.faults is None else read_faults(self.settings.faults):
            self.arm(fault)

    def reset(self) -> None:
        """Starting balances and prices, an empty book, no faults; time and the request log go on."""
        self.venue = self.venue.anew(self.clock.now_ms())
        self.limits = Limits(self.settings)
        self.agenda.clear()
        self.disarm()
        for symbol in self.venue.markets:
            self.bus.show(BookChange(symbol))

    def arm(self, fault: Fault) -> None:
        """A fault waits for what it hits; `partial` is about fills, some strike connections at once."""
        if fault.kind == "partial":
            self.venue.fill_slices.append(FillSlice(fault.skip, fault.count, Decimal(fault.fraction)))
        elif fault.kind in STREAM_KINDS:
            self.sockets.strike(fault)
        else:
            self.faults.armed.append(fault)
        if fault.kind == "stale":
            self.history.forget()
            self.history.keep(self.venue)

    def disarm(self) -> None:
        """No more faults."""
        self.faults.disarm()
        self.history.forget()
        self.venue.fill_slices.clear()

    # Requests ----------------------------------------------------------------------------------

    def request(self, method: str, path: str, query: str, body: str, headers: Mapping[str, str]) -> Response:
        """Answer one request at once; on a stepped clock injected delays advance it."""
        return self.answer(self.arrive(method, path, query, body, headers))

    def arrive(self, method: str, path: str, query: str, body: str, headers: Mapping[str, str]) -> Arrival:
        """Take a request in: note it, and see which faults it meets."""
        values = read_form(body) if not path.startswith(SCRIPT_PREFIX) else {}
        values |= read_form(query)
        lowered = {name.lower(): value for name, value in headers.items()}
        arrival = Arrival(method.upper(), path, query, body, lowered, values)
        if path.startswith(SCRIPT_PREFIX):
            return arrival
        route = ROUTES.get((arrival.method, path))
        if route is not None and route.security is Security.SIGNED:
            self.pass_time(self.settings.latency_ms)
        arrival.logged = self.log.begin(self.clock.now_ms(), arrival.method, path, values)
        for fault in self.faults.fire(arrival.method, path):
            self._meet(arrival, fault)
        return arrival

    def _meet(self, arrival: Arrival, fault: Fault) -> None:
        if arrival.logged is not None:
            names = [arrival.logged.fault, fault.kind]
            arrival.logged.fault = "+".join(name for name in names if name)
        if fault.kind != "delay":
            arrival.fault = fault
        elif fault.when == "after":
            arrival.delay_after_ms += fault.ms
        elif not self.pass_time(fault.ms):
            arrival.delay_before_ms += fault.ms

    def pass_time(self, ms: int) -> bool:
        """Advance a stepped clock; whether there is one."""
        if self.stepped is None:
            return False
        self.stepped.advance(ms)
        return True

    def check_connection(self, arrival: Arrival) -> Response | None:
        """The refusal of a request to open a WebSocket, if there are too many of them."""
        self.catch_up()
        response = None
        try:
            self.sockets.check_attempt()
        except RateLimited as refusal:
            response = json_response(refusal.http_status, refusal.body(), {**self._weight_headers(), **refusal.headers})
        if arrival.logged is not None:
            arrival.logged.status = 101 if response is None else response.status
        return response

    def answer(self, arrival: Arrival) -> Response:
        """Do what was asked and say what came of it."""
        self.catch_up()
        if arrival.path.startswith(SCRIPT_PREFIX):
            return answer_script(self, arrival.method, arrival.path, arrival.values, arrival.body)
        response = self._answer_with_fault(arrival)
        if arrival.logged is not None and response.transport == "ok":
            arrival.logged.status = response.status
            arrival.logged.code = _code_of(response)
        return replace(response, delay_after_ms=arrival.delay_after_ms) if arrival.delay_after_ms else response

    def _answer_with_fault(self, arrival: Arrival) -> Response:
        fault = arrival.fault
        if fault is None or fault.kind == "stale":
            return self._serve(arrival)
        if fault.kind == "limit":
            return self._limited(fault)
        if fault.kind.endswith("_after"):
            self._do_unseen(arrival, fault.late_ms)
        if fault.kind.startswith("drop"):
            return Response(0, {}, b"", "drop")
        if fault.kind.startswith("timeout"):
            return Response(0, {}, b"", "timeout")
        return self._failed(fault)

    def _do_unseen(self, arrival: Arrival, late_ms: int) -> None:
        """The work is done, now or later, and its answer is lost."""
        if late_ms:
            self.agenda.add(self.clock.now_ms() + late_ms, lambda: self._do_unseen(arrival, 0))
            return
        self._serve(arrival)

    def _failed(self, fault: Fault) -> Response:
        status, body = fault.answer()
        if fault.html:
            return html_response(status, self._weight_headers())
        return json_response(status, body, self._weight_headers())

    def _limited(self, fault: Fault) -> Response:
        status, wait_s = fault.status or 429, fault.retry_after
        refusal: RateLimited = TooMuchWeight(wait_s, self.settings.weight_limit, "1 MINUTE")
        if status == 418:
            refusal = Banned(wait_s, self.clock.now_ms() + wait_s * 1000)
        given = {"code": fault.code, "msg": fault.msg}
        body = refusal.body() | {name: value for name, value in given.items() if value is not None}
        return json_response(status, body, {**self._weight_headers(), **refusal.headers})

    def _serve(self, arrival: Arrival) -> Response:
        """The honest answer."""
        params, seen = Params(arrival.values), self._seen_by(arrival)
        asked = Asked(arrival.method, arrival.path, params, seen, lambda need: self._admit(need, arrival, params))
        served = serve(self, asked)
        headers = self._weight_headers(served.meter)
        if served.status == 404 and "text/html" in arrival.headers.get("accept", ""):
            return html_response(served.status, headers)
        if served.refusal is not None:
            headers |= served.refusal.headers
        elif served.route is not None and served.route.orders:
            counts = self.limits.order_counts(served.account, self.venue.now_ms)
            headers |= {f"X-MBX-ORDER-COUNT-{name}": str(n) for name, n in counts.items()}
        return json_response(served.status, served.body, headers)

    def _seen_by(self, arrival: Arrival) -> Venue:
        """The present state, unless the read lags."""
        if arrival.fault is not None and arrival.fault.kind == "stale":
            return self.history.as_of(self.venue.now_ms - arrival.fault.ms) or self.venue
        return self.venue

    def _admit(self, need: Security, arrival: Arrival, params: Params) -> None:
        if need is Security.NONE:
            return
        secret = check_key(arrival.headers, self.settings.credentials)
        if need is Security.SIGNED:
            params.text("timestamp")
            params.text("signature")
            check_timestamp(params, self.venue.now_ms)
            check_signature(secret, arrival.query, arrival.body, params)

    def _weight_headers(self, meter: Meter = Meter.API) -> dict[str, str]:
        return self.limits.weight_headers(self.venue.now_ms, meter)

    # Time --------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Let happen what is due by now, each thing at its own time."""
        with self.clock.holding_up() if isinstance(self.clock, WallClock) else nullcontext():
            self._let_happen(self.clock.now_ms())

    def _let_happen(self, now_ms: int) -> None:
        while (due_ms := self.next_due_ms()) is not None and due_ms <= now_ms:
            self.venue.now_ms = max(self.venue.now_ms, due_ms)
            if self.agenda.next_ms == due_ms:
                self.agenda.pop()()
            elif self.sockets.agenda.next_ms == due_ms:
                self.sockets.agenda.pop()()
            elif by_time.next_due_ms(self.venue) == due_ms:
                by_time.let_happen(self.venue)
            elif self._next_step is not None:
                self._play(self._next_step)
                self._next_step = next(self._steps, None)
            self.settle()
        self.venue.now_ms = max(self.venue.now_ms, now_ms)

    def next_due_ms(self) -> int | None:
        """When something is to happen without being asked for."""
        step_ms = None if self._next_step is None else self._next_step.time_ms
        times = (self.agenda.next_ms, self.sockets.agenda.next_ms, by_time.next_due_ms(self.venue), step_ms)
        return min((due for due in times if due is not None), default=None)

    def _play(self, step: FeedStep) -> None:
        if step.is_jump:
            play_print(self.venue, step.symbol, step.price, None, step.volume)
        else:
            walk_to(self.venue, step.symbol, step.price, step.volume)

    def settle(self) -> None:
        """After each thing that happened: start pending orders, give order credit, tell balances, keep history."""
        begin_ready_lists(self.venue)
        liquidate_fallen(self.venue)
        for account, credit in self.venue.order_credit.items():
            self.limits.add_orders(account, self.venue.now_ms, -credit)
        self.venue.order_credit.clear()
        self.venue.report_balances()
        self._note_slices()
        self.venue.pack_ended()
        if self.faults.wants_history:
            self.history.keep(self.venue)

    def _note_slices(self) -> None:
        """A fill that a script has cut shows in the request log."""
        for order, quantity in self.venue.sliced:
            shown = {"symbol": order.symbol, "orderId": str(order.order_id), "quantity": fixed8(quantity)}
            self.log.begin(self.venue.now_ms, "TRADE", "fill", shown).fault = "partial"
        self.venue.sliced.clear()


def _clock(settings: PaperSettings) -> Clock:
    if settings.manual:
        return ManualClock() if settings.start_ms is None else ManualClock(settings.start_ms)
    return WallClock(speed=settings.speed, start_ms=settings.start_ms)


def _code_of(response: Response) -> int | None:
    """The venue's code in an error body."""
    if response.status == 200 or not response.body.startswith(b"{"):
        return None
    code = json.loads(response.body).get("code")
    return code if isinstance(code, int) else None
