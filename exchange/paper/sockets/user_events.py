"""Facts about an account as the events of its stream (Binance docs: user data stream)."""

from typing import Any

from exchange.paper.engine.events import AccountEvent, AccountPosition, BalanceUpdate, ExecutionReport, ListReport
from exchange.paper.engine.orders import Fill, Order
from exchange.paper.numbers import ZERO, fixed8

Json = dict[str, Any]

# all orders of an account belong to one group; it has no other meaning here
TRADE_GROUP = 1


def user_event(fact: AccountEvent) -> Json:
    """The event that tells of a fact; event time and the time of the fact are one here."""
    match fact:
        case ExecutionReport():
            return execution_report(fact)
        case AccountPosition():
            return account_position(fact)
        case ListReport():
            return list_status(fact)
        case BalanceUpdate():
            return balance_update(fact)


def execution_report(fact: ExecutionReport) -> Json:
    """One step of an order; what appears only under a condition stands last (Binance docs: order update)."""
    order = fact.order
    client_id, original_id = _client_ids(fact)
    return {
        "e": "executionReport",
        "E": fact.time_ms,
        "s": order.symbol,
        "c": client_id,
        "S": order.side.value,
        "o": order.order_type.value,
        "f": order.time_in_force.value,
        **_quantity(order),
        "p": fixed8(order.limit_price),
        "P": fixed8(order.stop_price),
        "F": fixed8(order.iceberg_quantity),
        "g": order.list_id,
        "C": original_id,
        "x": fact.kind,
        "X": order.status.value,
        "r": fact.reject_reason,
        "i": order.order_id,
        **_last_fill(order, fact.fill),
        **({} if fact.prevented is None else {"v": fact.prevented.match_id}),
        "I": fact.execution_id,
        "w": order.is_working and order.is_open,
        "m": fact.fill is not None and fact.fill.is_maker,
        "M": False,
        "O": order.created_ms,
        "Z": fixed8(order.executed_quote),
        "Y": fixed8(ZERO if fact.fill is None else fact.fill.notional),
        "Q": fixed8(order.quote_quantity),
        **({"W": order.working_since_ms} if order.working_since_ms >= 0 else {}),
        "V": order.self_trade_mode.value,
        **_conditional(order),
        **_prevented(fact),
    }


def _client_ids(fact: ExecutionReport) -> tuple[str, str]:
    """A cancel shows its own id and the order's as the original one, an amendment the new id and the old one."""
    own_id = fact.order.client_order_id
    if fact.kind == "CANCELED":
        return fact.cancel_client_id or own_id, own_id
    if fact.kind == "REPLACED":
        return own_id, fact.cancel_client_id
    return own_id, ""


def _quantity(order: Order) -> Json:
    """Missing for a pending order of an OPO list until it is known what the working order brings in."""
    listed = order.order_list
    unknown = listed is not None and listed.pending_from_received and order.quantity == ZERO
    return {} if unknown else {"q": fixed8(order.quantity)}


def _last_fill(order: Order, fill: Fill | None) -> Json:
    """The fill this step reports; without one its fields say so."""
    return {
        "l": fixed8(ZERO if fill is None else fill.quantity),
        "z": fixed8(order.executed_quantity),
        "L": fixed8(ZERO if fill is None else fill.price),
        "n": "0" if fill is None else fixed8(fill.commission),
        "N": None if fill is None else fill.commission_asset,
        "T": order.updated_ms,
        "t": -1 if fill is None else fill.fill_id,
    }


def _conditional(order: Order) -> Json:
    """Fields of trailing stops, strategies and expired orders."""
    fields: Json = {}
    if order.trailing_delta is not None:
        fields["d"] = order.trailing_delta
        if order.trailing_since_ms >= 0:
            fields["D"] = order.trailing_since_ms
    if order.strategy_id is not None:
        fields["j"] = order.strategy_id
    if order.strategy_type is not None:
        fields["J"] = order.strategy_type
    if order.expiry_reason is not None:
        fields["eR"] = order.expiry_reason.value
    return fields


def _prevented(fact: ExecutionReport) -> Json:
    """What self-trade prevention kept apart, seen from this order."""
    match = fact.prevented
    if match is None:
        return {}
    order = fact.order
    counter = match.maker if order.order_id == match.taker.order_id else match.taker
    price = match.maker.limit_price
    return {
        "A": fixed8(order.prevented_quantity),
        "B": fixed8(match.quantity),
        "u": TRADE_GROUP,
        "U": counter.order_id,
        "Cs": counter.symbol,
        "pl": fixed8(match.quantity),
        "pL": fixed8(price),
        "pY": fixed8(price * match.quantity),
    }


def account_position(fact: AccountPosition) -> Json:
    """Absolute balances of the assets that may have changed."""
    rows = [{"a": asset, "f": fixed8(free), "l": fixed8(locked)} for asset, (free, locked) in fact.balances.items()]
    return {"e": "outboundAccountPosition", "E": fact.time_ms, "u": fact.time_ms, "B": rows}


def balance_update(fact: BalanceUpdate) -> Json:
    """A deposit, withdrawal or transfer."""
    return {"e": "balanceUpdate", "E": fact.time_ms, "a": fact.asset, "d": fixed8(fact.delta), "T": fact.time_ms}


def list_status(fact: ListReport) -> Json:
    """The start, a change or the end of an order list."""
    listed = fact.order_list
    members = [{"s": order.symbol, "i": order.order_id, "c": order.client_order_id} for order in listed.orders]
    return {
        "e": "listStatus",
        "E": fact.time_ms,
        "s": listed.symbol,
        "g": listed.list_id,
        "c": listed.contingency,
        "l": fact.list_status,
        "L": fact.order_status,
        "r": "NONE",
        "C": listed.client_list_id,
        "T": fact.time_ms,
        "O": members,
    }


def stream_terminated(now_ms: int) -> Json:
    """The last event of a subscription."""
    return {"e": "eventStreamTerminated", "E": now_ms}


def server_shutdown(now_ms: int) -> Json:
    """The connection is about to end; another one should be opened."""
    return {"e": "serverShutdown", "E": now_ms}
