"""The venue's margin JSON as values (Binance docs: margin/account, isolated/account, borrow-repay, maxBorrowable)."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from exchange.lending import Liquidation, LoanAccepted, LoanKind, LoanRecord, LoanState, MarginAccount
from exchange.types import Balance, Side
from exchange.wire import Json, rows
from exchange.wire_values import flag, moment_ms, name, not_negative, number, whole

AccountReader = Callable[[Json], MarginAccount]


def balances_of(account: AccountReader) -> Callable[[Json], dict[str, Balance]]:
    """How the balances are read from the account's reply."""
    return lambda body: dict(account(body).balances)


def cross_account(body: Json) -> MarginAccount:
    balances = _balances(rows(body["userAssets"]))
    return MarginAccount(
        balances=balances,
        level=_level(body["marginLevel"], balances),
        may_trade=flag(body["tradeEnabled"]),
        may_borrow=flag(body["borrowEnabled"]),
    )


def isolated_account(body: Json) -> MarginAccount:
    """The account of the one symbol that was asked for; without it there is none to trade on (M8)."""
    if not rows(body["assets"]):
        return MarginAccount({}, None, may_trade=False, may_borrow=False)
    pair = body["assets"][0]
    sides = (pair["baseAsset"], pair["quoteAsset"])
    balances = _balances(sides)
    return MarginAccount(
        balances=balances,
        level=_level(pair["marginLevel"], balances),
        may_trade=all(flag(pair[each]) for each in ("isolatedCreated", "enabled", "tradeEnabled")),
        may_borrow=all(flag(side["borrowEnabled"]) for side in sides),
    )


def _balances(holdings: Iterable[Json]) -> dict[str, Balance]:
    parts = ("free", "locked", "borrowed", "interest")
    found = {name(row["asset"]): Balance(*(not_negative(row[part]) for part in parts)) for row in holdings}
    return {asset: balance for asset, balance in found.items() if balance.total or balance.debt}


def _level(level: object, balances: Mapping[str, Balance]) -> Decimal | None:
    """Without debt the venue writes 999 or 0, which is no level."""
    return number(level) if any(balance.debt for balance in balances.values()) else None


def loan_accepted(body: Json) -> LoanAccepted:
    return LoanAccepted(whole(body["tranId"]))


def loans(body: Json, kind: LoanKind) -> tuple[LoanRecord, ...]:
    """One page of loan records, in the venue's order."""
    return tuple(
        LoanRecord(
            kind=kind,
            transaction_id=whole(row["txId"]),
            asset=name(row["asset"]),
            quantity=not_negative(row["amount"]),
            principal=not_negative(row["principal"]),
            interest=not_negative(row["interest"]),
            state=LoanState(row["status"]),
            time_ms=moment_ms(row["timestamp"]),
            automatic=row["type"] == "AUTO",
        )
        for row in rows(body["rows"])
    )


def liquidations(body: Json) -> tuple[tuple[str, Liquidation], ...]:
    """One page of forced liquidations with their symbols, in the venue's order."""
    return tuple(
        (
            name(row["symbol"]),
            Liquidation(
                whole(row["orderId"]),
                Side(row["side"]),
                not_negative(row["executedQty"]),
                moment_ms(row["updatedTime"]),
            ),
        )
        for row in rows(body["rows"])
    )


def max_borrowable(body: Json) -> Decimal:
    """What the account may borrow and the venue has to lend."""
    return not_negative(body["amount"])
