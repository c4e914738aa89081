"""What the exchange's ledger and the program's files say at the end, read a second time and in another way.

`Watch` looks after each step; this counts everything once more from nothing but the raw rows, with no word of theirs.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

ZERO = Decimal(0)
DUST = Decimal("0.00002")
"""More than the commissions of one trade can leave, less than a sellable quantity."""

Json = Mapping[str, Any]


def faults(ledger: Json, state: Json, journal: Sequence[Json], verdicts: Sequence[Json], signal_log: Path) -> list[str]:
    """All that is wrong, in words."""
    return [
        *_entry_faults(ledger),
        *_quantity_faults(ledger),
        *_journal_faults(state, journal),
        *_verdict_faults(verdicts, signal_log),
        *_debt_faults(ledger),
    ]


def _entry_faults(ledger: Json) -> Iterator[str]:
    """One limit entry a signal."""
    entries = Counter(order["clientOrderId"][:20] for order in ledger["orders"] if "-E0-" in order["clientOrderId"])
    yield from (f"{trade} has {count} entries" for trade, count in entries.items() if count > 1)


def _quantity_faults(ledger: Json) -> Iterator[str]:
    """What came in went out, and never more than was there."""
    names = {order["orderId"]: order["clientOrderId"] for order in ledger["orders"]}
    held: defaultdict[str, Decimal] = defaultdict(Decimal)
    for fill in sorted(ledger["trades"], key=lambda fill: (fill["time"], fill["id"])):
        name = names.get(fill["orderId"], "")
        if not name.startswith("EX-"):
            continue
        trade = name[:20]
        is_long = trade[13] == "L"
        quantity = Decimal(fill["qty"]) - (Decimal(fill["commission"]) if fill["commissionAsset"] == "BTC" else ZERO)
        held[trade] += quantity if fill["isBuyer"] == is_long else -Decimal(fill["qty"]) if is_long else -quantity
        if held[trade] < -DUST:
            yield f"{trade} has given {-held[trade]} more than it had, by {name}"
    yield from (f"{trade} has {left} left" for trade, left in held.items() if left > DUST)


def _journal_faults(state: Json, journal: Sequence[Json]) -> Iterator[str]:
    """Lines and transitions are numbered without hole or twin, up to what the state file says."""
    lines = [line["seq"] for line in journal]
    moves = [line["move"] for line in journal if line["event"] == "transition"]
    for what, numbers in (("line", lines), ("transition", moves)):
        wrong = [number for number, expected in enumerate(numbers, start=1) if number != expected]
        if wrong:
            yield f"{what} {wrong[0]} of the journal has the number {numbers[wrong[0] - 1]}"
    if moves and moves[-1] != state["meta"]["last_move"]["number"]:
        yield f"the journal ends with transition {moves[-1]}, the state file with {state['meta']['last_move']}"


def _verdict_faults(verdicts: Sequence[Json], signal_log: Path) -> Iterator[str]:
    """Each line of the signal log has one verdict."""
    found = Counter(verdict["offset"] for verdict in verdicts)
    offset = 0
    for line in signal_log.read_bytes().splitlines(keepends=True):
        if found[offset] != 1:
            yield f"the line at byte {offset} has {found[offset]} verdicts: {json.loads(line)}"
        offset += len(line)


def _debt_faults(ledger: Json) -> Iterator[str]:
    for account, assets in ledger["balances"].items():
        for asset, row in assets.items():
            if Decimal(row.get("borrowed", "0")) or Decimal(row.get("interest", "0")):
                yield f"{account} owes {row['borrowed']} {asset} and {row['interest']} of interest"
