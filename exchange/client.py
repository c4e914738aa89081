"""The verbs of the lifecycle over ccxt's Binance.

A write is one request: nothing else goes out before it, and placement is never sent again here. What became of an
order in doubt is told by `order(client_id)` alone, an earlier -1021 included (V2): the venue's word on a second request
says nothing about the first.
"""

from requests.adapters import BaseAdapter

from exchange import ids, order_params, wire
from exchange.budget import Urgency
from exchange.clock import Clock
from exchange.errors import Refused, Unavailable
from exchange.heard import Heard
from exchange.history import since
from exchange.instrument import Instrument
from exchange.margin import MarginLender
from exchange.margin_routes import margin_routes
from exchange.outcome import NO_SUCH_ORDER, replaced, write_outcome
from exchange.retry import Sleep, canceling
from exchange.routes import (
    COMMISSION,
    EXCHANGE_RULES,
    KEY_PERMISSIONS,
    OPO,
    OPOCO,
    OTO,
    OTOCO,
    QUOTE,
    SPOT,
    Counter,
)
from exchange.session import Session
from exchange.settings import ExchangeSettings
from exchange.types import (
    Balance,
    BracketRequest,
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


class BinanceClient:
    """One symbol on one account; for one thread. `connect` first: it sets the clock and reads the symbol's rules."""

    def __init__(self, settings: ExchangeSettings, clock: Clock, sleep: Sleep) -> None:
        self._symbol = settings.symbol
        self._heard = Heard(settings.symbol)
        self._session = Session(settings, clock, sleep)
        self._transport = self._session.transport
        margin = settings.trade_mode == "margin"
        self._routes = margin_routes(settings) if margin else SPOT
        self._lender = MarginLender(settings, self._session) if margin else None
        self._instrument: Instrument | None = None
        self._replace_allowed = False

    def connect(self) -> None:
        """Two requests: the venue's time, and the symbol's rules."""
        self.check_clock()
        self.refresh_instrument()

    def carried_by(self, carrier: BaseAdapter) -> "BinanceClient":
        """The client with every request taken by this carrier in place of a socket: for replay and simulation."""
        self._transport.carried_by(carrier)
        return self

    def close(self) -> None:
        """Close the connection; orders stay at the venue."""
        self._transport.close()

    @property
    def instrument(self) -> Instrument:
        if self._instrument is None:
            raise Unavailable(f"the rules of {self._symbol} are not known yet: connect first")
        return self._instrument

    @property
    def lender(self) -> MarginLender | None:
        """Borrow and repay over the same connection; None on spot."""
        return self._lender

    @property
    def can_replace(self) -> bool:
        """True where the account kind has cancelReplace and the symbol allows it."""
        return self._routes.replace is not None and self._replace_allowed

    @property
    def skew_ms(self) -> int:
        """How far our clock was behind the venue's at the last `check_clock`."""
        return self._session.skew_ms

    @property
    def doubt_ms(self) -> int:
        """How long after its timestamp an order request may still be executed."""
        return self._session.doubt_ms

    def venue_ms(self) -> int:
        return self._session.clock.now_ms()

    # reads

    def check_clock(self) -> int:
        """Correct our clock to the venue's time plus half the round trip, and return how far it was behind."""
        return self._session.check_clock()

    def refresh_instrument(self) -> Instrument:
        """Read the symbol's rules anew; they change at run time."""
        limit, rules, self._instrument = self._session.read(EXCHANGE_RULES, {"symbol": self._symbol}, self._rules)
        self._replace_allowed = bool(rules.get("cancelReplaceAllowed", True))
        if limit is not None:
            self._transport.budgets[Counter.API].set_limit(limit)
        return self._instrument

    def _rates(self, body: wire.Json) -> CommissionRates:
        return wire.commission_rates(wire.of_symbol(body, self._symbol))

    def _rules(self, body: wire.Json) -> tuple[int | None, wire.Json, Instrument]:
        rules = wire.symbol_rules(body, self._symbol)
        return wire.weight_limit(body), rules, wire.instrument(rules)

    def quote(self, symbol: str | None = None) -> Quote:
        """Bid, ask and last price in one request; of our symbol unless told otherwise."""
        asked = symbol or self._symbol
        return self._session.read(
            QUOTE, {"symbol": asked}, lambda body: wire.quote(wire.of_symbol(body, asked), self.venue_ms())
        )

    def balances(self) -> dict[str, Balance]:
        """What the account holds, by asset; an asset without holding is missing."""
        routes = self._routes
        return self._session.read(routes.account, dict(routes.account_query), routes.read_balances)

    def commission_rates(self) -> CommissionRates:
        return self._session.read(COMMISSION, {"symbol": self._symbol}, self._rates)

    def key_permissions(self) -> KeyPermissions:
        """What our key may do; Unavailable or Refused where the venue does not tell (testnet)."""
        return self._session.read(KEY_PERMISSIONS, {}, wire.key_permissions)

    def order(self, client_id: str) -> OrderReport | None:
        """The order, or None when the venue says that it does not exist; takes about 3 s at most."""
        params = {**self._ours(), "origClientOrderId": client_id}
        try:
            return self._session.read(
                self._routes.order,
                params,
                self._heard.order(client_id),
                self._session.policies.settle,
                Urgency.SETTLING,
            )
        except Refused as refused:
            if refused.code == NO_SUCH_ORDER:
                return None
            raise

    def open_orders(self) -> tuple[OrderReport, ...]:
        return self._session.read(self._routes.open_orders, self._ours(), self._heard.orders)

    def fills(self, order_id: int) -> tuple[Fill, ...]:
        """All executions of one order, oldest first."""
        found: tuple[Fill, ...] = ()
        heard = self._heard.fills_of(order_id)
        page: dict[str, str] = {"orderId": str(order_id), "limit": str(self._routes.page)}
        while True:
            rows = self._session.read(self._routes.fills_of_order, {**self._ours(), **page}, heard)
            found += rows
            if len(rows) < self._routes.page:
                return found
            page["fromId"] = str(rows[-1].trade_id + 1)

    def fills_since(self, time_ms: int) -> tuple[Fill, ...]:
        def ask(page: dict[str, str]) -> tuple[Fill, ...]:
            return self._session.read(self._routes.fills, {**self._ours(), **page}, self._heard.fills)

        return since(time_ms, self.venue_ms(), ask, lambda fill: ("fromId", fill.trade_id + 1), self._routes.page)

    def orders_since(self, time_ms: int) -> tuple[OrderReport, ...]:
        def ask(page: dict[str, str]) -> tuple[OrderReport, ...]:
            return self._session.read(self._routes.all_orders, {**self._ours(), **page}, self._heard.orders)

        return since(time_ms, self.venue_ms(), ask, lambda order: ("orderId", order.order_id + 1), self._routes.page)

    # writes

    def place(self, request: OrderRequest) -> Outcome:
        """Send one order, once."""
        entry = _is_entry(request.client_id)
        terms = self._routes.with_entry if entry else self._routes.with_exit
        urgency = Urgency.ROUTINE if entry else Urgency.PROTECTIVE
        params = {**self._ours(), **order_params.order(request), **terms}
        reply = self._session.write(self._routes.place, params, urgency, self._session.policies.place)
        return write_outcome(reply, self._session.window_ms, self._heard.placed(request))

    def place_oco(self, request: OcoRequest) -> Outcome:
        """Send one order list, once; the reports are target, then stop."""
        params = {**self._ours(), **self._routes.write_oco(request), **self._routes.with_exit}
        reply = self._session.write(self._routes.place_oco, params, Urgency.PROTECTIVE, self._session.policies.place)
        return write_outcome(reply, self._session.window_ms, self._heard.placed_oco(request))

    def place_bracket(self, request: BracketRequest) -> Outcome:
        """Send an entry with its exits, once; the reports are entry, stop, and the target if there is one.

        An entry that is filled at once still shows its exits as pending: ask for them (Binance docs: order list, OTO).
        """
        if self._lender is not None:
            raise ValueError(f"{request.list_client_id}: an entry with its exits in one list is for spot alone")
        lone, pair = (OPO, OPOCO) if request.sized_by_venue else (OTO, OTOCO)
        params = {**self._ours(), **order_params.bracket(request)}
        route = lone if request.target is None else pair
        reply = self._session.write(route, params, Urgency.ROUTINE, self._session.policies.place)
        return write_outcome(reply, self._session.window_ms, self._heard.placed_bracket(request))

    def cancel(self, client_id: str) -> Outcome:
        """Cancel one order, or the whole list that it belongs to; sent twice if the first remains in doubt."""
        params = {**self._ours(), "origClientOrderId": client_id}
        doubts: list[InDoubt] = []

        def ask() -> Outcome:
            reply = self._session.write(self._routes.cancel, params, Urgency.PROTECTIVE, self._session.policies.cancel)
            outcome = write_outcome(reply, self._session.window_ms, self._heard.canceled(client_id))
            if isinstance(outcome, InDoubt):
                doubts.append(outcome)
            return outcome

        last: Outcome = canceling(self._session.policies.cancel, self._session.clock, self._session.sleep)(ask)
        return doubts[-1] if doubts and isinstance(last, Denied) else last

    def replace(self, client_id: str, request: OrderRequest) -> Replaced:
        """Cancel one lone order and place another in one request; the new one only if the cancel succeeded."""
        if self._routes.replace is None:
            raise ValueError(f"no cancelReplace on this account kind: cancel {client_id}, then place")
        params = {**self._ours(), **order_params.replacement(client_id, request)}
        reply = self._session.write(self._routes.replace, params, Urgency.PROTECTIVE, self._session.policies.place)
        heard = self._heard
        return replaced(reply, self._session.window_ms, heard.canceled(client_id), heard.placed(request))

    def _ours(self) -> dict[str, str]:
        return {"symbol": self._symbol, **self._routes.extra}


def _is_entry(client_id: str) -> bool:
    """An entry can wait; everything else protects."""
    name = ids.parse(client_id)
    return name is not None and name.role is ids.Role.ENTRY
