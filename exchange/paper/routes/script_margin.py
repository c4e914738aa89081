"""The script's door to margin accounts: lending terms, bars, what accounts may do, forced refusals."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from exchange.paper.engine.venue import Venue
from exchange.paper.errors import ScriptRefused
from exchange.paper.http.script_values import Given, decimal, fields, flag, not_negative, whole
from exchange.paper.margin.accounts import assets_of, is_margin, isolated_symbol
from exchange.paper.margin.errors import BY_CODE
from exchange.paper.margin.lending import ACTIONS, ForcedRefusal, MarginMarket
from exchange.paper.numbers import ONE

if TYPE_CHECKING:
    from exchange.paper.exchange import PaperExchange

NUMBERS_OF_ASSET = ("hourly_rate", "max_borrow", "min_borrow", "min_repay", "available")
FLAGS_OF_ACCOUNT = ("created", "borrow_enabled", "trade_enabled", "transfer_in_enabled", "transfer_out_enabled")
BARS = ("force_liquidation", "margin_call", "normal", "transfer_out")
FIELDS = ("assets", "accounts", "bars", "loan_ms", "liquidates", "refusals")


def open_for_deposit(venue: Venue, account: str, asset: str) -> None:
    """A deposit opens an isolated account; it must be in one of the account's assets."""
    held = assets_of(venue, account)
    if asset not in held:
        raise ScriptRefused(f"{account} holds {', '.join(held)}, not {asset}")
    venue.margin.flags_of(account).created = True


def post_margin(exchange: "PaperExchange", given: Any, _: Given) -> Any:
    """Change what is sent and show all of it."""
    script, venue = fields(given), exchange.venue
    unknown = set(script) - set(FIELDS)
    if unknown:
        raise ScriptRefused(f"margin has no field {sorted(unknown)[0]!r}; it has {', '.join(FIELDS)}")
    for asset, terms in fields(script.get("assets", {})).items():
        _set_terms(venue, asset, fields(terms))
    for account, flags in fields(script.get("accounts", {})).items():
        _set_flags(venue, account, fields(flags))
    if "bars" in script:
        _set_bars(venue.margin, fields(script["bars"]))
    if "loan_ms" in script:
        venue.margin.loan_ms = whole(script, "loan_ms", 0)
    if "liquidates" in script:
        venue.margin.liquidates = flag(script, "liquidates")
    if "refusals" in script:
        venue.margin.refusals = [_refusal(fields(wished)) for wished in _list(script["refusals"])]
    exchange.settle()
    return get_margin(exchange, given, {})


def get_margin(exchange: "PaperExchange", _given: Any, _: Given) -> Any:
    """Lending terms, bars, accounts and armed refusals."""
    margin = exchange.venue.margin
    return {
        "assets": {
            asset: {
                **{name: _text(getattr(terms, name)) for name in NUMBERS_OF_ASSET},
                "borrowable": terms.borrowable,
            }
            for asset, terms in margin.assets.items()
        },
        "accounts": {
            account: {name: getattr(flags, name) for name in FLAGS_OF_ACCOUNT}
            for account, flags in margin.flags.items()
        },
        "bars": {name: _text(getattr(margin.bars, name)) for name in BARS},
        "loan_ms": margin.loan_ms,
        "liquidates": margin.liquidates,
        "refusals": [
            {"action": refusal.action, "code": refusal.code, "count": refusal.count, "skip": refusal.skip}
            for refusal in margin.refusals
        ],
    }


def _text(value: Any) -> str | None:
    return None if value is None else f"{value:f}"


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ScriptRefused(f"refusals must be a list, not {type(value).__name__}")
    return value


def _set_terms(venue: Venue, asset: str, given: Given) -> None:
    terms = venue.margin.assets.get(asset)
    if terms is None:
        raise ScriptRefused(f"{asset!r} is not a margin asset; there are {', '.join(venue.margin.assets)}")
    for name in given:
        if name == "borrowable":
            terms.borrowable = flag(given, name)
        elif name == "available" and given[name] is None:
            terms.available = None
        elif name == "hourly_rate" and not_negative(given, name) > ONE:
            raise ScriptRefused(f"hourly_rate must be at most 1, not {given[name]}")
        elif name in NUMBERS_OF_ASSET:
            setattr(terms, name, not_negative(given, name))
        else:
            raise ScriptRefused(f"an asset has no field {name!r}; it has borrowable, {', '.join(NUMBERS_OF_ASSET)}")


def _set_flags(venue: Venue, account: str, given: Given) -> None:
    if not is_margin(account) or (isolated_symbol(account) or "BTCUSDC") not in venue.rules:
        raise ScriptRefused(f"account must be cross or isolated:SYMBOL, not {account!r}")
    for name in given:
        if name not in FLAGS_OF_ACCOUNT:
            raise ScriptRefused(f"an account has no field {name!r}; it has {', '.join(FLAGS_OF_ACCOUNT)}")
        setattr(venue.margin.flags_of(account), name, flag(given, name))


def _set_bars(margin: MarginMarket, given: Given) -> None:
    unknown = set(given) - set(BARS)
    if unknown:
        raise ScriptRefused(f"there is no bar {sorted(unknown)[0]!r}; there are {', '.join(BARS)}")
    wished = {name: decimal(given, name, getattr(margin.bars, name)) for name in BARS}
    if not ONE < wished["force_liquidation"] <= wished["margin_call"] <= wished["normal"] <= wished["transfer_out"]:
        raise ScriptRefused(f"bars must be above 1 and rise in the order {', '.join(BARS)}")
    for name, bar in wished.items():
        setattr(margin.bars, name, bar)


def _refusal(given: Given) -> ForcedRefusal:
    action, code = given.get("action"), given.get("code")
    if action not in ACTIONS:
        raise ScriptRefused(f"a refusal's action must be one of {', '.join(ACTIONS)}, not {action!r}")
    if isinstance(code, bool) or not isinstance(code, int) or code not in BY_CODE:
        raise ScriptRefused(f"a refusal's code must be one of {sorted(BY_CODE, reverse=True)}, not {code!r}")
    return ForcedRefusal(action, code, whole(given, "count", 1, lowest=1), whole(given, "skip", 0))


MARGIN_SCRIPTS: dict[tuple[str, str], Callable[["PaperExchange", Any, Given], Any]] = {
    ("POST", "/paper/margin"): post_margin,
    ("GET", "/paper/margin"): get_margin,
}
