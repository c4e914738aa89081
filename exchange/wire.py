"""The venue's JSON as values (Binance docs: POST/GET/DELETE order, orderList, account, exchangeInfo, myTrades)."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from exchange.instrument import Instrument, plain
from exchange.types import (
    Balance,
    CommissionRates,
    Fill,
    KeyPermissions,
    OrderReport,
    Quote,
    Side,
    VenueStatus,
)

Json = Mapping[str, Any]
Parsed = TypeVar("Parsed")


class UnreadableError(ValueError):
    """The venue's answer does not have the documented shape."""


def read(parse: Callable[[Any], Parsed], body: object) -> Parsed:
    """`parse(body)`, with every way in which a body can be misshapen told as one error."""
    try:
        return parse(body)
    except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError) as fault:
        raise UnreadableError(f"{type(fault).__name__} {fault}") from fault


def number(value: object) -> Decimal:
    """A finite decimal from the wire; the venue writes strings, margin sometimes numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise TypeError(f"{value!r} is not a number")
    parsed = Decimal(value)
    if not parsed.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    return parsed


def order_report(body: Json) -> OrderReport:
    """One order, as placed, queried or cancelled; a cancel names the order in `origClientOrderId`.

    An exit that the venue will size has no quantity until its entry is filled (Binance docs: order list, OPOCO).
    """
    list_id = int(body.get("orderListId", -1))
    return OrderReport(
        client_id=str(body.get("origClientOrderId") or body["clientOrderId"]),
        order_id=int(body["orderId"]),
        list_id=None if list_id == -1 else list_id,
        side=Side(body["side"]),
        order_type=str(body["type"]),
        status=VenueStatus(body["status"]),
        quantity=number(body.get("origQty", "0") if body["status"] == "PENDING_NEW" else body["origQty"]),
        executed=number(body["executedQty"]),
        quote_executed=number(body["cummulativeQuoteQty"]),
        price=number(body["price"]),
        stop_price=number(body.get("stopPrice", "0")),
        working_ms=_working_ms(body),
        updated_ms=int(body.get("transactTime") or body.get("updateTime") or 0),
        placed_ms=int(body["time"]) if "time" in body else None,
        fills=_own_fills(body) if "fills" in body else None,
    )


def _working_ms(body: Json) -> int | None:
    """When it came onto the book, where the venue says so by its time.

    Margin has `isWorking` alone, and what that says of a stop that waits is not documented (Binance docs: margin, GET
    margin/order): it decides nothing.
    """
    working_ms = int(body.get("workingTime") or -1)
    return None if working_ms == -1 else working_ms


def order_reports(body: Json) -> tuple[OrderReport, ...]:
    """One order, or all members of a list."""
    if "orderReports" in body:
        return tuple(order_report(member) for member in body["orderReports"])
    return (order_report(body),)


def orders(body: Sequence[Json]) -> tuple[OrderReport, ...]:
    return tuple(order_report(order) for order in body)


def _own_fills(body: Json) -> tuple[Fill, ...]:
    """The executions inside a FULL reply; their time is the reply's transaction time."""
    return tuple(
        Fill(
            trade_id=int(fill["tradeId"]),
            order_id=int(body["orderId"]),
            price=number(fill["price"]),
            quantity=number(fill["qty"]),
            quote_quantity=number(fill["price"]) * number(fill["qty"]),
            commission=number(fill["commission"]),
            commission_asset=str(fill["commissionAsset"]),
            time_ms=int(body["transactTime"]),
            side=Side(body["side"]),
        )
        for fill in body["fills"]
    )


def fills(body: Sequence[Json]) -> tuple[Fill, ...]:
    """Rows of myTrades; margin rows have no `quoteQty`."""
    return tuple(_fill(row) for row in body)


def _fill(row: Json) -> Fill:
    price, quantity = number(row["price"]), number(row["qty"])
    return Fill(
        trade_id=int(row["id"]),
        order_id=int(row["orderId"]),
        price=price,
        quantity=quantity,
        quote_quantity=number(row["quoteQty"]) if "quoteQty" in row else price * quantity,
        commission=number(row["commission"]),
        commission_asset=str(row["commissionAsset"]),
        time_ms=int(row["time"]),
        side=Side.BUY if row["isBuyer"] else Side.SELL,
    )


def quote(body: Json, received_ms: int) -> Quote:
    return Quote(number(body["bidPrice"]), number(body["askPrice"]), number(body["lastPrice"]), received_ms)


def balances(body: Json) -> dict[str, Balance]:
    return {row["asset"]: Balance(number(row["free"]), number(row["locked"])) for row in body["balances"]}


def commission_rates(body: Json) -> CommissionRates:
    """Standard + special + tax, each as maker or taker plus the dearer of buyer and seller."""
    parts = [body[kind] for kind in ("standardCommission", "specialCommission", "taxCommission")]

    def worst(role: str) -> Decimal:
        return sum(
            (number(part[role]) + max(number(part["buyer"]), number(part["seller"])) for part in parts), Decimal()
        )

    return CommissionRates(maker=worst("maker"), taker=worst("taker"))


def server_time(body: Json) -> int:
    return int(body["serverTime"])


def key_permissions(body: Json) -> KeyPermissions:
    return KeyPermissions(
        may_read=bool(body["enableReading"]),
        may_trade=bool(body["enableSpotAndMarginTrading"]),
        may_margin=bool(body["enableMargin"]),
        may_withdraw=bool(body["enableWithdrawals"]),
        ip_restricted=bool(body["ipRestrict"]),
    )


def weight_limit(body: Json) -> int | None:
    """The request weight per minute that exchangeInfo grants, None if it does not say."""
    for rule in body.get("rateLimits", ()):
        if rule["rateLimitType"] == "REQUEST_WEIGHT" and (rule["interval"], rule["intervalNum"]) == ("MINUTE", 1):
            return int(rule["limit"])
    return None


def symbol_rules(body: Json, symbol: str) -> Json:
    """The symbol's part of exchangeInfo."""
    found: list[Json] = [rules for rules in body["symbols"] if rules["symbol"] == symbol]
    return found[0]


def instrument(rules: Json) -> Instrument:
    """The rules that bind an order of ours; a filter value of 0 is off (Binance docs: filters)."""
    filters = {rule["filterType"]: rule for rule in rules["filters"]}
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
        base_precision=int(rules["baseAssetPrecision"]),
        quote_precision=int(rules["quoteAssetPrecision"]),
        margin_allowed=bool(rules.get("isMarginTradingAllowed", True)),
        bracket_allowed=bool(rules.get("otoAllowed")) and bool(rules.get("ocoAllowed")),
        opo_allowed=bool(rules.get("opoAllowed")),
    )


def _grid(value: object) -> Decimal:
    """The number without the zeros that the wire pads it with."""
    return Decimal(plain(number(value)))
