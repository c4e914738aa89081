"""What the doctor asks the venue; nothing is changed there. Answers that end one question do not end the others."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests

from exchange import wire
from exchange.client import BinanceClient
from exchange.errors import KeyRefused, Refused, Unavailable, VenueError
from exchange.ids import parse
from exchange.instrument import Instrument, plain
from exchange.types import KeyPermissions
from fsm.environment import AllSettings
from fsm.planning.plan import check_grid, entry_rules
from fsm.record import Record
from fsm.shown.check import Check, ill, warning, well
from fsm.shown.checks_margin import check_margin

SKEW_NOTED_MS = 1_000
"""Requests use the venue's time whatever our clock says, but DeltaScout dates its signals by a clock like ours."""
KEY_REMEDY = "create a key that may read and trade, not withdraw, and is bound to this server's address"


def check_venue(
    settings: AllSettings, client: BinanceClient, wall_ms: Callable[[], int], record: Record
) -> list[Check]:
    """Reachability first; the rest only if the venue can be reached."""
    url, symbol = settings.exchange.rest_url, settings.exchange.symbol
    try:
        rules = _rules(url, symbol, settings.exchange.request_timeout_s)
        client.connect()
    except (requests.RequestException, wire.UnreadableError, VenueError) as error:
        return [ill("venue", f"{url} cannot be used: {error}", "check BINANCE_BASE_URL, MODE, SYMBOL and the network")]
    skew_ms = client.venue_ms() - wall_ms()
    return [
        well("venue", f"{url} answers for {symbol}"),
        _clock(skew_ms, settings.guards.max_future_s * 1000),
        *_symbol(settings, rules, client),
        *_account(client),
        *check_margin(settings, client),
        *_orders(client, record),
    ]


def _rules(url: str, symbol: str, timeout_s: float) -> Mapping[str, Any]:
    """The symbol's rules, asked without any key, so that a bad key does not look like an unreachable venue."""
    reply = requests.get(f"{url}/api/v3/exchangeInfo", params={"symbol": symbol}, timeout=timeout_s)
    reply.raise_for_status()
    return wire.read(lambda body: wire.symbol_rules(body, symbol), reply.json())


def _clock(skew_ms: int, allowed_ms: int) -> Check:
    detail = f"this machine's clock is {abs(skew_ms)} ms {'behind' if skew_ms >= 0 else 'ahead of'} the venue's"
    if abs(skew_ms) > allowed_ms:
        return ill("clock", detail, "synchronize it (NTP): signals dated by it are refused as future or stale")
    return warning("clock", detail, "synchronize it (NTP)") if abs(skew_ms) > SKEW_NOTED_MS else well("clock", detail)


def _symbol(settings: AllSettings, rules: Mapping[str, Any], client: BinanceClient) -> Iterator[Check]:
    instrument = client.instrument
    if not instrument.trading:
        yield ill("symbol", f"{instrument.symbol} has status {rules['status']}", "wait, or choose another SYMBOL")
    if not rules.get("ocoAllowed", False):
        yield ill("symbol", f"{instrument.symbol} allows no OCO lists", "choose another SYMBOL: exits need them")
    if not client.can_replace:
        yield warning("symbol", f"{instrument.symbol} allows no cancelReplace", "moving a stop leaves a short gap")
    if settings.fsm.entry_protection == "bracket" and not instrument.bracket_allowed:
        detail = f"{instrument.symbol} takes no entry with its exits in one list"
        yield warning("symbol", detail, "ENTRY_PROTECTION=bracket has no effect: protection comes after the fill")
    fault = check_grid(settings.fsm, instrument)
    if fault is not None:
        yield ill("symbol", fault, "correct TICK_SIZE or QTY_STEP")
    yield _least(settings, entry_rules(instrument, settings.fsm))


def _least(settings: AllSettings, rules: Instrument) -> Check:
    quantity_quote = settings.fsm.quantity_quote
    grid = f"tick {plain(rules.tick_size)}, step {plain(rules.step_size)}, least {plain(rules.min_notional)}"
    detail = f"{rules.symbol}: {grid} {rules.quote}; QTY_USD={plain(quantity_quote)}"
    if quantity_quote < rules.min_notional:
        return ill("symbol", detail, "raise QTY_USD: every signal would be refused with quantity_too_small")
    return well("symbol", detail)


def _account(client: BinanceClient) -> Iterator[Check]:
    try:
        balances = client.balances()
    except KeyRefused as refused:
        yield ill("key", str(refused), KEY_REMEDY)
        return
    except VenueError as error:
        yield ill("key", f"the account cannot be read: {error}", "try again")
        return
    instrument = client.instrument
    held = {asset: balances[asset].free for asset in (instrument.base, instrument.quote) if asset in balances}
    free = ", ".join(f"{plain(quantity)} {asset}" for asset, quantity in held.items()) or "nothing"
    yield well("account", f"free: {free}")
    try:
        yield from _permissions(client.key_permissions(), on_margin=client.lender is not None)
    except (Refused, Unavailable, KeyRefused) as error:
        yield warning("key", f"the venue does not tell what the key may do: {error}", "usual on the testnet")


def _permissions(key: KeyPermissions, *, on_margin: bool) -> Iterator[Check]:
    needed = {"read": key.may_read, "trade": key.may_trade, "borrow and repay": key.may_margin or not on_margin}
    missing = [name for name, allowed in needed.items() if not allowed]
    if key.may_withdraw:
        yield ill("key", "THIS KEY MAY WITHDRAW YOUR COINS", f"DELETE IT NOW; {KEY_REMEDY}")
    if missing:
        yield ill("key", f"the key may not {', '.join(missing)}", KEY_REMEDY)
    if not key.ip_restricted:
        yield warning("key", "the key works from every address", "bind it to this server's address at the venue")
    if not missing and not key.may_withdraw:
        yield well("key", f"may {', '.join(needed)}, may not withdraw")


def _orders(client: BinanceClient, record: Record) -> Iterator[Check]:
    """Orders with our prefix have to belong to the trade in the record."""
    try:
        names = [(report.client_id, parse(report.client_id)) for report in client.open_orders()]
    except VenueError as error:
        yield ill("orders", f"open orders cannot be read: {error}", "try again")
        return
    ours = record.position.trade_id if record.position is not None else None
    strangers = [client_id for client_id, name in names if name is not None and name.trade_id != ours]
    if strangers:
        remedy = "they belong to no trade in the state file: `run --adopt` without a state file, or cancel them"
        yield ill("orders", f"{len(strangers)} with our prefix: {', '.join(strangers)}", remedy)
        return
    own = sum(1 for _, name in names if name is not None)
    yield well("orders", f"{len(names)} open, {own} of them ours and known")
