"""The wallet: coins, transfers, what the key may do, BNB for fees (Binance docs: wallet endpoints)."""

from typing import Any

from exchange.paper.engine.account import SPOT, Balance
from exchange.paper.errors import ParameterMissing, ParameterValueInvalid
from exchange.paper.http.limits import Meter
from exchange.paper.http.paging import in_span, page
from exchange.paper.http.routing import Call, Route, Security
from exchange.paper.margin.transfers import ROUTES_BY_TYPE, accounts_of, transfer
from exchange.paper.numbers import ZERO, fixed8

SIGNED, IP, UID = Security.SIGNED, Meter.SAPI_IP, Meter.SAPI_UID


def coins(call: Call) -> Any:
    """GET capital/config/getall: every listed coin, each on one network of its own name."""
    held = call.venue.account(SPOT).balances
    return [_coin(terms.asset, terms.full_name, held.get(terms.asset)) for terms in call.venue.margin.assets.values()]


def _coin(asset: str, name: str, balance: Balance | None) -> dict[str, Any]:
    nothing = ("freeze", "withdrawing", "ipoing", "ipoable", "storage")
    return {
        "coin": asset,
        "depositAllEnable": True,
        "withdrawAllEnable": True,
        "name": name,
        "free": fixed8(ZERO if balance is None else balance.free),
        "locked": fixed8(ZERO if balance is None else balance.locked),
        **dict.fromkeys(nothing, "0"),
        "isLegalMoney": False,
        "trading": True,
        "networkList": [_network(asset, name)],
    }


def _network(asset: str, name: str) -> dict[str, Any]:
    texts = ("depositDesc", "withdrawDesc", "specialTips", "addressRegex", "memoRegex")
    return {
        "network": asset,
        "coin": asset,
        "name": name,
        "isDefault": True,
        "depositEnable": True,
        "withdrawEnable": True,
        "resetAddressStatus": False,
        "sameAddress": False,
        "busy": False,
        "minConfirm": 1,
        "unLockConfirm": 0,
        "withdrawIntegerMultiple": "0.00000001",
        "withdrawFee": fixed8(ZERO),
        "withdrawMin": "0.00000001",
        "withdrawMax": "9999999999.99999999",
        **dict.fromkeys(texts, ""),
    }


def key_restrictions(call: Call) -> Any:
    """GET account/apiRestrictions: what the key may do."""
    return {
        "ipRestrict": False,
        "createTime": 1_700_000_000_000,
        "enableReading": True,
        "enableWithdrawals": call.venue.settings.enable_withdrawals,
        "enableInternalTransfer": False,
        "enableMargin": True,
        "enableFutures": False,
        "permitsUniversalTransfer": True,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enableSpotAndMarginTrading": True,
        "enablePortfolioMarginTrading": False,
    }


def get_bnb_burn(call: Call) -> Any:
    """GET bnbBurn: whether BNB pays commission, and interest (the latter is kept but changes nothing here)."""
    return {"spotBNBBurn": call.venue.fees.bnb_burn, "interestBNBBurn": call.venue.margin.interest_bnb_burn}


def set_bnb_burn(call: Call) -> Any:
    """POST bnbBurn."""
    params = call.params
    if "spotBNBBurn" not in params and "interestBNBBurn" not in params:
        raise ParameterMissing("spotBNBBurn")
    if "spotBNBBurn" in params:
        call.venue.fees.bnb_burn = params.flag("spotBNBBurn")
    if "interestBNBBurn" in params:
        call.venue.margin.interest_bnb_burn = params.flag("interestBNBBurn")
    return get_bnb_burn(call)


def new_transfer(call: Call) -> Any:
    """POST asset/transfer: between spot, cross and isolated accounts."""
    kind, asset, quantity = _kind(call), call.params.text("asset"), call.params.decimal("amount")
    if quantity == ZERO:
        raise ParameterValueInvalid("amount")
    giver, taker = accounts_of(call.venue, call.params, kind)
    return {"tranId": transfer(call.venue, kind, giver, taker, asset, quantity).transaction_id}


def transfers(call: Call) -> Any:
    """GET asset/transfer: of one type, newest first, by pages."""
    kind = _kind(call)
    rows = [
        {
            "asset": record.asset,
            "amount": fixed8(record.quantity),
            "type": record.kind,
            "status": "CONFIRMED",
            "tranId": record.transaction_id,
            "timestamp": record.time_ms,
        }
        for record in reversed(call.venue.margin.transfers)
        if record.kind == kind and in_span(call.params, record.time_ms)
    ]
    return page(call.params, rows)


def _kind(call: Call) -> str:
    kind = call.params.text("type")
    if kind not in ROUTES_BY_TYPE:
        raise ParameterValueInvalid("type")
    return kind


ROUTES = (
    Route("GET", "/sapi/v1/capital/config/getall", coins, SIGNED, 10, meter=IP),
    Route("GET", "/sapi/v1/account/apiRestrictions", key_restrictions, SIGNED, meter=IP),
    Route("GET", "/sapi/v1/bnbBurn", get_bnb_burn, SIGNED, meter=IP),
    Route("POST", "/sapi/v1/bnbBurn", set_bnb_burn, SIGNED, meter=IP),
    Route("POST", "/sapi/v1/asset/transfer", new_transfer, SIGNED, 900, meter=UID),
    Route("GET", "/sapi/v1/asset/transfer", transfers, SIGNED, meter=IP),
)
