"""DeltaScout as the sample plays it: it appends signal lines and, as minutes complete, price bars."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from exchange.instrument import plain
from fsm.sample.market import Market, Step
from fsm.storage.json_lines import utc
from signals.bars import HEADER
from signals.timestamp import MINUTE_MS


class DeltaScout:
    """Writes the two files that the executor follows."""

    def __init__(self, folder: Path, market: Market) -> None:
        self.log = folder / "deltascout.log"
        self.csv = folder / "aggregated.csv"
        self.silent = False
        """True while no bars are written; they are made up for later."""
        self.signals = 0
        """Signals written so far."""
        self._market = market
        self._minute_ms = 0
        self._steps: list[Step] = []
        self._waiting: list[str] = []
        self._lows: list[Decimal] = []
        self.log.touch(mode=0o600)
        self.csv.write_text(HEADER + "\n", encoding="ascii")

    @property
    def lowest(self) -> Decimal:
        """The lowest price of the last three hours."""
        return min(self._lows[-180:])

    def take(self, step: Step, time_ms: int) -> None:
        """One step of the market, at its beginning."""
        minute_ms = time_ms - time_ms % MINUTE_MS
        if minute_ms != self._minute_ms:
            self.complete(time_ms)
            self._minute_ms = minute_ms
        self._steps.append(step)

    def complete(self, now_ms: int) -> None:
        """Write the minute's bar once it has ended."""
        if self._steps and now_ms >= self._minute_ms + MINUTE_MS:
            self._lows.append(min(step.low for step in self._steps))
            self._waiting.append(",".join(self._columns()))
            self._steps = []
        if self._waiting and not self.silent:
            with self.csv.open("a", encoding="ascii") as file:
                file.write("".join(f"{row}\n" for row in self._waiting))
            self._waiting.clear()

    def peak(self, kind: str, price: Decimal, time_ms: int) -> None:
        """Append a signal."""
        when = utc(time_ms).isoformat(timespec="milliseconds")
        fields = {"action": "PEAK", "source": "DeltaScout", "ts": when, "kind": kind, "price": plain(price)}
        self.signals += 1
        self.line(json.dumps(fields))

    def line(self, text: str) -> None:
        """Append a line, whatever it says."""
        with self.log.open("a", encoding="utf-8") as file:
            file.write(text + "\n")

    def _columns(self) -> Iterator[str]:
        quantity, count = self._market.quantity(), self._market.count()
        bought = (quantity * (40 + count % 21) / 100).quantize(quantity)
        last, high, low = (
            self._steps[-1].last,
            max(step.high for step in self._steps),
            min(step.low for step in self._steps),
        )
        yield f"{utc(self._minute_ms):%Y-%m-%d %H:%M:%S}"
        yield str(count)
        yield plain(quantity)
        yield plain((quantity / count).quantize(Decimal("0.00001")))
        yield plain(bought)
        yield plain(quantity - bought)
        yield plain(((high + low + last) / 3).quantize(Decimal("0.01")))
        yield from map(plain, (last, high, low))
