"""cancelReplace: one request, two halves, each may fail (Binance docs: cancel an existing order and send a new one)."""

from dataclasses import dataclass
from typing import Any

from exchange.paper.engine.errors import (
    CancelReplaceFailed,
    InsufficientBalance,
    NewOrderRejected,
    WouldTake,
    WouldTrigger,
)
from exchange.paper.engine.filters import check_order, check_status
from exchange.paper.engine.orders import Order
from exchange.paper.engine.placing import place_order
from exchange.paper.errors import ParameterValueInvalid, RateLimited, WireError
from exchange.paper.http.cancelling import cancel_order
from exchange.paper.http.lookup import find_open_order
from exchange.paper.http.order_params import read_order
from exchange.paper.http.routing import Call
from exchange.paper.wire.orders import default_form, order_reply
from exchange.paper.wire.reply_form import reply_form

# how an event names why an order was rejected (Binance docs: order reject reason)
REJECT_REASONS: dict[type[WireError], str] = {
    InsufficientBalance: "INSUFFICIENT_BALANCES",
    WouldTake: "WOULD_MATCH_IMMEDIATELY",
    WouldTrigger: "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
}


@dataclass(slots=True)
class Halves:
    """What became of the cancel and of the new order; a response of None was not attempted."""

    canceled: bool
    cancel_response: dict[str, Any]
    placed: bool = False
    new_response: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """As the reply shows them."""
        results = {True: "SUCCESS", False: "FAILURE"}
        attempted = self.new_response is not None
        return {
            "cancelResult": results[self.canceled],
            "newOrderResult": results[self.placed] if attempted else "NOT_ATTEMPTED",
            "cancelResponse": self.cancel_response,
            "newOrderResponse": self.new_response,
        }

    def failure(self, limit: RateLimited | None) -> CancelReplaceFailed:
        """409 if one half was carried out, 400 if none was; where a limit was the reason, its status."""
        if self.canceled or self.placed:
            return CancelReplaceFailed(409, self.as_json(), -2021, "Order cancel-replace partially failed.", limit)
        return CancelReplaceFailed(400, self.as_json(), -2022, "Order cancel-replace failed.", limit)


def cancel_replace(call: Call) -> Any:
    """Parameters and filters are judged before anything is canceled."""
    venue, params = call.venue, call.params
    mode = params.text("cancelReplaceMode")
    if mode not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
        raise ParameterValueInvalid("cancelReplaceMode")
    order = read_order(venue, call.account, params)
    form = reply_form(params, default_form(order.order_type))
    if not venue.rules[order.symbol].cancel_replace_allowed:
        raise NewOrderRejected("Order cancel-replace is not supported for this symbol.")
    check_status(venue, order.symbol)
    check_order(venue, order)
    _check_order_limit(call)
    halves = _cancel(call)
    if halves.canceled or mode == "ALLOW_FAILURE":
        _place(call, order, form, halves)
    if halves.canceled and halves.placed:
        return halves.as_json()
    # beyond the order limit only ALLOW_FAILURE keeps its own status (Binance docs: cancelReplace, table of results)
    raise halves.failure(call.order_refusal if mode == "STOP_ON_FAILURE" else None)


def _cancel(call: Call) -> Halves:
    try:
        target = find_open_order(call.venue, call.account, call.params, "cancelOrderId", "cancelOrigClientOrderId")
        return Halves(True, cancel_order(call.venue, target, call.params, "cancelNewClientOrderId"))
    except WireError as refusal:
        return Halves(False, refusal.body())


def _check_order_limit(call: Call) -> None:
    """With CANCEL_ONLY the cancel is tried although no order may be placed."""
    exceeded_mode = call.params.optional("orderRateLimitExceededMode") or "DO_NOTHING"
    if exceeded_mode not in ("DO_NOTHING", "CANCEL_ONLY"):
        raise ParameterValueInvalid("orderRateLimitExceededMode")
    if call.order_refusal is not None and exceeded_mode == "DO_NOTHING":
        raise call.order_refusal


def _place(call: Call, order: Order, form: str, halves: Halves) -> None:
    """A new order that is rejected after its predecessor was canceled is told to listeners, no other refused one is."""
    try:
        if call.order_refusal is not None:
            raise call.order_refusal
        place_order(call.venue, order)
        halves.placed, halves.new_response = True, order_reply(order, form)
    except WireError as refusal:
        halves.new_response = refusal.body()
        if halves.canceled and isinstance(refusal, NewOrderRejected):
            call.venue.report_rejected(order, REJECT_REASONS.get(type(refusal), "NONE"))
