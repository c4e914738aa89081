"""What the venue's books must show at every moment: nothing came from nowhere, nothing is owed at rest, no haste."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fsm.simulation.checks import PromiseBroken

ZERO = Decimal(0)
MOST_DEBT = Decimal(6)
"""A debt below the least notional, at its largest and in the quote asset, cannot be traded for: it goes over to the
next trade."""
MOST_REQUESTS = 900
"""In any minute; the venue allows a weight of 6000, and a read of all our orders weighs 6."""
MINUTE_MS = 60_000

Json = Mapping[str, Any]


@dataclass(slots=True)
class BooksKept:
    """`check` raises `PromiseBroken` unless the venue's books are in order."""

    _deposits: dict[str, Decimal] = field(default_factory=dict)
    _requests_ms: deque[int] = field(default_factory=deque)

    def brought_in(self, asset: str, quantity: Decimal) -> None:
        """The owner has brought coins in, or taken some out."""
        self._deposits[asset] = self._deposits.get(asset, ZERO) + quantity

    def check(self, ledger: Json, *, at_rest: bool) -> None:
        """Each request of the ledger must be in one check only."""
        found = [*self._conservation_faults(ledger), *self._haste_faults(ledger)]
        if at_rest:
            found += _debt_faults(ledger)
        if found:
            raise PromiseBroken("\n".join(found))

    def _conservation_faults(self, ledger: Json) -> Iterator[str]:
        """Coins move between accounts and the venue; their sum stays what was brought in."""
        sums = _sums(ledger)
        self._deposits = self._deposits or sums
        for asset, total in sums.items():
            if total != self._deposits.get(asset, ZERO):
                yield f"money: {asset} adds up to {total}, {self._deposits.get(asset, ZERO)} was brought in"

    def _haste_faults(self, ledger: Json) -> Iterator[str]:
        """The request limit is never in sight."""
        for request in ledger["requests"]:
            self._requests_ms.append(request["time"])
        while self._requests_ms and self._requests_ms[0] < ledger["time"] - MINUTE_MS:
            self._requests_ms.popleft()
        if len(self._requests_ms) > MOST_REQUESTS:
            yield f"haste: {len(self._requests_ms)} requests in a minute"


def _sums(ledger: Json) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for account in ledger["balances"].values():
        for asset, entry in account.items():
            own = Decimal(entry["free"]) + Decimal(entry["locked"]) - Decimal(entry["borrowed"])
            sums[asset] = sums.get(asset, ZERO) + own
    for account in ledger["venue"].values():
        for asset, amount in account.items():
            sums[asset] = sums.get(asset, ZERO) + Decimal(amount)
    return sums


def _debt_faults(ledger: Json) -> Iterator[str]:
    """At rest nothing is owed that could be paid back."""
    price = Decimal(ledger["market"]["BTCUSDC"]["last"])
    for name, account in ledger["balances"].items():
        for asset, entry in account.items():
            owed = Decimal(entry["borrowed"]) + Decimal(entry["interest"])
            if owed * (price if asset == "BTC" else 1) > MOST_DEBT:
                yield f"debt: {name} owes {owed} {asset} at rest"
