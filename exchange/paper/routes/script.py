"""The script's own door under /paper/: JSON in and out, no signature, numbers as strings."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from exchange.paper.engine.events import BookChange
from exchange.paper.engine.symbols import SYMBOL_STATUSES, SymbolRules
from exchange.paper.errors import ScriptRefused, WireError
from exchange.paper.faults import read_fault
from exchange.paper.http.response import Response, json_response
from exchange.paper.http.script_values import Given, decimal, fields, optional_positive, positive
from exchange.paper.ledger import ledger
from exchange.paper.market.playing import bar_path, play_bar, play_print
from exchange.paper.numbers import ZERO, down8, fixed8
from exchange.paper.routes.script_margin import MARGIN_SCRIPTS, open_for_deposit

if TYPE_CHECKING:
    from exchange.paper.exchange import PaperExchange

Script = Callable[["PaperExchange", Any, Mapping[str, str]], Any]

CHANGEABLE_DECIMALS = (
    "tick_size",
    "step_size",
    "min_qty",
    "max_qty",
    "min_notional",
    "max_notional",
    "min_price",
    "max_price",
    "market_max_qty",
    "multiplier_up",
    "multiplier_down",
    "max_position",
)
CHANGEABLE_NUMBERS = ("max_orders", "max_algo_orders", "max_order_lists", "max_order_amends", "average_mins")
CHANGEABLE_FLAGS = (
    "oco_allowed",
    "oto_allowed",
    "opo_allowed",
    "cancel_replace_allowed",
    "amend_allowed",
    "margin_allowed",
)


def answer_script(exchange: "PaperExchange", method: str, path: str, query: Mapping[str, str], body: str) -> Response:
    """Carry out one call of a script."""
    try:
        script = SCRIPTS.get((method, path))
        if script is None:
            known = ", ".join(f"{verb} {name}" for verb, name in SCRIPTS)
            raise ScriptRefused(f"there is no {method} {path}; there are {known}")
        return json_response(200, script(exchange, _read(body), query), {})
    except WireError as refusal:
        return json_response(refusal.http_status, refusal.body(), {})


def _read(body: str) -> Any:
    if not body.strip():
        return {}
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as fault:
        raise ScriptRefused(f"the body is not JSON: {fault}") from fault


def _symbol(exchange: "PaperExchange", given: Given) -> str:
    return exchange.venue.market(str(given.get("symbol", ""))).rules.symbol


def _quotes(exchange: "PaperExchange", symbol: str) -> dict[str, str]:
    market = exchange.venue.markets[symbol]
    return {"symbol": symbol, "bid": fixed8(market.bid), "ask": fixed8(market.ask), "last": fixed8(market.last_price)}


def post_print(exchange: "PaperExchange", given: Any, _: Given) -> Any:
    """Print a trade."""
    script = fields(given)
    symbol = _symbol(exchange, script)
    play_print(exchange.venue, symbol, positive(script, "price"), optional_positive(script, "qty"))
    exchange.settle()
    return _quotes(exchange, symbol)


def post_bar(exchange: "PaperExchange", given: Any, _: Given) -> Any:
    """Play one bar; with `gaps` the prices between its four points are left out."""
    script = fields(given)
    symbol = _symbol(exchange, script)
    opened, high, low, closed = (positive(script, name) for name in ("open", "high", "low", "close"))
    if not low <= min(opened, closed) <= max(opened, closed) <= high:
        raise ScriptRefused(f"open {opened} and close {closed} must lie between low {low} and high {high}")
    path = bar_path(opened, high, low, closed)
    play_bar(exchange.venue, symbol, path, optional_positive(script, "volume"), gaps=bool(script.get("gaps", False)))
    exchange.settle()
    return _quotes(exchange, symbol)


def post_book(exchange: "PaperExchange", given: Any, _: Given) -> Any:
    """Change spread and depth, or set bid and ask until the next print."""
    script = fields(given)
    symbol = _symbol(exchange, script)
    market = exchange.venue.markets[symbol]
    for name in ("spread_ticks", "level_step_ticks", "levels"):
        if name in script:
            setattr(market.depth, name, int(positive(script, name)))
    if "level_qty" in script:
        market.depth.level_quantity = decimal(script, "level_qty")
    market.follow(market.last_price)
    bid, ask = decimal(script, "bid", market.bid), decimal(script, "ask", market.ask)
    if not ZERO < bid < ask:
        raise ScriptRefused(f"bid {bid} must lie between zero and ask {ask}")
    market.bid, market.ask = bid, ask
    exchange.bus.show(BookChange(symbol))
    return _quotes(exchange, symbol)


def post_symbol(exchange: "PaperExchange", given: Any, _: Given) -> Any:
    """Change a symbol's status, filters and permissions."""
    script = fields(given)
    rules = exchange.venue.rules[_symbol(exchange, script)]
    for name in set(script) - {"symbol"}:
        setattr(rules, name, _rule(script, name))
    exchange.venue.markets[rules.symbol].follow(exchange.venue.markets[rules.symbol].last_price)
    return {"symbol": rules.symbol, **_rules_as_json(rules)}


def _rule(script: Given, name: str) -> Any:
    if name in CHANGEABLE_DECIMALS:
        return decimal(script, name)
    if name in CHANGEABLE_NUMBERS:
        return int(decimal(script, name))
    if name in CHANGEABLE_FLAGS:
        return bool(script[name])
    if name == "status" and script[name] in SYMBOL_STATUSES:
        return script[name]
    known = ("status", *CHANGEABLE_DECIMALS, *CHANGEABLE_NUMBERS, *CHANGEABLE_FLAGS)
    raise ScriptRefused(
        f"{name}={script[name]!r} cannot be set; status is one of {SYMBOL_STATUSES}, fields are {known}"
    )


def _rules_as_json(rules: SymbolRules) -> dict[str, Any]:
    return {
        "status": rules.status,
        **{name: f"{value:f}" for name in CHANGEABLE_DECIMALS if (value := getattr(rules, name)) is not None},
        **{name: getattr(rules, name) for name in (*CHANGEABLE_NUMBERS, *CHANGEABLE_FLAGS)},
    }


def post_deposit(exchange: "PaperExchange", given: Any, _: Given) -> Any:
    """Bring coins in, or with a negative amount take free ones out."""
    script = fields(given)
    account, asset, quantity = (
        str(script.get("account", "spot")),
        str(script.get("asset", "")),
        decimal(script, "amount"),
    )
    if not asset:
        raise ScriptRefused("asset is missing")
    if quantity != down8(quantity):
        raise ScriptRefused(f"amount {quantity} has more than eight decimals")
    kind, _colon, symbol = account.partition(":")
    if kind not in ("spot", "cross", "isolated") or (kind == "isolated") != (symbol in exchange.venue.rules):
        raise ScriptRefused(f"account must be spot, cross or isolated:SYMBOL, not {account!r}")
    if kind != "spot":
        open_for_deposit(exchange.venue, account, asset)
    free = exchange.venue.account(account).free(asset)
    if free + quantity < ZERO:
        raise ScriptRefused(f"{account} has {fixed8(free)} {asset} free; {fixed8(-quantity)} cannot be taken out")
    exchange.venue.deposit(account, asset, quantity)
    exchange.settle()
    return {"account": account, "asset": asset, "free": fixed8(exchange.venue.account(account).free(asset))}


def post_fees(exchange: "PaperExchange", given: Any, _: Given) -> Any:
    """Set commission rates, of one symbol or of all, and whether BNB pays."""
    script = fields(given)
    fees = exchange.venue.fees
    maker, taker = decimal(script, "maker", fees.maker), decimal(script, "taker", fees.taker)
    if script.get("symbol"):
        symbol = _symbol(exchange, script)
        was = fees.rates(symbol)
        fees.by_symbol[symbol] = (decimal(script, "maker", was[0]), decimal(script, "taker", was[1]))
    else:
        fees.maker, fees.taker = maker, taker
        fees.by_symbol.clear()
    if "bnb_burn" in script:
        fees.bnb_burn = bool(script["bnb_burn"])
    return {"maker": fixed8(maker), "taker": fixed8(taker), "bnb_burn": fees.bnb_burn}


def post_clock(exchange: "PaperExchange", given: Any, _: Given) -> Any:
    """Step time."""
    ms = decimal(fields(given), "advance_ms")
    if exchange.stepped is None:
        raise ScriptRefused("this exchange runs on the wall clock; start it with --manual to step its time")
    if ms < ZERO or ms != int(ms):
        raise ScriptRefused(f"advance_ms must be a whole number of zero or more, not {ms}")
    exchange.stepped.advance(int(ms))
    exchange.catch_up()
    return {"time": exchange.clock.now_ms()}


def post_faults(exchange: "PaperExchange", given: Any, _: Given) -> Any:
    """Arm faults."""
    wished = given if isinstance(given, list) else [given]
    for fault in [read_fault(fields(one)) for one in wished]:
        exchange.arm(fault)
    return get_faults(exchange, given, {})


def get_faults(exchange: "PaperExchange", _given: Any, _: Given) -> Any:
    """What is armed."""
    slices = [
        {"kind": "partial", "skip": armed.skip, "count": armed.count, "fraction": str(armed.fraction)}
        for armed in exchange.venue.fill_slices
    ]
    return {"armed": [*(fault.as_json() for fault in exchange.faults.armed), *slices]}


def delete_faults(exchange: "PaperExchange", _given: Any, _: Given) -> Any:
    """Disarm all faults."""
    exchange.disarm()
    return {"armed": []}


def get_ledger(exchange: "PaperExchange", _given: Any, query: Given) -> Any:
    """Everything."""
    return ledger(exchange.venue, exchange.log, int(decimal(query, "since_request", ZERO)))


def post_reset(exchange: "PaperExchange", _given: Any, _: Given) -> Any:
    """Start anew."""
    exchange.reset()
    return {}


SCRIPTS: dict[tuple[str, str], Script] = {
    ("POST", "/paper/trade"): post_print,
    ("POST", "/paper/bar"): post_bar,
    ("POST", "/paper/book"): post_book,
    ("POST", "/paper/symbol"): post_symbol,
    ("POST", "/paper/deposit"): post_deposit,
    ("POST", "/paper/fees"): post_fees,
    ("POST", "/paper/clock"): post_clock,
    ("POST", "/paper/faults"): post_faults,
    ("GET", "/paper/faults"): get_faults,
    ("DELETE", "/paper/faults"): delete_faults,
    ("GET", "/paper/ledger"): get_ledger,
    ("POST", "/paper/reset"): post_reset,
    **MARGIN_SCRIPTS,
}
