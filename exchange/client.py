"""The verbs of the lifecycle over ccxt's Binance.

A write is one request: nothing else goes out before it, and placement is never sent again here. What became of an
order in doubt is told by `order(client_id)` alone, an earlier -1021 included (V2): the venue's word on a second request
says nothing about the first.
"""

from collections.abc import Callable
from typing import Any

from exchange import ids, order_params, wire
from exchange.budget import Urgency
from exchange.clock import Clock
from exchange.errors import Refused, Unavailable, VenueError
from exchange.history import since
from exchange.instrument import Instrument
from exchange.outcome import NO_SUCH_ORDER, VENUE_DEADLINE_MS, WRONG_TIME, read_result, replaced, write_outcome
from exchange.retry import Policies, Policy, Sleep, canceling, reading
from exchange.routes import COMMISSION, EXCHANGE_RULES, KEY_PERMISSIONS, QUOTE, SPOT, TIME, Route, Routes
from exchange.settings import ExchangeSettings
from exchange.transport import Answer, Reply, Transport
from exchange.types import (
    Balance,
    CommissionRates,
    Denied,
    Fill,
    InDoubt,
    KeyPermissions,
    OcoRequest,
    OrderReport,
    OrderRequest,
    Outcome,
    Quote,
    Replaced,
)
from exchange.wire import Parsed

_GOOD_ROUND_TRIP_MS = 200
_CLOCK_TRIES = 3
_PAGE = 1_000


class BinanceClient:
    """One symbol on one account; for one thread. `connect` first: it sets the clock and reads the symbol's rules."""

    def __init__(self, settings: ExchangeSettings, clock: Clock, sleep: Sleep) -> None:
        self._symbol = settings.symbol
        self._clock = clock
        self._sleep = sleep
        self._routes = _routes(settings)
        self._order_window_ms = settings.order_recv_window_ms
        self._policies = Policies.within(settings.request_timeout_s)
        self._transport = Transport(settings.rest_url, settings.credentials, settings.recv_window_ms, clock)
        self._instrument: Instrument | None = None
        self._replace_allowed = False
        self._skew_ms = 0

    def connect(self) -> None:
        """Two requests: the venue's time, and the symbol's rules."""
        self.check_clock()
        self.refresh_instrument()

    def close(self) -> None:
        """Close the connection; orders stay at the venue."""
        self._transport.close()

    @property
    def instrument(self) -> Instrument:
        if self._instrument is None:
            raise Unavailable(f"the rules of {self._symbol} are not known yet: connect first")
        return self._instrument

    @property
    def can_replace(self) -> bool:
        """True where the account kind has cancelReplace and the symbol allows it."""
        return self._routes.replace is not None and self._replace_allowed

    @property
    def skew_ms(self) -> int:
        """How far our clock was behind the venue's at the last `check_clock`."""
        return self._skew_ms

    @property
    def doubt_ms(self) -> int:
        """How long after its timestamp an order request may still be executed."""
        return self._order_window_ms + VENUE_DEADLINE_MS

    def venue_ms(self) -> int:
        return self._clock.now_ms()

    # reads

    def check_clock(self) -> int:
        """Correct our clock to the venue's time plus half the round trip, and return how far it was behind."""
        samples = [self._time_sample()]
        while samples[-1][0] > _GOOD_ROUND_TRIP_MS and len(samples) < _CLOCK_TRIES:
            samples.append(self._time_sample())
        _, self._skew_ms = min(samples)
        self._clock.discipline(self._clock.now_ms() + self._skew_ms)
        return self._skew_ms

    def _time_sample(self) -> tuple[int, int]:
        """Round trip, and how far our clock is behind the venue's, both in ms."""
        asked_ms = self._clock.now_ms()
        reply = self._transport.send(TIME, {}, Urgency.SETTLING, self._policies.settle.timeout_s)
        venue_ms = read_result(reply, wire.server_time)
        round_trip_ms = self._clock.now_ms() - asked_ms
        return round_trip_ms, venue_ms - (asked_ms + round_trip_ms // 2)

    def refresh_instrument(self) -> Instrument:
        """Read the symbol's rules anew; they change at run time."""
        limit, rules, self._instrument = self._read(EXCHANGE_RULES, {"symbol": self._symbol}, self._rules)
        self._replace_allowed = bool(rules.get("cancelReplaceAllowed", True))
        if limit is not None:
            self._transport.budget.set_limit(limit)
        return self._instrument

    def _rules(self, body: wire.Json) -> tuple[int | None, wire.Json, Instrument]:
        rules = wire.symbol_rules(body, self._symbol)
        return wire.weight_limit(body), rules, wire.instrument(rules)

    def quote(self, symbol: str | None = None) -> Quote:
        """Bid, ask and last price in one request; of our symbol unless told otherwise."""
        return self._read(QUOTE, {"symbol": symbol or self._symbol}, lambda body: wire.quote(body, self.venue_ms()))

    def balances(self) -> dict[str, Balance]:
        """What the account holds, by asset; an asset without holding is missing."""
        return self._read(self._routes.account, {**self._routes.extra, "omitZeroBalances": "true"}, wire.balances)

    def commission_rates(self) -> CommissionRates:
        return self._read(COMMISSION, {"symbol": self._symbol}, wire.commission_rates)

    def key_permissions(self) -> KeyPermissions:
        """What our key may do; Unavailable or Refused where the venue does not tell (testnet)."""
        return self._read(KEY_PERMISSIONS, {}, wire.key_permissions)

    def order(self, client_id: str) -> OrderReport | None:
        """The order, or None when the venue says that it does not exist; takes about 3 s at most."""
        params = {**self._ours(), "origClientOrderId": client_id}
        try:
            return self._read(self._routes.order, params, wire.order_report, self._policies.settle, Urgency.SETTLING)
        except Refused as refused:
            if refused.code == NO_SUCH_ORDER:
                return None
            raise

    def open_orders(self) -> tuple[OrderReport, ...]:
        return self._read(self._routes.open_orders, self._ours(), wire.orders)

    def fills(self, order_id: int) -> tuple[Fill, ...]:
        """All executions of one order, oldest first."""
        found: tuple[Fill, ...] = ()
        page: dict[str, str] = {"orderId": str(order_id), "limit": str(_PAGE)}
        while True:
            rows = self._read(self._routes.fills_of_order, {**self._ours(), **page}, wire.fills)
            found += rows
            if len(rows) < _PAGE:
                return found
            page["fromId"] = str(rows[-1].trade_id + 1)

    def fills_since(self, time_ms: int) -> tuple[Fill, ...]:
        def ask(page: dict[str, str]) -> tuple[Fill, ...]:
            return self._read(self._routes.fills, {**self._ours(), **page}, wire.fills)

        return since(time_ms, self.venue_ms(), ask, lambda fill: ("fromId", fill.trade_id + 1))

    def orders_since(self, time_ms: int) -> tuple[OrderReport, ...]:
        def ask(page: dict[str, str]) -> tuple[OrderReport, ...]:
            return self._read(self._routes.all_orders, {**self._ours(), **page}, wire.orders)

        return since(time_ms, self.venue_ms(), ask, lambda order: ("orderId", order.order_id + 1))

    def _read(
        self,
        route: Route,
        params: dict[str, str],
        parse: Callable[[Any], Parsed],
        policy: Policy | None = None,
        urgency: Urgency = Urgency.ROUTINE,
    ) -> Parsed:
        policy = policy or self._policies.read

        def ask() -> Parsed:
            reply = self._transport.send(route, params, urgency, policy.timeout_s)
            self._heed_the_time(reply)
            return read_result(reply, parse)

        return reading(policy, self._clock, self._sleep)(ask)

    # writes

    def place(self, request: OrderRequest) -> Outcome:
        """Send one order, once."""
        params = {**self._ours(), **order_params.order(request)}
        reply = self._write(self._routes.place, params, _urgency(request.client_id), self._policies.place)
        return write_outcome(reply, self._order_window_ms)

    def place_oco(self, request: OcoRequest) -> Outcome:
        """Send one order list, once; the reports are target, then stop."""
        params = {**self._ours(), **order_params.oco(request)}
        reply = self._write(self._routes.place_oco, params, Urgency.PROTECTIVE, self._policies.place)

        def members(body: Any) -> tuple[OrderReport, ...]:
            reports = {report.client_id: report for report in wire.order_reports(body)}
            return reports[request.target.client_id], reports[request.stop.client_id]

        return write_outcome(reply, self._order_window_ms, members)

    def cancel(self, client_id: str) -> Outcome:
        """Cancel one order, or the whole list that it belongs to; sent twice if the first remains in doubt."""
        params = {**self._ours(), "origClientOrderId": client_id}
        doubts: list[InDoubt] = []

        def ask() -> Outcome:
            reply = self._write(self._routes.cancel, params, Urgency.PROTECTIVE, self._policies.cancel)
            outcome = write_outcome(reply, self._order_window_ms)
            if isinstance(outcome, InDoubt):
                doubts.append(outcome)
            return outcome

        last: Outcome = canceling(self._policies.cancel, self._clock, self._sleep)(ask)
        return doubts[-1] if doubts and isinstance(last, Denied) else last

    def replace(self, client_id: str, request: OrderRequest) -> Replaced:
        """Cancel one lone order and place another in one request; the new one only if the cancel succeeded."""
        if self._routes.replace is None:
            raise ValueError(f"no cancelReplace on this account kind: cancel {client_id}, then place")
        params = {**self._ours(), **order_params.replacement(client_id, request)}
        reply = self._write(self._routes.replace, params, Urgency.PROTECTIVE, self._policies.place)
        return replaced(reply, self._order_window_ms)

    def _write(self, route: Route, params: dict[str, str], urgency: Urgency, policy: Policy) -> Reply:
        params["recvWindow"] = str(self._order_window_ms)
        reply = self._transport.send(route, params, urgency, policy.timeout_s)
        self._heed_the_time(reply)
        return reply

    def _ours(self) -> dict[str, str]:
        return {"symbol": self._symbol, **self._routes.extra}

    def _heed_the_time(self, reply: Reply) -> None:
        """A refused timestamp means that our clock is off: correct it before anything else is signed."""
        if isinstance(reply, Answer) and reply.code == WRONG_TIME:
            try:
                self.check_clock()
            except VenueError:
                return  # the refused request is told to the caller; the next one finds out again


def _routes(settings: ExchangeSettings) -> Routes:
    if settings.trade_mode != "spot":
        raise ValueError(f"TRADE_MODE={settings.trade_mode} is not built yet: use spot")
    return SPOT


def _urgency(client_id: str) -> Urgency:
    """An entry can wait; everything else protects."""
    name = ids.parse(client_id)
    return Urgency.ROUTINE if name is not None and name.role is ids.Role.ENTRY else Urgency.PROTECTIVE
