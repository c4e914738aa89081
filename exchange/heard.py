"""A reply counts only if it is about what was asked: this symbol, this order, as it was sent.

Anything else is unreadable: a read is asked again, a write is in doubt.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchange import wire
from exchange.types import BracketRequest, Fill, OcoRequest, OrderReport, OrderRequest

Reports = tuple[OrderReport, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """How replies about the orders of one symbol are read."""

    symbol: str

    def orders(self, body: Any) -> Reports:
        return tuple(wire.order_report(wire.of_symbol(row, self.symbol)) for row in wire.rows(body))

    def fills(self, body: Any) -> tuple[Fill, ...]:
        return wire.fills([wire.of_symbol(row, self.symbol) for row in wire.rows(body)])

    def fills_of(self, order_id: int) -> Callable[[Any], tuple[Fill, ...]]:
        """Executions of this order alone."""

        def read(body: Any) -> tuple[Fill, ...]:
            fills = self.fills(body)
            others = [fill.order_id for fill in fills if fill.order_id != order_id]
            if others:
                raise ValueError(f"executions of {others} instead of {order_id}")
            return fills

        return read

    def order(self, client_id: str) -> Callable[[Any], OrderReport]:
        return lambda body: _named(self.orders([body]), client_id)

    def canceled(self, client_id: str) -> Callable[[Any], Reports]:
        """The order, or all members of its list, the order among them."""

        def read(body: Any) -> Reports:
            reports = self._members(body)
            _named(reports, client_id)
            return reports

        return read

    def placed(self, request: OrderRequest) -> Callable[[Any], Reports]:
        return lambda body: (_as_sent(self._members(body), request),)

    def placed_oco(self, request: OcoRequest) -> Callable[[Any], Reports]:
        """Target, then stop; the venue's own order means nothing."""

        def read(body: Any) -> Reports:
            reports = self._members(body)
            return _as_sent(reports, request.target), _as_sent(reports, request.stop)

        return read

    def placed_bracket(self, request: BracketRequest) -> Callable[[Any], Reports]:
        """Entry, stop and target if there is one; what the exits hold, the venue may say by what is entered."""

        def read(body: Any) -> Reports:
            reports = self._members(body)
            exits = (request.stop, *((request.target,) if request.target is not None else ()))
            return _as_sent(reports, request.entry), *(_named(reports, exit_.client_id) for exit_ in exits)

        return read

    def _members(self, body: Any) -> Reports:
        """One order, or all members of a list."""
        return self.orders(body.get("orderReports", [body]))


def _named(reports: Reports, client_id: str) -> OrderReport:
    for report in reports:
        if report.client_id == client_id:
            return report
    raise LookupError(f"it is about {[report.client_id for report in reports]}, not about {client_id}")


def _as_sent(reports: Reports, request: OrderRequest) -> OrderReport:
    report = _named(reports, request.client_id)
    said, sent = (report.side, report.quantity), (request.side, request.quantity)
    if said != sent:
        raise ValueError(f"{report.client_id} is {said}, but {sent} was sent")
    return report
