"""What must hold: looked at from the venue's side after every turn, and in the files when the session is over.

Nothing here asks the executor what it believes, save for the state it is in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exchange.ids import PREFIX, parse
from exchange.instrument import Instrument, plain
from fsm.numbers import ZERO
from fsm.record import Record
from fsm.sample.books import Books
from fsm.states import PROTECTED, State

WORST_NAKED_MS = 1_000
"""With a healthy venue no quantity is without a stop for as long as this."""
ROUNDING = Decimal("0.00000001")
_OPEN = ("NEW", "PARTIALLY_FILLED", "PENDING_NEW")


def fault_of(ledger: Mapping[str, Any], record: Record, instrument: Instrument, taker: Decimal) -> str | None:
    """What the venue's books say against the state; None if they agree."""
    ours = [order for order in ledger["orders"] if order["clientOrderId"].startswith(PREFIX)]
    alive = [order for order in ours if order["status"] in _OPEN]
    if record.position is None:
        names = ", ".join(order["clientOrderId"] for order in alive)
        return f"{record.state}, but {names} may still fill" if alive else None
    if record.state not in (*PROTECTED, State.OPEN):
        return None
    held = _to_exit(ledger, ours, record.position.trade_id, instrument, taker)
    covered = sum((_left(order) for order in alive if _waits_as_stop(order)), ZERO)
    if covered == held or not instrument.sellable(max(held - covered, covered - held), record.position.stop):
        return None
    return f"{record.state}: stops cover {plain(covered)} of {plain(held)} held"


def _to_exit(
    ledger: Mapping[str, Any], ours: list[Mapping[str, Any]], trade_id: str, instrument: Instrument, taker: Decimal
) -> Decimal:
    """What the trade still has to sell or, commission included, to buy back, in whole steps; from the venue's fills."""
    ids = {order["orderId"] for order in ours if _trade_of(order) == trade_id}
    fills = [fill for fill in ledger["trades"] if fill["orderId"] in ids]
    held = sum((_change(fill, instrument.base) for fill in fills), ZERO)
    if fills and not fills[0]["isBuyer"]:
        return instrument.quantity_up(max(-held, ZERO) / (1 - taker))
    return instrument.quantity_down(max(held, ZERO))


def _change(fill: Mapping[str, Any], base: str) -> Decimal:
    commission = Decimal(fill["commission"]) if fill["commissionAsset"] == base else ZERO
    return (Decimal(fill["qty"]) if fill["isBuyer"] else -Decimal(fill["qty"])) - commission


def _trade_of(order: Mapping[str, Any]) -> str | None:
    name = parse(order["clientOrderId"])
    return name.trade_id if name is not None else None


def _waits_as_stop(order: Mapping[str, Any]) -> bool:
    """A stop that came with its entry covers nothing before that is filled wholly (Binance docs: order lists, OTO)."""
    return order["type"] == "STOP_LOSS_LIMIT" and order["status"] != "PENDING_NEW" and not order["isWorking"]


def _left(order: Mapping[str, Any]) -> Decimal:
    return Decimal(order["origQty"]) - Decimal(order["executedQty"])


@dataclass(frozen=True, slots=True)
class Script:
    """What the script says becomes of its signals, in their order."""

    verdicts: tuple[str, ...]
    exits: tuple[str, ...]
    """Close reasons of the positions that held something."""
    unfilled: int
    """Entries that ended without a fill."""


def faults_at_end(books: Books, script: Script, gain: Decimal) -> tuple[str, ...]:
    """What the files say against the script and against the account, which gained `gain` in quote."""
    return (
        *_different("verdicts", script.verdicts, books.verdicts()),
        *_different("ways out", script.exits, tuple(str(trade["exit_reason"]) for trade in books.trades)),
        *_different("entries without a fill", (script.unfilled,), (books.unfilled(),)),
        *(f"{state} was never entered" for state in State if state.value not in books.seconds_in()),
        *_naked_too_long(books),
        *_money_missing(books, gain),
    )


def _different(what: str, wanted: tuple[object, ...], found: tuple[object, ...]) -> Iterable[str]:
    if wanted == found:
        return
    place = next((n for n, pair in enumerate(zip(wanted, found, strict=False)) if pair[0] != pair[1]), None)
    if place is None:
        yield f"{what}: {len(wanted)} expected, {len(found)} found"
    else:
        yield f"{what}: number {place + 1} is {found[place]}, expected {wanted[place]}"


def _naked_too_long(books: Books) -> Iterable[str]:
    for trade in books.trades:
        if int(str(trade["naked_worst_ms"])) > WORST_NAKED_MS:
            yield f"{trade['trade_id']} was without a stop for {trade['naked_worst_ms']} ms"


def _money_missing(books: Books, gain: Decimal) -> Iterable[str]:
    reported = books.profit() - books.left_at_cost()
    if abs(reported - gain) > ROUNDING * 10 * len(books.trades):
        yield f"the account gained {plain(gain)}, the trade reports say {plain(reported)}"
