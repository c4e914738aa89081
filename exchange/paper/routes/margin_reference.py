"""Margin pairs, assets, rates and bars (Binance docs: margin market data)."""

from typing import Any

from exchange.paper.engine.symbols import SymbolRules
from exchange.paper.http.limits import Meter
from exchange.paper.http.routing import Call, Route, Security
from exchange.paper.margin.accounts import assets_of, check_margin_pair, isolated_name, margin_pairs
from exchange.paper.margin.errors import NotMarginAsset
from exchange.paper.margin.lending import LendingTerms
from exchange.paper.numbers import fixed8

KEY, SIGNED, IP = Security.KEY, Security.SIGNED, Meter.SAPI_IP
DAYS_A_YEAR = 365
# the venue's ids of cross pairs are large numbers without a meaning
FIRST_PAIR_ID = 351637150141315861


def all_pairs(call: Call) -> Any:
    """GET margin/allPairs."""
    listed = list(call.venue.rules)
    return [{"id": FIRST_PAIR_ID + listed.index(rules.symbol), **_pair(rules)} for rules in _wanted_pairs(call)]


def isolated_pairs(call: Call) -> Any:
    """GET margin/isolated/allPairs: as the cross ones, without an id."""
    return [_pair(rules) for rules in _wanted_pairs(call)]


def _pair(rules: SymbolRules) -> dict[str, Any]:
    return {
        "symbol": rules.symbol,
        "base": rules.base,
        "quote": rules.quote,
        "isMarginTrade": True,
        "isBuyAllowed": True,
        "isSellAllowed": True,
    }


def _wanted_pairs(call: Call) -> list[SymbolRules]:
    if "symbol" not in call.params:
        return margin_pairs(call.venue)
    return [check_margin_pair(call.venue, call.params.symbol())]


def all_assets(call: Call) -> Any:
    """GET margin/allAssets."""
    return [
        {
            "assetFullName": terms.full_name,
            "assetName": terms.asset,
            "isBorrowable": terms.borrowable,
            "isMortgageable": True,
            "userMinBorrow": fixed8(terms.min_borrow),
            "userMinRepay": fixed8(terms.min_repay),
        }
        for terms in _wanted_assets(call, "asset")
    ]


def _wanted_assets(call: Call, name: str) -> list[LendingTerms]:
    asset, known = call.params.optional(name), call.venue.margin.assets
    if asset is None:
        return list(known.values())
    if asset not in known:
        raise NotMarginAsset
    return [known[asset]]


def price_index(call: Call) -> Any:
    """GET margin/priceIndex: here the last price."""
    symbol = check_margin_pair(call.venue, call.params.symbol()).symbol
    price = call.venue.markets[symbol].last_price
    return {"calcTime": call.venue.now_ms, "price": fixed8(price), "symbol": symbol}


def interest_rates(call: Call) -> Any:
    """GET margin/interestRateHistory: the present rate alone."""
    call.params.text("asset")
    return [
        {
            "asset": terms.asset,
            "dailyInterestRate": fixed8(terms.daily_rate),
            "timestamp": call.venue.now_ms,
            "vipLevel": 0,
        }
        for terms in _wanted_assets(call, "asset")
    ]


def cross_terms(call: Call) -> Any:
    """GET margin/crossMarginData."""
    pairs = margin_pairs(call.venue)
    return [
        {
            "vipLevel": 0,
            "coin": terms.asset,
            "transferIn": True,
            "borrowable": terms.borrowable,
            "dailyInterest": fixed8(terms.daily_rate),
            "yearlyInterest": fixed8(terms.daily_rate * DAYS_A_YEAR),
            "borrowLimit": fixed8(terms.max_borrow),
            "marginablePairs": [rules.symbol for rules in pairs if terms.asset in (rules.base, rules.quote)],
        }
        for terms in _wanted_assets(call, "coin")
    ]


def isolated_terms(call: Call) -> Any:
    """GET margin/isolatedMarginData: the base asset first."""
    venue = call.venue
    return [
        {
            "vipLevel": 0,
            "symbol": rules.symbol,
            "leverage": f"{venue.margin.bars.leverage.normalize():f}",
            "data": [
                _asset_terms(venue.margin.assets[asset]) for asset in assets_of(venue, isolated_name(rules.symbol))
            ],
        }
        for rules in _wanted_pairs(call)
    ]


def _asset_terms(terms: LendingTerms) -> dict[str, str]:
    return {
        "coin": terms.asset,
        "dailyInterest": fixed8(terms.daily_rate),
        "borrowLimit": fixed8(terms.max_borrow),
    }


def level_bars(call: Call) -> Any:
    """GET margin/tradeCoeff."""
    given = call.venue.margin.bars
    return {
        "normalBar": fixed8(given.normal),
        "marginCallBar": fixed8(given.margin_call),
        "forceLiquidationBar": fixed8(given.force_liquidation),
    }


ROUTES = (
    Route("GET", "/sapi/v1/margin/allPairs", all_pairs, KEY, 1, meter=IP),
    Route("GET", "/sapi/v1/margin/isolated/allPairs", isolated_pairs, KEY, 10, meter=IP),
    Route("GET", "/sapi/v1/margin/allAssets", all_assets, KEY, 1, meter=IP),
    Route("GET", "/sapi/v1/margin/priceIndex", price_index, KEY, 10, meter=IP),
    Route("GET", "/sapi/v1/margin/interestRateHistory", interest_rates, SIGNED, 1, meter=IP),
    Route("GET", "/sapi/v1/margin/crossMarginData", cross_terms, SIGNED, 5, meter=IP),
    Route("GET", "/sapi/v1/margin/isolatedMarginData", isolated_terms, SIGNED, 10, meter=IP),
    Route("GET", "/sapi/v1/margin/tradeCoeff", level_bars, SIGNED, 10, meter=IP),
)
