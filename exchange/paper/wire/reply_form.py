"""How detailed a reply to a new order is wanted (Binance docs: newOrderRespType)."""

from exchange.paper.errors import ParameterValueInvalid
from exchange.paper.http.params import Params


def reply_form(params: Params, default: str) -> str:
    """ACK, RESULT or FULL."""
    wanted = params.optional("newOrderRespType") or default
    if wanted not in ("ACK", "RESULT", "FULL"):
        raise ParameterValueInvalid("newOrderRespType")
    return wanted
