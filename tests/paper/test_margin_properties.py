"""Over any sequence of requests, prints and hours nothing is made or lost on margin accounts, to the last digit."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper.engine.account import Account
from exchange.paper.engine.venue import Venue
from exchange.paper.margin.loan_records import LoanAction, LoanStatus
from exchange.paper.settings import PaperSettings
from tests.paper.margin_door import CROSS, ISOLATED, MarginDoor
from tests.paper.paper_door import SYMBOL, order_params

Step = tuple[str, str, dict[str, Any]]

ZERO = Decimal(0)
PRICES = st.one_of(st.integers(90000, 100000), st.integers(40000, 180000)).map(str)
QUANTITIES = st.sampled_from(["0.001", "0.01", "0.00333", "0.02", "0.06"])
SIDES = st.sampled_from(["BUY", "SELL"])
EFFECTS = st.sampled_from(["NO_SIDE_EFFECT", "MARGIN_BUY", "AUTO_REPAY", "AUTO_BORROW_REPAY"])
BORROWING = st.sampled_from(["NO_SIDE_EFFECT", "MARGIN_BUY", "AUTO_BORROW_REPAY"])
WHOSE = st.sampled_from(["TRUE", "FALSE"])
AMOUNTS = st.sampled_from(["0.00000001", "0.001", "0.01234567", "3", "250.5", "1000"])
ASSETS = st.sampled_from(["USDC", "BTC", "BNB"])
TRANSFERS = st.sampled_from(["MAIN_MARGIN", "MARGIN_MAIN", "MAIN_ISOLATED_MARGIN", "ISOLATED_MARGIN_MAIN"])


@st.composite
def single_orders(draw: st.DrawFn) -> Step:
    kind = draw(st.sampled_from(["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT"]))
    params = order_params(draw(SIDES), kind, draw(QUANTITIES), isIsolated=draw(WHOSE), sideEffectType=draw(EFFECTS))
    params["autoRepayAtCancel"] = draw(st.sampled_from(["true", "false"]))
    if "LIMIT" in kind:
        params["price"] = draw(PRICES)
    if kind.startswith("STOP"):
        params["stopPrice"] = draw(PRICES)
    return "POST", "/sapi/v1/margin/order", params


@st.composite
def pairs(draw: st.DrawFn) -> Step:
    side, quantity = draw(SIDES), draw(QUANTITIES)
    low, high = draw(st.integers(90000, 94990)), draw(st.integers(95010, 100000))
    limit, stop = (high, low) if side == "SELL" else (low, high)
    params = {"symbol": SYMBOL, "side": side, "quantity": quantity, "price": limit, "stopPrice": stop}
    params |= {"stopLimitPrice": stop, "stopLimitTimeInForce": "GTC"}
    return "POST", "/sapi/v1/margin/order/oco", params | {"isIsolated": draw(WHOSE), "sideEffectType": draw(EFFECTS)}


@st.composite
def brackets(draw: st.DrawFn) -> Step:
    quantity, price = draw(QUANTITIES), draw(PRICES)
    working: dict[str, Any] = {
        "Type": "LIMIT",
        "Side": "BUY",
        "Price": price,
        "Quantity": quantity,
        "TimeInForce": "GTC",
    }
    pending: dict[str, Any] = {
        "Side": "SELL",
        "Quantity": quantity,
        "AboveType": "LIMIT_MAKER",
        "AbovePrice": int(price) + 1000,
    }
    pending |= {"BelowType": "STOP_LOSS", "BelowStopPrice": int(price) - 1000}
    params = {f"working{name}": value for name, value in working.items()}
    params |= {f"pending{name}": value for name, value in pending.items()}
    params |= {"symbol": SYMBOL, "isIsolated": draw(WHOSE), "sideEffectType": draw(BORROWING)}
    return "POST", "/sapi/v1/margin/order/otoco", params


loans = st.tuples(ASSETS, AMOUNTS, st.sampled_from(["BORROW", "REPAY"]), WHOSE).map(
    lambda drawn: (
        "POST",
        "/sapi/v1/margin/borrow-repay",
        dict(zip(("asset", "amount", "type", "isIsolated"), drawn, strict=True)) | {"symbol": SYMBOL},
    )
)
transfers = st.tuples(TRANSFERS, ASSETS, AMOUNTS).map(
    lambda drawn: (
        "POST",
        "/sapi/v1/asset/transfer",
        dict(zip(("type", "asset", "amount"), drawn, strict=True)) | {"toSymbol": SYMBOL, "fromSymbol": SYMBOL},
    )
)
cancels = st.tuples(st.integers(1, 12), WHOSE).map(
    lambda drawn: (
        "DELETE",
        "/sapi/v1/margin/order",
        {"symbol": SYMBOL, "orderId": drawn[0], "isIsolated": drawn[1]},
    )
)
prints = st.tuples(PRICES, st.sampled_from([None, "0.001", "0.005", "0.1"])).map(
    lambda drawn: ("SCRIPT", "trade", {"symbol": SYMBOL, "price": drawn[0], "qty": drawn[1]})
)
times = st.sampled_from([100, 600_000, 3_600_000, 40_000_000]).map(lambda ms: ("SCRIPT", "clock", {"advance_ms": ms}))
changes = st.sampled_from(
    [
        {"loan_ms": 200},
        {"loan_ms": 0},
        {"refusals": [{"action": "AUTO_REPAY", "code": -3007}]},
        {"refusals": [{"action": "AUTO_BORROW", "code": -3045}]},
        {"assets": {"BTC": {"available": "0.02"}}},
        {"assets": {"USDC": {"hourly_rate": "0.01"}}},
    ]
).map(lambda change: ("SCRIPT", "margin", change))
steps = st.lists(
    st.one_of(
        single_orders(), single_orders(), pairs(), brackets(), loans, transfers, cancels, prints, prints, times, changes
    ),
    max_size=40,
)
FEES = st.sampled_from([{}, {"maker": "0.001", "taker": "0.001"}, {"taker": "0.00075", "bnb_burn": True}])
DEPOSITS = {"USDC": Decimal(12000), "BTC": Decimal("0.1"), "BNB": Decimal("0.01"), "USDT": Decimal(10000)}


def started(fees: dict[str, Any], level: str) -> MarginDoor:
    door = MarginDoor(CROSS, PaperSettings(level_quantity=Decimal(level)))
    door.script("fees", fees)
    rates = {asset: {"hourly_rate": rate} for asset, rate in {"USDC": "0.0001", "BTC": "0.00003", "BNB": "0.1"}.items()}
    door.script("margin", {"assets": rates})
    for account in (CROSS, ISOLATED):
        door.script("deposit", {"asset": "USDC", "amount": "1000", "account": account})
        door.script("deposit", {"asset": "BTC", "amount": "0.05", "account": account})
    door.script("deposit", {"asset": "BNB", "amount": "0.01", "account": CROSS})
    return door


@given(steps, FEES, st.sampled_from(["0.005", "10000"]))
@settings(max_examples=150)
def test_nothing_is_made_or_lost(script: list[Step], fees: dict[str, Any], level: str) -> None:
    """After every step: sums equal deposits, nothing is negative, locks belong to orders, debts to their records."""
    door = started(fees, level)
    for method, path, params in script:
        if method == "SCRIPT":
            door.script(path, params)
        else:
            door.ask(method, path, **params)
        check_money(door.exchange.venue)
        check_debts(door.exchange.venue)


def check_money(venue: Venue) -> None:
    for asset, deposited in DEPOSITS.items():
        assert venue.total(asset) == deposited
    holds = {
        id(order.hold): order.hold for shelf in venue.shelves.values() for order in shelf if order.hold is not None
    }
    locked: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for hold in holds.values():
        assert hold.locked == hold.required()
        locked[hold.account.name, hold.asset] += hold.locked
    for account, asset in balances(venue):
        balance = account.balances[asset]
        assert min(balance.free, balance.locked, balance.borrowed, balance.interest) >= ZERO
        assert balance.locked == locked[account.name, asset]


def balances(venue: Venue) -> list[tuple[Account, str]]:
    return [(account, asset) for account in venue.accounts.values() for asset in account.balances]


def check_debts(venue: Venue) -> None:
    borrowed: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    interest: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for record in venue.margin.loans:
        key = record.account, record.asset
        if record.status is not LoanStatus.CONFIRMED:
            assert record.principal == record.interest == ZERO
            continue
        assert record.principal + record.interest == record.quantity
        sign = 1 if record.action is LoanAction.BORROW else -1
        borrowed[key] += sign * record.principal
        interest[key] -= record.interest
        paid[record.asset] += record.interest
    for charge in venue.margin.charges:
        interest[charge.account, charge.asset] += charge.interest
    for account, asset in balances(venue):
        balance, key = account.balances[asset], (account.name, asset)
        assert (balance.borrowed, balance.interest) == (borrowed[key], interest[key])
    assert {asset: balance.free for asset, balance in venue.interest.balances.items()} == {
        asset: quantity for asset, quantity in paid.items() if quantity
    }


@given(steps)
@settings(max_examples=40)
def test_the_same_script_gives_the_same_ledger(script: list[Step]) -> None:
    """Nothing but what is asked decides what happens."""

    def played() -> Any:
        door = started({}, "10000")
        for method, path, params in script:
            if method == "SCRIPT":
                door.script(path, params)
            else:
                door.ask(method, path, **params)
        return door.script("ledger", method="GET")

    assert played() == played()


LEVELS = st.tuples(st.integers(41, 100), st.integers(1, 300))


@given(LEVELS, SIDES)
@settings(max_examples=60)
def test_an_account_never_rests_at_the_force_bar_with_anything_left_to_sell(drawn: tuple[int, int], side: str) -> None:
    """Wherever the price goes, an account is above the bar, or has nothing that would pay its debt."""
    door = MarginDoor()
    door.bring("USDC", "1000")
    door.place(side, "MARKET", "0.02", sideEffectType="MARGIN_BUY")
    door.print(str(drawn[0] * 1000 if side == "BUY" else 95000 + drawn[1] * 1000))
    shown = door.ok("GET", "/sapi/v1/margin/isolated/account", symbols=SYMBOL)["assets"][0]
    if Decimal(shown["marginLevel"]) <= Decimal("1.1"):
        other = shown["baseAsset" if side == "BUY" else "quoteAsset"]
        price = Decimal(shown["indexPrice"])
        worth = Decimal(other["free"]) * (price if side == "BUY" else 1)
        assert worth < price * Decimal("0.00001")
