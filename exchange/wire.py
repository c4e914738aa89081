"""The venue's JSON as values (Binance docs: POST/GET/DELETE order, orderList, account, exchangeInfo, myTrades)."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from exchange.ids import PREFIX
from exchange.instrument import Instrument, plain
from exchange.types import (
    Balance,
    CommissionRates,
    Fill,
    KeyPermissions,
    OrderReport,
    OrderType,
    Quote,
    Side,
    VenueStatus,
)
from exchange.wire_values import flag, moment_ms, name, not_negative, number, positive, whole

Json = Mapping[str, Any]
Parsed = TypeVar("Parsed")

_QUOTE_ROUNDING = Decimal("0.01")
"""Price times quantity is written with eight digits behind the point, of some fiat currencies with two."""
_HIGHEST_RATE = Decimal("0.1")
"""Above it something else is meant: the venue's dearest rate is a fiftieth of it."""
_LEAST_WEIGHT_LIMIT = 100
_MOST_PRECISION = 18


class UnreadableError(ValueError):
    """The venue's answer does not have the documented shape."""


def read(parse: Callable[[Any], Parsed], body: object) -> Parsed:
    """`parse(body)`, with every way in which a body can be misshapen told as one error."""
    try:
        return parse(body)
    except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError) as fault:
        raise UnreadableError(f"{type(fault).__name__} {fault}") from fault


def of_symbol(body: Json, symbol: str) -> Json:
    """The body, if it speaks of this symbol."""
    if body["symbol"] != symbol:
        raise ValueError(f"it is about {body['symbol']!r}, not about {symbol}")
    return body


def order_report(body: Json) -> OrderReport:
    """One order, as placed, queried or cancelled; a cancel names the order in `origClientOrderId`.

    An exit that the venue will size has no quantity until its entry is filled (Binance docs: order list, OPOCO).
    """
    report = OrderReport(
        client_id=name(body.get("origClientOrderId") or body["clientOrderId"]),
        order_id=whole(body["orderId"]),
        list_id=_unless_none(body.get("orderListId", -1), whole),
        side=Side(body["side"]),
        order_type=name(body["type"]),
        status=VenueStatus(body["status"]),
        quantity=not_negative(body.get("origQty", "0") if body["status"] == "PENDING_NEW" else body["origQty"]),
        executed=not_negative(body["executedQty"]),
        quote_executed=number(body["cummulativeQuoteQty"]),
        price=not_negative(body["price"]),
        stop_price=not_negative(body.get("stopPrice", "0")),
        working_ms=_working_ms(body),
        updated_ms=_unless_none(body.get("transactTime", body.get("updateTime", -1)) or -1, moment_ms) or 0,
        placed_ms=moment_ms(body["time"]) if "time" in body else None,
        fills=_own_fills(body) if "fills" in body else None,
    )
    if report.client_id.startswith(PREFIX):
        _check_ours(report)
    return report


def _unless_none(value: object, parse: Callable[[object], int]) -> int | None:
    """The venue writes -1 where there is nothing."""
    return None if value == -1 else parse(value)


_EXECUTED_ALL = {VenueStatus.FILLED: True, VenueStatus.NEW: False, VenueStatus.PENDING_NEW: False}
"""Statuses that say how much is executed: all or nothing."""


def _check_ours(report: OrderReport) -> None:
    """What is said of an order of ours must agree with itself; orders of others are none of our business."""
    OrderType(report.order_type)
    executed_all = _EXECUTED_ALL.get(report.status)
    expected = report.executed if executed_all is None else report.quantity if executed_all else 0
    if report.executed != expected or (report.executed > report.quantity):
        raise ValueError(f"{report.client_id} is {report.status} with {report.executed} of {report.quantity} executed")
    executions = sum((fill.quantity for fill in report.fills or ()), Decimal())
    if report.fills and executions != report.executed:
        raise ValueError(f"{report.client_id} has executions of {executions}, but {report.executed} executed")


def _working_ms(body: Json) -> int | None:
    """When it came onto the book, where the venue says so by its time.

    Margin has `isWorking` alone, and what that says of a stop that waits is not documented (Binance docs: margin, GET
    margin/order): it decides nothing.
    """
    return _unless_none(body.get("workingTime", -1), moment_ms)


def rows(body: Sequence[Json]) -> Sequence[Json]:
    if not isinstance(body, list):
        raise TypeError(f"{body!r} is no list")
    return body


def _own_fills(body: Json) -> tuple[Fill, ...]:
    """The executions inside a FULL reply; their time is the reply's transaction time."""
    return tuple(
        Fill(
            trade_id=whole(fill["tradeId"]),
            order_id=whole(body["orderId"]),
            price=positive(fill["price"]),
            quantity=positive(fill["qty"]),
            quote_quantity=number(fill["price"]) * number(fill["qty"]),
            commission=not_negative(fill["commission"]),
            commission_asset=name(fill["commissionAsset"]),
            time_ms=moment_ms(body["transactTime"]),
            side=Side(body["side"]),
        )
        for fill in rows(body["fills"])
    )


def fills(body: Sequence[Json]) -> tuple[Fill, ...]:
    """Rows of myTrades; margin rows have no `quoteQty`."""
    return tuple(_fill(row) for row in rows(body))


def _fill(row: Json) -> Fill:
    price, quantity = positive(row["price"]), positive(row["qty"])
    quote_quantity = not_negative(row["quoteQty"]) if "quoteQty" in row else price * quantity
    if abs(quote_quantity - price * quantity) > _QUOTE_ROUNDING:
        raise ValueError(f"{quantity} at {price} are not {quote_quantity}")
    return Fill(
        trade_id=whole(row["id"]),
        order_id=whole(row["orderId"]),
        price=price,
        quantity=quantity,
        quote_quantity=quote_quantity,
        commission=not_negative(row["commission"]),
        commission_asset=name(row["commissionAsset"]),
        time_ms=moment_ms(row["time"]),
        side=Side.BUY if flag(row["isBuyer"]) else Side.SELL,
    )


def quote(body: Json, received_ms: int) -> Quote:
    """An empty side of the book is 0."""
    bid, ask, last = (not_negative(body[side]) for side in ("bidPrice", "askPrice", "lastPrice"))
    return Quote(bid, ask, last, received_ms)


def balances(body: Json) -> dict[str, Balance]:
    return {
        name(row["asset"]): Balance(not_negative(row["free"]), not_negative(row["locked"]))
        for row in rows(body["balances"])
    }


def commission_rates(body: Json) -> CommissionRates:
    """Standard + special + tax, each as maker or taker plus the dearer of buyer and seller."""
    parts = [body[kind] for kind in ("standardCommission", "specialCommission", "taxCommission")]

    def worst(role: str) -> Decimal:
        return sum(
            (number(part[role]) + max(number(part["buyer"]), number(part["seller"])) for part in parts), Decimal()
        )

    rates = CommissionRates(maker=worst("maker"), taker=worst("taker"))
    if max(abs(rates.maker), abs(rates.taker)) > _HIGHEST_RATE:
        raise ValueError(f"{rates.maker} and {rates.taker} are no commission rates")
    return rates


def server_time(body: Json) -> int:
    return moment_ms(body["serverTime"])


def key_permissions(body: Json) -> KeyPermissions:
    return KeyPermissions(
        may_read=flag(body["enableReading"]),
        may_trade=flag(body["enableSpotAndMarginTrading"]),
        may_margin=flag(body["enableMargin"]),
        may_withdraw=flag(body["enableWithdrawals"]),
        ip_restricted=flag(body["ipRestrict"]),
    )


def weight_limit(body: Json) -> int | None:
    """The request weight per minute that exchangeInfo grants, None if it does not say."""
    for rule in rows(body.get("rateLimits", [])):
        if rule["rateLimitType"] == "REQUEST_WEIGHT" and (rule["interval"], rule["intervalNum"]) == ("MINUTE", 1):
            limit = whole(rule["limit"])
            if limit < _LEAST_WEIGHT_LIMIT:
                raise ValueError(f"a weight limit of {limit} would leave no room for a single look")
            return limit
    return None


def symbol_rules(body: Json, symbol: str) -> Json:
    """The symbol's part of exchangeInfo."""
    found: list[Json] = [rules for rules in body["symbols"] if rules["symbol"] == symbol]
    return found[0]


def instrument(rules: Json) -> Instrument:
    """The rules that bind an order of ours; a filter value of 0 is off (Binance docs: filters)."""
    if rules["symbol"] != name(rules["baseAsset"]) + name(rules["quoteAsset"]):
        raise ValueError(f"{rules['symbol']} is not {rules['baseAsset']} in {rules['quoteAsset']}")
    filters = {rule["filterType"]: rule for rule in rows(rules["filters"])}
    lot = filters["LOT_SIZE"]
    market = filters.get("MARKET_LOT_SIZE", lot)
    maxima = [number(rule["maxQty"]) for rule in (lot, market)]
    tick_size, step_size = (
        _grid(filters["PRICE_FILTER"]["tickSize"]),
        max(_grid(lot["stepSize"]), _grid(market["stepSize"])),
    )
    if not (tick_size and step_size):
        raise ValueError(f"{rules['symbol']} has tick size {tick_size} and step size {step_size}")
    notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {"minNotional": "0"}
    return Instrument(
        symbol=rules["symbol"],
        base=rules["baseAsset"],
        quote=rules["quoteAsset"],
        tick_size=tick_size,
        step_size=step_size,
        min_quantity=max(_grid(lot["minQty"]), _grid(market["minQty"])),
        max_quantity=min(quantity for quantity in maxima if quantity > 0),
        min_notional=_grid(notional["minNotional"]),
        trading=rules["status"] == "TRADING",
        base_precision=_precision(rules["baseAssetPrecision"]),
        quote_precision=_precision(rules["quoteAssetPrecision"]),
        margin_allowed=flag(rules.get("isMarginTradingAllowed", True)),
        bracket_allowed=flag(rules.get("otoAllowed", False)) and flag(rules.get("ocoAllowed", False)),
        opo_allowed=flag(rules.get("opoAllowed", False)),
    )


def _grid(value: object) -> Decimal:
    """The number without the zeros that the wire pads it with."""
    return Decimal(plain(not_negative(value)))


def _precision(value: object) -> int:
    """Digits behind the point of an asset."""
    digits = whole(value)
    if digits > _MOST_PRECISION:
        raise ValueError(f"{digits} digits behind the point")
    return digits
