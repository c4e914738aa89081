"""From request parameters to an order; the legs of a list carry a prefix (Binance docs: new order, order lists)."""

from dataclasses import dataclass
from decimal import Decimal

from exchange.paper.engine.errors import SelfTradeModeRefused
from exchange.paper.engine.orders import STOP_TYPES, Order, OrderType, SelfTradeMode, Side, TimeInForce
from exchange.paper.engine.venue import Venue
from exchange.paper.errors import (
    IllegalCharacters,
    OrderTypeInvalid,
    ParameterMissing,
    ParameterNotRequired,
    ParameterValueInvalid,
    SideInvalid,
    TimeInForceInvalid,
    UnsupportedCombination,
)
from exchange.paper.http.params import DECIMAL_RANGE, Params
from exchange.paper.numbers import ZERO

LOWEST_STRATEGY_TYPE = 1_000_000

PRICED = frozenset({OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT})
TIMED = frozenset({OrderType.LIMIT, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT})


@dataclass(frozen=True, slots=True)
class LegNames:
    """How the parameters of one leg are called: `above` makes price into abovePrice."""

    prefix: str = ""

    def __call__(self, name: str) -> str:
        """The request parameter that carries this field of the leg."""
        return self.prefix + name[0].upper() + name[1:] if self.prefix else name

    @property
    def client_id(self) -> str:
        """The parameter of the leg's client order id."""
        return self("clientOrderId") if self.prefix else "newClientOrderId"


PLAIN = LegNames()


def read_order(venue: Venue, account: str, params: Params) -> Order:
    """The order that POST order describes."""
    symbol = venue.market(params.symbol()).rules.symbol
    side = read_side(params, "side")
    order_type = read_type(params, "type")
    quantity = _read_quantity(params, order_type)
    order = read_leg(venue, params, PLAIN, account, symbol, side, order_type, quantity)
    order.quote_quantity = _positive(params, "quoteOrderQty") if "quoteOrderQty" in params else ZERO
    return order


def read_leg(
    venue: Venue,
    params: Params,
    names: LegNames,
    account: str,
    symbol: str,
    side: Side,
    order_type: OrderType,
    quantity: Decimal,
) -> Order:
    """One order of a list, or the only one."""
    _check_presence(params, names, order_type)
    order = Order(account, symbol, side, order_type, quantity, _read_client_id(venue, params, names.client_id))
    if order_type in PRICED:
        order.limit_price = _positive(params, names("price"))
    if order_type in TIMED:
        order.time_in_force = read_time_in_force(params, names("timeInForce"))
    order.stop_price = _positive(params, names("stopPrice")) if names("stopPrice") in params else ZERO
    order.trailing_delta = params.optional_integer(names("trailingDelta"))
    order.iceberg_quantity = params.optional_decimal(names("icebergQty"))
    if order.iceberg_quantity and order.time_in_force is not TimeInForce.GTC:
        raise UnsupportedCombination
    _read_strategy(params, names, order)
    order.self_trade_mode = _read_self_trade_mode(venue, params, symbol)
    return order


def read_side(params: Params, name: str) -> Side:
    """BUY or SELL."""
    return params.choice(name, Side, SideInvalid())


def read_type(params: Params, name: str) -> OrderType:
    """One of the order types."""
    return params.choice(name, OrderType, OrderTypeInvalid())


def read_time_in_force(params: Params, name: str) -> TimeInForce:
    """GTC, IOC or FOK."""
    return params.choice(name, TimeInForce, TimeInForceInvalid())


def read_list_client_id(venue: Venue, params: Params) -> str:
    """The list's own id, made up if it was not sent."""
    return _read_client_id(venue, params, "listClientOrderId")


def _read_client_id(venue: Venue, params: Params, name: str) -> str:
    return params.client_id(name) or venue.new_client_id()


def _read_quantity(params: Params, order_type: OrderType) -> Decimal:
    if order_type is OrderType.MARKET and "quoteOrderQty" in params:
        if "quantity" in params:
            raise ParameterNotRequired("quoteOrderQty")
        return ZERO
    if "quoteOrderQty" in params:
        raise ParameterNotRequired("quoteOrderQty")
    return params.decimal("quantity")


def _check_presence(params: Params, names: LegNames, order_type: OrderType) -> None:
    """What the type demands must be there, what it has no use for must not."""
    required = {"price": order_type in PRICED, "timeInForce": order_type in TIMED}
    for field, is_required in required.items():
        if is_required:
            params.text(names(field))
        elif params.optional(names(field)) is not None:
            raise ParameterNotRequired(names(field))
    triggers = [names(field) for field in ("stopPrice", "trailingDelta") if names(field) in params]
    if order_type in STOP_TYPES and not triggers:
        raise ParameterMissing(names("stopPrice"))
    if order_type not in STOP_TYPES and triggers:
        raise ParameterNotRequired(triggers[0])
    if order_type not in PRICED and names("icebergQty") in params:
        raise ParameterNotRequired(names("icebergQty"))


def _positive(params: Params, name: str) -> Decimal:
    value = params.decimal(name)
    if value == ZERO:
        raise IllegalCharacters(name, DECIMAL_RANGE)
    return value


def _read_strategy(params: Params, names: LegNames, order: Order) -> None:
    order.strategy_id = params.optional_integer(names("strategyId"))
    order.strategy_type = params.optional_integer(names("strategyType"))
    if order.strategy_type is not None and order.strategy_type < LOWEST_STRATEGY_TYPE:
        raise ParameterValueInvalid(names("strategyType"))


def _read_self_trade_mode(venue: Venue, params: Params, symbol: str) -> SelfTradeMode:
    wanted = params.optional("selfTradePreventionMode")
    if wanted is None:
        return SelfTradeMode.EXPIRE_MAKER
    mode = params.optional_choice(wanted, SelfTradeMode, SelfTradeModeRefused())
    if mode not in venue.rules[symbol].self_trade_modes:
        raise SelfTradeModeRefused
    return mode
