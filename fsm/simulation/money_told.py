"""Whether the money of a trade report is what the venue's ledger shows: commissions, interest, profit, R multiple."""

from collections.abc import Iterator
from decimal import Decimal

from fsm.simulation.ledger_view import Json, OurTrade
from fsm.simulation.written import ms_of

ZERO = Decimal(0)
ROUNDED = Decimal("0.00000002")
"""Figures of a report have eight decimals; a sum of two of them was rounded twice."""


def money_faults(report: Json, trade: OurTrade) -> Iterator[str]:
    """What follows from the fills: commissions by asset and in quote, what is left over, profit, R multiple."""
    paid: dict[str, Decimal] = {}
    for fill in trade.fills:
        paid[fill["commissionAsset"]] = paid.get(fill["commissionAsset"], ZERO) + Decimal(fill["commission"])
    told = {asset: Decimal(quantity) for asset, quantity in report["commissions"].items()}
    if paid != told:
        yield f"{trade.trade_id} reports commissions of {told}, the ledger shows {paid}"
    value = sum((_commission_in_quote(fill, trade, report) for fill in trade.fills), ZERO)
    profit = _flow(report, trade) - value + _left_at_cost(report, trade)
    yield from _differs("commission_quote", value + _in_base(trade), report, trade)
    yield from _differs("realized_profit", profit, report, trade)
    risk = Decimal(report["plan"]["r"]) * trade.entered()
    if risk:
        yield from _differs("r_multiple", profit / risk, report, trade)


def interest_faults(report: Json, trade: OurTrade, loans: list[Json]) -> Iterator[str]:
    """The interest of a trade is what the venue took with the repayments of its time, in the asset that it borrows."""
    begun_ms, closed_ms = ms_of(report["accepted_time"]), ms_of(report["closed_time"])
    repaid = (loan for loan in loans if loan["action"] == "REPAY" and begun_ms <= loan["timestamp"] <= closed_ms)
    ours = (loan for loan in repaid if (loan["asset"] == trade.grid.base) != trade.is_long)
    paid = sum((Decimal(loan["interest"]) for loan in ours), ZERO)
    told = sum(map(Decimal, report["interest"].values()), ZERO)
    if told != paid:
        yield f"{trade.trade_id} reports {told} of interest, the ledger shows {paid}"


def left_faults(report: Json, trade: OurTrade, loans: list[Json]) -> Iterator[str]:
    """What is left over, or still to be bought, is what the fills, the owner's trades and the interest left.

    A SHORT buys as well what earlier ones left owing, for want of coins: no more than their interest.
    """
    interest = ZERO if trade.is_long else Decimal(report["interest"].get(trade.grid.base, "0"))
    told, left = Decimal(report["left_in_base"]), trade.held() + interest
    carried = ZERO if trade.is_long else _interest_before(ms_of(report["accepted_time"]), loans, trade)
    if not left <= told <= left + carried:
        yield f"{trade.trade_id} reports {told:f} left in base, the ledger shows {left:f}, {carried:f} were carried"


def _interest_before(time_ms: int, loans: list[Json], trade: OurTrade) -> Decimal:
    repaid = (loan for loan in loans if loan["action"] == "REPAY" and loan["timestamp"] < time_ms)
    return sum((Decimal(loan["interest"]) for loan in repaid if loan["asset"] == trade.grid.base), ZERO)


def _flow(report: Json, trade: OurTrade) -> Decimal:
    """Sales less purchases, the owner's included, less the interest of a borrowed quote asset."""
    by_hand = sum((Decimal(one["quote_quantity"]) for one in report["external"]), ZERO)
    sold = sum((_signed_quote(fill) for fill in trade.fills), ZERO)
    in_quote = (Decimal(paid) for asset, paid in report["interest"].items() if asset != trade.grid.base)
    return sold + (by_hand if trade.is_long else -by_hand) - sum(in_quote, ZERO)


def _left_at_cost(report: Json, trade: OurTrade) -> Decimal:
    """Bought and not sold at the average of the purchases, sold and not bought back at that of the sales."""
    left = Decimal(report["left_in_base"]) * (1 if trade.is_long else -1)
    fills = [fill for fill in trade.fills if fill["isBuyer"] == (left > 0)]
    moved = abs(sum((trade.change(fill) for fill in fills), ZERO))
    spent = sum((Decimal(fill["quoteQty"]) for fill in fills), ZERO)
    return left * spent / moved if moved else ZERO


def _signed_quote(fill: Json) -> Decimal:
    return -Decimal(fill["quoteQty"]) if fill["isBuyer"] else Decimal(fill["quoteQty"])


def _commission_in_quote(fill: Json, trade: OurTrade, report: Json) -> Decimal:
    """Commission in base is none here: so much less arrived, or so much more was bought."""
    if fill["commissionAsset"] == trade.grid.base:
        return ZERO
    price = report["valued_at"].get(fill["commissionAsset"], "0" if fill["commissionAsset"] == "BNB" else "1")
    return Decimal(fill["commission"]) * Decimal(price)


def _in_base(trade: OurTrade) -> Decimal:
    """Commission in base at the price of its fill."""
    in_base = (fill for fill in trade.fills if fill["commissionAsset"] == trade.grid.base)
    return sum((Decimal(fill["commission"]) * Decimal(fill["price"]) for fill in in_base), ZERO)


def _differs(name: str, found: Decimal, report: Json, trade: OurTrade) -> Iterator[str]:
    if abs(Decimal(report[name] or "0") - found) > ROUNDED:
        yield f"{trade.trade_id} reports {name} {report[name]}, the ledger makes it {found:f}"
