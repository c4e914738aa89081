"""The account: balances, commission rates, order counts (Binance docs: account endpoints)."""

from decimal import Decimal
from typing import Any

from exchange.paper.http.routing import Call, Route, Security
from exchange.paper.numbers import fixed8
from exchange.paper.wire.orders import balances

SIGNED = Security.SIGNED
UID = 354937868


def account(call: Call) -> Any:
    """GET account."""
    maker, taker = call.venue.fees.maker, call.venue.fees.taker
    return {
        "makerCommission": int(maker * 10000),
        "takerCommission": int(taker * 10000),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": _rates(maker, taker),
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": call.venue.account(call.account).updated_ms,
        "accountType": "SPOT",
        "balances": balances(call.venue, call.account, omit_zero=call.params.flag("omitZeroBalances")),
        "permissions": ["SPOT"],
        "uid": UID,
    }


def commission_rates(call: Call) -> Any:
    """GET account/commission."""
    symbol = call.venue.market(call.params.symbol()).rules.symbol
    none = _rates(Decimal(0), Decimal(0))
    return {
        "symbol": symbol,
        "standardCommission": _rates(*call.venue.fees.rates(symbol)),
        "specialCommission": none,
        "taxCommission": none,
        "discount": {
            "enabledForAccount": call.venue.fees.bnb_burn,
            "enabledForSymbol": True,
            "discountAsset": "BNB",
            "discount": fixed8(call.venue.fees.bnb_discount),
        },
    }


def _rates(maker: Decimal, taker: Decimal) -> dict[str, str]:
    return {"maker": fixed8(maker), "taker": fixed8(taker), "buyer": fixed8(Decimal(0)), "seller": fixed8(Decimal(0))}


def order_counts(call: Call) -> Any:
    """GET rateLimit/order."""
    given = call.venue.settings
    windows = (("SECOND", 10, given.orders_per_10s, "10S"), ("DAY", 1, given.orders_per_day, "1D"))
    return [
        {
            "rateLimitType": "ORDERS",
            "interval": interval,
            "intervalNum": number,
            "limit": limit,
            "count": call.order_counts.get(window, 0),
        }
        for interval, number, limit, window in windows
    ]


ROUTES = (
    Route("GET", "/api/v3/account", account, SIGNED, 20),
    Route("GET", "/api/v3/account/commission", commission_rates, SIGNED, 20),
    Route("GET", "/api/v3/rateLimit/order", order_counts, SIGNED, 40),
)
